"""The values of questions that wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question nobody could answer yet.

    Attributes:
        number: as in Q17.
        text: as it was asked.
        name: who asked.
        asked_at: when, aware UTC.
    """

    number: int
    text: str
    name: str
    asked_at: datetime
