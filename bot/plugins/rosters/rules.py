"""Decides who is invited and who is removed: values in, values out; nothing is known of databases and gateways."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.plugin import to_instant
from bot.plugins.rosters.model import Doubt, Removal, RemovalState, Seat, SeatState, Standing
from bot.plugins.rosters.people import Occupant

_WAITS = (timedelta(days=1), timedelta(days=2), timedelta(days=1))  # invited on days 0, 1 and 3; given up a day later
MOST_TRIES = len(_WAITS)
NOTICE = timedelta(hours=1)
"""So long before the hour the member is told."""
_EARLIEST, _LATEST = time(9), time(21)
MOST_REMOVED = 10
"""So many people at most leave a room in one go without the owner's word."""
MOST_PERCENT = 5
"""So many of a hundred in the room, too; one person is always few enough."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A room compared with its roster.

    Attributes:
        inside: entitled and there.
        missing: entitled and not there.
        extra: there, not entitled, and not one of those who may stay anyhow.
    """

    inside: AbstractSet[str]
    missing: AbstractSet[str]
    extra: AbstractSet[str]


def compare(wanted: AbstractSet[str], present: AbstractSet[str], spared: AbstractSet[str] = frozenset()) -> Difference:
    """Compare who should be in a room with who is.

    Args:
        wanted: ids of the entitled.
        present: ids of those who are there.
        spared: ids of those who may stay anyhow: owner, admins, exceptions.
    """
    return Difference(
        inside=wanted & present,
        missing=wanted - present,
        extra=present - wanted - spared if spared else present - wanted,
    )


def seat_now(
    seat: Seat, *, is_present: bool, is_reachable: bool, until: datetime | None, now: datetime
) -> tuple[Seat, bool]:
    """Return where an entitled member stands now, and whether to send an invitation.

    Who went out again, and who was invited in vain, is left in peace until they buy more time.

    Args:
        seat: as it was.
        is_present: the member is in the room.
        is_reachable: the member's account is surely known, and could be invited.
        until: to when the member is entitled; None without an end.
        now: aware UTC.
    """
    if is_present:
        return replace(seat, state=SeatState.JOINED, tries=0, next_at=None, until=until), False
    if not is_reachable:
        return seat, False
    if seat.state is SeatState.JOINED:
        return replace(seat, state=SeatState.LEFT, next_at=None, until=until), False
    if seat.state in {SeatState.LEFT, SeatState.STUCK}:
        if not _is_longer(until, seat.until):
            return seat, False
        seat = replace(seat, state=SeatState.WANTED, tries=0, next_at=None)
    return _invite(replace(seat, until=until), now)


def _invite(seat: Seat, now: datetime) -> tuple[Seat, bool]:
    if seat.next_at is not None and now < seat.next_at:
        return seat, False
    if seat.tries >= MOST_TRIES:
        return replace(seat, state=SeatState.STUCK, next_at=None), False
    next_at = now + _WAITS[seat.tries]
    return replace(seat, state=SeatState.INVITED, tries=seat.tries + 1, next_at=next_at), True


def _is_longer(until: datetime | None, before: datetime | None) -> bool:
    return before is not None and (until is None or until > before)


def is_as_noted(seats: Iterable[Seat], present: AbstractSet[str], now: datetime) -> bool:
    """Whether everybody with a seat is where they were, and no invitation is due.

    Args:
        seats: of the room.
        present: ids of the members who are there.
        now: aware UTC.
    """
    return all(
        (seat.state is SeatState.JOINED) is (seat.member_id in present) and not (seat.next_at and seat.next_at <= now)
        for seat in seats
    )


def doubt_about(people: int, known: int) -> Doubt:
    """Return why a list of who is in a room cannot be believed, if it cannot.

    Args:
        people: how many it names, the bot left out.
        known: how many the last list named that was believed.
    """
    if people == 0:
        return Doubt.EMPTY
    return Doubt.HALVED if people * 2 <= known else Doubt.NONE


def is_too_many(removals: int, people: int) -> bool:
    """Whether so many removals from a room of so many people need the owner's word."""
    if removals <= 1:
        return False
    return removals > MOST_REMOVED or removals * 100 > people * MOST_PERCENT


@dataclass(frozen=True, slots=True)
class Leavers:
    """Who would have to leave a room.

    Attributes:
        sure: (occupant, end of their time) of those whose account proves who they are, the earliest end first.
        unsure: the same of those who look like it and have to bind first; they are never removed.
    """

    sure: list[tuple[Occupant, datetime]]
    unsure: list[tuple[Occupant, datetime]]


def find_leavers(occupants: Iterable[Occupant], standings: dict[str, Standing], topic: str) -> Leavers:
    """Return whose time in a room is over.

    Who never was entitled to the room is not among them: the owner knows why they are there.

    Args:
        occupants: who is in the room.
        standings: member id → what their facts say at the time of the removal.
        topic: the room's name.
    """
    found = Leavers([], [])
    for one in occupants:
        standing = standings.get(one.member_id) if one.member_id and not one.is_protected else None
        if standing is None or standing.is_paused or topic in standing.opens or topic not in standing.ended:
            continue
        (found.sure if one.is_sure else found.unsure).append((one, standing.ended[topic]))
    for pairs in (found.sure, found.unsure):
        pairs.sort(key=lambda pair: (pair[1], pair[0].member_id))
    return found


def is_settled(removal: Removal | None, now: datetime, remove_at: datetime) -> bool:
    """Whether an end needs no place on a new list: it was carried out, is on a list, or the owner keeps the member.

    Args:
        removal: what is on record of this end.
        now: aware.
        remove_at: the hour of the new list.
    """
    if removal is None:
        return False
    if removal.state is RemovalState.KEPT:
        return removal.kept_until is not None and removal.kept_until > remove_at
    is_open = removal.state in {RemovalState.LISTED, RemovalState.TOLD}
    return removal.state is RemovalState.REMOVED or (is_open and removal.remove_at > now)


def removal_hour(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Return when those on the list of now leave: at that hour of the next day by the room's clock, aware UTC."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    return to_instant(datetime.combine(day, time(hour)), zone).astimezone(UTC)


def next_hour(now: datetime, remove_at: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Return when a removal goes on that had stopped for the owner's word: as said, or an hour from now by daylight.

    Args:
        now: aware UTC.
        remove_at: the hour that was said.
        hour: of the day at which people are removed.
        zone: the room's.
    """
    if now + NOTICE <= remove_at:
        return remove_at
    soon = now + NOTICE
    return soon if _EARLIEST <= soon.astimezone(zone).time() <= _LATEST else removal_hour(now, hour, zone)
