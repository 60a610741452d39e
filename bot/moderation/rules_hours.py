"""Hours of the week as an owner writes them: `22:00-08:00`, `周一到周五 12:00-14:00`, `周末`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from bot.config_types import as_tuple

_NAMES_OF_DAYS: Final = ("一1", "二2", "三3", "四4", "五5", "六6", "日天7")
_DAY: Final = {day: number for number, names in enumerate(_NAMES_OF_DAYS) for day in names}
_WORKDAYS, _WEEKEND = frozenset(range(5)), frozenset({5, 6})
_EVERY_DAY: Final = frozenset(range(7))
_NAMED_DAYS: Final = {
    "": _EVERY_DAY, "每天": _EVERY_DAY, "每日": _EVERY_DAY, "工作日": _WORKDAYS, "平日": _WORKDAYS, "周末": _WEEKEND,
    "双休日": _WEEKEND,
}  # fmt: skip
_WHOLE_DAY: Final = 24 * 60  # minutes
_RANGE = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天1-7])(?:到|至|-|~)(?:周|星期|礼拜)?([一二三四五六日天1-7])")
_LISTED = re.compile(r"(?:(?:周|星期|礼拜)[一二三四五六日天1-7]+)+")
_CLOCK = r"(\d{1,2})(?::|点)(\d{2})?"
_SPAN = re.compile(rf"(?P<days>.*?)\s*(?:{_CLOCK}\s*(?:-|~|到|至)\s*{_CLOCK})?$")


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of time that comes back every week.

    Attributes:
        days: on which it begins, Monday is 0.
        begin: minute of the day.
        end: minute of the day, not included; not after `begin` when it ends on the next day.
        text: as it was written.
    """

    days: frozenset[int]
    begin: int
    end: int
    text: str

    def covers(self, local: datetime) -> bool:
        """Tell whether a moment by the room's clock lies in it."""
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.begin < self.end:
            return today in self.days and self.begin <= minute < self.end
        return (today in self.days and minute >= self.begin) or ((today - 1) % 7 in self.days and minute < self.end)

    def __str__(self) -> str:
        return self.text


def parse_hours(value: object) -> Hours:
    """Read `22:00-08:00`, `周五 18:00-22:00`, `周一到周五 9:00-18:00`, `工作日`, `周末`.

    Raises:
        ValueError: it is none of these; the text says in Chinese what to write.
    """
    if isinstance(value, Hours):
        return value
    text = str(value).strip() if isinstance(value, str) else ""
    plain = unicodedata.normalize("NFKC", text).replace("—", "-").replace("–", "-").replace("--", "-")
    found = _SPAN.fullmatch(plain)
    days = _parse_days(found["days"].strip()) if found and plain else None
    if found is None or days is None:
        raise ValueError(f"{text or value!r} 看不懂，请写成 22:00-08:00、周五 18:00-22:00 或 周末 这样")
    if found[2] is None:
        return Hours(days, 0, _WHOLE_DAY, text)
    begin, end = _minute(found[2], found[3], text), _minute(found[4], found[5], text)
    if begin == end:
        raise ValueError(f"{text!r} 的开始和结束一样，整天请写 00:00-24:00")
    return Hours(days, begin, end, text)


def _parse_days(text: str) -> frozenset[int] | None:
    text = text.rstrip("的 ").replace(" ", "").replace("、", "").replace(",", "")
    if text in _NAMED_DAYS:
        return _NAMED_DAYS[text]
    if found := _RANGE.fullmatch(text):
        first, last = _DAY[found[1]], _DAY[found[2]]
        return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    if _LISTED.fullmatch(text):
        return frozenset(_DAY[day] for day in text if day in _DAY)
    return None


def _minute(hour: str, minute: str | None, text: str) -> int:
    value = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) >= 60 or value > _WHOLE_DAY:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"{text!r} 里的时间超出范围，要在 00:00 到 24:00 之间，比如 22:00-08:00")
    return value


HoursField = Annotated[
    Hours,
    PlainValidator(parse_hours),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["22:00-08:00", "周五 18:00-22:00", "周末"]}),
]
HoursList = Annotated[
    tuple[HoursField, ...], BeforeValidator(as_tuple, json_schema_input_type=list[HoursField] | HoursField), Field()
]
"""One stretch or a list of them."""
