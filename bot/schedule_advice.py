"""What is probably not meant though it can be read: hours of sleep, starts in the past, hours that a zone skips."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.config_yaml import Document, Path
from bot.errors import Fault
from bot.schedule_holidays import kind_of, known_years
from bot.schedule_model import Announcement, ScheduleEntry, Schedules, SessionEntry
from bot.schedules import falls_in_gap, next_fires, next_walls, to_instant
from bot.units import shorten_duration

_NIGHT: Final = time(23, 0)
_MORNING: Final = time(7, 0)
_EVENING: Final = time(22, 0)  # a reminder that would fall into the night is better moved here
_LOOKED_AT: Final = 14  # fires; two weeks of a daily entry
_SHOWN: Final = 3
_JUST_NOW: Final = timedelta(days=1)
_SOON: Final = timedelta(days=90)
_FAR: Final = timedelta(days=730)
_YEAR: Final = timedelta(days=366)
_MOST_WALLS: Final = 3000


def advise_entries(
    document: Document, schedules: Schedules, now: datetime, known: Schedules | None = None
) -> list[Fault]:
    """Return advice about entries that can be used as they are.

    Args:
        document: the file as written.
        schedules: what it says.
        now: aware.
        known: what is in force; of entries that stay as they are there was advice when they were new.
    """
    found: list[Fault] = []
    before = [*known.entries] if known else []
    for section, entries in (("sessions", schedules.sessions), ("announcements", schedules.announcements)):
        for index, entry in enumerate(entries):
            for path, text in _advise(entry, now) if entry not in before else ():
                line, column = document.place((section, index, *path))
                found.append(Fault(document.file, line, column, text, is_advice=True))
    return found


def _advise(entry: ScheduleEntry, now: datetime) -> Iterator[tuple[Path, str]]:
    fires = next_fires(entry, now, _LOOKED_AT)
    if entry.starts is not None and not _has_been(entry):
        yield from _advise_start(to_instant(entry.starts, entry.zone), now)
    yield from _advise_gaps(entry, now)
    if isinstance(entry, SessionEntry):
        yield from _advise_spans(entry, fires)
    elif isinstance(entry, Announcement):
        yield from _advise_night(entry, fires)
    if entry.skip_holidays:
        yield from _advise_holidays(fires[:_SHOWN])


def _has_been(entry: ScheduleEntry) -> bool:
    """Whether it is surely meant to be over: there is something to look at afterwards."""
    return isinstance(entry, SessionEntry) and bool(entry.materials or entry.recording)


def _advise_start(start: datetime, now: datetime) -> Iterator[tuple[Path, str]]:
    shown = f"{start:%Y-%m-%d %H:%M}"
    if start > now + _FAR:
        yield ("starts",), f"开始 {shown} 还有两年多，年份是 {_same_day_after(start, now):%Y-%m-%d} 吗？"
    elif now - _JUST_NOW < start <= now:
        yield ("starts",), f"开始 {shown} 刚过去，是 {_next_day_at(start, now):%Y-%m-%d %H:%M} 吗？"
    elif start <= now and start.year < (moved := _same_day_after(start, now)).year and moved - now <= _SOON:
        yield ("starts",), f"开始 {shown} 已经过去，是 {moved:%Y-%m-%d %H:%M} 吗？办过的留着不要紧"


def _same_day_after(start: datetime, now: datetime) -> datetime:
    """Return the first moment after now with this month, day and time."""
    local = now.astimezone(start.tzinfo)
    for year in range(local.year, local.year + 9):  # a leap day comes back within eight years
        try:
            moved = start.replace(year=year)
        except ValueError:
            continue
        if moved > local:
            return moved
    return start


def _next_day_at(start: datetime, now: datetime) -> datetime:
    moved = start
    while moved <= now:
        moved += timedelta(days=1)
    return moved


def _advise_gaps(entry: ScheduleEntry, now: datetime) -> Iterator[tuple[Path, str]]:
    local = now.astimezone(entry.zone)
    offsets = {
        (local.astimezone(UTC) + timedelta(days=30 * month)).astimezone(entry.zone).utcoffset() for month in range(13)
    }
    if len(offsets) == 1:
        return
    since = local.replace(tzinfo=None)
    for number, wall in enumerate(next_walls(entry, since)):
        if wall > since + _YEAR or number > _MOST_WALLS:
            return
        if falls_in_gap(wall, entry.zone):
            moved = to_instant(wall, entry.zone)
            text = f"{wall:%Y-%m-%d %H:%M} 因夏令时不存在，那天会改到 {moved:%H:%M}；想每次一样，就写 {moved:%H:%M}"
            yield timing_of(entry), text
            return


def timing_of(entry: ScheduleEntry) -> Path:
    """Return the key that says when an entry is."""
    return ("starts",) if entry.starts is not None else ("every",) if entry.every else ("cron",)


def _advise_night(entry: Announcement, fires: list[datetime]) -> Iterator[tuple[Path, str]]:
    if fire := next((fire for fire in fires if _is_night(fire)), None):
        near = _MORNING if fire.time() < _MORNING else _EVENING
        yield timing_of(entry), f"{fire:%H:%M} 会吵到睡觉的人（23:00 到 07:00），最近的是 {near:%H:%M}"


def _advise_spans(entry: SessionEntry, fires: list[datetime]) -> Iterator[tuple[Path, str]]:
    for key, spans in (("announce", entry.announce), ("remind", entry.remind)):
        for index, span in enumerate(spans):
            told = ((fire, (fire.astimezone(UTC) - span).astimezone(entry.zone)) for fire in fires)
            for fire, at in told:
                if _is_night(at):
                    better = shorten_duration(fire - _evening_before(at))
                    text = (
                        f"{shorten_duration(span)} 前是 {at:%H:%M}，会吵到睡觉的人（23:00 到 07:00），可以写 {better}"
                    )
                    yield (key, index), text
                    break


def _is_night(moment: datetime) -> bool:
    return moment.time() >= _NIGHT or moment.time() < _MORNING


def _evening_before(moment: datetime) -> datetime:
    day = moment if moment.time() >= _NIGHT else moment - timedelta(days=1)
    return day.replace(hour=_EVENING.hour, minute=_EVENING.minute)


def _advise_holidays(fires: list[datetime]) -> Iterator[tuple[Path, str]]:
    unknown = next((fire.year for fire in fires if kind_of(fire.date()) == "unknown"), None)
    if unknown is not None:
        last = known_years()[-1]
        text = f"节假日只知道到 {last} 年，{unknown} 年先按没有节假日算；公布后请升级 chinesecalendar，或写 except"
        yield ("skip_holidays",), text
