"""The desk: callbacks answered from the disk, polls that find what was lost, refunds that come to an end, bills."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.dispatcher_core import spawn
from bot.ledger.books_store import trial_balance
from bot.payments import owner
from bot.payments.desk import PaymentDesk
from bot.payments.model import FactKind, Order, OrderState
from bot.payments.orders_store import add_order, get_order
from bot.payments.poller import BACKOFF, first_poll, next_poll
from bot.payments.provider import BillLine, Reported
from bot.payments.settling import close_order
from bot.payments.waiting_store import RefundState, get_poll, refunds_of
from bot.storage import Database, Storage
from tests.payments.bank import Bank
from tests.payments.money_kit import NOW, look, make_order, paid

pytestmark = pytest.mark.slow  # days of polling

DAY = date(2026, 12, 1)


class Desk:
    """A desk with a bank, a database and a clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(NOW)
        self.storage = Storage.open(folder / "desk.db", self.clock, core_migrations())
        self.bank = Bank(NOW)
        self.told: list[str] = []
        self.desk = PaymentDesk(
            self.storage, "c", self.clock, {"bank": self.bank}, "bank",
            tell_owner=lambda _db, text, _key: self.told.append(text),
        )  # fmt: skip

    async def run(self, fn: Any, *args: Any) -> Any:
        return await self.storage.run("c", fn, *args)

    async def order(self, **changes: object) -> Order:
        found: Order = await self.run(add_order, make_order(**changes))
        return found

    async def state(self, number: int = 1) -> OrderState:
        order: Order = await self.run(get_order, number)
        return order.state

    async def balances(self) -> dict[str, int]:
        found: dict[str, int] = await self.run(trial_balance)
        return {account: fen for account, fen in found.items() if fen}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Desk]:
    found = Desk(tmp_path)
    yield found
    await found.storage.close()


async def test_a_callback_is_answered_once_it_is_on_disk(shop: Desk) -> None:
    order = await shop.order()
    body = shop.bank.callback(shop.bank.pay(order))
    assert await shop.desk.hear("bank", {}, body) == (204, b"")
    assert await shop.state() is OrderState.PAID
    assert await shop.desk.hear("bank", {}, body) == (204, b"")
    assert await shop.balances() == {"assets:bank": 9900, "liabilities:deferred": -9900}


async def test_what_is_not_to_be_believed_changes_and_asks_nothing(shop: Desk) -> None:
    order = await shop.order()
    shop.bank.pay(order)
    forged = shop.bank.callback(shop.bank.pay(order)).replace(b"s3cret", b"guess")
    for body in (forged, b"", b"{}", b"[1]", b"\xff" * 100):
        assert (await shop.desk.hear("bank", {}, body))[0] == 401
    assert await shop.desk.hear("nobody", {}, forged) == (404, b"")
    assert await shop.state() is OrderState.OPEN
    assert sum(shop.bank.asked.values()) == 0


async def test_while_nothing_can_be_written_a_callback_is_not_acknowledged(shop: Desk) -> None:
    order = await shop.order()
    body = shop.bank.callback(shop.bank.pay(order))
    await shop.storage.close()
    assert (await shop.desk.hear("bank", {}, body))[0] == 401


async def test_every_paid_order_is_found_by_one_poll(shop: Desk) -> None:
    orders = [await shop.order(member_id=f"m{number}") for number in range(20)]
    for order in orders:
        await shop.desk.begin(order.number)
    for order in orders[::2]:
        shop.bank.pay(order)
    await shop.clock.advance(seconds=15)
    await shop.desk.poll()
    states = [await shop.state(order.number) for order in orders]
    assert states == [OrderState.PAID, OrderState.OPEN] * 10
    assert await shop.run(get_poll, 1) is None
    assert shop.bank.asked["find"] == 20


