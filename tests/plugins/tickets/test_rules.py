from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.plugin import Order, OrderState
from bot.plugins.tickets.model import Ticket
from bot.plugins.tickets.rules import choose, match_offer, tickets_in
from bot.plugins.tickets.settings import TicketOffer, TicketsSettings

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def make_order(number: int = 1, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "number": number, "kind": "tickets", "item": "five", "title": "课票「五次卡」", "member_id": "m",
        "amount_fen": 19900, "state": OrderState.PAID, "made_at": NOW, "paid_at": NOW,
        "data": {"title": "五次卡", "uses": 5, "sessions": [], "valid_seconds": 86400 * 30},
    }  # fmt: skip
    return Order(**values | changes)


def test_a_paid_order_is_a_ticket_with_what_is_left() -> None:
    (ticket,) = tickets_in([make_order()], [1, 1, 7])
    assert ticket == Ticket(order_number=1, title="五次卡", uses=5, left=3, until=NOW + timedelta(days=30))


@pytest.mark.parametrize(
    "order",
    [
        make_order(state=OrderState.OPEN, paid_at=None),
        make_order(state=OrderState.REFUNDED),
        make_order(state=OrderState.REFUND_DUE),
        make_order(kind="courses"),
        make_order(data={}),
    ],
)
def test_other_orders_are_none(order: Order) -> None:
    assert tickets_in([order], []) == []


def test_what_ends_first_is_used_first_and_only_where_it_is_good() -> None:
    later = make_order(1)
    sooner = make_order(2, data=make_order().data | {"valid_seconds": 86400, "sessions": ["go-weekly"]})
    tickets = tickets_in([later, sooner], [])
    numbers = [
        (found.order_number if (found := choose(tickets, at, *names)) else 0)
        for at, names in [
            (NOW, ("go-weekly/2026-12-05", "go-weekly")),
            (NOW, ("fastapi-101", "fastapi-101")),
            (NOW + timedelta(days=1), ("go-weekly",)),
            (NOW + timedelta(days=30), ("go-weekly",)),
        ]
    ]
    assert numbers == [2, 1, 1, 0]


@given(uses=st.integers(1, 20), used=st.integers(0, 40), days=st.integers(0, 60))
def test_nothing_is_had_beyond_what_was_paid_for(uses: int, used: int, days: int) -> None:
    order = make_order(data=make_order().data | {"uses": uses})
    tickets = tickets_in([order], [1] * used)
    assert (choose(tickets, NOW + timedelta(days=days), "x") is not None) == (used < uses and days < 30)


@pytest.mark.parametrize(
    ("text", "found"), [("five", True), ("五次卡", True), ("1", True), ("2", False), ("十次卡", False)]
)
def test_an_offer_is_named_by_id_title_or_place(text: str, found: bool) -> None:
    offer = TicketOffer.model_validate({"id": "five", "title": "五次卡", "price": 199, "uses": 5})
    assert (match_offer(text, [offer]) is offer) == found


@pytest.mark.parametrize(
    ("written", "days"), [("1y", 366), ("6m", 186), ("90d", 90), ("2 周", 14), ("3个月", 93), ("1 年", 366)]
)
def test_terms_are_read_as_those_of_plans(written: str, days: int) -> None:
    offer = TicketOffer.model_validate({"id": "a", "title": "a", "price": 1, "valid": written})
    assert offer.valid == timedelta(days=days)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": 0}, "课票要有价格"),
        ({"price": "9.999"}, "最多两位小数"),
        ({"uses": 0}, "greater than or equal to 1"),
        ({"valid": "12h"}, "1 天到 10 年"),
        ({"valid": 30}, "30d 是天"),
        ({"sessions": []}, "全部都能用就写 all"),
        ({"sessions": ["a b"]}, "只能用文字"),
    ],
)
def test_what_is_written_wrong_is_told(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TicketsSettings.model_validate({"tickets": [{"id": "a", "title": "a", "price": 1, **changes}]})
