"""Referral codes as they are made, shown and read."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import ClassVar, Final

from bot.plugin import normalise

LENGTH: Final = 8
LETTERS: Final = "ACDEFGHJKMNPQRTUVWXY34679"
"""Symbols that nobody takes for one another: no 0 O, 1 I L, 2 Z, 5 S, 8 B. 25⁸ = 1.5·10¹¹ codes."""

_SIGNS = re.compile(r"[\s\-‐-―－·.。]+")
_SHAPE = re.compile(rf"[{LETTERS}]{{{LENGTH}}}")
_NEARLY = re.compile(rf"[0-9A-Z]{{{LENGTH - 1},{LENGTH + 1}}}")


@dataclass(frozen=True, slots=True)
class ReferralCode:
    """A referral code as a member types it.

    Attributes:
        value: without blanks and dashes, upper case; not always one that can exist.
    """

    label: ClassVar[str] = "推荐码"
    value: str

    @property
    def is_possible(self) -> bool:
        """Whether such a code is ever given out."""
        return _SHAPE.fullmatch(self.value) is not None


def make_code() -> str:
    """Return a new referral code, drawn evenly."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def read_code(typed: str) -> ReferralCode | None:
    """Read a code however it was typed: full width, lower case, with blanks or dashes; None when it is no code.

    What only looks like a code, with a digit too many or an O in it, is one that does not exist. A word without a
    digit is no code unless it could be one in capitals: people do not write to each other that way.
    """
    plain = _SIGNS.sub("", normalise(typed)).upper()
    if not _NEARLY.fullmatch(plain):
        return None
    has_digit = any(sign.isdigit() for sign in plain)
    return ReferralCode(plain) if has_digit or _SHAPE.fullmatch(plain) else None


def show_code(code: str) -> str:
    """Return a code as members read it: 「AC3D-EF4G」."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