async def test_a_provider_that_is_down_or_broken_holds_nothing_up(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.begin(order.number)
    shop.bank.pay(order)
    task = spawn(shop.desk.run(), "payments")
    shop.bank.is_down = True
    await shop.clock.advance(seconds=31)
    shop.bank.is_down = False
    shop.bank.broken = {"find"}
    await shop.clock.advance(seconds=31)
    assert await shop.state() is OrderState.OPEN
    shop.bank.broken = set()
    await shop.clock.advance(minutes=4)
    assert await shop.state() is OrderState.PAID
    task.cancel()


async def test_an_order_nobody_pays_is_asked_about_until_a_day_after_its_end(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.begin(order.number)
    task = spawn(shop.desk.run(), "payments")
    await shop.clock.advance(days=3)
    task.cancel()
    assert await shop.run(get_poll, order.number) is None
    assert 15 < shop.bank.asked["find"] < 30


async def test_money_that_comes_while_an_order_expires_is_not_lost(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.begin(order.number)
    task = spawn(shop.desk.run(), "payments")
    await shop.clock.advance(hours=25)
    await shop.run(lambda db: close_order(db, order.number) and None)
    shop.bank.pay(order)
    await shop.clock.advance(days=1)
    task.cancel()
    assert await shop.state() is OrderState.PAID


async def test_what_nobody_delivers_any_more_is_closed_at_the_provider_too(shop: Desk) -> None:
    closed: list[int] = []

    async def close(order: Order) -> None:
        closed.append(order.number)

    shop.bank.close_order = close  # type: ignore[attr-defined]
    for _ in range(2):
        await shop.desk.begin((await shop.order()).number)
    await shop.run(lambda db: close_order(db, 1) and None)
    await shop.clock.advance(seconds=15)
    await shop.desk.poll()
    assert closed == [1]


def test_polls_follow_the_backoff_and_end() -> None:
    poll = first_poll(replace(make_order(), number=1), "bank", NOW)
    assert poll.next_at == NOW + timedelta(seconds=15)
    waits, now = [], NOW
    while poll is not None:
        waits.append(poll.next_at - now)
        now = poll.next_at
        poll = next_poll(poll, now)  # type: ignore[assignment]
    assert tuple(waits[: len(BACKOFF)]) == BACKOFF
    assert now == NOW + timedelta(days=2)  # a day after the order's end


async def test_a_refund_keeps_its_number_until_it_is_done(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.hear("bank", {}, shop.bank.callback(shop.bank.pay(order)))
    await shop.run(lambda db: shop.desk.request_refund(db, 1, 4000, "一部分") and None)
    shop.bank.slow_refunds = 2
    task = spawn(shop.desk.run(), "payments")
    await shop.clock.advance(minutes=2)
    task.cancel()
    assert list(shop.bank.refunds) == [f"{order.trade_number}R1"]
    assert shop.bank.asked["refund"] == 3
    (refund,) = await shop.run(refunds_of, 1)
    assert refund.state is RefundState.DONE
    assert await shop.balances() == {"assets:bank": 5900, "liabilities:deferred": -5900}


async def test_no_more_is_given_back_than_was_paid(shop: Desk) -> None:
    await shop.order()
    with pytest.raises(LookupError):
        await shop.run(lambda db: shop.desk.request_refund(db, 1, 1, "") and None)
    await shop.desk.hear("bank", {}, shop.bank.callback(shop.bank.pay(await shop.run(get_order, 1))))
    await shop.run(lambda db: shop.desk.request_refund(db, 1, 9000, "") and None)
    for fen in (0, 901):
        with pytest.raises(ValueError, match="cannot be given back"):
            await shop.run(lambda db, fen=fen: shop.desk.request_refund(db, 1, fen, "") and None)
    assert shop.told == []


async def test_a_refund_that_never_works_is_told_to_the_owner_once(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.hear("bank", {}, shop.bank.callback(shop.bank.pay(order)))
    await shop.run(lambda db: shop.desk.give_back(db, 1, "") and None)
    assert await shop.run(lambda db: shop.desk.give_back(db, 1, ""))  # asked for once
    shop.bank.is_down = True
    task = spawn(shop.desk.run(), "payments")
    await shop.clock.advance(days=5)
    assert len(shop.told) == 1
    assert shop.told[0].startswith("D1，小明 的退款 99 元一直没有成功，我每天还会再试一次。")
    shop.bank.is_down = False
    await shop.clock.advance(days=1)
    task.cancel()
    assert await shop.state() is OrderState.REFUNDED


async def test_a_refund_that_is_refused_is_told_to_the_owner_at_once_with_the_reason(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.hear("bank", {}, shop.bank.callback(shop.bank.pay(order)))
    shop.bank.refuses = "余额不够，请先充值"
    await shop.run(lambda db: shop.desk.request_refund(db, 1, 3000, "") and None)
    task = spawn(shop.desk.run(), "payments")
    await shop.clock.advance(seconds=1)
    told = [
        (
            "D1，小明 的退款 30 元没有退成。余额不够，请先充值。"
            "处理好以后我会自己接着退；如果您用别的方式退了，发「退款 D1 30」。"
        )
    ]
    assert shop.told == told
    await shop.clock.advance(hours=1)
    assert shop.bank.asked["refund"] > 5
    shop.bank.refuses = ""
    await shop.clock.advance(hours=1)
    task.cancel()
    (refund,) = await shop.run(refunds_of, 1)
    assert (refund.state, shop.told) == (RefundState.DONE, told)


async def test_what_the_owner_gave_back_instead_is_not_asked_for_any_more(shop: Desk) -> None:
    order = await shop.order()
    await shop.desk.hear("bank", {}, shop.bank.callback(shop.bank.pay(order)))
    shop.bank.refuses = "付款人的账户异常"
    await shop.run(lambda db: shop.desk.give_back(db, 1, "") and None)
    task = spawn(shop.desk.run(), "payments")
    await shop.clock.advance(seconds=1)
    await shop.run(lambda db: shop.desk.take(db, owner.refund(order, 9900, NOW)) and None)
    shop.bank.refuses, asked = "", shop.bank.asked["refund"]
    await shop.clock.advance(days=3)
    task.cancel()
    assert (shop.bank.asked["refund"], shop.bank.refunds) == (asked, {})
    assert await shop.balances() == {"assets:bank": 9900, "assets:owner": -9900}


async def test_what_the_bot_cannot_give_back_is_asked_of_the_owner(shop: Desk) -> None:
    await shop.order()
    await shop.run(lambda db: shop.desk.take(db, owner.payment(get_order(db, 1), NOW)) and None)  # type: ignore[arg-type]
    assert not await shop.run(lambda db: shop.desk.give_back(db, 1, ""))
    await shop.run(lambda db: shop.desk.request_refund(db, 1, 3000, "少上一节") and None)
    assert shop.told == ["请退 30 元给 小明（D1 月卡，少上一节）。退好后发「退款 D1 30」。"]
    await shop.run(lambda db: shop.desk.take(db, owner.refund(get_order(db, 1), 3000, NOW)) and None)  # type: ignore[arg-type]
    (refund,) = await shop.run(refunds_of, 1)
    assert refund.state is RefundState.DONE


async def test_a_day_agrees_with_the_bill_to_the_fen(shop: Desk) -> None:
    for number in (1, 2, 3):
        order = await shop.order()
        reported = shop.bank.pay(order)
        if number != 2:  # this callback is lost, and so are the polls
            await shop.desk.hear("bank", {}, shop.bank.callback(reported))
    shop.bank.fee_fen = 59
    (found,) = await shop.desk.reconcile(DAY)
    assert (found.difference_fen, found.line_count, len(found.taken)) == (0, 3, 1)
    assert await shop.state(2) is OrderState.PAID
    assert await shop.balances() == {
        "assets:bank": 3 * 9841, "expenses:fees:bank": 3 * 59, "liabilities:deferred": -3 * 9900,
    }  # fmt: skip
    (again,) = await shop.desk.reconcile(DAY)
    assert (again.difference_fen, again.taken) == (0, ())


async def test_what_the_bill_says_otherwise_is_named(shop: Desk) -> None:
    orders = [await shop.order() for _ in range(2)]
    reported = [shop.bank.pay(order) for order in orders]
    await shop.desk.hear("bank", {}, shop.bank.callback(*reported))
    line = BillLine(key=reported[0].fact.key, kind=FactKind.PAID, trade_number=orders[0].trade_number, amount_fen=9000)
    stray = BillLine(key="bank:stray", kind=FactKind.PAID, trade_number="Q", amount_fen=100)
    shop.bank.lines = [line, stray]
    (found,) = await shop.desk.reconcile(DAY)
    differences = {(one.order_number, one.ours_fen, one.theirs_fen) for one in found.differences}
    assert differences == {(1, 9900, 9000), (2, 9900, 0)}
    assert found.difference_fen == 900 + 9900
    assert found.taken == ("bank:stray",)
    assert (await shop.run(look, 2))["reviews"] == [(0, "bank:stray", "unknown_order", 100)]


async def test_a_fact_reported_for_a_number_that_nobody_gave_goes_to_review(shop: Desk) -> None:
    fact = paid("x", 1, order=77)

    def write(db: Database) -> None:
        shop.desk.take(db, Reported(fact=fact, trade_number=""))

    await shop.run(write)
    assert (await shop.run(look, 0))["reviews"] == [(0, "bank:x", "unknown_order", 9900)]
