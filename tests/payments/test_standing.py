"""What the facts of an order say, whatever order they came in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.payments.model import Fact, FactKind, Order, OrderState
from bot.payments.standing import Standing, income_account, stand, state_of
from tests.payments.money_kit import NOW, make_order, paid, refunded

ORDER = replace(make_order(), number=1)
GIFT = Fact(key="gift:1", kind=FactKind.GRANTED, at=NOW, provider="gift", order_number=1)


def standing(*facts: Fact, earned: int = 0) -> Standing:
    return stand(ORDER, facts, earned)


@pytest.mark.parametrize(
    ("facts", "key", "refunded_fen", "reviews", "balances"),
    [
        ((), "", 0, [], {}),
        ((GIFT,), "", 0, [], {}),
        ((paid("a", 1),), "bank:a", 0, [], {"assets:bank": 9900, "liabilities:deferred": -9900}),
        (
            (paid("a", 1, fee=59),),
            "bank:a", 0, [], {"assets:bank": 9841, "expenses:fees:bank": 59, "liabilities:deferred": -9900},
        ),
        ((paid("a", 1, 9000),), "", 0, [("bank:a", "wrong_amount", 9000)],
         {"assets:bank": 9000, "liabilities:review": -9000}),
        ((paid("b", 2), paid("a", 1)), "bank:a", 0, [("bank:b", "second_payment", 9900)],
         {"assets:bank": 19800, "liabilities:deferred": -9900, "liabilities:review": -9900}),
        ((paid("a", 1), refunded("r", 2)), "bank:a", 9900, [], {}),
        ((refunded("r", 0), paid("a", 1)), "bank:a", 9900, [], {}),
        ((refunded("r", 0),), "", 0, [("bank_refund:r", "refund_without_payment", 9900)],
         {"assets:bank": -9900, "liabilities:review": 9900}),
        ((paid("a", 1), paid("b", 2), refunded("r", 3, of="bank:b")), "bank:a", 0, [],
         {"assets:bank": 9900, "liabilities:deferred": -9900}),
        ((paid("a", 1), paid("b", 2), refunded("r", 3)), "bank:a", 9900, [("bank:b", "second_payment", 9900)],
         {"assets:bank": 9900, "liabilities:review": -9900}),
        ((paid("a", 1), refunded("r", 2, 3000), refunded("s", 3, 4000)), "bank:a", 7000, [],
         {"assets:bank": 2900, "liabilities:deferred": -2900}),
        ((paid("a", 1, fee=60), refunded("r", 2, fee=60)), "bank:a", 9900, [], {}),
        ((paid("a", 1, 9000), refunded("r", 2, 9000)), "", 0, [], {}),
    ],
)  # fmt: skip
def test_what_facts_say(facts, key, refunded_fen, reviews, balances) -> None:
    for order in (facts, tuple(reversed(facts)), facts + facts):
        found = standing(*order)
        assert (found.paid.key if found.paid else "") == key
        assert found.refunded_fen == refunded_fen
        assert [(one.fact_key, one.why, one.amount_fen) for one in found.reviews] == reviews
        assert found.balances == balances
        assert sum(found.balances.values()) == 0


@pytest.mark.parametrize(
    ("earned", "facts", "income", "deferred"),
    [
        (0, [paid("a", 1)], 0, 9900),
        (3300, [paid("a", 1)], 3300, 6600),
        (9900, [paid("a", 1)], 9900, 0),
        (9999, [paid("a", 1)], 9900, 0),  # no more is earned than was paid
        (3300, [], 0, 0),
        (8000, [paid("a", 1), refunded("r", 2, 5000)], 4900, 0),  # what went back was not earned
        (3300, [paid("a", 1), refunded("r", 2)], 0, 0),
    ],
)
def test_what_is_earned_and_deferred_is_what_was_paid(earned, facts, income, deferred) -> None:
    balances = standing(*facts, earned=earned).balances
    assert -balances.get("income:membership:month", 0) == income
    assert -balances.get("liabilities:deferred", 0) == deferred
    assert sum(balances.values()) == 0


@pytest.mark.parametrize(
    ("facts", "is_closed", "is_unwanted", "state"),
    [
        ([], False, False, OrderState.OPEN),
        ([], True, False, OrderState.CLOSED),
        ([], False, True, OrderState.CLOSED),
        ([paid("a", 1)], False, False, OrderState.PAID),
        ([paid("a", 1)], True, False, OrderState.PAID),  # it came late, and its seller decides
        ([paid("a", 1)], False, True, OrderState.REFUND_DUE),
        ([paid("a", 1), refunded("r", 2, 1)], False, True, OrderState.REFUND_DUE),
        ([paid("a", 1), refunded("r", 2)], False, True, OrderState.REFUNDED),
        ([paid("a", 1), refunded("r", 2)], False, False, OrderState.REFUNDED),
        ([paid("a", 1, 1)], False, False, OrderState.OPEN),
    ],
)
def test_where_an_order_stands(facts, is_closed, is_unwanted, state) -> None:
    assert state_of(standing(*facts), is_closed=is_closed, is_unwanted=is_unwanted) is state


def test_an_order_for_nothing_is_paid_and_not_given_back_at_once() -> None:
    free = Order(kind="membership", item="trial@1", title="试用", member_id="m", amount_fen=0, made_at=NOW)
    found = stand(free, [paid("a", 1, 0)])
    assert state_of(found, is_closed=False, is_unwanted=False) is OrderState.PAID
    assert found.balances == {}


@pytest.mark.parametrize(
    ("kind", "item", "account"),
    [
        ("membership", "month@2", "income:membership:month"),
        ("training", "go-weekly/2026-12-05", "income:training:go-weekly"),
        ("courses", "", "income:courses:other"),
        ("courses", "a b:c", "income:courses:a-b-c"),
    ],
)
def test_revenue_is_told_apart_by_what_is_sold(kind, item, account) -> None:
    assert income_account(replace(ORDER, kind=kind, item=item)) == account
