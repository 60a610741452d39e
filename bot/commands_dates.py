"""Days and times as people type them: 明天, 下周三, 12-05, 周五晚上 8 点半."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

_NEAR_DAYS: Final = {
    "前天": -2, "昨天": -1, "今天": 0, "今日": 0, "今": 0, "明天": 1, "明日": 1, "明": 1, "后天": 2, "大后天": 3,
    "today": 0, "tomorrow": 1, "yesterday": -1,
}  # fmt: skip
_WEEKDAYS: Final = {
    sign: day for day, signs in enumerate(["一1", "二2", "三3", "四4", "五5", "六6", "日天7"]) for sign in signs
}
_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_COUNT = r"\d{1,4}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]"
_WEEK = re.compile(r"(上上|上|本|这|下下|下)?个?(?:周|星期|礼拜)([一二三四五六日天1-7])")
_WEEK_SHIFT: Final = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}
_AHEAD = re.compile(rf"({_COUNT})(天|周|个?星期)[以之]?后")
_FULL = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})[日号]?")
_MONTH_DAY = re.compile(rf"({_COUNT})(?:[-/]|月)({_COUNT})[日号]?")
_DAY = re.compile(rf"({_COUNT})[日号]")
_PART_OF_DAY: Final = {
    "凌晨": 0, "清晨": 0, "早上": 0, "早": 0, "上午": 0, "中午": 11,
    "下午": 12, "傍晚": 12, "晚上": 12, "晚": 12, "夜里": 12,
}  # fmt: skip
_TIME = re.compile(
    rf"({'|'.join(sorted(_PART_OF_DAY, key=len, reverse=True))})?(?:(\d{{1,2}}):(\d\d)(?::(\d\d))?"
    rf"|({_COUNT})[点时](?:钟|整|(半)|([一三])刻|({_COUNT})分?)?)"
)
_BEFORE_TIME = re.compile(r"\s+|(?<=\d)t$")


def read_day(text: str, today: date) -> date:
    """Read a day.

    A day without a year or week is the next one from today on; 本周 and 下周 begin on Monday.

    Args:
        text: folded: 今天, 后天, 周五, 下周三, 3天后, 12-05, 12月5日, 5号, 2026-12-05.
        today: in the room's zone.

    Raises:
        ValueError: it is none; the text says in Chinese what to write.
    """
    plain = "".join(text.split())
    try:
        day = _read_near(plain, today) or _read_weekday(plain, today) or _read_calendar(plain, today)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"没有「{text}」这一天") from error
    if day is None:
        raise ValueError(f"「{text}」不是日期，可以写 明天、周五 或 12-05")
    return day


def read_moment(text: str, now: datetime) -> datetime:
    """Read a day with a time, or a time alone, which is its next occurrence.

    Args:
        text: folded: 12-05 20:00, 明天晚上8点, 周五 20:00, 今晚8点半, 20:00.
        now: in the room's zone; its zone is the result's.

    Raises:
        ValueError: it is none, or the time is missing.
    """
    plain = text.strip()
    found = next((at for at in _TIME.finditer(plain) if at.end() == len(plain)), None)
    if found is None:
        read_day(plain, now.date())
        raise ValueError("还缺几点，例如 12-05 20:00")
    clock = _read_clock(found, text)
    day_text = _BEFORE_TIME.sub("", plain[: found.start()])
    if day_text:
        return datetime.combine(read_day(day_text, now.date()), clock, now.tzinfo)
    moment = datetime.combine(now.date(), clock, now.tzinfo)
    return moment if moment >= now else moment + timedelta(days=1)


def _read_near(plain: str, today: date) -> date | None:
    if plain in _NEAR_DAYS:
        return today + timedelta(days=_NEAR_DAYS[plain])
    if found := _AHEAD.fullmatch(plain):
        return today + timedelta(days=_count(found[1]) * (1 if found[2] == "天" else 7))
    return None


def _read_weekday(plain: str, today: date) -> date | None:
    found = _WEEK.fullmatch(plain)
    if found is None:
        return None
    ahead = _WEEKDAYS[found[2]] - today.weekday()
    if found[1] is None:
        return today + timedelta(days=ahead % 7)
    return today + timedelta(days=ahead + 7 * _WEEK_SHIFT[found[1]])


def _read_calendar(plain: str, today: date) -> date | None:
    if found := _FULL.fullmatch(plain):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_DAY.fullmatch(plain):
        return _next_date(today, _count(found[1]), _count(found[2]))
    if found := _DAY.fullmatch(plain):
        return _next_day(today, _count(found[1]))
    return None


def _next_date(today: date, month: int, day: int) -> date:
    """Return the next such date; 29 February may be up to eight years away."""
    date(2000, month, day)  # raises for 13-01 and 02-30, whatever the year
    years = range(today.year, today.year + 9)
    dates = (date(year, month, day) for year in years if (month, day) != (2, 29) or _is_leap(year))
    return next(found for found in dates if found >= today)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _next_day(today: date, day: int) -> date:
    """Return the next day of the month with that number."""
    date(2000, 1, day)  # raises for 0 and 32
    candidate = today
    while candidate.day != day:
        candidate += timedelta(days=1)
    return candidate


def _read_clock(found: re.Match[str], shown: str) -> time:
    part, hour, minute, second, spoken, half, quarter, minutes = found.groups()
    hours = int(hour) if hour else _count(spoken)
    most = 30 if half else _count(quarter) * 15 if quarter else _count(minutes) if minutes else int(minute or 0)
    shift = _PART_OF_DAY.get(part or "", 0)
    if (shift == 12 and hours < 12) or (shift == 11 and hours < 3):  # noqa: PLR2004 - 下午 3 点, 中午 1 点
        hours += 12
    try:
        return time(hours, most, int(second or 0))
    except ValueError as error:
        raise ValueError(f"没有「{shown}」这个时间") from error


def _count(word: str) -> int:
    if word.isdecimal():
        return int(word)
    if "十" in word:
        tens, ones = word.split("十")
        return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
    return _DIGITS[word]
