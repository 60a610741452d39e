"""Who came to a training session, and what was counted when it was over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NAME = "attendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """A member who was there.

    Attributes:
        session_id, member_id: who and where.
        name: the member's name then.
        at: when they signed in, aware UTC.
        place: 1 for the first who came.
        is_late: later than the settings allow.
        is_walk_in: came without a registration.
        noted_by: id of who put it down afterwards; empty when the member signed in.
        certificate: the number of the certificate, empty before the session is over.
    """

    session_id: str
    member_id: str
    name: str
    at: datetime
    place: int
    is_late: bool = False
    is_walk_in: bool = False
    noted_by: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What was counted when a session was over.

    Attributes:
        session_id: which.
        registered: members with a place.
        came: all who signed in, those without a registration too.
        late, walk_in, absent: of these; `absent` is 0 when nobody signed in, for then no attendance was taken.
        members: people in the session's rooms, the bot left out.
    """

    session_id: str
    registered: int
    came: int
    late: int
    walk_in: int
    absent: int
    members: int

    @property
    def is_taken(self) -> bool:
        """Whether attendance was taken at all."""
        return self.came > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShow:
    """A registered member who did not come."""

    session_id: str
    member_id: str
    name: str


class Presence(StrEnum):
    """How a line of the roster reads."""

    CAME = "到场"
    LATE = "迟到"
    WALK_IN = "临时到场"
    ABSENT = "缺席"
    EXPECTED = "未签到"
    UNPAID = "待付款"
    OFFERED = "递补待确认"
    WAITING = "候补"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """One person of the roster.

    Attributes:
        member_id, name: who.
        presence: see there.
        attendance: when they came; None when they did not.
        order_number: of the order, 0 when it is free.
    """

    member_id: str
    name: str
    presence: Presence
    attendance: Attendance | None = None
    order_number: int = 0
