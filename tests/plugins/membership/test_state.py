"""How a member stands is what the facts say, in whatever order and however often they are told."""

from __future__ import annotations

import itertools
import random
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.payments.model import Fact, FactKind, Order
from bot.plugins.membership import state
from bot.plugins.membership.api import Membership, Phase, PlanVersion, fold
from bot.plugins.membership.grants import Piece, Terms, put_in_time, seconds_of
from tests.examples import examples
from tests.plugins.membership.kit import (
    DAY,
    LIFE,
    MONTH,
    PRO,
    T0,
    TRIAL,
    YEAR,
    fact,
    granted,
    order,
    paid,
    refunded,
)

pytestmark = pytest.mark.slow  # properties by the hundred

K = FactKind


def stand(orders: list[Order], facts: list[Fact], day: float) -> Membership:
    """Return how 小红 stands some days after the first of December."""
    (one,) = fold(orders, facts, T0 + timedelta(days=day))
    return one


def spans(held: Membership, grant: str) -> list[tuple[int, int | None]]:
    """Return when a grant runs, in days after the first of December."""
    (one,) = [one for one in held.grants if one.id == grant]
    return [((run.start - T0).days, (run.end - T0).days if run.end else None) for run in one.segments]


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (0, Phase.ACTIVE),
        (30.999, Phase.ACTIVE),
        (31, Phase.GRACE),
        (33.999, Phase.GRACE),
        (34, Phase.EXPIRED),
        (400, Phase.EXPIRED),
    ],
)
def test_a_month_is_31_days_then_comes_grace_then_nothing(day: float, phase: Phase) -> None:
    assert stand([order(1, MONTH)], [paid(1, T0, 1990)], day).phase is phase


def test_who_never_had_anything_has_no_membership() -> None:
    assert fold([], [], T0) == []
    assert fold([order(1, MONTH)], [], T0) == []
    assert fold([order(1, MONTH)], [paid(1, T0, 1989)], T0) == []


def test_a_renewal_begins_where_the_first_ends_and_after_a_gap_when_it_is_paid() -> None:
    orders = [order(1, MONTH), order(2, MONTH), order(3, MONTH)]
    facts = [paid(1, T0, 1990), paid(2, T0 + 5 * DAY, 1990), paid(3, T0 + 100 * DAY, 1990)]
    held = stand(orders, facts, 101)
    assert [spans(held, name) for name in ("D1", "D2", "D3")] == [[(0, 31)], [(31, 62)], [(100, 131)]]
    assert stand(orders, facts, 6).until == T0 + 62 * DAY


def test_the_time_of_the_provider_counts_and_what_happens_later_is_not_known_yet() -> None:
    orders, facts = [order(1, MONTH), order(2, MONTH)], [paid(1, T0, 1990), paid(2, T0 + 40 * DAY, 1990)]
    assert stand(orders, facts, 35).phase is Phase.EXPIRED
    assert stand(orders, facts, 40).phase is Phase.ACTIVE


def test_a_provider_whose_clock_is_ahead_gives_at_once() -> None:
    held = stand([order(1, MONTH)], [paid(1, T0 + timedelta(minutes=2), 1990)], 0)
    assert (held.phase, held.until) == (Phase.ACTIVE, T0 + timedelta(days=31, minutes=2))


def test_a_trial_has_no_grace_and_what_is_bought_meanwhile_follows_it() -> None:
    trial = granted("t", TRIAL, T0)
    assert [stand([], [trial], day).phase for day in (6, 7)] == [Phase.TRIAL, Phase.EXPIRED]
    held = stand([order(1, MONTH)], [trial, paid(1, T0 + 2 * DAY, 1990)], 3)
    assert (held.phase, spans(held, "D1")) == (Phase.ACTIVE, [(7, 38)])


def test_a_lifetime_never_ends_and_begins_at_once() -> None:
    orders = [order(1, MONTH), order(2, LIFE)]
    held = stand(orders, [paid(1, T0, 1990), paid(2, T0 + DAY, 99900)], 2)
    assert (held.phase, held.until, spans(held, "D2")) == (Phase.LIFETIME, None, [(1, None)])
    held = stand(orders, [paid(1, T0, 1990), paid(2, T0 + DAY, 99900), refunded(2, T0 + 3 * DAY, 99900)], 4)
    assert (held.phase, spans(held, "D1")) == (Phase.ACTIVE, [(0, 1), (3, 33)])


