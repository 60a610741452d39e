"""What other plugins may use of attendance."""

from __future__ import annotations

from bot.plugin import Database
from bot.plugins.attendance.closings_store import get_closing, list_closings, no_shows_by
from bot.plugins.attendance.model import Attendance, Closing
from bot.plugins.attendance.rules import find_meant
from bot.plugins.attendance.store import attendances_by, attendances_of, get_attendance

__all__ = [
    "Attendance", "Closing", "attendances_by", "attendances_of", "find_meant", "get_attendance", "get_closing",
    "list_closings", "no_shows",
]  # fmt: skip


def no_shows(db: Database, member_id: str) -> int:
    """Return how often a member was registered and did not come; nobody is punished for it here."""
    return len(no_shows_by(db, member_id))
