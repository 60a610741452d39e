from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.plugins.accounts.periods import Period, month_before, month_of, read_period

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("typed", "title", "first", "end"),
    [
        ("今天", "今天", "2026-12-01", "2026-12-02"),
        ("昨天", "昨天", "2026-11-30", "2026-12-01"),
        ("本月", "本月", "2026-12-01", "2027-01-01"),
        ("上个月", "2026-11", "2026-11-01", "2026-12-01"),
        ("2026-11", "2026-11", "2026-11-01", "2026-12-01"),
        ("２０２６－１１", "2026-11", "2026-11-01", "2026-12-01"),
        ("2026年2月", "2026-02", "2026-02-01", "2026-03-01"),
        ("11月", "2026-11", "2026-11-01", "2026-12-01"),
        ("12 月", "2026-12", "2026-12-01", "2027-01-01"),
        ("2026-11-30", "2026-11-30", "2026-11-30", "2026-12-01"),
        ("今年", "今年", "2026-01-01", "2027-01-01"),
        ("2025", "2025 年", "2025-01-01", "2026-01-01"),
        ("去年", "2025 年", "2025-01-01", "2026-01-01"),
        ("全部", "全部", "2000-01-01", "2026-12-02"),
    ],
)
def test_periods_are_read_as_the_owner_names_them(typed: str, title: str, first: str, end: str) -> None:
    assert read_period(typed, TODAY) == Period(title, date.fromisoformat(first), date.fromisoformat(end))


@pytest.mark.parametrize("typed", ["", "13月", "2026-13", "2026-11-31", "导出", "十一月的", "2026-11-11-11", "0-0"])
def test_other_words_are_no_periods(typed: str) -> None:
    assert read_period(typed, TODAY) is None


def test_a_month_without_its_year_is_the_latest_that_has_begun() -> None:
    assert read_period("11月", date(2027, 1, 5)) == month_of(date(2026, 11, 1))
    assert read_period("1月", date(2027, 1, 5)) == month_of(date(2027, 1, 1))


def test_the_month_before_january_is_december() -> None:
    assert month_before(date(2027, 1, 31)) == month_of(date(2026, 12, 1))


def test_a_period_begins_at_midnight_of_the_owners_clock() -> None:
    start, end = month_of(TODAY).bounds(ZoneInfo("Asia/Shanghai"))
    assert (start, end) == (datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("typed", "stamp"),
    [("今天", "2026-12-01"), ("本月", "2026-12"), ("2026-02", "2026-02"), ("今年", "2026"), ("全部", "全部")],
)
def test_a_file_is_called_by_its_days(typed: str, stamp: str) -> None:
    found = read_period(typed, TODAY)
    assert found is not None
    assert found.stamp == stamp
