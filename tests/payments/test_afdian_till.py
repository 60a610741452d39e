"""In the demo an order of 爱发电 is paid with a click on this machine, never with real money."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bot.payments.afdian_stand_in_till import open_afdian_till
from bot.payments.orders_store import get_order
from bot.testing import simulated_room
from tests.payments.test_wechat_pay_till import browse
from tests.plugins.membership.kit import PLANS

pytestmark = pytest.mark.slow  # a server


async def test_an_order_is_paid_with_a_click_and_told(tmp_path: Path) -> None:
    async with simulated_room(PLANS, folder=tmp_path) as room:
        desk = room.app.payments.desk
        told: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()

        async def deliver(webhook: bytes) -> None:
            await told.put(await desk.hear("afdian", {}, webhook))

        async with open_afdian_till(tmp_path, room.app.clock, deliver) as provider:
            desk.providers["afdian"], desk.chosen = provider, "afdian"
            hong = room.member("小红")
            [text] = await hong.says("开通 month", private=True)
            found = re.search(r"打开 (http://127\.0\.0\.1:\d+/till/\w+) 点一下", text)
            assert found, text
            status, page = await browse("GET", found[1])
            assert (status, "月度会员" in page, "19.90 元" in page) == (200, True, True)
            for _ in range(2):
                assert "付好了" in (await browse("POST", found[1]))[1]
            assert await told.get() == (200, b'{"ec": 200, "em": ""}')
            await room.app.drain()
            assert told.empty()
            assert "已开通「月度会员」" in "\n".join(await room.texts())
            order = await room.app.storage.read("default", get_order, 1)
            assert order.paid_fen == 1990
            assert (await browse("GET", f"{found[1]}x"))[0] == 404
