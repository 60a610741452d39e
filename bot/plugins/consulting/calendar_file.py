"""A consultation as a calendar file, for the member who comes and for the host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.plugin import Appointment, FileContent, make_calendar_file
from bot.plugins.consulting import texts
from bot.plugins.consulting.model import NAME, Booking

_COUNTED_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Before the first file was made: a number of seconds since then fits in the 31 bits a calendar reads, until 2094."""


def make_file(
    booking: Booking,
    community: str,
    now: datetime,
    remind: Sequence[timedelta],
    *,
    is_for_host: bool,
    is_cancelled: bool = False,
) -> FileContent:
    """Return the file; the place stands in it, so it goes to nobody but these two.

    Args:
        booking: as it is now; of one that has ended what it was.
        community: part of the entry's name.
        now: when it is made, aware; a later file replaces an earlier one.
        remind: how long before the start it rings.
        is_for_host: the host sees who comes, the member whom they see.
        is_cancelled: takes the entry out again.
    """
    slot = booking.slot
    one = Appointment(
        uid=f"{NAME}-{booking.number}.{community}@qunzhi",
        producer=NAME,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        title=f"{slot.title}（{booking.name if is_for_host else slot.host}）",
        description=(texts.what_to_send(booking, is_for_host=is_for_host),),
        place=slot.place,
        link=slot.place,
        remind=tuple(remind),
    )
    sequence = (now - _COUNTED_FROM) // timedelta(seconds=1)
    return make_calendar_file(one, f"咨询-Z{booking.number}", now, sequence=sequence, is_cancelled=is_cancelled)
