"""From WeChat Pay over HTTP to the order: what is served, what is answered, and what strangers get."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import DATABASE_FILE, core_migrations
from bot.app_payments import Payments
from bot.config_model import Config
from bot.payments.model import Order, OrderState
from bot.payments.orders_store import add_order, get_order
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_stand_in import Callback, post
from bot.storage import Storage
from tests.payments.wechat_pay_forgeries import FORGERIES, genuine
from tests.payments.wechat_pay_kit import Shop, open_shop, order

pytestmark = pytest.mark.slow


class Served:
    """A bot whose payments are served on a free port."""

    def __init__(self, shop: Shop, storage: Storage, payments: Payments) -> None:
        self.shop, self.storage, self.payments = shop, storage, payments

    async def sell(self) -> Order:
        made = await self.storage.run("default", add_order, order())
        await self.payments.desk.begin(made.number)
        return made

    async def state(self, one: Order) -> OrderState:
        found = await self.storage.read("default", get_order, one.number)
        assert found is not None
        return found.state

    async def send(self, callback: Callback) -> int:
        return await post(replace(callback, url=f"http://127.0.0.1:{self.payments.port}/pay/wechat_pay"))

    async def get(self, path: str) -> int:
        def ask() -> int:
            connection = http.client.HTTPConnection("127.0.0.1", self.payments.port, timeout=10)
            connection.request("GET", path, headers={"User-Agent": "MicroMessenger"})
            status = connection.getresponse().status
            connection.close()
            return status

        return await asyncio.to_thread(ask)


@asynccontextmanager
async def serve(folder: Path, *, with_page: bool = False) -> AsyncIterator[Served]:
    with open_shop(folder) as shop:
        provider = WechatPay(shop.stand_in.settings, shop.clock, shop.stand_in.page if with_page else None)
        storage = Storage.open(folder / DATABASE_FILE, shop.clock, core_migrations())
        config = Config.model_validate({"payments": {"listen": "127.0.0.1:8787"}})
        payments = Payments(storage, lambda: config, shop.clock, lambda *_: None, {"wechat_pay": provider})
        payments._listen, payments.desk.chosen = "127.0.0.1:0", "wechat_pay"
        await payments.start()
        try:
            yield Served(shop, storage, payments)
        finally:
            await payments.stop()
            await storage.close()


async def test_a_callback_makes_an_order_paid_and_is_acknowledged(tmp_path: Path) -> None:
    async with serve(tmp_path) as served:
        one = await served.sell()
        served.shop.stand_in.pay(one.trade_number)
        assert await served.send(served.shop.stand_in.make_payment_callback(one.trade_number)) == 204
        assert await served.state(one) is OrderState.PAID
        assert await served.send(served.shop.stand_in.make_payment_callback(one.trade_number)) == 204


async def test_forgeries_over_http_are_refused_and_ask_nobody(tmp_path: Path) -> None:
    async with serve(tmp_path) as served:
        one = await served.sell()
        asked = len(served.shop.stand_in.asked)
        forgeries = [forge for name, forge in FORGERIES.items() if name != "with a header twice"]  # HTTP hands on one
        lies = [forge(genuine(served.shop, one.trade_number)) for forge in forgeries]
        lies = [lie for lie in lies if "".join(lie.headers.values()).isascii()]  # others do not get through HTTP
        assert {await served.send(lie) for lie in lies} <= {401, 413}
        assert await served.state(one) is OrderState.OPEN
        assert len(served.shop.stand_in.asked) == asked


async def test_the_page_is_served_where_it_is_wanted_and_nothing_else_is(tmp_path: Path) -> None:
    async with serve(tmp_path, with_page=True) as served:
        one = await served.sell()
        assert await served.get(f"/pay/wechat_pay/to/{one.trade_number}") == 302
        assert await served.get("/pay/wechat_pay/to/nobody") == 404
        assert await served.get("/pay/wechat_pay/page.js") == 200
        assert await served.get("/") == 404
        assert await served.get("/static/group.html") == 404
    async with serve(tmp_path / "without") as served:
        assert await served.get("/pay/wechat_pay/page.js") == 404
