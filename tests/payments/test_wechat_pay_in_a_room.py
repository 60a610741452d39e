"""Somebody buys in the group, pays by WeChat Pay, and is told; the owner gives the money back; the day agrees."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.payments.model import Order
from bot.payments.orders_store import get_order
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_stand_in import Callback, WechatPayStandIn
from bot.testing import SimulatedRoom, Speaker, simulated_room
from tests.payments.wechat_pay_kit import NOTIFY_URL, keys
from tests.plugins.membership.kit import PLANS

pytestmark = pytest.mark.slow


class Market:
    """A group in which WeChat Pay is how people pay."""

    def __init__(self, room: SimulatedRoom, stand_in: WechatPayStandIn) -> None:
        self.room, self.stand_in = room, stand_in
        self.owner = room.owner

    async def order(self, number: int) -> Order:
        found = await self.room.app.storage.read(self.room.app.config.community, get_order, number)
        assert found is not None
        return found

    async def buys(self, buyer: Speaker, plan: str) -> Order:
        text = "\n".join(await buyer.says(f"开通 {plan}", private=True))
        found = re.search(r"订单 D(\d+)", text)
        assert found, text
        assert "扫一扫" in text
        return await self.order(int(found[1]))

    async def pays(self, order: Order) -> None:
        self.stand_in.pay(order.trade_number)

    async def hears(self, callback: Callback) -> list[str]:
        await self.room.clock.catch_up()
        await self.room.texts()
        status, _ = await self.room.app.payments.desk.hear("wechat_pay", callback.headers, callback.body)
        assert status == 204
        await self.room.app.drain()
        return await self.room.texts()

    async def waits(self, **delta: float) -> str:
        await self.room.texts()
        await self.room.clock.advance(**delta)
        await self.room.app.drain()
        return "\n".join(await self.room.texts())


@asynccontextmanager
async def open_market(folder: Path) -> AsyncIterator[Market]:
    async with simulated_room(PLANS, folder=folder) as room:
        clock = room.app.clock
        with WechatPayStandIn(folder / "keys", clock, notify_url=NOTIFY_URL, keys=keys()) as stand_in:
            provider = WechatPay(stand_in.settings, clock)
            room.app.payments.desk.providers["wechat_pay"] = provider
            room.app.payments.desk.chosen = "wechat_pay"
            yield Market(room, stand_in)


async def test_a_callback_opens_the_membership_at_once(tmp_path: Path) -> None:
    async with open_market(tmp_path) as market:
        hong = market.room.member("小红")
        order = await market.buys(hong, "month")
        await market.pays(order)
        told = await market.hears(market.stand_in.make_payment_callback(order.trade_number))
        assert "收到 19.90 元，已开通「月度会员」" in "\n".join(told)
        again = await market.hears(market.stand_in.make_payment_callback(order.trade_number))
        assert again == []


async def test_without_a_callback_the_payment_is_found_all_the_same(tmp_path: Path) -> None:
    async with open_market(tmp_path) as market:
        hong = market.room.member("小红")
        order = await market.buys(hong, "month")
        await market.pays(order)
        assert "已开通「月度会员」" in await market.waits(minutes=2)


async def test_who_says_that_they_paid_is_looked_after_now(tmp_path: Path) -> None:
    async with open_market(tmp_path) as market:
        hong = market.room.member("小红")
        order = await market.buys(hong, "month")
        await market.room.clock.advance(hours=1)
        await market.pays(order)
        assert "已开通「月度会员」" in "\n".join(await hong.says(f"已付 D{order.number}", private=True))


async def test_the_owner_gives_money_back_and_the_day_agrees(tmp_path: Path) -> None:
    async with open_market(tmp_path) as market:
        hong = market.room.member("小红")
        order = await market.buys(hong, "month")
        await market.pays(order)
        await market.hears(market.stand_in.make_payment_callback(order.trade_number))
        await market.owner.says(f"退款 D{order.number}", private=True)
        await market.owner.says("是", private=True)
        await market.room.clock.advance(minutes=1)
        [refund] = market.stand_in.account.refunds.values()
        assert refund.amount_fen == 19_90
        market.stand_in.end_refund(refund.number)
        told = "\n".join(await market.hears(market.stand_in.make_refund_callback(refund.number)))
        assert "19.90 元" in told
        await market.room.clock.advance(days=1)
        assert "账单 2 笔，和账本一致，差 0 元" in "\n".join(await market.owner.says("对账 12-01", private=True))


async def test_a_bill_that_was_tampered_with_is_told_in_one_line(tmp_path: Path) -> None:
    async with open_market(tmp_path) as market:
        hong = market.room.member("小红")
        order = await market.buys(hong, "month")
        await market.pays(order)
        await market.room.clock.advance(days=1)
        announce = market.stand_in._server._announce_bill
        market.stand_in._server._announce_bill = lambda day: announce(day) | {"hash_value": "0" * 40}
        [told] = await market.owner.says("对账 12-01", private=True)
        assert told.startswith("2026-12-01 的账单没有拿到：微信支付的账单和它的校验值对不上，没有采用。")
        assert "\n" not in told


async def test_when_wechat_pay_is_away_the_order_stands(tmp_path: Path) -> None:
    async with open_market(tmp_path) as market:
        market.stand_in._server.stop()
        hong = market.room.member("小红")
        told = "\n".join(await hong.says("开通 month", private=True))
        assert "订单 D1" in told
        assert "扫一扫" not in told
