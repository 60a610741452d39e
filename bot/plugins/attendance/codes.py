"""Codes made from a session's secret: the attendance code of a minute, and the numbers of certificates."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NewType

SignInCode = NewType("SignInCode", str)
"""What a member types to sign in, as digits: `482913`."""

CertificateNumber = NewType("CertificateNumber", str)
"""The number of a certificate as it is stored: `7K2M9Q4T`."""

STEP_SECONDS: Final = 60
DIGITS: Final = 6
_EXPIRED_STEPS = 10  # a code this many minutes old is told from a guess
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what is misread: 0 O, 1 I L
_CERTIFICATE_LENGTH = 8
_ENDINGS: Final = "。.!！~～,，、"
_CALLED = re.compile(r"^(?:签到码|签到|码|是|[:：])+")
_SIGNS = re.compile(r"[\s\-‐-―－]+")


def step_of(at: datetime) -> int:
    """Return the number of a minute, counted since 1970."""
    return int(at.timestamp()) // STEP_SECONDS


def seconds_left(at: datetime) -> int:
    """Return for how many seconds the code of a moment is still the newest."""
    return STEP_SECONDS - int(at.timestamp()) % STEP_SECONDS


def make_code(secret: str, step: int, digits: int = DIGITS) -> str:
    """Return the one-time code of a step: RFC 6238 with HMAC-SHA256, truncated as RFC 4226 §5.3 says.

    Args:
        secret: the session's own.
        step: the number of the minute.
        digits: how long the code is.

    Raises:
        ValueError: without a secret anybody could make the code.
    """
    if not secret:
        raise ValueError("a session without a secret has no attendance code")
    digest = hmac.digest(secret.encode(), step.to_bytes(8, "big"), hashlib.sha256)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def is_code_now(secret: str, typed: str, at: datetime) -> bool:
    """Whether this is the code of the minute or of the one before; every comparison takes the same time."""
    step = step_of(at)
    return _is_one_of(typed, (make_code(secret, one) for one in (step, step - 1)))


def is_code_of_late(secret: str, typed: str, at: datetime) -> bool:
    """Whether this was the code a few minutes ago: who typed it was slow and guessed nothing."""
    step = step_of(at)
    return _is_one_of(typed, (make_code(secret, step - back) for back in range(2, _EXPIRED_STEPS + 1)))


def _is_one_of(typed: str, codes: Iterable[str]) -> bool:
    found = [hmac.compare_digest(code.encode(), typed.encode()) for code in codes]
    return any(found)  # after all were compared


def read_code(text: str) -> str | None:
    """Return what was typed as digits, blanks and dashes left out; None when it is no number at all."""
    plain = _CALLED.sub("", _SIGNS.sub("", text)).rstrip(_ENDINGS)
    return plain if plain.isascii() and plain.isdigit() else None


def is_bare_code(text: str) -> bool:
    """Whether a message is nothing but what may be a code."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def make_certificate(secret: str, session_id: str, member_id: str) -> str:
    """Return the number of a member's certificate; who does not know the secret cannot make one up.

    Args:
        secret: the session's own.
        session_id: for which session.
        member_id: for whom.
    """
    digest = hmac.digest(secret.encode(), f"certificate/{session_id}/{member_id}".encode(), hashlib.sha256)
    number = int.from_bytes(digest, "big")
    signs = [_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_CERTIFICATE_LENGTH)]
    return "".join(signs)


def show_certificate(number: str) -> str:
    """Return a certificate's number as it is read: `7K2M-9Q4T`."""
    return f"{number[:4]}-{number[4:]}"


def read_certificate(text: str) -> str | None:
    """Return a certificate's number as it is stored; None when it cannot be one."""
    plain = _SIGNS.sub("", text).rstrip(_ENDINGS).upper()
    is_one = len(plain) == _CERTIFICATE_LENGTH and all(sign in _LETTERS for sign in plain)
    return plain if is_one else None
