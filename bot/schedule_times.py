"""Times as owners write them: `2026-12-05 20:00`, `每周五 18:00`, `fri 6pm`, cron with day names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_OF: Final = (
    {name: index for index, name in enumerate(WEEKDAYS)}
    | {name: index for index, name in enumerate(_FULL_NAMES)}
    | {f"{name}s": index for index, name in enumerate(_FULL_NAMES)}
    | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
    | {char: index for index, char in enumerate("一二三四五六日")}
    | {char: index for index, char in enumerate("123456")}
    | {"天": 6, "7": 6}
)
_ALL_DAYS: Final = {"每天", "每日", "天天", "daily", "everyday", "day", "天", "日"}
_WORKDAYS: Final = {"工作日", "weekday", "weekdays", "workday", "workdays"}
_GROUPS: Final = {**dict.fromkeys(_WORKDAYS, range(5)),
                  "周末": range(5, 7), "weekend": range(5, 7), "weekends": range(5, 7)}  # fmt: skip
_HALF_DAYS: Final = {"凌晨": 0, "早上": 0, "早": 0, "上午": 0, "am": 0, "中午": 12, "下午": 12, "傍晚": 12, "晚上": 12,
                     "晚": 12, "pm": 12}  # fmt: skip
_TIME = re.compile(
    r"(?P<half>凌晨|早上|早|上午|中午|下午|傍晚|晚上|晚)?\s*(?P<hour>\d{1,2})"
    r"(?:\s*:\s*(?P<minute>\d{1,2})|\s*[点时](?:(?P<is_half>半)|(?P<spoken>\d{1,2})分?|整)?)?\s*(?P<pm>am|pm)?$"
)
_MONTHLY = (
    re.compile(r"(?:每个?)?月(?:的)?\s*(?:(?P<day>\d{1,2})\s*[日号]|(?P<last>最后一天|月底|底))"),
    re.compile(r"month(?:ly)?\s+(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?|(?P<last>last(?:\s+day)?))(?:\s+day)?"),
    re.compile(r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)(?:\s+day)?|(?P<last>last\s+day))\s+month"),
)
_FILLERS = re.compile(r"\b(every|each|on|at|of|the)\b")
_FORTNIGHTLY = re.compile(
    r"(?:每?隔周|每(?:两|二|2)个?(?:周|星期|礼拜))的?"
    r"|every (?:other|two|2) (?:weeks?\b)?|biweekly|(?:every )?fortnight(?:ly)?"
)
_WALL = re.compile(r"(\d{4}-\d{2}-\d{2})[ T]+(\d{1,2}):(\d{2})(?::00)?")
_LOOSE_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_RANGE = re.compile(r"\s*(?:\.\.|~|至|到)\s*")
_YEARS: Final = (2000, 2999)
_SAFE_MONTH_DAY: Final = 28  # every month has it


@dataclass(frozen=True, slots=True)
class CronRule:
    """A weekly, monthly or cron rule, in wall-clock time.

    Attributes:
        minute, hour, day, month, day_of_week: cron fields; days of the week by name only.
        text: as the owner wrote it.
        weeks: 2 when it counts in every other week only; which ones is for the entry's `from` to say.
        is_for_workdays: it says 工作日, so that a weekend on which China works in place of a holiday counts.
    """

    minute: str
    hour: str
    day: str = "*"
    month: str = "*"
    day_of_week: str = "*"
    text: str = ""
    is_for_workdays: bool = False
    weeks: int = 1

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days, both ends included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def parse_wall(value: object) -> datetime:
    """Read a date and time without zone, `2026-12-05 20:00`.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    if isinstance(value, datetime):
        return value
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if found := _WALL.fullmatch(text):
        if (found[2], found[3]) == ("24", "00"):
            raise ValueError(f"时间 {text!r} 请写成第二天的 {_real_day(found[1]) + timedelta(days=1)} 00:00")
        return datetime.fromisoformat(f"{_real_day(found[1])} {_clock(int(found[2]), int(found[3]), text)}")
    raise ValueError(_advise_wall(text))


