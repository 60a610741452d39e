"""`schedules.yaml`: read with every fault told, and turned into the times at which things fire."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from pathlib import Path as FilePath
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.config import read_file, read_model
from bot.config_faults import find_secrets, in_order
from bot.config_schema import SCHEMA_DIALECT, schema_of
from bot.config_yaml import Document, read_document
from bot.errors import ConfigError, Fault
from bot.schedule_check import check_entries
from bot.schedule_cron import next_wall
from bot.schedule_holidays import kind_of
from bot.schedule_model import ScheduleEntry, Schedules
from bot.schedule_times import WEEKDAYS, CronRule, DateRange
from bot.units import format_weekday

DEFAULT_FILE: Final = "schedules.yaml"
_WIDEST_SHIFT: Final = timedelta(days=1)  # no zone's clock jumps by more
_HORIZON: Final = timedelta(days=366 * 9)  # whatever does not fire for so long never will
_MOST_MOVED: Final = 200  # fires that one gap can move among the others


def load_schedules(path: FilePath | str | None, timezone: str = "Asia/Shanghai") -> Schedules:
    """Read the schedules.

    Args:
        path: the file; None reads `schedules.yaml` when it is there.
        timezone: for a file that names none.

    Raises:
        ConfigError: with every fault, in file order.
    """
    file = str(path or DEFAULT_FILE)
    schedules, faults = read_schedules(file, read_file(file, required=path is not None), timezone)
    if schedules is None or faults:
        raise ConfigError(faults)
    return schedules


def read_schedules(file: str, data: bytes, timezone: str = "Asia/Shanghai") -> tuple[Schedules | None, list[Fault]]:
    """Return the schedules (None when they do not hold together) and every fault, in file order.

    What depends on the day on which one looks is not among them: see `schedule_review`.
    """
    _, schedules, faults = read_with_places(file, data, timezone)
    return schedules, faults


def read_with_places(file: str, data: bytes, timezone: str) -> tuple[Document, Schedules | None, list[Fault]]:
    """Return what `read_schedules` does, and where in the file everything stands."""
    document, faults = read_document(file, data)
    schedules, more = read_model(document, Schedules)
    faults += more + find_secrets(document, more) + check_entries(document)
    if schedules is not None:
        schedules = _with_zone(schedules, schedules.timezone or timezone)
    return document, schedules, in_order(faults)


def schedules_schema() -> dict[str, Any]:
    """Return the JSON Schema of `schedules.yaml`, for editors."""
    return {"$schema": SCHEMA_DIALECT, **schema_of(Schedules), "title": "schedules.yaml"}


def _with_zone(schedules: Schedules, timezone: str) -> Schedules:
    """Return a copy in which every entry names its zone."""
    filled = {
        name: tuple(entry.model_copy(update={"timezone": entry.timezone or timezone}) for entry in entries)
        for name, entries in (("sessions", schedules.sessions), ("announcements", schedules.announcements))
    }
    return schedules.model_copy(update={"timezone": timezone, **filled})


def next_fires(entry: ScheduleEntry, after: datetime, count: int, until: datetime | None = None) -> list[datetime]:
    """Return the next times at which an entry fires.

    A wall-clock time that the zone skips (the spring gap) fires as RFC 5545 §3.3.5 says, by the offset before the
    gap: 02:30 becomes 03:30. One that comes twice (the autumn fold) fires once, the first time.

    Args:
        entry: from `load_schedules`.
        after: aware; fires at this very moment are not returned.
        count: how many at most; a one-off has one.
        until: aware; later fires are not looked for.

    Returns:
        Aware times in the entry's zone, ascending.
    """
    fires: list[datetime] = []
    end = until.astimezone(entry.zone).replace(tzinfo=None) if until else None
    for wall in next_walls(entry, _start_of_search(after.astimezone(entry.zone))):
        if (end is not None and wall > end) or (len(fires) >= count and wall > fires[count - 1].replace(tzinfo=None)):
            break
        fire = to_instant(wall, entry.zone)
        if fire > after and fire not in fires[-_MOST_MOVED:]:
            insort(fires, fire)
    return [fire for fire in fires[:count] if until is None or fire <= until]


def _start_of_search(after: datetime) -> datetime:
    """Return the wall-clock time from which fires can come after a moment: earlier than it just behind a gap."""
    now, before = after.utcoffset(), (after - _WIDEST_SHIFT).utcoffset()
    assert now is not None
    assert before is not None
    return after.replace(tzinfo=None) - max(now - before, timedelta(0))


def to_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment a zone's clock shows a wall-clock time: the first one, or past the gap when it shows none."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)


def falls_in_gap(wall: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a zone's clock never shows a wall-clock time, because it is put forward over it."""
    return to_instant(wall, zone).replace(tzinfo=None) != wall


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of an entry.

    Attributes:
        day: by which it is known; it stays when this one time is moved.
        start: aware, in the entry's zone.
    """

    day: date
    start: datetime


def occurrences(entry: ScheduleEntry, after: datetime, count: int, until: datetime | None = None) -> list[Occurrence]:
    """Return the next times of an entry with the days they are known by; the arguments are those of `next_fires`.

    Times that were moved are returned however late they are.
    """
    found = [Occurrence(fire.date(), fire) for fire in next_fires(_without_moved(entry), after, count, until)]
    moved = [Occurrence(day, to_instant(wall, entry.zone)) for day, wall in _moved(entry).items()]
    found += [one for one in moved if one.start > after]
    return sorted(found, key=lambda one: (one.start, one.day))


def _moved(entry: ScheduleEntry) -> dict[date, datetime]:
    return {day: wall for day, wall in entry.moved.items() if not any(day in days for days in entry.skipped)}


def _without_moved(entry: ScheduleEntry) -> ScheduleEntry:
    """Return the entry as if what was moved were left out."""
    skipped = (*entry.skipped, *(DateRange(day, day) for day in entry.moved))
    return entry.model_copy(update={"moved": {}, "skipped": skipped}) if entry.moved else entry


def next_walls(entry: ScheduleEntry, since: datetime) -> Iterator[datetime]:
    """Yield the wall-clock times of an entry from one on, ascending, its bounds, exceptions and moves minded."""
    if entry.starts is not None:
        yield from [entry.starts] if entry.starts >= since else []
        return
    moved = sorted(wall for wall in _moved(entry).values() if wall >= since)
    last = None
    for wall in merge(_regular_walls(_without_moved(entry), since), moved):
        if wall != last:
            yield wall
        last = wall


def _regular_walls(entry: ScheduleEntry, since: datetime) -> Iterator[datetime]:
    if entry.first_day is not None:
        since = max(since, datetime.combine(entry.first_day, datetime.min.time()))
    horizon = since + _HORIZON
    while (wall := _next_of(entry, since)) is not None and wall <= horizon:
        if entry.last_day is not None and wall.date() > entry.last_day:
            return
        skipped = next((days for days in entry.skipped if wall.date() in days), None)
        if skipped is None:
            yield wall
            since = wall + timedelta(minutes=1)
        else:
            since = datetime.combine(skipped.last, datetime.min.time()) + timedelta(days=1)


def _next_of(entry: ScheduleEntry, since: datetime) -> datetime | None:
    walls = (_next_of_rule(rule, entry, since) for rule in entry.rules)
    return min((wall for wall in walls if wall is not None), default=None)


def _next_of_rule(rule: CronRule, entry: ScheduleEntry, since: datetime) -> datetime | None:
    """Return the next wall-clock time of a rule, in the weeks that count.

    Every other week is counted from the week of the first time on or after `from`, as RFC 5545 §3.3.10 counts INTERVAL
    from DTSTART.
    """
    find = _next_working if entry.skip_holidays else next_wall
    if rule.weeks == 1 or entry.first_day is None:
        return find(rule, since)
    first = next_wall(rule, datetime.combine(entry.first_day, datetime.min.time()))
    horizon = since + _HORIZON
    while first is not None and (wall := find(rule, since)) is not None and wall <= horizon:
        if (_monday_of(wall) - _monday_of(first)).days // 7 % rule.weeks == 0:
            return wall
        since = datetime.combine(_monday_of(wall) + timedelta(days=7), datetime.min.time())
    return None


def _monday_of(wall: datetime) -> date:
    return wall.date() - timedelta(days=wall.weekday())


def _next_working(rule: CronRule, since: datetime) -> datetime | None:
    """Return the next wall-clock time of a rule that falls on no public holiday; 工作日 counts weekends in lieu."""
    wide = replace(rule, day_of_week="*") if rule.is_for_workdays else rule
    horizon = since + _HORIZON
    while (wall := next_wall(wide, since)) is not None and wall <= horizon:
        kind = kind_of(wall.date())
        is_meant = rule.day_of_week == "*" or WEEKDAYS[wall.weekday()] in rule.day_of_week.split(",")
        if (is_meant and kind != "holiday") or (rule.is_for_workdays and kind == "workday"):
            return wall
        since = datetime.combine(wall.date(), datetime.min.time()) + timedelta(days=1)
    return None


def preview(schedules: Schedules, now: datetime, count: int = 3) -> list[str]:
    """Return one line for every entry with its next dates, in its own zone."""
    return [preview_entry(entry, now, count) for entry in schedules.entries]


def preview_entry(entry: ScheduleEntry, now: datetime, count: int = 3) -> str:
    """Return an entry's next dates in one line; says so when there is none, or when a clock change moves one."""
    fires = next_fires(entry, now, count)
    shown = "、".join(show_time(fire) for fire in fires)
    if not fires:
        shown = "已经过去，不会再触发" if entry.starts is not None else "没有下一次了，请看 until 和 except"
    gaps = [wall for wall in _walls_near(entry, fires) if falls_in_gap(wall, entry.zone)]
    note = "".join(f"（{wall:%m-%d %H:%M} 因夏令时不存在，改到 {to_instant(wall, entry.zone):%H:%M}）" for wall in gaps)
    return f"{entry.id}（{'、'.join(entry.rooms)}，{entry.timezone}）：{shown}{note}"


def _walls_near(entry: ScheduleEntry, fires: list[datetime]) -> list[datetime]:
    """Return the wall-clock times as written that became these fires."""
    found = []
    for wall in next_walls(entry, fires[0].replace(tzinfo=None) - _WIDEST_SHIFT) if fires else ():
        if to_instant(wall, entry.zone) > fires[-1]:
            break
        if to_instant(wall, entry.zone) in fires:
            found.append(wall)
    return found


def show_time(moment: datetime) -> str:
    """Return an aware time as owners read it: `2026-11-27 周五 18:00`."""
    return f"{moment:%Y-%m-%d} {format_weekday(moment)} {moment:%H:%M}"