def test_a_higher_tier_runs_before_a_lifetime_of_a_lower_one() -> None:
    orders = [order(1, LIFE), order(2, PRO)]
    held = stand(orders, [paid(1, T0, 99900), paid(2, T0 + DAY, 4900)], 2)
    assert (held.phase, held.plan, spans(held, "D1")) == (Phase.LIFETIME, PRO, [(0, 1), (32, None)])


def test_a_whole_refund_ends_its_grant_and_what_follows_moves_up() -> None:
    orders = [order(1, MONTH), order(2, MONTH)]
    facts = [paid(1, T0, 1990), paid(2, T0 + DAY, 1990), refunded(1, T0 + 10 * DAY, 1990)]
    held = stand(orders, facts, 11)
    assert (spans(held, "D1"), spans(held, "D2")) == ([(0, 10)], [(10, 41)])


def test_a_refund_buys_no_grace_and_part_of_one_ends_nothing() -> None:
    orders = [order(1, MONTH)]
    whole = [paid(1, T0, 1990), refunded(1, T0 + 10 * DAY, 1990)]
    assert [stand(orders, whole, day).phase for day in (9, 10)] == [Phase.ACTIVE, Phase.EXPIRED]
    part = [paid(1, T0, 1990), refunded(1, T0 + 10 * DAY, 990)]
    held = stand(orders, part, 10)
    assert (held.phase, held.grants[0].paid_fen, held.until) == (Phase.ACTIVE, 1000, T0 + 31 * DAY)
    rest = [*part, refunded(1, T0 + 12 * DAY, 1000, "second")]
    assert stand(orders, rest, 13).until == T0 + 12 * DAY


def test_a_second_payment_given_back_ends_nothing() -> None:
    second = Fact(key="twice", kind=K.PAID, at=T0 + DAY, provider="owner", order_number=1, amount_fen=1990)
    back = Fact(
        key="back", kind=K.REFUNDED, at=T0 + 2 * DAY, provider="owner", order_number=1, amount_fen=1990,
        data={"of": "twice"},
    )  # fmt: skip
    assert stand([order(1, MONTH)], [paid(1, T0, 1990), second, back], 3).phase is Phase.ACTIVE


def upgraded() -> tuple[list[Order], list[Fact]]:
    """Return two months bought, and on the tenth day a higher plan with what was left of them taken off."""
    before = [order(1, MONTH), order(2, MONTH)]
    facts = [paid(1, T0, 1990), paid(2, T0 + DAY, 1990)]
    credit = sum(one.unused_fen(T0 + 10 * DAY) for one in stand(before, facts, 10).grants)
    assert credit == 1990 * 21 // 31 + 1990
    upgrade = order(3, PRO, amount_fen=4900 - credit, credit_fen=credit, cuts=["D1", "D2"])
    return [*before, upgrade], [*facts, paid(3, T0 + 10 * DAY, 4900 - credit)]


def test_an_upgrade_ends_what_it_takes_off_its_price() -> None:
    held = stand(*upgraded(), 10)
    assert held.plan == PRO
    assert [spans(held, name) for name in ("D1", "D2", "D3")] == [[(0, 10)], [], [(10, 41)]]
    assert held.grants[-1].value_fen == PRO.price_fen
    assert stand(*upgraded(), 41).phase is Phase.GRACE


def test_an_upgrade_that_is_wholly_given_back_never_ended_anything() -> None:
    orders, facts = upgraded()
    facts.append(refunded(3, T0 + 12 * DAY, orders[2].amount_fen))
    held = stand(orders, facts, 13)
    assert [spans(held, name) for name in ("D1", "D2", "D3")] == [[(0, 10), (12, 33)], [(33, 64)], [(10, 12)]]


def test_a_higher_tier_without_credit_runs_first_and_the_lower_waits() -> None:
    held = stand([order(1, MONTH)], [paid(1, T0, 1990), granted("g", PRO, T0 + 10 * DAY)], 20)
    assert (spans(held, "D1"), spans(held, "g"), held.plan) == ([(0, 10), (41, 62)], [(10, 41)], PRO)
    assert held.opens >= {"pro", "month"}


def test_a_lower_tier_bought_meanwhile_follows() -> None:
    held = stand([order(1, PRO), order(2, MONTH)], [paid(1, T0, 4900), paid(2, T0 + DAY, 1990)], 2)
    assert (spans(held, "D1"), spans(held, "D2"), held.opens) == ([(0, 31)], [(31, 62)], {"pro", "member"})