def _advise_wall(text: str) -> str:
    if re.search(r"(Z|[+-]\d{2}:?\d{2})$", text) and re.search(r"\d:\d{2}", text):
        return f"时间 {text!r} 不用写时区，时区写在 timezone 里"
    found = _LOOSE_DATE.match(text)
    if found is None:
        return f"时间 {text!r} 看不懂，请写成 2026-12-05 20:00；每周重复请用 every: 周五 20:00"
    day = f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"
    rest = text[found.end() :].strip()
    if not rest:
        return f"时间 {text!r} 只有日期，请加上几点，比如 {day} 20:00"
    spoken = _TIME.fullmatch(rest)
    return f"时间 {text!r} 看不懂，是 {day} {_time_of(spoken) if spoken else '20:00'} 吗？"


def parse_day(value: object) -> date:
    """Read a date, `2026-12-05`.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    if isinstance(value, date):
        return value
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _real_day(text)
    if found := _LOOSE_DATE.match(text):
        raise ValueError(f"日期 {text!r} 请写成 {int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}")
    raise ValueError(f"日期 {text!r} 看不懂，请写成 2026-12-05 这样")


def parse_day_range(value: object) -> DateRange:
    """Read a date or two with `..` or 至 between them.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    if isinstance(value, DateRange):
        return value
    ends = _RANGE.split(unicodedata.normalize("NFKC", str(value)).strip(), maxsplit=1)
    first, last = parse_day(ends[0]), parse_day(ends[-1])
    if last < first:
        raise ValueError(f"日期 {str(value)!r} 前后颠倒了，请写成 {last}..{first}")
    return DateRange(first, last)


def _real_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"日期 {text!r} 不存在，{_advise_date(text)}") from None
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise ValueError(f"日期 {text!r} 的年份不像是对的，是 20{text[2:]} 吗？")
    return day


def _advise_date(text: str) -> str:
    year, month, day = map(int, text.split("-"))
    if 1 <= month <= 12 and day > _SAFE_MONTH_DAY and year > 0:  # noqa: PLR2004 - months of a year
        return f"那个月最后一天是 {date(year, month, monthrange(year, month)[1])}"
    if 1 <= day <= 12 < month:  # noqa: PLR2004 - months of a year
        return f"是 {year:04d}-{day:02d}-{month:02d} 吗？" if month <= _SAFE_MONTH_DAY else "请核对年月日"
    return "请核对年月日"


def parse_every(value: object) -> CronRule:
    """Read a repetition: days, then a time: `周五 18:00`, `工作日 9点`, `每月 1 日 09:00`, `fri 6pm`.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    if isinstance(value, CronRule):
        return value
    if often := _find_fortnight(str(value)):
        raise ValueError(f"「{often}」这里还写不了，请写成每周，再用 except 去掉不办的日子")
    shown = str(value).strip()
    return _read_every(shown, shown)


def parse_repetition(value: object) -> CronRule:
    """Read what `parse_every` reads, and `隔周五 20:00` or `every other friday 8pm` besides.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    if isinstance(value, CronRule):
        return value
    shown = str(value).strip()
    often = _find_fortnight(shown)
    if not often:
        return _read_every(shown, shown)
    plain = unicodedata.normalize("NFKC", shown).lower()
    # 隔周五 is one word: what is left of it still names a day
    rule = _read_every(plain.replace(often, " ", 1).strip(), shown)
    if rule.day_of_week == "*":
        raise ValueError(f"「{often}」后面要写星期几，比如 隔周五 20:00")
    return replace(rule, weeks=2, text=shown)


def is_fortnightly(text: str) -> bool:
    """Tell whether a repetition counts in every other week only."""
    return bool(_find_fortnight(text))


def _find_fortnight(text: str) -> str:
    found = _FORTNIGHTLY.search(unicodedata.normalize("NFKC", text).lower())
    return found[0].strip() if found else ""


def _read_every(written: str, shown: str) -> CronRule:
    plain = _simplify(written)
    found = _TIME.search(plain)
    if found is None or not (found["minute"] or found["pm"] or re.search("[点时]", found[0])):
        raise ValueError(f"{shown!r} 缺少几点，请写成 {shown or '周五'} 18:00 这样")
    clock = _time_of(found)
    days = plain[: found.start()].strip().removesuffix("的").strip()
    if not days:
        raise ValueError(f"{shown!r} 缺少日子，每天请写 每天 {clock}，每周请写 周五 {clock}")
    return _rule_of(days, clock, shown)


