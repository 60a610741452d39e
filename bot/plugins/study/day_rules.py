"""Days, streaks, places of a ranking, and the calendar of a month: decisions without any input or output."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

MILESTONES = (7, 30, 100, 365)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A place of the ranking.

    Attributes:
        place: 1 for the first; who has as many days shares it, and the next place counts them all.
        days: how many days.
        ids, names: who, in the order they were given.
    """

    place: int
    days: int
    ids: tuple[str, ...]
    names: tuple[str, ...]


def day_of(local: datetime, day_starts: int) -> date:
    """Return the day a check-in counts for: before that hour of the room's clock it is the day before."""
    return (local.replace(tzinfo=None) - timedelta(hours=day_starts)).date()


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def streak_until(days: Collection[date], today: date) -> int:
    """Return how many days in a row there are up to today; up to yesterday while today may still come."""
    known = set(days)
    day = today if today in known else today - _DAY
    length = 0
    while day in known:
        length, day = length + 1, day - _DAY
    return length


def longest_streak(days: Iterable[date]) -> int:
    """Return the most days in a row there ever were."""
    best = length = 0
    last: date | None = None
    for day in sorted(set(days)):
        length = length + 1 if last is not None and day - last == _DAY else 1
        best, last = max(best, length), day
    return best


def rank(counts: Mapping[str, int], names: Mapping[str, str]) -> list[Standing]:
    """Return the places of a ranking.

    Args:
        counts: member id → days.
        names: of the members who are there, in the order in which those of one place are named; others vanish.
    """
    here = sorted((member_id for member_id in names if counts.get(member_id)), key=lambda one: -counts[one])
    standings: list[Standing] = []
    place = 1
    for days, group in groupby(here, key=lambda one: counts[one]):
        ids = tuple(group)
        standings.append(Standing(place, days, ids, tuple(names[one] for one in ids)))
        place += len(ids)
    return standings


def calendar_of(days: Collection[date], today: date) -> list[str]:
    """Return this month as lines of full-width signs, a week each: ● done, ○ not, ・ still to come."""
    known = set(days)
    first = today.replace(day=1)
    following = (first + 32 * _DAY).replace(day=1)
    cells = ["　"] * first.weekday()
    day = first
    while day < following:
        cells.append("●" if day in known else "○" if day < today else "・")
        day += _DAY
    return ["一二三四五六日", *("".join(cells[at : at + 7]).rstrip("　") for at in range(0, len(cells), 7))]


def milestone_at(streak: int, milestones: Sequence[int] = MILESTONES) -> int:
    """Return the milestone a streak has just reached; 0 for none."""
    return streak if streak in milestones else 0