def test_a_trial_does_not_wait_for_a_higher_tier() -> None:
    held = stand([order(1, PRO)], [granted("t", TRIAL, T0), paid(1, T0 + 2 * DAY, 4900)], 3)
    assert (spans(held, "t"), spans(held, "D1"), held.until) == ([(0, 2)], [(2, 33)], T0 + 33 * DAY)


def test_lines_do_not_touch_each_other() -> None:
    other = PlanVersion(plan_id="go", version=1, title="Go", price_fen=500, seconds=86_400, line="go")
    facts = [paid(1, T0, 1990), paid(2, T0, 500)]
    found = fold([order(1, MONTH), order(2, other)], facts, T0 + 2 * DAY)
    assert [(one.line, one.phase) for one in found] == [("go", Phase.EXPIRED), ("member", Phase.ACTIVE)]


def test_a_pause_moves_the_end_and_nothing_may_be_used_in_it() -> None:
    facts = [paid(1, T0, 1990), fact(K.PAUSED, "p", T0 + 10 * DAY, seconds=20 * 86_400)]
    held = stand([order(1, MONTH)], facts, 15)
    assert (held.phase, held.opens, held.paused_until) == (Phase.PAUSED, frozenset(), T0 + 30 * DAY)
    assert (spans(held, "D1"), held.until) == ([(0, 10), (30, 51)], T0 + 51 * DAY)
    assert [stand([order(1, MONTH)], facts, day).phase for day in (9, 29.9, 30, 51)] == [
        Phase.ACTIVE, Phase.PAUSED, Phase.ACTIVE, Phase.GRACE,
    ]  # fmt: skip


def test_a_pause_that_is_ended_early_moves_the_end_by_what_it_was() -> None:
    facts = [
        paid(1, T0, 1990),
        fact(K.PAUSED, "p", T0 + 10 * DAY, seconds=20 * 86_400),
        fact(K.PAUSED, "again", T0 + 11 * DAY, seconds=90 * 86_400),
        fact(K.RESUMED, "r", T0 + 12 * DAY),
        fact(K.RESUMED, "r2", T0 + 13 * DAY),
    ]
    assert stand([order(1, MONTH)], facts, 14).until == T0 + 33 * DAY


def test_a_pause_in_which_something_is_bought_and_one_after_the_end() -> None:
    pause = fact(K.PAUSED, "p", T0 + DAY, seconds=10 * 86_400)
    held = stand([order(1, MONTH)], [pause, paid(1, T0 + 2 * DAY, 1990)], 3)
    assert (held.phase, spans(held, "D1")) == (Phase.PAUSED, [(11, 42)])
    late = fact(K.PAUSED, "p", T0 + 35 * DAY, seconds=10 * 86_400)
    assert stand([order(1, MONTH)], [paid(1, T0, 1990), late], 36).phase is Phase.EXPIRED


def test_a_fixed_end_stays_whatever_is_paused_and_whenever_it_is_bought() -> None:
    season = PlanVersion(
        plan_id="season", version=1, title="季", price_fen=3000, seconds=None, ends_at=T0 + 60 * DAY, grace_seconds=0
    )
    facts = [paid(1, T0 + 30 * DAY, 3000)]
    held = stand([order(1, season)], facts, 40)
    assert (held.until, held.grants[0].seconds) == (T0 + 60 * DAY, 30 * 86_400)
    assert held.grants[0].unused_fen(T0 + 45 * DAY) == 1500
    assert stand([order(1, season)], facts, 60).phase is Phase.EXPIRED
    assert stand([order(1, season)], [paid(1, T0 + 61 * DAY, 3000)], 62).phase is Phase.NONE


def test_what_is_taken_back_ends_at_once_or_was_never_there() -> None:
    facts = [granted("g", MONTH, T0), fact(K.REVOKED, "x", T0 + 5 * DAY, grant="g")]
    assert [stand([], facts, day).phase for day in (4, 5)] == [Phase.ACTIVE, Phase.EXPIRED]
    never = [granted("g", MONTH, T0), fact(K.REVOKED, "x", T0, grant="g")]
    assert stand([], never, 1).phase is Phase.NONE
    everything = [granted("g", MONTH, T0), granted("h", PRO, T0 + DAY), fact(K.REVOKED, "x", T0 + 5 * DAY)]
    assert stand([], everything, 6).phase is Phase.EXPIRED