def _rule_of(days: str, clock: str, shown: str) -> CronRule:
    minute, hour = str(int(clock[3:])), str(int(clock[:2]))
    if days.replace(" ", "") in _ALL_DAYS:
        return CronRule(minute, hour, text=shown)
    for pattern in _MONTHLY:
        if monthly := pattern.fullmatch(days):
            return CronRule(minute, hour, day=_month_day(monthly), text=shown)
    names = ",".join(_read_days(days, clock))
    is_for_workdays = not _WORKDAYS.isdisjoint(_split_days(days))
    return CronRule(minute, hour, day_of_week=names, text=shown, is_for_workdays=is_for_workdays)


def _simplify(shown: str) -> str:
    """Return a repetition without the words that only join the others."""
    plain = unicodedata.normalize("NFKC", shown).lower()
    plain = re.sub(r"\b([ap])\.m\.?", r"\1m", plain).replace("noon", "12:00").replace("midnight", "00:00")
    return re.sub(r"\s+", " ", _FILLERS.sub(" ", plain)).strip()


def _time_of(found: re.Match[str]) -> str:
    hour = int(found["hour"])
    minute = 30 if found["is_half"] else int(found["minute"] or found["spoken"] or 0)
    shift = _HALF_DAYS.get(found["half"] or found["pm"] or "")
    if shift is not None and hour <= 12:  # noqa: PLR2004 - hours of a half day
        hour = hour % 12 + shift if found["half"] != "中午" or hour < 11 else hour  # noqa: PLR2004 - 中午 11 点 is 11:00
    return _clock(hour, minute, found[0].strip())


def _clock(hour: int, minute: int, shown: str) -> str:
    if hour == 24 and minute == 0:  # noqa: PLR2004 - hours of a day
        raise ValueError(f"{shown!r} 里的 24:00 请写成第二天的 00:00")
    if hour > 23 or minute > 59:  # noqa: PLR2004 - hours of a day, minutes of an hour
        raise ValueError(f"{shown!r} 里的时间超出范围：小时 0 到 23，分钟 0 到 59")
    return f"{hour:02d}:{minute:02d}"


def _month_day(found: re.Match[str]) -> str:
    if found["last"]:
        return "last"
    day = int(found["day"])
    if not 1 <= day <= 31:  # noqa: PLR2004 - days of a month
        raise ValueError(f"每月没有 {day} 日，请写 1 到 28")
    if day > _SAFE_MONTH_DAY:
        raise ValueError(f"不是每个月都有 {day} 日，月底请写 每月最后一天")
    return str(day)


def _read_days(days: str, clock: str) -> list[str]:
    """Return names of days of the week, Monday first."""
    found: set[int] = set()
    for word in _split_days(days):
        found.update(_GROUPS.get(word) or _read_range(word, clock))
    return [WEEKDAYS[index] for index in sorted(found)]


def _split_days(days: str) -> list[str]:
    return [word for word in re.split(r"[、,;和及与/\s]+|\band\b", re.sub(r"每个?", "", days)) if word]


def _read_range(word: str, clock: str) -> list[int]:
    if re.fullmatch(r"[0-7](?:[-~至到][0-7])?", word):
        named = re.sub(r"\d", lambda found: f"周{'日一二三四五六日'[int(found[0])]}", word)
        raise ValueError(f"星期请写名称，不写数字：{word} 是 {named} {clock} 吗？")
    ends = [re.sub(r"^(周|星期|礼拜)", "", end) for end in re.split(r"至|到|-|~", word)]
    if len(ends) == 1 and ends[0] not in _DAY_OF and ends[0] and all(char in _DAY_OF for char in ends[0]):
        return [_DAY_OF[char] for char in ends[0]]  # 周一三五
    unknown = [end for end in ends if end not in _DAY_OF]
    if unknown or len(ends) > 2:  # noqa: PLR2004 - a range has two ends
        raise ValueError(_advise_day(word, clock))
    return span_of_days(_DAY_OF[ends[0]], _DAY_OF[ends[-1]])


def span_of_days(first: int, last: int) -> list[int]:
    """Return the days from one to the other, over the week's end when needed; Monday is 0."""
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _advise_day(word: str, clock: str) -> str:
    near = difflib.get_close_matches(word, [*WEEKDAYS, *_FULL_NAMES, "weekdays", "daily"], 1, 0.5)
    advice = f"是 {near[0]} {clock} 吗？" if near else f"请写成 周五 {clock} 或 每天 {clock} 这样"
    return f"不认识「{word}」，{advice}"
