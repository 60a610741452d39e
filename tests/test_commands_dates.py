"""Days and times as people type them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands_dates import read_day, read_moment
from bot.text import fold, normalise

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI)  # a Tuesday
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("今天", "2026-12-01"),
        ("明天", "2026-12-02"),
        ("後天", "2026-12-03"),
        ("大后天", "2026-12-04"),
        ("昨天", "2026-11-30"),
        ("周五", "2026-12-04"),
        ("週五", "2026-12-04"),
        ("周二", "2026-12-01"),
        ("周一", "2026-12-07"),
        ("星期天", "2026-12-06"),
        ("礼拜日", "2026-12-06"),
        ("本周一", "2026-11-30"),
        ("下周三", "2026-12-09"),
        ("下下周三", "2026-12-16"),
        ("上周五", "2026-11-27"),
        ("12-05", "2026-12-05"),
        ("12/5", "2026-12-05"),
        ("12月5日", "2026-12-05"),
        ("十二月二十五号", "2026-12-25"),
        ("１２月５号", "2026-12-05"),
        ("11-30", "2027-11-30"),
        ("2-29", "2028-02-29"),
        ("5号", "2026-12-05"),
        ("1日", "2026-12-01"),
        ("31号", "2026-12-31"),
        ("2026-12-05", "2026-12-05"),
        ("2026年1月2日", "2026-01-02"),
        ("3天后", "2026-12-04"),
        ("两周后", "2026-12-15"),
        ("tomorrow", "2026-12-02"),
    ],
)
def test_a_day_is_read(text: str, wanted: str) -> None:
    assert read_day(fold(normalise(text)), TODAY) == date.fromisoformat(wanted)


@pytest.mark.parametrize(
    "text", ["", "改天", "13-01", "2-30", "2026-02-29", "0号", "32号", "周八", "20:00", "fastapi-101"]
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="「"):
        read_day(text, TODAY)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("12-05 20:00", "2026-12-05 20:00"),
        ("12月5日 20:00", "2026-12-05 20:00"),
        ("12月5日20：00", "2026-12-05 20:00"),
        ("2026-12-05T20:00", "2026-12-05 20:00"),
        ("2026-12-05 20:00:30", "2026-12-05 20:00:30"),
        ("明天晚上8点", "2026-12-02 20:00"),
        ("明晚8点半", "2026-12-02 20:30"),
        ("今晚八点一刻", "2026-12-01 20:15"),
        ("周五 下午3点20分", "2026-12-04 15:20"),
        ("下周三早上十点", "2026-12-09 10:00"),
        ("中午12点", "2026-12-01 12:00"),
        ("中午1点", "2026-12-01 13:00"),
        ("20:00", "2026-12-01 20:00"),
        ("8:00", "2026-12-02 08:00"),
        ("凌晨2点", "2026-12-02 02:00"),
        ("today 20:00", "2026-12-01 20:00"),
        ("3天后 9时", "2026-12-04 09:00"),
    ],
)
def test_a_moment_is_read(text: str, wanted: str) -> None:
    assert read_moment(fold(normalise(text)), NOW) == datetime.fromisoformat(wanted).replace(tzinfo=SHANGHAI)


def test_a_day_without_a_time_is_asked_for_one() -> None:
    with pytest.raises(ValueError, match="还缺几点"):
        read_moment("周五", NOW)


@pytest.mark.parametrize("text", ["25:00", "周五 8点75分", "改天 20:00", "", "很快"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="「"):
        read_moment(text, NOW)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_written_day_comes_back(day: date) -> None:
    assert read_day(day.isoformat(), TODAY) == day
    assert read_day(f"{day.year}年{day.month}月{day.day}日", TODAY) == day


@given(st.integers(0, 364))
def test_a_day_of_the_coming_year_needs_no_year(ahead: int) -> None:
    day = TODAY + timedelta(days=ahead)
    assert read_day(f"{day.month}-{day.day}", TODAY) == day


PIECES = st.lists(
    st.sampled_from(
        ["下", "周", "三", "12", "-", "月", "5", "号", " ", "20", ":", "00", "点", "半", "晚上", "十", "后", "天"]
    )
)


@given(PIECES.map("".join) | st.text(), st.dates(date(1, 1, 1)))
def test_any_text_is_a_day_or_politely_none(text: str, today: date) -> None:
    for read in (lambda: read_day(fold(text), today), lambda: read_moment(fold(text), NOW)):
        outcome = try_to_read(read)
        assert isinstance(outcome, date) or outcome


def try_to_read(read: Callable[[], date]) -> date | str:
    try:
        return read()
    except ValueError as error:
        return str(error)
