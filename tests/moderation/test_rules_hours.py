"""Hours of the week as owners write them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation.rules_hours import parse_hours

MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001 - by the room's clock


def covered(text: str, day: int, clock: str) -> bool:
    hour, minute = map(int, clock.split(":"))
    return parse_hours(text).covers(MONDAY + timedelta(days=day, hours=hour, minutes=minute))


@pytest.mark.parametrize(
    ("text", "day", "clock", "is_covered"),
    [
        ("22:00-08:00", 0, "21:59", False), ("22:00-08:00", 0, "22:00", True), ("22:00-08:00", 6, "07:59", True),
        ("22:00-08:00", 3, "08:00", False), ("12:00-14:00", 2, "13:59", True), ("12:00-14:00", 2, "14:00", False),
        ("周五 18:00-22:00", 4, "18:00", True), ("周五 18:00-22:00", 3, "18:00", False),
        ("周五 22:00-02:00", 5, "01:00", True), ("周五 22:00-02:00", 4, "01:00", False),
        ("周末", 5, "00:00", True), ("周末", 4, "23:59", False), ("工作日 9点-18点", 4, "17:59", True),
        ("周一到周五 09:00-18:00", 0, "09:00", True), ("周一至周五 09:00-18:00", 5, "10:00", False),
        ("周六到周一", 0, "12:00", True), ("周六到周一", 1, "12:00", False),
        ("周二四 20：00～21：00", 3, "20:30", True),
        ("每天 00:00-24:00", 2, "23:59", True), ("周六、周日 10:00—12:00", 6, "11:00", True),
    ],
)  # fmt: skip
def test_a_moment_lies_inside_or_not(text: str, day: int, clock: str, is_covered: bool) -> None:
    assert covered(text, day, clock) is is_covered


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 7 * 1440 - 1))
def test_what_is_not_inside_is_inside_the_hours_between(begin: int, end: int, minute: int) -> None:
    if begin == end:
        return
    one, other = (f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in ((begin, end), (end, begin)))
    moment = MONDAY + timedelta(minutes=minute)
    assert parse_hours(one).covers(moment) is not parse_hours(other).covers(moment)


def refusal_of(text: str) -> str:
    try:
        parse_hours(text)
    except ValueError as error:
        return str(error)
    return ""


@given(st.text())
def test_any_text_is_read_or_refused_with_advice(text: str) -> None:
    refusal = refusal_of(text)
    assert not refusal or "请写" in refusal or "比如" in refusal
