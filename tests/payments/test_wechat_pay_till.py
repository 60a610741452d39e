"""In the demo an order is paid with a click on this machine, never with real money."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.app import DATABASE_FILE, core_migrations
from bot.app_payments import Payments
from bot.clock import VirtualClock
from bot.config_model import Config
from bot.config_payments import WECHAT_PAY_KEY, PaymentsConfig, WechatPayConfig
from bot.payments.owner import OwnerPay
from bot.payments.wechat_pay_stand_in import Callback
from bot.payments.wechat_pay_stand_in_till import open_till
from bot.storage import Storage
from bot.testing import SimulatedRoom, simulated_room
from tests.payments.wechat_pay_kit import NOTIFY_URL, NOW, keys
from tests.plugins.membership.kit import PLANS

pytestmark = pytest.mark.slow


@asynccontextmanager
async def open_demo(folder: Path) -> AsyncIterator[SimulatedRoom]:
    async with simulated_room(PLANS, folder=folder) as room:

        async def deliver(callback: Callback) -> int:
            status, _ = await room.app.payments.desk.hear("wechat_pay", callback.headers, callback.body)
            return status

        async with open_till(folder / "till", room.app.clock, deliver) as provider:
            room.app.payments.desk.providers["wechat_pay"] = provider
            room.app.payments.desk.chosen = "wechat_pay"
            yield room


async def browse(method: str, url: str) -> tuple[int, str]:
    def ask() -> tuple[int, str]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request(method, parts.path)
        answer = connection.getresponse()
        status, text = answer.status, answer.read().decode()
        connection.close()
        return status, text

    return await asyncio.to_thread(ask)


async def waits(room: SimulatedRoom, **delta: float) -> str:
    await asyncio.sleep(0)
    await room.clock.advance(**delta)
    await room.app.drain()
    return "\n".join(await room.texts())


async def test_an_order_is_paid_with_a_click_and_told(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as room:
        hong = room.member("小红")
        [text] = await hong.says("开通 month", private=True)
        found = re.search(r"打开 (http://127\.0\.0\.1:\d+/till/\w+) 点一下", text)
        assert found, text
        status, page = await browse("GET", found[1])
        assert (status, "月度会员" in page, "19.90 元" in page) == (200, True, True)
        await room.texts()
        assert "付好了" in (await browse("POST", found[1]))[1]
        assert "已开通「月度会员」" in await waits(room, seconds=2)
        assert (await browse("POST", found[1]))[0] == 404
        assert "付好了" in (await browse("GET", found[1]))[1]
        await room.owner.says("退款 D1", private=True)
        await room.owner.says("是", private=True)
        assert "已退款 19.90 元" in await waits(room, minutes=2)


async def test_an_order_nobody_made_is_not_paid(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as room:
        [text] = await room.member("小红").says("开通 month", private=True)
        found = re.search(r"http://127\.0\.0\.1:\d+/till/", text)
        assert found
        assert (await browse("GET", f"{found[0]}nobody"))[0] == 404
        assert (await browse("POST", f"{found[0]}nobody"))[0] == 404


@pytest.mark.parametrize(
    ("written", "offered", "chosen"),
    [("owner", [], "owner"), ("owner", ["wechat_pay"], "wechat_pay"), ("wechat_pay", ["wechat_pay"], "wechat_pay")],
)
async def test_given_ways_to_pay_take_the_place_of_the_configured_accounts(
    tmp_path: Path, written: str, offered: list[str], chosen: str
) -> None:
    clock = VirtualClock(NOW)
    account = keys().write(tmp_path, endpoint="", notify_url="")
    real = WechatPayConfig(
        merchant_id=account.merchant_id,
        app_id=account.app_id,
        certificate_serial=account.certificate_serial,
        private_key_file=str(account.private_key),
        public_key_id=account.public_key_id,
        public_key_file=str(account.public_key),
        notify_url=NOTIFY_URL,
    )
    config = Config(payments=PaymentsConfig(provider=written, wechat_pay=real))
    config = config.with_payment_secrets({WECHAT_PAY_KEY: account.api_key})
    storage = Storage.open(tmp_path / DATABASE_FILE, clock, core_migrations())
    given = {name: OwnerPay(lambda: config.payments.owner) for name in offered}
    payments = Payments(storage, lambda: config, clock, lambda *_: None, given)
    assert payments.desk.providers.keys() == {"owner", *offered}
    assert all(payments.desk.providers[name] is given[name] for name in offered)
    assert payments.desk.chosen == chosen
    await storage.close()
