"""What is probably not meant though it can be read: hours of sleep, starts in the past, hours that a zone skips."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.config_yaml import Document, Path
from bot.errors import Fault
from bot.schedule_holidays import kind_of, known_years
from bot.schedule_model import Announcement, ScheduleEntry, Schedules, SessionEntry
from bot.schedules import next_fires, next_walls, to_instant
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
_ANY_DAY: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - only the time of day matters


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
    before = {entry.id: entry for entry in known.entries} if known else {}
    for section, entries in (("sessions", schedules.sessions), ("announcements", schedules.announcements)):
        for index, entry in enumerate(entries):
            for path, text in _advise(entry, now) if entry != before.get(entry.id) else ():
                line, column = document.place((section, index, *path))
                found.append(Fault(document.file, line, column, text, is_advice=True))
    return found


def _advise(entry: ScheduleEntry, now: datetime) -> Iterator[tuple[Path, str]]:
    if entry.starts is not None and not _has_been(entry):
        yield from _advise_start(to_instant(entry.starts, entry.zone), now)
    yield from _advise_gaps(entry, now)
    if isinstance(entry, SessionEntry):
        yield from _advise_spans(entry, _times_of(entry, now))
    elif isinstance(entry, Announcement):
        yield from _advise_night(entry, _times_of(entry, now))
    yield from _advise_moves(entry)
    if entry.skip_holidays:
        yield from _advise_holidays(next_fires(entry, now, _SHOWN))


def _times_of(entry: ScheduleEntry, now: datetime) -> list[datetime]:
    """Return a wall-clock time for each time of day at which an entry is, as far as it has any left."""
    rules = [rule for rule in entry.rules if rule.hour.isdecimal() and rule.minute.isdecimal()]
    if len(rules) == len(entry.rules) > 0 and next_fires(entry, now, 1):
        return [_ANY_DAY.replace(hour=int(rule.hour), minute=int(rule.minute)) for rule in rules]
    return [fire.replace(tzinfo=None) for fire in next_fires(entry, now, _LOOKED_AT)]


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
    since = now.astimezone(entry.zone).replace(tzinfo=None)
    for begin, end in _gaps_after(entry.zone, since.date()):
        wall = next(next_walls(entry, max(begin, since)), None)
        if wall is not None and wall < end:
            moved = to_instant(wall, entry.zone)
            text = f"{wall:%Y-%m-%d %H:%M} 因夏令时不存在，那天会改到 {moved:%H:%M}；想每次一样，就写 {moved:%H:%M}"
            yield timing_of(entry), text
            return


@lru_cache(maxsize=64)  # a file has one or two zones, and many entries
def _gaps_after(zone: ZoneInfo, since: date) -> list[tuple[datetime, datetime]]:
    """Return the spans of wall-clock time that a zone leaves out in the year that begins on a day."""
    start = datetime.combine(since, time(), UTC) - timedelta(days=1)
    gaps = []
    for hour in range(24 * (_YEAR.days + 1)):
        before = (start + timedelta(hours=hour)).astimezone(zone)
        after = (start + timedelta(hours=hour + 1)).astimezone(zone)
        if before.utcoffset() != after.utcoffset():
            gaps += _gap_between(before.astimezone(UTC), zone)
    return gaps


def _gap_between(hour: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Return the gap that begins within an hour."""
    for minute in range(60):
        last = (hour + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=None) + timedelta(minutes=1)
        first = (hour + timedelta(minutes=minute + 1)).astimezone(zone).replace(tzinfo=None)
        if first > last:
            return [(last, first)]
    return []


def timing_of(entry: ScheduleEntry) -> Path:
    """Return the key that says when an entry is."""
    return ("starts",) if entry.starts is not None else ("every",) if entry.every else ("cron",)


def _advise_night(entry: Announcement, times: list[datetime]) -> Iterator[tuple[Path, str]]:
    if at := next((at for at in times if _is_night(at)), None):
        near = _MORNING if at.time() < _MORNING else _EVENING
        yield timing_of(entry), f"{at:%H:%M} 会吵到睡觉的人（23:00 到 07:00），最近的是 {near:%H:%M}"


def _advise_spans(entry: SessionEntry, times: list[datetime]) -> Iterator[tuple[Path, str]]:
    for key, spans in (("announce", entry.announce), ("remind", entry.remind)):
        for index, span in enumerate(spans):
            start = next((start for start in times if _is_night(start - span)), None)
            if start is not None:
                at = start - span
                better = shorten_duration(start - _evening_before(at))
                told = f"{key} 的 {shorten_duration(span)} 前是 {at:%H:%M}"
                yield (key, index), f"{told}，会吵到睡觉的人（23:00 到 07:00），可以写 {better}"


def _is_night(moment: datetime) -> bool:
    return moment.time() >= _NIGHT or moment.time() < _MORNING


def _evening_before(moment: datetime) -> datetime:
    day = moment if moment.time() >= _NIGHT else moment - timedelta(days=1)
    return day.replace(hour=_EVENING.hour, minute=_EVENING.minute)


def _advise_moves(entry: ScheduleEntry) -> Iterator[tuple[Path, str]]:
    regular = entry.model_copy(update={"moved": {}})
    for day in entry.moved:
        midnight = datetime.combine(day, time())
        if entry.rules and next(next_walls(regular, midnight), midnight + _JUST_NOW).date() != day:
            yield ("moved", str(day)), f"{day} 本来就没有这一场，这样会多办一场，请核对日子"


def _advise_holidays(fires: list[datetime]) -> Iterator[tuple[Path, str]]:
    unknown = next((fire.year for fire in fires if kind_of(fire.date()) == "unknown"), None)
    if unknown is not None:
        last = known_years()[-1]
        text = f"节假日只知道到 {last} 年，{unknown} 年先按没有节假日算；公布后请升级 chinesecalendar，或写 except"
        yield ("skip_holidays",), text
