"""Durations and money as people write them."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.units import UnitError, format_duration, format_fen, parse_duration, parse_fen


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("90s", 90),
        ("1d12h", 129_600),
        ("2 小时", 7200),
        ("２小时", 7200),
        ("1.5h", 5400),
        ("半小时", 1800),
        ("一个半小时", 5400),
        ("两天", 172_800),
        ("十五分钟", 900),
        ("二十分钟", 1200),
        ("1 周", 604_800),
        ("2 Days", 172_800),
        ("1小时30分", 5400),
        ("0s", 0),
        (" 10 min ", 600),
        ("1个小时", 3600),
        ("3 个半小时", 12_600),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("30", "30m 是分钟"),
        ("1:30", "写 1h30m"),
        ("-5m", "不能是负数"),
        ("soon", "30m"),
        ("", "30m"),
        ("30x", "30m"),
        ("999999d", "一百年"),
        ("m", "30m"),
        ("5 parsecs", "30m"),
        ("3 months", "30d"),
    ],
)
def test_a_bad_duration_is_answered_with_the_right_form(text: str, advice: str) -> None:
    with pytest.raises(UnitError, match=advice):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("99", 9900),
        ("99.5", 9950),
        ("99.50", 9950),
        ("￥1,299", 129_900),
        ("９９元", 9900),
        ("0", 0),
        ("0.01", 1),
        ("99.000", 9900),
        ("12 块", 1200),
        ("CNY 8.8", 880),
    ],
)
def test_money_is_read_in_yuan_and_held_in_fen(text: str, fen: int) -> None:
    assert parse_fen(text) == fen


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("99.999", "99.99"),
        ("-1", "不能是负数"),
        ("免费", "请写 0"),
        ("$99", "是 99 吗"),
        ("贵", "99.50"),
        ("", "99.50"),
        ("1e5", "是 1 吗"),
        ("99999999999", "太大了"),
        ("1,29", "是 1 吗"),
    ],
)
def test_bad_money_is_answered_with_the_right_form(text: str, advice: str) -> None:
    with pytest.raises(UnitError, match=advice):
        parse_fen(text)


@given(st.integers(min_value=0, max_value=3_000_000_000))
def test_a_formatted_duration_reads_back_as_itself(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.integers(min_value=0, max_value=100_000_000_00))
def test_formatted_money_reads_back_as_itself(fen: int) -> None:
    assert parse_fen(format_fen(fen)) == fen


@given(st.text(max_size=30))
def test_no_text_makes_the_readers_fail_otherwise_than_by_a_unit_error(text: str) -> None:
    for read in (parse_duration, parse_fen):
        with suppress(UnitError):
            assert read(text) is not None


def test_refunds_are_written_with_a_minus() -> None:
    assert format_fen(-1250) == "-12.50 元"
