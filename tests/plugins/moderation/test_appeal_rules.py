"""When an appeal is decided: two agree, or the deadline; doubt is for the member."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.moderation.appeal_rules import (
    FLOOR,
    FULL,
    Ballot,
    Outcome,
    Vote,
    lower,
    needed_votes,
    outcome_of,
    recover,
    reminder_after,
)

YES, NO = Vote.UPHOLD, Vote.DISMISS
THREE = ("owner", "admin", "other")


def ballots(*votes: tuple[str, Vote]) -> list[Ballot]:
    return [Ballot(*vote) for vote in votes]


@pytest.mark.parametrize(
    ("votes", "reviewers", "is_due", "outcome"),
    [
        ((), THREE, False, Outcome.OPEN),
        ((("owner", YES),), THREE, False, Outcome.OPEN),
        ((("owner", YES), ("admin", YES)), THREE, False, Outcome.UPHELD),
        ((("owner", NO), ("admin", NO)), THREE, False, Outcome.DISMISSED),
        ((("owner", YES), ("admin", NO)), THREE, False, Outcome.OPEN),
        ((("owner", YES), ("admin", NO), ("other", NO)), THREE, False, Outcome.DISMISSED),
        ((("owner", YES), ("owner", NO)), THREE, False, Outcome.OPEN),
        ((("owner", YES), ("admin", NO), ("owner", NO)), THREE, False, Outcome.DISMISSED),
        ((("owner", NO),), ("owner",), False, Outcome.DISMISSED),
        ((("owner", YES),), ("owner",), False, Outcome.UPHELD),
        ((), THREE, True, Outcome.UPHELD),
        ((), (), True, Outcome.UPHELD),
        ((("owner", NO),), THREE, True, Outcome.DISMISSED),
        ((("owner", NO), ("admin", YES)), THREE, True, Outcome.UPHELD),
        ((("left", NO), ("owner", NO)), ("owner",), False, Outcome.DISMISSED),
    ],
)
def test_two_decide_and_doubt_is_for_the_member(votes, reviewers, is_due, outcome):
    assert outcome_of(ballots(*votes), reviewers, is_due=is_due) is outcome


@pytest.mark.parametrize(("people", "needed"), [((), 1), (("owner",), 1), (THREE[:2], 2), (THREE, 2)])
def test_one_alone_decides_only_where_nobody_else_is(people, needed):
    assert needed_votes(people) == needed


@given(st.lists(st.tuples(st.sampled_from([*THREE, "fourth"]), st.sampled_from(Vote))), st.booleans())
def test_nobody_alone_decides_among_several_before_the_deadline(votes, is_due):
    outcome = outcome_of(ballots(*votes), {*THREE, "fourth"}, is_due=is_due)
    latest = dict(votes)
    if is_due:
        assert outcome is not Outcome.OPEN
    if outcome is Outcome.DISMISSED:
        assert sum(vote is NO for vote in latest.values()) > sum(vote is YES for vote in latest.values())
    if not is_due and outcome is not Outcome.OPEN:
        wanted = YES if outcome is Outcome.UPHELD else NO
        assert sum(vote is wanted for vote in latest.values()) >= 2


def test_an_upheld_appeal_takes_a_fifth_of_the_weight_down_to_a_fifth():
    weight = FULL
    for expected in (0.8, 0.64, 0.512):
        weight = lower(weight)
        assert weight == pytest.approx(expected)
    for _ in range(20):
        weight = lower(weight)
    assert weight == FLOOR


def test_confirmed_hits_give_the_weight_back_and_no_more():
    weight = FLOOR
    for _ in range(16):
        weight = recover(weight)
    assert weight == FULL
    assert recover(weight) == FULL


def test_reviewers_are_reminded_at_half_time():
    assert reminder_after(timedelta(hours=48)) == timedelta(hours=24)
