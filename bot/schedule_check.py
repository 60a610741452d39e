"""What a single field cannot show: two entries of one id, two ways to say when, bounds that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.config_advice import nearest
from bot.config_yaml import Document, Path, Value
from bot.errors import Fault
from bot.schedule_times import is_fortnightly, parse_day

_TIMINGS: Final = ("starts", "every", "cron")
_BOUNDS: Final = ("from", "until", "except", "moved", "skip_holidays")


def check_entries(document: Document) -> list[Fault]:
    """Return the faults of entries as written, whether or not their single values are right."""
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for path, entry in _entries(document.value):
        for check in (_check_timing, _check_fortnight, _check_bounds):
            faults += check(document, path, entry)
        name = entry.get("id")
        if isinstance(name, str) and name in seen:
            faults.append(document.fault((*path, "id"), f"编号「{name}」重复了，第 {seen[name]} 行已经用过，请换一个"))
        elif isinstance(name, str):
            seen[name] = document.place((*path, "id"))[0]
    return faults


def _entries(value: dict[str, Value]) -> Iterator[tuple[Path, dict[str, Value]]]:
    for section in ("sessions", "announcements"):
        entries = value.get(section)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                yield (section, index), entry


def _check_timing(document: Document, path: Path, entry: dict[str, Value]) -> list[Fault]:
    written = [key for key in _TIMINGS if entry.get(key) not in (None, [])]
    if not written and not any(nearest(key, {known: known for known in _TIMINGS}) for key in entry):
        return [document.fault(path, "没有写时间，请加上一行，比如 every: 周五 18:00 或 starts: 2026-12-05 20:00")]
    advice = f"「{written[0]}」和「{{}}」只能写一个，请删掉一行" if written else ""
    faults = [document.fault((*path, key), advice.format(key), of_key=True) for key in written[1:]]
    if written == ["starts"]:
        advice = "只有一次的时间用不着「{}」，要重复请把 starts 换成 every"
        extra = [key for key in _BOUNDS if entry.get(key) not in (None, [], {}, False)]
        faults += [document.fault((*path, key), advice.format(key), of_key=True) for key in extra]
    return faults


def _check_fortnight(document: Document, path: Path, entry: dict[str, Value]) -> list[Fault]:
    """Return the fault of every other week without the first one."""
    written = entry.get("every")
    texts = written if isinstance(written, list) else [written]
    if entry.get("from") is not None or not any(is_fortnightly(text) for text in texts if isinstance(text, str)):
        return []
    return [document.fault((*path, "every"), "隔周的要写从哪天算起，请加上一行，比如 from: 2026-12-04")]


def _check_bounds(document: Document, path: Path, entry: dict[str, Value]) -> list[Fault]:
    first, last = entry.get("from"), entry.get("until")
    try:
        if first is None or last is None or parse_day(first) <= parse_day(last):
            return []
    except ValueError:  # the field's own fault says so
        return []
    return [document.fault((*path, "until"), f"until 早于 from（{first}），请改成之后的日期")]
