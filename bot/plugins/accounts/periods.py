"""Days, months and years as the owner names them: 「今天」, 「上月」, 「2026-11」."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.plugin import fold

_MONTH = re.compile(r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*月?份?")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_YEAR = re.compile(r"(\d{4})\s*年?")
_BEGINNING = date(2000, 1, 1)  # before any bot kept books
_MONTHS, _LONGEST_MONTH, _LEAP = 12, 31, 366


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days by the owner's calendar.

    Attributes:
        title: what it is called: 「2026-11」.
        first: its first day.
        end: the day after its last.
    """

    label: ClassVar[str] = "月份"
    title: str
    first: date
    end: date

    @property
    def stamp(self) -> str:
        """What a file about it is called: the same next year."""
        days = (self.end - self.first).days
        if days == 1:
            return self.first.isoformat()
        return f"{self.first:%Y-%m}" if days <= _LONGEST_MONTH else f"{self.first:%Y}" if days <= _LEAP else self.title

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return when it begins and when it is over, aware UTC."""
        return midnight(self.first, zone), midnight(self.end, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins, aware UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_of(day: date, title: str = "") -> Period:
    """Return one day."""
    return Period(title or day.isoformat(), day, day + timedelta(days=1))


def month_of(day: date, title: str = "") -> Period:
    """Return the month that a day is in."""
    first = day.replace(day=1)
    return Period(title or f"{first:%Y-%m}", first, _next_month(first))


def year_of(day: date, title: str = "") -> Period:
    """Return the year that a day is in."""
    first = day.replace(month=1, day=1)
    return Period(title or f"{first.year} 年", first, first.replace(year=first.year + 1))


def all_until(today: date) -> Period:
    """Return everything so far."""
    return Period("全部", _BEGINNING, today + timedelta(days=1))


def month_before(day: date) -> Period:
    """Return the month before the one that a day is in."""
    return month_of(day.replace(day=1) - timedelta(days=1))


_NAMED: dict[str, Callable[[date], Period]] = {
    **dict.fromkeys(("今天", "今日", "当天"), lambda today: day_of(today, "今天")),
    **dict.fromkeys(("昨天", "昨日"), lambda today: day_of(today - timedelta(days=1), "昨天")),
    **dict.fromkeys(("本月", "这个月", "当月", "这月"), lambda today: month_of(today, "本月")),
    **dict.fromkeys(("上月", "上个月"), month_before),
    **dict.fromkeys(("今年", "本年", "这一年"), lambda today: year_of(today, "今年")),
    **dict.fromkeys(("去年",), lambda today: year_of(today.replace(month=1, day=1) - timedelta(days=1))),
    **dict.fromkeys(("全部", "所有", "总共", "累计"), all_until),
}


def read_period(typed: str, today: date) -> Period | None:
    """Read a day, a month or a year; None when it is none.

    A month without a year is the latest that has begun: in January 「11 月」 is last year's.
    """
    plain = fold(typed).strip()
    if plain in _NAMED:
        return _NAMED[plain](today)
    try:
        return _read_numbers(plain, today)
    except ValueError:  # a 13th month, a 31st of November
        return None


def _read_numbers(plain: str, today: date) -> Period | None:
    if found := _DAY.fullmatch(plain):
        return day_of(date(int(found[1]), int(found[2]), int(found[3])))
    if found := _MONTH.fullmatch(plain):
        month = int(found[2])
        year = int(found[1]) if found[1] else today.year - (month > today.month)
        return month_of(date(year, month, 1))
    if found := _YEAR.fullmatch(plain):
        return year_of(date(int(found[1]), 1, 1))
    return None


def _next_month(first: date) -> date:
    return first.replace(year=first.year + first.month // _MONTHS, month=first.month % _MONTHS + 1)
