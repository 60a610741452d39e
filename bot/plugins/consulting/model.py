"""What a consultation is: an hour that may be booked, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NewType

from bot.plugin import CronRule

NAME = "consulting"


@dataclass(frozen=True, slots=True)
class Hours:
    """`周三 20:00–21:00`, read.

    Attributes:
        rule: when it begins, by the wall clock.
        length: how long it is.
        text: as the owner wrote it.
    """

    rule: CronRule
    length: timedelta
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One consultation that can be had.

    Attributes:
        starts_at, ends_at: aware UTC.
        host: who answers, as members read it.
        account: the host's account as bot.yaml names it, `weixin:laowang`; empty when only the owner is told.
        title: what it is.
        price_fen: 0 when it is free.
        access: for whom: `free`, `member` or the id of a plan.
        place: told to who has booked; may be empty.
    """

    starts_at: datetime
    ends_at: datetime
    host: str
    account: str = ""
    title: str
    price_fen: int = 0
    access: str = "free"
    place: str = ""


HostName = NewType("HostName", str)
"""Who answers, as bot.yaml names them."""


class BookingState(StrEnum):
    """Where a booking stands; the first two take the time."""

    HELD = "held"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    CALLED_OFF = "called_off"
    EXPIRED = "expired"


TAKES_TIME = frozenset({BookingState.HELD, BookingState.BOOKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A consultation that a member has, or had.

    Attributes:
        number: what members type: `Z3`.
        slot: when, with whom, at which price, as it was when it was booked.
        member_id: whose.
        name: the member's name then.
        room_id: where it was booked; empty in private.
        state: HELD until it is paid for.
        until: the end of the hold, aware UTC.
        order_number: of the order behind it; 0 when it is free.
    """

    number: int
    slot: Slot
    member_id: str
    name: str
    room_id: str
    state: BookingState
    until: datetime | None = None
    order_number: int = 0


@dataclass(frozen=True, slots=True)
class BookingNumber:
    """The number of a consultation as members type it: `Z3`."""

    label: ClassVar[str] = "编号"
    value: int


@dataclass(frozen=True, slots=True)
class SlotTime:
    """Which hour is meant: a place in the list, a moment, or any hour of a day.

    Attributes:
        place: from 1; 0 when none was typed.
        at: aware; None when none was typed.
        day: by the community's clock; None when none was typed alone.
    """

    label: ClassVar[str] = "时间"
    place: int = 0
    at: datetime | None = None
    day: date | None = None
