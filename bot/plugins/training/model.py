"""What a training session is, who has a place in it, and the events others may hear."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from bot.plugin import DomainEvent, OrderState

NAME = "training"

SessionKey = NewType("SessionKey", str)
"""A training session as members type it: `fastapi-101`, `go-weekly 12-05`, or a number of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSession:
    """One dated training, as it is in force.

    Attributes:
        id: the entry's id for a one-off; `ENTRY/2026-12-05` for one day of a series. It stays when the hour changes.
        entry: id of the entry in schedules.yaml.
        starts_at, ends_at: aware UTC.
        timezone: whose clock it is announced by.
        title, host, place, link, materials, recording: as the entry says; empty when it does not. `link` is told to
            registered members only.
        price_fen: 0 when it is free.
        capacity: None when there is no limit.
        access: `free`, `member` or the id of a plan.
        rooms: topics of the rooms it is for.
        announce: how long before the start it is announced.
        remind: how long before the start registered members are reminded.
        missed, within: what to do about a message that was missed while the bot was down.
        revision: how often it was changed since it was made; `SEQUENCE` of its calendar entry.
        is_cancelled: whether it was called off.
        secret: what its attendance codes are made from; never shown.
    """

    id: str
    entry: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    title: str
    host: str = ""
    place: str = ""
    link: str = ""
    materials: str = ""
    recording: str = ""
    price_fen: int = 0
    capacity: int | None = None
    access: str = "free"
    rooms: tuple[str, ...] = ()
    announce: tuple[timedelta, ...] = ()
    remind: tuple[timedelta, ...] = ()
    missed: str = "send"
    within: timedelta = timedelta(hours=2)
    revision: int = 0
    is_cancelled: bool = False
    secret: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `timezone`."""
        return ZoneInfo(self.timezone)

    @property
    def local_start(self) -> datetime:
        """The start by its own zone's clock."""
        return self.starts_at.astimezone(self.zone)

    @property
    def is_series(self) -> bool:
        """Whether it is one day of a series."""
        return self.id != self.entry

    @property
    def key(self) -> str:
        """What members type to name it: `fastapi-101`, or `go-weekly 12-05` for one day of a series."""
        return f"{self.entry} {self.local_start:%m-%d}" if self.is_series else self.id


class RegistrationState(StrEnum):
    """Where a registration stands. The first three take up a place."""

    HELD = "held"
    REGISTERED = "registered"
    OFFERED = "offered"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REMOVED = "removed"


TAKES_A_PLACE = frozenset({RegistrationState.HELD, RegistrationState.REGISTERED, RegistrationState.OFFERED})
IS_OPEN = TAKES_A_PLACE | {RegistrationState.WAITING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A member's registration for a training session.

    Attributes:
        session_id, member_id: whose and for what; there is one at a time.
        room_id: where it was made; empty in private.
        name: the member's name then.
        position: grows in the order in which members came; the waitlist goes by it.
        state: HELD until the order is paid, OFFERED a freed place until `until`, EXPIRED when that time passed.
        until: the end of a hold or an offer, aware UTC.
        order_number: of the order, 0 when it is free.
    """

    session_id: str
    member_id: str
    room_id: str
    name: str
    position: int
    state: RegistrationState
    until: datetime | None = None
    order_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOrder:
    """What a member owes or has paid for a place.

    Attributes:
        number: what is written in the transfer's note; `get_order` knows the whole order.
        session_id, member_id: for what and whose.
        name: the member's name when it was made.
        amount_fen: the price then.
        paid_fen: what of it was paid and not given back.
        state: see there.
        is_automatic: the money goes back by itself, without the owner.
    """

    number: int
    session_id: str
    member_id: str
    name: str
    amount_fen: int
    paid_fen: int = 0
    state: OrderState
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class SessionRegistered(DomainEvent):
    """A member has a place."""

    session_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class PlaceFreed(DomainEvent):
    """A member who had a place, or was offered one, has it no more."""

    session_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class SessionChanged(DomainEvent):
    """A training session has another time, place or name; `what` says so in Chinese."""

    session_id: str
    what: str


@dataclass(frozen=True, slots=True)
class SessionCancelled(DomainEvent):
    """A training session was called off."""

    session_id: str
