"""Who should be in a room, who is, who is to leave it, and what is told before a membership ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

NAME = "rosters"


class SeatState(StrEnum):
    """Where an entitled member stands with a room; `STUCK` was invited in vain, `LEFT` went out again."""

    WANTED = "wanted"
    INVITED = "invited"
    JOINED = "joined"
    STUCK = "stuck"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """The place that an entitled member has in a room.

    Attributes:
        room_id, member_id: which.
        state: see there.
        tries: how often the member was invited.
        next_at: when the next invitation is due, aware UTC; None at once.
        until: to when the member was entitled when this was last looked at; None without an end.
    """

    room_id: str
    member_id: str
    state: SeatState = SeatState.WANTED
    tries: int = 0
    next_at: datetime | None = None
    until: datetime | None = None


class RemovalState(StrEnum):
    """How far a removal has come; `SPARED` is over because the member may stay after all."""

    LISTED = "listed"
    KEPT = "kept"
    TOLD = "told"
    REMOVED = "removed"
    SPARED = "spared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Somebody whose time in a room is over.

    Attributes:
        room_id, member_id, ends_at: which; another end is another removal.
        name: as the room shows it.
        state: see there.
        remove_at: the hour the owner was told, aware UTC.
        kept_until: until when the owner wants to hear no more of it; None when it is not kept.
    """

    room_id: str
    member_id: str
    ends_at: datetime
    name: str
    state: RemovalState
    remove_at: datetime
    kept_until: datetime | None = None


class Mode(StrEnum):
    """What the bot does about a room: only shows whom it would remove, acts, or leaves the room alone."""

    REHEARSING = "rehearsing"
    RUNNING = "running"
    PAUSED = "paused"


class Doubt(StrEnum):
    """Why the list of who is in a room is not acted upon."""

    NONE = ""
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    HALVED = "halved"
    TWIN = "twin"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRecord:
    """What is kept of a room.

    Attributes:
        room_id: which.
        mode: as the owner said it last; None leaves it to the settings.
        people: how many were in the room when its list was last believed, the bot left out.
        doubt: why the latest list was not believed.
        is_held: a removal waits for the owner's 继续.
        checked_at: when it was last looked at, aware UTC; None never.
        compared_at: when that was compared with the facts of all members.
    """

    room_id: str
    mode: Mode | None = None
    people: int = 0
    doubt: Doubt = Doubt.NONE
    is_held: bool = False
    checked_at: datetime | None = None
    compared_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a member's facts say about rooms at one moment.

    Attributes:
        member_id: who.
        opens: topics of the rooms the member may be in.
        until: topic → to when, aware UTC, the days of grace left out; None without an end.
        ended: topic → since when the member may be there no longer, for rooms that were open once.
        is_paused: the membership rests: nobody is invited, nobody is removed.
    """

    member_id: str
    opens: frozenset[str] = frozenset()
    until: Mapping[str, datetime | None] = field(default_factory=dict)
    ended: Mapping[str, datetime] = field(default_factory=dict)
    is_paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a line of membership and what was told about it.

    Attributes:
        member_id, line: whose.
        ends_at: the end, aware UTC.
        noted_at: since when this end is known; what would have been told before is not.
        told: the latest reminder, in days before the end; None before the first.
    """

    member_id: str
    line: str
    ends_at: datetime
    noted_at: datetime
    told: int | None = None
