"""Codes that are worth something to whoever knows them: how they are made, shown, typed and hashed."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from bot.text import normalise

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it looks like I, L, O or U, which are read as 1, 1, 0 and V."""

_DRAWN, _CHECKED, _GROUP = 12, 4, 4  # 60 random bits, and 20 that tell a slip of the pen from a guess
_LENGTH = _DRAWN + _CHECKED
_READ_AS = str.maketrans("ILOU", "110V")
_NOISE = re.compile(r"[\s\-‐-―−_~·.,，、:：\"'“”「」()（）<>《》]+")
_WRITTEN = re.compile(r"(?<![0-9A-Za-z])(?:QZ|BD)(?:[\s\-‐-―−_]?[0-9A-Za-z]{4}){4}(?![0-9A-Za-z])", re.IGNORECASE)
SECRET_KEY_FILE: Final = "codes.key"  # noqa: S105 - the name of a file
"""Name of the file with the key that codes are hashed with, in the data folder."""

_KEY_BYTES = 32
_OWN_FILE = 0o600

MOST_WRONG: Final = 5
"""So many wrong codes in a row are taken for slips; what follows is guessing."""
FIRST_LOCK: Final = timedelta(minutes=10)
LONGEST_LOCK: Final = timedelta(days=1)


class CodeKind(StrEnum):
    """What a code is for; it begins with this."""

    REDEEM = "QZ"
    BINDING = "BD"


@dataclass(frozen=True, slots=True)
class SecretCode:
    """A code with a right checksum.

    Attributes:
        kind: what it is for.
        symbols: sixteen of `ALPHABET`, the last four of them the checksum.
    """

    kind: CodeKind
    symbols: str

    def __repr__(self) -> str:
        """Say nothing that could end in a log."""
        return f"SecretCode({self.kind})"

    @property
    def shown(self) -> str:
        """How it is written: `QZ-XXXX-XXXX-XXXX-XXXX`."""
        return "-".join([self.kind, *(self.symbols[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))])


def make_code(kind: CodeKind, choose: Callable[[str], str] = secrets.choice) -> SecretCode:
    """Return a new code.

    Args:
        kind: what it is for.
        choose: picks a symbol; tests pass their own.
    """
    drawn = "".join(choose(ALPHABET) for _ in range(_DRAWN))
    return SecretCode(kind, drawn + _checksum(kind, drawn))


def read_code(text: str) -> SecretCode | None:
    """Return the code that was typed, however it was typed; None when it is none, or has a slip in it.

    Width and case, missing dashes, blanks and a missing beginning do not matter; O is read as 0, I and L as 1.
    """
    typed = _squeeze(text)
    for kind in CodeKind:
        symbols = typed.removeprefix(kind) if len(typed) == _LENGTH + len(kind) else typed
        if len(symbols) == _LENGTH and symbols[_DRAWN:] == _checksum(kind, symbols[:_DRAWN]):
            return SecretCode(kind, symbols)
    return None


def is_code_like(text: str) -> bool:
    """Tell whether somebody tried to type a code: the beginning is right, or the length and the signs are."""
    typed = _squeeze(text)
    has_beginning = any(typed.startswith(kind) and len(typed) > _GROUP + len(kind) for kind in CodeKind)
    is_whole = abs(len(typed) - _LENGTH) <= len(CodeKind.REDEEM) and any(sign.isdigit() for sign in typed)
    return typed.isascii() and typed.isalnum() and (has_beginning or is_whole)


def find_codes(text: str) -> list[SecretCode]:
    """Return the codes that stand somewhere in a text with their beginning."""
    found = (read_code(written[0]) for written in _WRITTEN.finditer(normalise(text)))
    return [code for code in found if code is not None]


def hide_codes(text: str) -> str:
    """Return a text with `QZ-****` in place of every code and whatever was meant to be one."""
    return _WRITTEN.sub(lambda written: f"{written[0][:2].upper()}-****", normalise(text))


def lock_after(wrong: int) -> timedelta:
    """Return how long somebody may not try again after so many wrong codes in a row: it doubles, to a day at most."""
    if wrong < MOST_WRONG:
        return timedelta()
    doubled: int = 2 ** min(wrong - MOST_WRONG, 16)
    return min(FIRST_LOCK * doubled, LONGEST_LOCK)


class SecretKey:
    """The key that codes are hashed with, in a file beside the database that only its owner can read.

    A stolen database tells no code without it; without it no code that was given out is known any more.

    Args:
        path: the file; it is made when something is hashed for the first time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = b""
        self._reading = threading.Lock()  # the database's threads hash, too

    def hash(self, code: SecretCode) -> str:
        """Return what is kept of a code: HMAC-SHA-256, 64 hexadecimal digits."""
        return self.hash_text(f"{code.kind}:{code.symbols}")

    def hash_text(self, text: str) -> str:
        """Return what is kept of anything else that points to a person, hashed likewise."""
        return hmac.new(self._read(), text.encode(), hashlib.sha256).hexdigest()

    def _read(self) -> bytes:
        with self._reading:
            if not self._key:
                if not self._path.exists():
                    self._make()
                self._key = self._path.read_bytes()
        return self._key

    def _make(self) -> None:
        """Make the file, whole from the first moment on, unless somebody else just did."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}")
        partial.touch(mode=_OWN_FILE)
        partial.write_bytes(secrets.token_bytes(_KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            self._path.hardlink_to(partial)
        partial.unlink()


def _squeeze(text: str) -> str:
    return _NOISE.sub("", normalise(text)).upper().translate(_READ_AS)


def _checksum(kind: CodeKind, drawn: str) -> str:
    """Return four symbols that one wrong, missing or swapped sign changes, but for one time in a million."""
    number = int.from_bytes(hashlib.sha256(f"qunzhi {kind} {drawn}".encode()).digest()[:4], "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(_CHECKED))
