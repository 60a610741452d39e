from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.payments.model import Fact, FactKind
from bot.plugins.membership.model import PlanVersion
from bot.plugins.membership.state import fold
from bot.plugins.rosters.model import Standing
from bot.plugins.rosters.standings import make_standing, topics_in
from tests.plugins.rosters.kit import VIP, plan

START = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def given(about: PlanVersion, day: int = 0, key: str = "a") -> Fact:
    return Fact(
        key=key, kind=FactKind.GRANTED, at=START + day * DAY, provider="owner", member_id="m",
        data={"plan": about.to_data()},
    )  # fmt: skip


def happened(kind: FactKind, day: int, **data: object) -> Fact:
    return Fact(key=f"{kind}{day}", kind=kind, at=START + day * DAY, provider="owner", member_id="m", data=data)


def stands(day: float, *facts: Fact) -> Standing:
    at = START + day * DAY
    return make_standing("m", fold([], facts, at), at)


def test_a_room_is_open_until_grace_is_over() -> None:
    month = given(plan(31))
    assert stands(30, month).opens == {VIP}
    assert stands(30, month).until == {VIP: START + 31 * DAY}
    assert stands(33.9, month).opens == {VIP}
    over = stands(34, month)
    assert (over.opens, over.ended) == (frozenset(), {VIP: START + 31 * DAY})


def test_what_never_ends_has_no_end() -> None:
    ever = given(plan(1, seconds=None))
    assert stands(3000, ever).until == {VIP: None}
    both = stands(3, ever, given(plan(1), key="b"))
    assert (both.opens, both.until) == ({VIP}, {VIP: None})


def test_a_plan_without_the_room_leaves_the_end_of_the_one_with_it() -> None:
    plain = plan(31, opens=("member",), plan_id="plain", line="other")
    assert stands(10, given(plain)).ended == {}
    both = stands(40, given(plan(31)), given(plain, day=30, key="b"))
    assert (both.opens, both.ended) == (frozenset(), {VIP: START + 31 * DAY})


def test_who_pauses_is_neither_entitled_nor_ended() -> None:
    paused = stands(5, given(plan(31)), happened(FactKind.PAUSED, 2, seconds=10 * 86_400))
    assert (paused.is_paused, paused.opens, paused.ended) == (True, frozenset(), {})


def test_what_was_taken_back_ended_then() -> None:
    back = stands(5, given(plan(31)), happened(FactKind.REVOKED, 2, grant="a"))
    assert (back.opens, back.ended) == (frozenset(), {VIP: START + 2 * DAY})


def test_only_rooms_count() -> None:
    assert topics_in(["member", "room:VIP群", "course:go", "room:夜聊"]) == {"VIP群", "夜聊"}
