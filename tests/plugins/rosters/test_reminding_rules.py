from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.rosters.model import Ending
from bot.plugins.rosters.reminding_rules import DAYS, next_reminder, reminder_at

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


FIRST = local(1, 9)


def ending(ends_at: datetime, noted_at: datetime = FIRST, told: int | None = None) -> Ending:
    return Ending(member_id="m", line="member", ends_at=ends_at, noted_at=noted_at, told=told)


@pytest.mark.parametrize(
    ("ends_at", "days", "at"),
    [
        (local(20, 15), 7, local(13, 15)),
        (local(20, 15), 0, local(20, 15)),
        (local(20, 8), 1, local(19, 8)),
        (local(20, 7, 59), 1, local(19, 9)),
        (local(20, 0), 1, local(19, 9)),
        (local(20, 22), 1, local(20, 9)),
        (local(20, 21, 59), 1, local(19, 21, 59)),
        (local(20, 23, 30), 0, local(21, 9)),
    ],
)
def test_nobody_is_written_to_between_ten_and_eight(ends_at: datetime, days: int, at: datetime) -> None:
    assert reminder_at(ends_at, days, SHANGHAI) == at


def test_the_four_reminders_of_one_end_come_one_after_another() -> None:
    one, now, told = ending(local(20, 15)), local(1, 9), []
    while following := next_reminder(one, now, SHANGHAI):
        days, now = following
        one = replace(one, told=days)
        told.append((days, now))
    assert told == [(7, local(13, 15)), (3, local(17, 15)), (1, local(19, 15)), (0, local(20, 15))]


def test_of_several_that_were_missed_only_the_latest_is_sent() -> None:
    assert next_reminder(ending(local(20, 15)), local(18, 10), SHANGHAI) == (3, local(17, 15))
    assert next_reminder(ending(local(20, 15), told=3), local(18, 10), SHANGHAI) == (1, local(19, 15))
    assert next_reminder(ending(local(20, 15)), local(30, 10), SHANGHAI) == (0, local(20, 15))
    assert next_reminder(ending(local(20, 15), told=0), local(30, 10), SHANGHAI) is None


def test_what_was_due_before_the_end_was_known_is_never_sent() -> None:
    assert next_reminder(ending(local(8, 9), noted_at=local(1, 9)), local(1, 9), SHANGHAI) == (3, local(5, 9))
    assert next_reminder(ending(local(3, 9), noted_at=local(1, 9)), local(1, 9), SHANGHAI) == (1, local(2, 9))
    assert next_reminder(ending(local(20, 15), noted_at=local(21, 9)), local(21, 9), SHANGHAI) is None


moments = st.integers(0, 600 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@given(moments, st.integers(0, 40 * 24 * 60), st.lists(st.integers(1, 20 * 24 * 60), max_size=12))
def test_however_often_it_is_looked_each_is_told_at_most_once_by_day_and_in_order(
    noted_at: datetime, length: int, waits: list[int]
) -> None:
    one, now, told = ending(noted_at + timedelta(minutes=length), noted_at), noted_at, []
    for wait in waits:
        following = next_reminder(one, now, SHANGHAI)
        if following and following[1] <= now:
            one = replace(one, told=following[0])
            told.append(following[0])
        elif following:
            assert following[1] > noted_at
            assert 8 <= following[1].astimezone(SHANGHAI).hour < 22
        now += timedelta(minutes=wait)
    assert told == sorted(set(told), reverse=True)
    assert set(told) <= set(DAYS)
