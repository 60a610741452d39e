"""What members wish to hear, and when they checked in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

NAME = "study"


@dataclass(frozen=True, slots=True)
class Wish:
    """A topic that members of a room want to hear about.

    Attributes:
        id, room_id: of the wish, and where it was made.
        topic: as the first one typed it.
        wishers: ids of the members who want it, the first one first.
    """

    id: str
    room_id: str
    topic: str
    wishers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """That a member did something on a day.

    Attributes:
        room_id, member_id: where and who.
        day: which day it counts for.
        note: what they did; may be empty.
    """

    room_id: str
    member_id: str
    day: date
    note: str = ""

    @property
    def row(self) -> dict[str, str]:
        """Its columns."""
        return {"room_id": self.room_id, "member_id": self.member_id, "day": str(self.day), "note": self.note}
