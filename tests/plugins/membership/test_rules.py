"""Prices, names of plans and what is taken off: decided by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.plugins.membership.api import Membership, MembershipSettings, Offered, Phase, Plan, PlanVersion, fold
from bot.plugins.membership.catalogue import as_sold, match_plan, price_today, suggest
from bot.plugins.membership.rules import find_same, is_delivered, is_newcomer, quote
from bot.plugins.membership.settings import parse_period
from bot.plugins.membership.texts import days_left, show_day
from tests.plugins.membership.kit import DAY, LIFE, MONTH, PRO, T0, YEAR, granted, order, paid

SHANGHAI = ZoneInfo("Asia/Shanghai")


def make_plan(**changes: Any) -> Plan:
    return Plan.model_validate({"id": "month", "title": "月度会员", "price": "19.9", "period": "1m"} | changes)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("31d", 31), ("1m", 31), ("3 个月", 93), ("1y", 366), ("2 周", 14), ("7天", 7), ("一年", None), ("0d", None),
        ("1h", None), ("31", None), ("2027-01-31", None), ("liftime", None), ("200y", None),
    ],
)  # fmt: skip
def test_a_period_is_read(text: str, days: int | None) -> None:
    if days is None:
        with pytest.raises(ValueError, match=r"\w"):
            parse_period(text)
    else:
        assert parse_period(text).seconds == days * 86_400


def test_a_period_without_length() -> None:
    assert parse_period("lifetime") == parse_period(parse_period("lifetime"))
    assert (parse_period("永久").seconds, parse_period("永久").until) == (None, None)
    assert parse_period("until 2027-01-31").until == date(2027, 1, 31)
    assert parse_period("到 2027年1月31日").until == date(2027, 1, 31)
    with pytest.raises(ValueError, match="没有这一天"):
        parse_period("until 2027-02-30")


@pytest.mark.parametrize(
    ("text", "advice"),
    [("31", "31d 是天"), ("2027-01-31", "until 2027-01-31"), ("liftime", "是 lifetime 吗"), ("forevr", "lifetime")],
)
def test_a_wrong_period_is_told_with_the_right_one(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_period(text)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"opens": ["rooms:VIP群"]}, "是 room:VIP群 吗"),
        ({"opens": ["room:"]}, "后面要写群名"),
        ({"opens": ["a b"]}, "room:群名"),
        ({"id": "12"}, "不能只有数字"),
        ({"trial": True}, "试用是免费的"),
        ({"trial": True, "price": 0, "period": "lifetime"}, "试用要有天数"),
        ({"promo": {"price": 20, "reason": "贵了"}}, "要比 price 低"),
        ({"promo": {"price": 1, "reason": "短", "from": "2026-12-02", "until": "2026-12-01"}}, "请把两个日期换过来"),
    ],
)
def test_a_wrong_plan_is_told_with_the_right_one(changes: dict[str, Any], advice: str) -> None:
    with pytest.raises(ValidationError, match=advice):
        make_plan(**changes)


def test_two_plans_of_one_name_are_refused() -> None:
    for second in ({"id": "MONTH"}, {"id": "other", "title": "月度会员"}):
        plans = (make_plan(), make_plan(**{"title": "别的"} | second))
        with pytest.raises(ValidationError, match="每个要不一样"):
            MembershipSettings(plans=plans)


def test_a_last_day_ends_at_midnight_by_the_clock_of_the_room() -> None:
    sold = as_sold(make_plan(period="until 2027-01-31"), 3 * DAY, SHANGHAI)
    assert sold.ends_at is not None
    assert sold.ends_at.isoformat() == "2027-01-31T16:00:00+00:00"
    assert show_day(sold.ends_at, SHANGHAI) == "2027-01-31 周日"
    assert PlanVersion.from_data(sold.to_data()) == sold
    assert as_sold(make_plan(price=0, trial=True), 3 * DAY, SHANGHAI).grace_seconds == 0


@pytest.mark.parametrize(
    ("day", "is_newcomer", "price"),
    [
        ("2026-10-31", False, 1990), ("2026-11-01", False, 1500), ("2026-11-11", False, 1500),
        ("2026-11-12", False, 1990), ("2026-11-12", True, 990), ("2026-11-05", True, 990),
    ],
)  # fmt: skip
def test_the_lowest_price_that_holds_counts(day: str, is_newcomer: bool, price: int) -> None:
    promos = [
        {"price": 15, "reason": "双十一", "from": "2026-11-01", "until": "2026-11-11"},
        {"price": "9.9", "reason": "新人", "newcomers": True},
    ]
    found = price_today(make_plan(promo=promos), date.fromisoformat(day), is_newcomer=is_newcomer)
    assert (found.amount_fen, bool(found.reason)) == (price, price != 1990)


PLANS = [
    make_plan(), make_plan(id="year", title="年度会员"), make_plan(id="pro-year", title="专业年卡"),
    make_plan(id="vip", title="VIP 会员"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("month", ["month"]), ("ＭＯＮＴＨ", ["month"]), ("月度会员", ["month"]), ("「月度会员」", ["month"]),
        ("年度", ["year"]),
        ("专业", ["pro-year"]), ("proyear", ["pro-year"]), ("vip会员", ["vip"]), ("会员", ["month", "year", "vip"]),
        ("月", ["month"]), ("云主机", []), ("", []),
    ],
)  # fmt: skip
def test_a_plan_is_found_by_what_people_type(text: str, found: list[str]) -> None:
    one = match_plan(text, PLANS)
    several = one if isinstance(one, list) else [one] if one else []
    assert [plan.id for plan in several] == found


def test_a_misspelt_plan_is_guessed() -> None:
    near = suggest("mnoth", PLANS)
    assert near is not None
    assert near.id == "month"
    assert suggest("云主机", PLANS) is None


def held_after(*facts: Any, orders: Any = (), day: float = 10) -> Membership | None:
    return next(iter(fold(orders, facts, T0 + timedelta(days=day))), None)


def test_what_is_left_of_lower_plans_is_taken_off() -> None:
    now = T0 + 10 * DAY
    orders = [order(1, MONTH), order(2, MONTH)]
    held = held_after(paid(1, T0, 1990), paid(2, T0 + DAY, 1990), orders=orders)
    priced = quote(PRO, held, Offered(4900), now)
    assert priced.credit_fen == 1990 * 21 // 31 + 1990
    assert priced.amount_fen == 4900 - priced.credit_fen
    assert quote(LIFE, held, Offered(99900), now).credit_fen == priced.credit_fen


def test_nothing_is_taken_off_where_nothing_is_below_or_it_is_worth_more_or_was_given() -> None:
    now = T0 + 10 * DAY
    month = held_after(paid(1, T0, 1990), orders=[order(1, MONTH)])
    assert quote(YEAR, month, Offered(19900), now).replaced == ()
    year = held_after(paid(1, T0, 19900), orders=[order(1, YEAR)])
    assert quote(PRO, year, Offered(4900), now).amount_fen == 4900
    given = held_after(granted("g", MONTH, T0))
    assert quote(PRO, given, Offered(4900), now).amount_fen == 4900
    life = held_after(paid(1, T0, 99900), orders=[order(1, LIFE)])
    assert quote(PRO, life, Offered(4900), now).amount_fen == 4900
    assert quote(PRO, None, Offered(4900), now).amount_fen == 4900


def test_the_chain_of_upgrades_counts_what_was_paid_once() -> None:
    top = PlanVersion(plan_id="top", version=1, title="顶级", price_fen=20000, seconds=31 * 86_400, tier=3)
    orders = [order(1, MONTH), order(2, PRO, amount_fen=3000, credit_fen=1900, cuts=["D1"])]
    held = held_after(paid(1, T0, 1990), paid(2, T0, 3000), orders=orders, day=0)
    assert quote(top, held, Offered(20000), T0).credit_fen == 4900


def test_an_order_at_no_higher_price_is_the_same_order() -> None:
    waiting = order(1, MONTH)
    assert find_same([waiting], order(0, MONTH), T0) == waiting
    assert find_same([waiting], order(0, YEAR), T0) is None
    assert find_same([waiting], order(0, MONTH, amount_fen=1500), T0) is None
    assert find_same([order(1, MONTH, gift="m2")], order(0, MONTH), T0) is None


def test_who_only_gave_membership_to_others_is_a_newcomer() -> None:
    own = replace(order(1, MONTH), paid_at=T0)
    assert not is_newcomer([own])
    assert is_newcomer([own], but=1)
    assert is_newcomer([order(1, MONTH), replace(own, data={**own.data, "gift": True}), replace(own, kind="courses")])


def test_a_month_after_a_lifetime_is_not_delivered() -> None:
    orders = [order(1, LIFE), order(2, MONTH)]
    held = held_after(paid(1, T0, 99900), paid(2, T0 + DAY, 1990), orders=orders)
    assert held is not None
    assert held.phase is Phase.LIFETIME
    assert is_delivered(orders[0], held, orders)
    assert not is_delivered(orders[1], held, orders)


@pytest.mark.parametrize(("seconds", "days"), [(1, 1), (86_400, 1), (86_401, 2), (0, 0), (-5, 0)])
def test_a_day_that_has_begun_counts_whole(seconds: int, days: int) -> None:
    assert days_left(T0 + timedelta(seconds=seconds), T0) == days
