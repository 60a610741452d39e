"""Which hours can be booked, and until when something may be done about it: decided from what is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.plugin import fold, next_wall, normalise, read_day, read_moment, to_instant
from bot.plugins.consulting.model import TAKES_TIME, Booking, BookingNumber, Slot, SlotTime
from bot.plugins.consulting.settings import ConsultingHours, ConsultingSettings

_NUMBER = re.compile(r"#?[Zz](\d{1,9})")
_PLACE = re.compile(r"第?\s*(\d{1,2})\s*[个号]?")


def slots_between(settings: ConsultingSettings, since: datetime, until: datetime, zone: ZoneInfo) -> list[Slot]:
    """Return the consultations that begin in a span, soonest first.

    Args:
        settings: with the weekly hours.
        since: aware; included.
        until: aware; not included.
        zone: whose clock the hours are read by.
    """
    found = [one for hours in settings.slots for one in _slots_of(hours, since, until, zone)]
    return sorted(found, key=lambda one: (one.starts_at, one.host))


def bookable(settings: ConsultingSettings, bookings: Sequence[Booking], now: datetime, zone: ZoneInfo) -> list[Slot]:
    """Return what can be booked now, soonest first: nobody else has it, and the host has no other one then."""
    slots = slots_between(settings, now + settings.least_notice, now + settings.ahead, zone)
    return [slot for slot in slots if not any(is_taken_by(slot, one) for one in bookings)]


def is_taken_by(slot: Slot, booking: Booking) -> bool:
    """Return whether a booking takes the time of a slot: of the same host, at overlapping times."""
    other = booking.slot
    is_same_time = other.starts_at < slot.ends_at and slot.starts_at < other.ends_at
    return booking.state in TAKES_TIME and other.host == slot.host and is_same_time


def may_change(booking: Booking, now: datetime, change_until: timedelta) -> bool:
    """Return whether the member may still cancel or move a consultation; what is not paid for always."""
    return now <= booking.slot.starts_at - change_until


def hold_until(slot: Slot, now: datetime, hold: timedelta) -> datetime:
    """Return when a time that is not paid for is given to others: at its beginning at the latest."""
    return min(now + hold, slot.starts_at)


def meant_slot(meant: SlotTime, listed: Sequence[Slot]) -> Slot | None:
    """Return the slot that is meant; None when nothing can be booked then."""
    if meant.place:
        return listed[meant.place - 1] if meant.place <= len(listed) else None
    return next((slot for slot in listed if slot.starts_at == meant.at), None)


def read_slot_time(text: str, now: datetime) -> SlotTime | None:
    """Read `2`, `周三 20:30`, `12-09 20:00`, `周三`; None when it is none.

    Args:
        text: as typed.
        now: in the zone by whose clock it is read.
    """
    plain = normalise(text)
    if found := _PLACE.fullmatch(plain):
        return SlotTime(place=int(found[1])) if int(found[1]) else None
    with suppress(ValueError):
        return SlotTime(at=read_moment(plain, now).astimezone(UTC))
    with suppress(ValueError):
        return SlotTime(day=read_day(plain, now.date()))
    return None


def read_host(text: str, settings: ConsultingSettings) -> str:
    """Return the host of that name; empty when there is none."""
    key = squeeze(text)
    return next((hours.host for hours in settings.slots if squeeze(hours.host) == key), "")


def squeeze(name: str) -> str:
    """Return a name as it is compared and typed in one word."""
    return "".join(fold(name).split())


def read_booking_number(text: str) -> BookingNumber | None:
    """Read `Z3`; None when it is none."""
    found = _NUMBER.fullmatch(normalise(text))
    return BookingNumber(int(found[1])) if found else None


def _slots_of(hours: ConsultingHours, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Slot]:
    length = hours.length or hours.every.length
    for starts_at in _beginnings(hours, since - hours.every.length, until, zone):
        for number in range(hours.every.length // length):
            begins = starts_at + number * length
            if since <= begins < until:
                yield Slot(
                    starts_at=begins,
                    ends_at=begins + length,
                    host=hours.host,
                    account=str(hours.account) if hours.account else "",
                    title=hours.title,
                    price_fen=hours.price,
                    access=hours.access,
                    place=hours.place or "",
                )


def _beginnings(hours: ConsultingHours, since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the hours begin, in UTC."""
    wall = next_wall(hours.every.rule, since.astimezone(zone).replace(tzinfo=None))
    while wall is not None and (begins := to_instant(wall, zone).astimezone(UTC)) < until:
        yield begins
        wall = next_wall(hours.every.rule, wall + timedelta(minutes=1))