def test_a_gift_is_not_the_givers() -> None:
    assert fold([order(1, MONTH, gift="m2")], [paid(1, T0, 1990)], T0) == []


# The same state from any order and any repetition of the facts.

SIX = [
    paid(1, T0, 1990),
    paid(2, T0 + 3 * DAY, 1990),
    paid(3, T0 + 10 * DAY, 2000),
    refunded(3, T0 + 20 * DAY, 2000),
    fact(K.PAUSED, "p", T0 + 5 * DAY, seconds=4 * 86_400),
    fact(K.RESUMED, "r", T0 + 7 * DAY),
]
SIX_ORDERS = [order(1, MONTH), order(2, MONTH), order(3, PRO, amount_fen=2000, credit_fen=2900, cuts=["D1", "D2"])]


def test_all_720_arrival_orders_of_six_facts_give_one_state() -> None:
    for day in (4, 8, 15, 25, 70):
        states = {repr(stand(SIX_ORDERS, list(facts), day)) for facts in itertools.permutations(SIX)}
        assert len(states) == 1


def test_every_subset_that_arrives_first_is_folded_without_a_fault() -> None:
    for count in range(7):
        for known in itertools.combinations(SIX, count):
            fold(SIX_ORDERS, known, T0 + 30 * DAY)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Order], list[Fact]]:
    """Draw what happened to a member: purchases, upgrades with true credits, refunds, gifts, pauses."""
    orders: list[Order] = []
    facts: list[Fact] = []
    day = 0
    for number in range(1, draw(st.integers(1, 7)) + 1):
        day += draw(st.integers(0, 40))
        at = T0 + timedelta(days=day, seconds=draw(st.integers(0, 86_399)))
        act = draw(st.sampled_from(["buy", "buy", "buy", "refund", "give", "pause", "resume", "revoke", "upgrade"]))
        _ADD[act](draw, orders, facts, number, at)
    return orders, facts


