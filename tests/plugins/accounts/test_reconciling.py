from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from bot.payments.facts_store import add_fact
from bot.payments.model import Fact, FactKind, Order
from bot.payments.orders_store import add_order, get_order
from bot.payments.provider import BillLine, HowToPay, ProviderError, RefundRequest, Reported
from bot.payments.settling import settle
from bot.plugins.accounts.reconciling import last_such
from bot.storage import Database
from bot.testing import SimulatedRoom
from tests.plugins.growth.kit import run

pytestmark = pytest.mark.slow  # days of conversation

YESTERDAY = date(2026, 11, 30)


class Billing:
    """A way to pay that knows nothing but its bills."""

    name = "wechat_pay"
    title = "微信支付"
    is_automatic = True

    def __init__(self) -> None:
        self.bills: dict[date, list[BillLine]] = {}
        self.failures = 0

    async def begin(self, order: Order) -> HowToPay:
        return HowToPay(text="")

    async def find(self, order: Order) -> list[Reported]:
        return []

    async def refund(self, request: RefundRequest) -> list[Reported]:
        return []

    async def bill(self, day: date) -> list[BillLine]:
        if self.failures:
            self.failures -= 1
            raise ProviderError("微信支付没有答复")
        return self.bills.get(day, [])

    async def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Reported]:
        return []

    def acknowledge(self, *, is_accepted: bool) -> tuple[int, bytes]:
        return 204, b""


@pytest.fixture
def billing(room: SimulatedRoom) -> Billing:
    made = Billing()
    room.app.services.part("payments").providers["wechat_pay"] = made
    return made


async def paid(room: SimulatedRoom, *, ago: timedelta = timedelta(hours=12), fen: int = 1990) -> str:
    """Have something paid and return the order's trade number."""

    def write(db: Database) -> str:
        at = room.clock.now() - ago
        order = add_order(db, Order(kind="courses", item="go", title="课程", member_id="m", amount_fen=fen, made_at=at))
        key = f"wechat_pay:{order.number}"
        fact = Fact(
            key=key, kind=FactKind.PAID, at=at, provider="wechat_pay", order_number=order.number, amount_fen=fen
        )
        add_fact(db, fact)
        settle(db, order.number, key)
        return order.trade_number

    return await run(room, write)


def line(number: int, trade_number: str, fen: int = 1990, fee: int = 0) -> BillLine:
    return BillLine(
        key=f"wechat_pay:{number}", kind=FactKind.PAID, trade_number=trade_number, amount_fen=fen, fee_fen=fee
    )


async def test_a_bill_that_agrees_is_one_line(room: SimulatedRoom, billing: Billing) -> None:
    billing.bills[YESTERDAY] = [line(1, await paid(room), fee=12)]
    assert await room.owner.says("对账", private=True) == ["2026-11-30 微信支付：账单 1 笔，和账本一致，差 0 元。"]
    assert await room.owner.says("对账 11-30", private=True) == [
        "2026-11-30 微信支付：账单 1 笔，和账本一致，差 0 元。"
    ]
    (told,) = await room.owner.says("账本 昨天", private=True)
    assert told.startswith("昨天：收 19.90 元（1 笔），手续费 0.12 元，净收 19.78 元。")


async def test_a_payment_that_nobody_heard_of_is_taken_from_the_bill(room: SimulatedRoom, billing: Billing) -> None:
    def write(db: Database) -> str:
        order = Order(kind="courses", item="go", title="课程", member_id="m", amount_fen=1990, made_at=room.clock.now())
        return add_order(db, order).trade_number

    billing.bills[YESTERDAY] = [line(1, await run(room, write))]
    told = await room.owner.says("对账", private=True)
    assert "2026-11-30 微信支付：账单 1 笔，和账本一致，差 0 元，补记了 1 笔没收到通知的。" in told
    order = await run(room, lambda db: get_order(db, 1))
    assert order is not None
    assert order.paid_fen == 1990


async def test_what_differs_is_named(room: SimulatedRoom, billing: Billing) -> None:
    await paid(room)
    billing.bills[YESTERDAY] = [line(2, await paid(room), fen=1000)]
    (told,) = await room.owner.says("对账 昨天", private=True)
    assert told == (
        "2026-11-30 微信支付 的账单和账本差 29.80 元：\nD1：账本有 19.90 元，账单没有\nD2：账本 19.90 元，账单 10 元"
    )


async def test_a_day_that_is_not_over_has_no_bill(room: SimulatedRoom, billing: Billing) -> None:
    for typed in ("对账 今天", "对账 2026-12-24"):
        assert await room.owner.says(typed, private=True) == [
            "只能对昨天和更早的账，账单第二天上午才出。例如：对账 昨天"
        ]
    billing.failures = 1
    (told,) = await room.owner.says("对账", private=True)
    assert told == "2026-11-30 的账单没有拿到：微信支付没有答复。稍后再发一次「对账 2026-11-30」。"


async def test_every_day_is_compared_and_only_a_difference_is_told(room: SimulatedRoom, billing: Billing) -> None:
    trade_number = await paid(room, ago=timedelta())
    billing.bills[date(2026, 12, 1)] = [line(1, trade_number)]
    await room.clock.advance(days=1, hours=3)
    assert [act.text for act in room.said if act.to == "群主" and "账单" in act.text] == []
    await paid(room, ago=timedelta())
    billing.failures = 2  # and the third time it is there
    await room.clock.advance(days=1)
    await room.clock.advance(hours=3)
    told = [act.text for act in room.said if act.to == "群主" and "账单" in act.text]
    assert told == ["2026-12-02 微信支付 的账单和账本差 19.90 元：\nD2：账本有 19.90 元，账单没有"]


async def test_bills_that_never_come_are_told_of_once_each(room: SimulatedRoom, billing: Billing) -> None:
    await paid(room, ago=timedelta())
    billing.failures = 100
    await room.clock.advance(days=1, hours=12)
    told = [act.text for act in room.said if act.to == "群主" and "账单" in act.text]
    assert [line[:10] for line in told] == ["2026-11-30", "2026-12-01"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2027-11-30", "2026-11-30"), ("2026-12-24", "2026-12-24"), ("2026-01-01", "2026-01-01")],
)
def test_a_day_without_its_year_is_the_last_one(written: str, meant: str) -> None:
    assert last_such(date.fromisoformat(written), date(2026, 12, 1)) == date.fromisoformat(meant)
