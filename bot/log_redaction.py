"""Takes secrets and phone numbers out of text before it is written anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_HIDDEN: Final = "***"
_SHORTEST_SECRET: Final = 6  # hiding every "a" would tell more than it hides
_PATTERNS: Final[list[tuple[re.Pattern[str], str]]] = [
    # scheme and credentials of HTTP, as in `Authorization: Bearer …`
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {_HIDDEN}"),
    # name and value: token=…, "api_key": "…", password: …
    (
        re.compile(
            r"([\w-]*(?:token|secret|passw(?:or)?d|api[_-]?key|private[_-]?key|authorization)[\"']?\s*[=:]\s*)"
            r"(?!\*\*\*|(?:bearer|basic)\b)[\"']?[^\s\"',;&}]+[\"']?",
            re.IGNORECASE,
        ),
        rf"\1{_HIDDEN}",
    ),
    (re.compile(r"\b(puppet_[a-z]+_|sk-|ghp_)[A-Za-z0-9_-]{8,}"), rf"\1{_HIDDEN}"),
    # user:password@ in an address
    (re.compile(r"(\w+://)[^\s/:@]+:[^\s/@]+@"), rf"\1{_HIDDEN}@"),
    # mainland mobile numbers keep their last two digits, so that two people can be told apart
    (re.compile(r"(?<![\dA-Za-z])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{2}(\d{2})(?![\dA-Za-z])"), rf"{_HIDDEN}\1"),
    # codes that are worth something to whoever knows them (`bot.secret_codes`)
    (
        re.compile(r"(?<![0-9A-Za-z])(QZ|BD)(?:[- ]?[0-9A-Z]{4}){4}(?![0-9A-Za-z])", re.IGNORECASE),
        rf"\1-{_HIDDEN}",
    ),
    # resident identity numbers
    (re.compile(r"(?<![\dA-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![\dA-Za-z])"), _HIDDEN),
]


class Redactor:
    """Hides secrets in text.

    Args:
        secrets: values known to be secret, hidden wherever they stand.
    """

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        known = sorted((secret for secret in secrets if len(secret) >= _SHORTEST_SECRET), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def clean(self, text: str) -> str:
        """Return the text with `***` in place of what must not be written."""
        if self._known is not None:
            text = self._known.sub(_HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text
