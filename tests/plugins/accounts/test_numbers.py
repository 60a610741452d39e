from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.accounts.model import Business, Rate, Stay
from bot.plugins.accounts.numbers import count_business, monthly

DAY = timedelta(days=1)
SINCE = datetime(2026, 12, 1, tzinfo=UTC)
UNTIL = SINCE + 31 * DAY
GRACE = 3 * DAY


def stay(begins: int, length: int | None = 31, *, fen: int = 3100, plan: str = "month", **more: object) -> Stay:
    """Return a stay that begins so many days after the period does."""
    start = SINCE + begins * DAY
    end = None if length is None else start + length * DAY
    facts: dict[str, object] = {"length": None if length is None else length * DAY, **more}
    return Stay(plan=plan, start=start, end=end, fen=fen, **facts)  # type: ignore[arg-type]


def business(*members: list[Stay], now: datetime = UNTIL + 30 * DAY) -> Business:
    return count_business(members, SINCE, UNTIL, now=now, grace=GRACE)


@pytest.mark.parametrize(
    ("stays", "paying", "new", "returned", "churned"),
    [
        ([stay(5)], 1, 1, 0, 0),  # came in the period
        ([stay(-10), stay(21)], 1, 0, 0, 0),  # stayed
        ([stay(-10)], 0, 0, 0, 1),  # left on the 21st
        ([stay(-2)], 1, 0, 0, 0),  # ended on the 29th: still in its grace
        ([stay(-100), stay(3)], 1, 0, 1, 0),  # came back
        ([stay(-100)], 0, 0, 0, 0),  # had left before
        ([stay(2, 10)], 0, 1, 0, 1),  # came and left
        ([stay(2, None, fen=99900)], 1, 1, 0, 0),  # for ever
        ([stay(2, fen=0)], 0, 0, 0, 0),  # was given it
        ([stay(40)], 0, 0, 0, 0),  # came later
    ],
)
def test_members_are_counted_once_and_as_defined(
    stays: list[Stay], paying: int, new: int, returned: int, churned: int
) -> None:
    found = business(stays)
    assert (found.paying, found.new, found.returned, found.churned) == (paying, new, returned, churned)


@pytest.mark.parametrize(
    ("stays", "renewed"),
    [
        ([stay(-10), stay(21)], Rate(part=1, whole=1)),
        ([stay(-10), stay(23)], Rate(part=1, whole=1)),  # within its grace
        ([stay(-10), stay(25)], Rate(part=0, whole=1)),  # too late
        ([stay(-10)], Rate(part=0, whole=1)),
        ([stay(-10), stay(21, line="course")], Rate(part=0, whole=1)),  # something else
        ([stay(-10, 15), stay(5, 366, plan="pro")], Rate(part=1, whole=1)),  # upgraded
        ([stay(5)], Rate(part=0, whole=0)),  # ends later
    ],
)
def test_renewals_are_counted_by_what_ended(stays: list[Stay], renewed: Rate) -> None:
    assert business(stays).renewed == renewed


def test_an_end_whose_grace_is_not_over_is_not_counted_yet() -> None:
    members = [[stay(-10)], [stay(-10), stay(21)]]
    assert business(*members, now=SINCE + 22 * DAY).renewed == Rate(part=1, whole=1)
    assert business(*members, now=SINCE + 24 * DAY).renewed == Rate(part=1, whole=2)


def test_trials_are_counted_with_those_who_paid_since() -> None:
    trial = stay(1, 7, fen=0, plan="trial", is_trial=True)
    assert business([trial], [trial, stay(40)], [stay(1)]).trials == Rate(part=1, whole=2)
    assert business([trial, stay(40)]).new == 0


def test_a_period_that_still_lasts_is_looked_at_as_of_now() -> None:
    assert business([stay(2), stay(33)], now=SINCE + DAY).paying == 0
    assert business([stay(2), stay(33)], now=SINCE + 2 * DAY).paying == 1


def test_what_runs_is_counted_by_plan_and_brings_in_so_much_a_month() -> None:
    found = business([stay(5)], [stay(5, 366, fen=36600, plan="year")], [stay(5, None, fen=99900, plan="life")])
    assert found.plans == {"life": 1, "month": 1, "year": 1}
    assert found.monthly_fen == 3100 + 3100


def test_a_month_is_rounded_down_and_a_lifetime_is_none() -> None:
    assert monthly(stay(0, 366, fen=19900)) == 19900 * 31 // 366
    assert monthly(stay(0, None, fen=99900)) == 0


@pytest.mark.parametrize(("part", "whole", "percent"), [(1, 3, 33), (2, 3, 67), (1, 200, 1), (0, 5, 0), (0, 0, None)])
def test_rates_are_rounded_without_floats(part: int, whole: int, percent: int | None) -> None:
    assert Rate(part=part, whole=whole).percent == percent


stays = st.builds(
    stay, st.integers(-200, 60), st.one_of(st.none(), st.integers(1, 200)), fen=st.sampled_from([0, 1, 3100])
)


@given(st.lists(st.lists(stays, max_size=6), max_size=12))
def test_who_comes_and_goes_adds_up(members: list[list[Stay]]) -> None:
    before, found = pays_at_start(members), business(*members)
    passed_through = sum(1 for one in members if (alone := business(one)).churned and not alone.new)
    passed_through -= sum(1 for one in members if pays_at_start([one]) and business(one).churned)
    assert found.paying == before + found.new + found.returned + passed_through - found.churned
    assert found.renewed.part <= found.renewed.whole


def pays_at_start(members: list[list[Stay]]) -> int:
    return count_business(members, SINCE, SINCE, now=UNTIL, grace=GRACE).paying
