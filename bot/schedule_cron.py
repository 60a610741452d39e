"""Cron with day names only: numbers of weekdays mean different days in different programs, so they are refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from apscheduler.triggers.cron import CronTrigger

from bot.schedule_times import WEEKDAYS, CronRule, span_of_days

_FIELDS: Final = (("分", 0, 59), ("时", 0, 23), ("日", 1, 31), ("月", 1, 12), ("星期", 0, 0))
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHORTHANDS: Final = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * sun", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip
_ITEM = re.compile(r"(\*|\d+(?:-\d+)?)(?:/(\d+))?")
_DAY_ITEM = re.compile(r"(\w+)(?:-(\w+))?")
_CRON_SUNDAY: Final = "sun"  # classic cron counts 0 and 7 as Sunday
_PROOF_START: Final = datetime(2980, 1, 1, tzinfo=UTC)  # a rule that never fires before the end never fires at all
_END: Final = datetime(3000, 1, 1, tzinfo=UTC)


def parse_cron(value: object) -> CronRule:
    """Read five cron fields.

    Raises:
        ValueError: in Chinese, with the right form.
    """
    return value if isinstance(value, CronRule) else _parse_text(str(value).strip())


@lru_cache(maxsize=1024)  # jobs are declared once and looked at for every room
def _parse_text(written: str) -> CronRule:
    text = written.lower()
    if text in _SHORTHANDS:
        raise ValueError(f'请把 {text} 写开："{_SHORTHANDS[text]}"')
    fields = text.replace("?", "*").split()
    if len(fields) != len(_FIELDS):
        raise ValueError(_advise_count(fields))
    month = re.sub("|".join(_MONTHS), lambda found: str(_MONTHS.index(found[0]) + 1), fields[3])
    for number, field in enumerate((*fields[:3], month)):
        _check_field(field, *_FIELDS[number])
    days = _read_days(fields[4])
    if fields[2] != "*" and days != "*":
        raise ValueError("日和星期不能同时写（各种 cron 的算法不一样），请分成两条")
    rule = CronRule(fields[0], fields[1], fields[2], month, days, text=written)
    if next_wall(rule, _PROOF_START.replace(tzinfo=None)) is None:
        raise ValueError(f"{rule.text!r} 永远不会到，请核对日和月")
    return rule


def _advise_count(fields: list[str]) -> str:
    if len(fields) == len(_FIELDS) + 1:
        return f'cron 是五段，没有秒，是 "{" ".join(fields[1:])}" 吗？'
    return f'cron 要写五段「分 时 日 月 星期」，现在是 {len(fields)} 段，比如 "0 20 * * fri"'


def _check_field(field: str, name: str, low: int, high: int) -> None:
    for item in field.split(","):
        found = _ITEM.fullmatch(item)
        if found is None:
            raise ValueError(f"cron 的「{name}」看不懂 {item!r}，请写 {low} 到 {high} 的数字、范围或 *")
        numbers = [int(number) for number in re.findall(r"\d+", found[1])]
        if any(not low <= number <= high for number in numbers):
            raise ValueError(f"cron 的「{name}」要在 {low} 到 {high} 之间，现在是 {item}")
        if numbers != sorted(numbers):
            raise ValueError(f"cron 的「{name}」范围颠倒了，是 {numbers[1]}-{numbers[0]} 吗？")
        if found[2] == "0":
            raise ValueError(f"cron 的「{name}」步长不能是 0")


def _read_days(field: str) -> str:
    if field == "*":
        return field
    found: set[int] = set()
    for item in field.split(","):
        match = _DAY_ITEM.fullmatch(item)
        ends = [end for end in match.groups() if end] if match else [item]
        if not all(end in WEEKDAYS for end in ends):
            raise ValueError(f"cron 的星期请写名称（mon 到 sun），{_advise_days(field)}")
        found.update(span_of_days(WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])))
    return ",".join(WEEKDAYS[index] for index in sorted(found))


def _advise_days(field: str) -> str:
    short = re.sub(r"([a-z]{3})[a-z]*", r"\1", field)
    if short != field and all(end in WEEKDAYS for end in re.split("[-,]", short)):
        return f"{field} 是 {short} 吗？"
    if not re.fullmatch(r"[0-7](?:[-,][0-7])*", field):
        return f"{field!r} 看不懂，比如 fri 或 mon-fri"
    named = re.sub(r"\d", lambda found: (_CRON_SUNDAY, *WEEKDAYS)[int(found[0])], field)
    return f"{field} 是 {named} 吗？"


@lru_cache(maxsize=4096)  # all rooms ask for the same, and again whenever something about schedules may have changed
def next_wall(rule: CronRule, after: datetime) -> datetime | None:
    """Return the next wall-clock time of a rule at or after one, naive; None when none ever comes.

    The trigger is asked in UTC, where no hour is skipped or repeated; what the zone's clock does is the caller's.
    """
    found: datetime | None = _trigger(rule).get_next_fire_time(None, after.replace(tzinfo=UTC))
    return found.replace(tzinfo=None) if found else None


@lru_cache(maxsize=4096)
def _trigger(rule: CronRule) -> CronTrigger:
    return CronTrigger(
        minute=rule.minute, hour=rule.hour, day=rule.day, month=rule.month, day_of_week=rule.day_of_week,
        end_date=_END, timezone=UTC,
    )  # fmt: skip