def _buy(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    plan = draw(st.sampled_from([MONTH, YEAR, PRO]))
    orders.append(order(number, plan))
    facts.append(paid(number, at, plan.price_fen))


def _upgrade(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    held = next(iter(fold(orders, facts, at)), None)
    lower = [one for one in held.grants if one.plan.tier == 1 and one.unused_fen(at)] if held else []
    credit = sum(one.unused_fen(at) for one in lower)
    if lower and credit < PRO.price_fen:
        amount = PRO.price_fen - credit
        cuts = [one.id for one in lower]
        orders.append(order(number, PRO, amount_fen=amount, credit_fen=credit, cuts=cuts))
        facts.append(paid(number, at, amount))


def _refund(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    if orders:
        one = draw(st.sampled_from(orders))
        facts.append(refunded(one.number, at, draw(st.integers(1, one.amount_fen)), f"back:{number}"))


def _give(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    facts.append(granted(f"gift:{number}", draw(st.sampled_from([MONTH, PRO, TRIAL])), at))


def _pause(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    facts.append(fact(K.PAUSED, f"pause:{number}", at, seconds=draw(st.integers(1, 60)) * 86_400))


def _resume(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    facts.append(fact(K.RESUMED, f"resume:{number}", at))


def _revoke(draw: Any, orders: list[Order], facts: list[Fact], number: int, at: datetime) -> None:
    which = draw(st.sampled_from(["", *(f"D{one.number}" for one in orders)]))
    facts.append(fact(K.REVOKED, f"revoke:{number}", at, **({"grant": which} if which else {})))


_ADD = {
    "buy": _buy, "upgrade": _upgrade, "refund": _refund, "give": _give, "pause": _pause, "resume": _resume,
    "revoke": _revoke,
}  # fmt: skip


@settings(max_examples=examples(300), deadline=None)
@given(story=stories(), seed=st.integers(0, 2**32), day=st.integers(0, 500))
def test_any_order_and_any_repetition_give_one_state(
    story: tuple[list[Order], list[Fact]], seed: int, day: int
) -> None:
    orders, facts = story
    told = facts + facts[: len(facts) // 2]
    random.Random(seed).shuffle(told)
    shuffled = random.Random(seed + 1).sample(orders, len(orders))
    now = T0 + timedelta(days=day)
    assert fold(shuffled, told, now) == fold(orders, facts, now)


@settings(max_examples=examples(200), deadline=None)
@given(story=stories())
def test_grants_never_overlap_and_never_last_longer_than_was_given(story: tuple[list[Order], list[Fact]]) -> None:
    held = next(iter(fold(*story, T0 + 2000 * DAY)), None)
    for one in held.grants if held else ():
        runs = sum((run.end - run.start).total_seconds() for run in one.segments if run.end)
        assert runs <= (one.plan.seconds or 0)
        assert one.cut_at is None or all(run.end and run.end <= one.cut_at for run in one.segments)
        assert all(run.start >= one.at for run in one.segments)
    runs_of_all = sorted((run.start, run.end) for one in (held.grants if held else ()) for run in one.segments)
    assert all(before[1] and before[1] <= after[0] for before, after in itertools.pairwise(runs_of_all))


@settings(max_examples=examples(200), deadline=None)
@given(story=stories(), day=st.integers(0, 500))
def test_the_short_way_and_the_long_way_come_to_the_same(story: tuple[list[Order], list[Fact]], day: int) -> None:
    now = T0 + timedelta(days=day)
    short = fold(*story, now)
    with patch.object(state, "_line_up", lambda pieces: state._step_by_step(pieces, ())):
        assert fold(*story, now) == short


SEASON = PlanVersion(
    plan_id="season", version=1, title="季", price_fen=3000, seconds=None, ends_at=T0 + 60 * DAY, tier=2
)
HIGH_TRIAL = replace(TRIAL, plan_id="try", tier=3)


@st.composite
def pieces_of_a_line(draw: st.DrawFn) -> list[Piece]:
    """Draw grants of every length and rank, at moments that often meet, some of them cut."""
    pieces = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        plan = draw(st.sampled_from([MONTH, PRO, LIFE, SEASON, TRIAL, HIGH_TRIAL]))
        piece = Piece(Terms(plan), seconds_of(T0) + draw(st.integers(0, 70)) * 86_400, "owner", number)
        if draw(st.booleans()):
            piece.end_by(piece.at + draw(st.integers(-1, 40)) * 86_400, "refund")
        pieces.append(piece)
    put_in_time(pieces)
    return pieces


def test_who_is_outranked_in_the_same_second_runs_only_afterwards() -> None:
    month, season = Piece(Terms(MONTH), seconds_of(T0), "owner", 1), Piece(Terms(SEASON), seconds_of(T0), "owner", 2)
    assert month.rank < season.rank

    runs = state.lay_out([month, season], ())

    assert [(start, one.id) for start, _, one in runs] == [
        (seconds_of(T0), season.id), (seconds_of(T0 + 60 * DAY), month.id)
    ]  # fmt: skip
    assert len(month.runs) == 1


@settings(max_examples=examples(600), deadline=None)
@given(pieces=pieces_of_a_line())
def test_grants_in_line_run_as_they_do_step_by_step(pieces: list[Piece]) -> None:
    slow = deepcopy(pieces)
    runs = [(start, end, one.id) for start, end, one in state.lay_out(pieces, ())]
    assert runs == [(start, end, one.id) for start, end, one in state._step_by_step(slow, ())]
    assert [one.runs for one in pieces] == [one.runs for one in slow]


@settings(max_examples=examples(200), deadline=None)
@given(story=stories(), later=st.lists(st.integers(0, 900), min_size=2, max_size=6))
def test_time_alone_never_revives_what_is_over(story: tuple[list[Order], list[Fact]], later: list[int]) -> None:
    orders, facts = story
    last = max((one.at for one in facts), default=T0)
    phases = [
        one.phase for days in sorted(later) for one in fold(orders, facts, last + timedelta(days=days)) if one.grants
    ]
    if Phase.EXPIRED in phases:
        assert set(phases[phases.index(Phase.EXPIRED) :]) == {Phase.EXPIRED}
    if Phase.NONE in phases:
        assert set(phases[phases.index(Phase.NONE) :]) == {Phase.NONE}


@settings(max_examples=examples(200), deadline=None)
@given(story=stories(), day=st.integers(0, 400))
def test_what_is_left_is_never_worth_more_than_was_paid(story: tuple[list[Order], list[Fact]], day: int) -> None:
    orders, facts = story
    now = T0 + timedelta(days=day)
    known = [one for one in facts if one.at <= now]
    held = next(iter(fold(orders, known, now)), None)
    unused = sum(one.unused_fen(now) for one in held.grants) if held else 0
    money = sum(one.amount_fen for one in known if one.kind is K.PAID)
    assert 0 <= unused <= money
    assert all(one.unused_fen(now) <= one.value_fen for one in (held.grants if held else ()))
