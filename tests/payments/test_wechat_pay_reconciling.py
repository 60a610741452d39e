"""The day's books agree with WeChat Pay's bill to the fen; what does not is found, and nothing is made up."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.payments.facts_store import add_fact, facts_of_order
from bot.payments.model import Fact, FactKind, OrderState
from bot.payments.provider import ProviderError
from bot.payments.wechat_pay_stand_in_bill import keep_fee
from bot.storage import Database
from tests.payments.wechat_pay_business import DAY, HOME, Business, open_business

pytestmark = pytest.mark.slow


async def sell(business: Business, count: int) -> list[Any]:
    placed = await business.place(count)
    for one in placed:
        business.shop.stand_in.pay(one.trade_number)
    return placed


async def poll(business: Business) -> None:
    await business.shop.clock.advance(minutes=31)
    await business.desk.poll()


async def refund(business: Business, number: int, amount_fen: int) -> str:
    def ask(db: Database) -> str:
        return business.desk.request_refund(db, number, amount_fen, "课程取消").number

    return await business.storage.run(HOME, ask)


async def test_refunds_too_agree_to_the_fen(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        first, second, third = await sell(business, 3)
        await poll(business)
        whole = await refund(business, first.number, first.amount_fen)
        part = await refund(business, second.number, 30_01)
        await poll(business)
        assert await business.count(OrderState.REFUNDED) == 0
        business.shop.stand_in.end_refund(whole)
        business.shop.stand_in.end_refund(part)
        await poll(business)
        assert await business.count(OrderState.REFUNDED) == 1
        [found] = await business.desk.reconcile(DAY)
        assert (found.difference_fen, found.taken, found.line_count) == (0, (), 5)
        books = await business.books()
        fees = sum(keep_fee(one.amount_fen) for one in (first, second, third))
        fees -= keep_fee(first.amount_fen) + keep_fee(30_01)
        left = second.amount_fen - 30_01 + third.amount_fen
        assert {account: fen for account, fen in books.items() if fen} == {
            "assets:wechat_pay": left - fees,
            "expenses:fees:wechat_pay": fees,
            "liabilities:deferred": -left,
        }
        refunds = business.shop.stand_in.account.refunds
        assert {number: one.amount_fen for number, one in refunds.items()} == {whole: first.amount_fen, part: 30_01}


async def test_reconciling_again_changes_nothing(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        await sell(business, 3)
        await poll(business)
        await business.desk.reconcile(DAY)
        books = await business.books()
        [found] = await business.desk.reconcile(DAY)
        assert (found.difference_fen, found.taken) == (0, ())
        assert await business.books() == books


async def test_a_line_nobody_heard_of_is_taken_with_wechats_own_time(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        [one] = await sell(business, 1)
        [found] = await business.desk.reconcile(DAY)
        assert (found.difference_fen, len(found.taken)) == (0, 1)
        assert await business.count(OrderState.PAID) == 1
        [fact] = await business.storage.read(HOME, facts_of_order, one.number)
        assert fact.at == business.shop.stand_in.account.orders[one.trade_number].paid_at


async def test_money_for_an_order_that_is_not_ours_goes_into_review(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        native = {"total": 5_00, "currency": "CNY"}
        library = await business.shop.provider._client.run(business.shop.provider._client._opened)
        library.pay(description="别处卖的", out_trade_no="ELSEWHERE0001", amount=native, time_expire=None)
        business.shop.stand_in.pay("ELSEWHERE0001")
        [found] = await business.desk.reconcile(DAY)
        assert (found.difference_fen, len(found.taken)) == (0, 1)
        assert await business.events("MoneyInReview") == 1
        books = await business.books()
        assert books["liabilities:review"] == -5_00


async def test_a_payment_that_the_bill_lacks_is_a_difference(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        [one] = await sell(business, 1)
        await poll(business)
        at = business.shop.clock.now()
        made_up = Fact(key="wechat_pay:4200X", kind=FactKind.PAID, at=at, provider="wechat_pay", amount_fen=7_00)
        await business.storage.run(HOME, add_fact, made_up)
        [found] = await business.desk.reconcile(DAY)
        assert found.difference_fen == 7_00
        assert [(one.key, one.ours_fen, one.theirs_fen) for one in found.differences] == [("wechat_pay:4200X", 7_00, 0)]
        assert one.amount_fen > 0


def change_bill(business: Business, old: bytes, new: bytes, *, is_announced: bool) -> None:
    """Let the bill say something else, with its hash or without."""
    import hashlib

    server = business.shop.stand_in._server
    make = server._announce_bill

    def announce(day: date) -> dict[str, Any]:
        announced = make(day)
        [token] = list(server._bills)[-1:]
        changed = gzip.decompress(server._bills[token]).replace(old, new)
        assert changed != gzip.decompress(server._bills[token])
        server._bills[token] = gzip.compress(changed)
        return announced | ({"hash_value": hashlib.sha1(changed).hexdigest()} if is_announced else {})

    server._announce_bill = announce


async def test_an_amount_that_differs_is_found(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        [one] = await sell(business, 1)
        await poll(business)
        change_bill(business, b"9.90", b"9.91", is_announced=True)
        [found] = await business.desk.reconcile(DAY)
        assert [(one.order_number, one.ours_fen, one.theirs_fen) for one in found.differences] == [
            (one.number, 990, 991)
        ]
        assert found.difference_fen == 1


async def test_a_bill_that_was_tampered_with_changes_nothing(tmp_path: Path) -> None:
    async with open_business(tmp_path) as business:
        await sell(business, 1)
        change_bill(business, b"9.90", b"0.90", is_announced=False)
        before = await business.books()
        with pytest.raises(ProviderError, match="校验值对不上"):
            await business.desk.reconcile(DAY)
        assert await business.books() == before
        assert await business.count(OrderState.PAID) == 0
