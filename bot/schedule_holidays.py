"""Chinese public holidays, and the weekends on which China works in place of them."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from typing import Literal

DayKind = Literal["holiday", "workday", "ordinary", "unknown"]
"""`workday` is a weekend on which people work in place of a holiday."""


@lru_cache(maxsize=4096)
def kind_of(day: date) -> DayKind:
    """Tell what the calendar of the State Council says of a day; `unknown` when that year is not out yet."""
    from chinese_calendar import get_holiday_detail  # takes a while, and few owners need it

    if day.year not in known_years():
        return "unknown"
    is_off, name = get_holiday_detail(day)
    if name is None:
        return "ordinary"
    return "holiday" if is_off else "workday"


@cache
def known_years() -> range:
    """Return the years whose holidays are known."""
    from chinese_calendar.constants import holidays

    return range(min(holidays).year, max(holidays).year + 1)
