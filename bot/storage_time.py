"""How moments are stored: UTC text of one width, so that comparing the texts compares the moments in any engine."""

from __future__ import annotations

from datetime import UTC, datetime

ANY_TIME = ""
"""Sorts before every stored moment."""


def to_stamp(at: datetime) -> str:
    """Return the stored form of an aware moment, such as `2026-12-01T01:00:00.000000+00:00`."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")


def from_stamp(stamp: str | None) -> datetime | None:
    """Return the moment behind a stored form; None for null and empty."""
    return datetime.fromisoformat(stamp) if stamp else None
