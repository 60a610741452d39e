"""`schedules.yaml` as one who edits it today should hear of it: faults, two trainings of one host at once, advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from bot.config_faults import in_order
from bot.config_yaml import Document
from bot.errors import Fault
from bot.schedule_advice import advise_entries, timing_of
from bot.schedule_model import Schedules, SessionEntry
from bot.schedules import next_fires, read_with_places, show_time

_AHEAD: Final = timedelta(days=60)
_MOST_DAYS: Final = 200  # of one entry


@dataclass(frozen=True, slots=True)
class Review:
    """A file as it was read today.

    Attributes:
        schedules: what it says; None when it does not hold together.
        faults: what must be put right before it can be used.
        advice: what is probably not meant.
    """

    schedules: Schedules | None
    faults: list[Fault]
    advice: list[Fault]


def review_schedules(file: str, data: bytes, timezone: str, now: datetime, known: Schedules | None = None) -> Review:
    """Read the schedules and look at the days ahead.

    Args:
        file: name for the faults.
        data: the bytes.
        timezone: for a file that names none.
        now: aware.
        known: what is in force, as for `advise_entries`.
    """
    document, schedules, faults = read_with_places(file, data, timezone)
    if schedules is None or faults:
        return Review(schedules, faults, [])
    faults = in_order(_find_clashes(document, schedules, now))
    return Review(schedules, faults, in_order(advise_entries(document, schedules, now, known)))


@dataclass(frozen=True, slots=True, order=True)
class _Booking:
    """A host's time."""

    start: datetime
    end: datetime
    index: int
    entry: SessionEntry = field(compare=False)


def _find_clashes(document: Document, schedules: Schedules, now: datetime) -> Iterator[Fault]:
    """Yield a fault for each two entries in which a host is needed twice at a time."""
    hosted = [(index, entry) for index, entry in enumerate(schedules.sessions) if entry.host]
    by_host = groupby(sorted(hosted, key=_host_of), key=_host_of)
    for _, group in by_host:
        bookings = sorted(booking for index, entry in group for booking in _bookings(index, entry, now))
        told: set[tuple[int, int]] = set()
        for first, second in _overlapping(bookings):
            pair = (min(first.index, second.index), max(first.index, second.index))
            if pair not in told:
                told.add(pair)
                yield _tell_clash(document, *sorted((first, second), key=lambda booking: booking.index))


def _host_of(one: tuple[int, SessionEntry]) -> str:
    return (one[1].host or "").casefold()


def _bookings(index: int, entry: SessionEntry, now: datetime) -> Iterator[_Booking]:
    for start in next_fires(entry, now - entry.duration, _MOST_DAYS, now + _AHEAD if entry.starts is None else None):
        yield _Booking(start.astimezone(UTC), start.astimezone(UTC) + entry.duration, index, entry)


def _overlapping(bookings: list[_Booking]) -> Iterator[tuple[_Booking, _Booking]]:
    for number, first in enumerate(bookings):
        for second in bookings[number + 1 :]:
            if second.start >= first.end:
                break
            if second.index != first.index:
                yield first, second


def _tell_clash(document: Document, first: _Booking, second: _Booking) -> Fault:
    """Tell it at the time of the entry that stands further down."""
    line, column = document.place(("sessions", second.index, *timing_of(second.entry)))
    other, _ = document.place(("sessions", first.index))
    start, end = (moment.astimezone(first.entry.zone) for moment in (first.start, first.end))
    free = end.astimezone(second.entry.zone)
    return Fault(
        document.file,
        line,
        column,
        f"{first.entry.host} 在 {show_time(start)} 到 {end:%H:%M} 已有「{first.entry.id}」（第 {other} 行），"
        f"最近可以改到 {free:%H:%M}；同一场发到几个群，请把 room 写成列表",
    )
