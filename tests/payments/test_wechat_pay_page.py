"""Inside WeChat an order is paid on a page: it learns who opened it, and WeChat's own cashier does the rest."""

from __future__ import annotations

import base64
import html
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic import SecretStr
from quart import Quart

from bot.payments.model import Order, OrderState
from bot.payments.provider import ProviderError
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_page import PageSettings, _get
from bot.web.wechat_pay_page import add_payment_page
from tests.payments.wechat_pay_kit import NOTIFY_URL, NOW, Shop, keys, open_shop, order

pytestmark = pytest.mark.slow

INSIDE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}
PATH = f"/pay/wechat_pay/to/{order().trade_number}"


@dataclass
class Visited:
    """The page and a visitor's browser."""

    shop: Shop
    provider: WechatPay
    app: Quart
    orders: dict[str, Order]

    async def open(self, path: str = PATH, *, is_inside: bool = True) -> tuple[int, str]:
        answer = await self.app.test_client().get(path, headers=INSIDE if is_inside else {})
        return answer.status_code, answer.headers.get("Location") or (await answer.get_data()).decode()

    async def come_back(self) -> str:
        """Open the page, be sent to WeChat and back; return the path with the code."""
        status, location = await self.open()
        assert status == 302
        asked = urlsplit(location)
        _, _, headers = self.shop.stand_in.visits.answer(f"{asked.path}?{asked.query}")
        back = urlsplit(headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == f"{NOTIFY_URL}/to/{order().trade_number}"
        return f"{back.path}?{back.query}"


@asynccontextmanager
async def open_page(folder: Path) -> AsyncIterator[Visited]:
    with open_shop(folder) as shop:
        provider = WechatPay(shop.stand_in.settings, shop.clock, shop.stand_in.page)
        orders = {order().trade_number: order()}

        async def find(number: str) -> Order | None:
            return orders.get(number)

        app = Quart("pay")
        assert provider.page is not None
        add_payment_page(app, provider.page, find)
        yield Visited(shop, provider, app, orders)
        provider.close()


def call_of(text: str) -> dict[str, str]:
    found = re.search(r'data-call="([^"]*)"', text)
    assert found, text
    call: dict[str, str] = json.loads(html.unescape(found[1]))
    return call


async def test_the_payer_gets_a_link_and_nothing_is_placed_yet(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        how = await visited.provider.begin(order())
        assert how.url == f"{NOTIFY_URL}/to/{order().trade_number}"
        assert how.url in how.text
        assert "D12" in how.text
        assert how.picture is None
        assert visited.shop.stand_in.asked == []
        assert await visited.provider.find(order()) == []


async def test_an_order_is_paid_from_the_page_to_the_fact(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        status, text = await visited.open(await visited.come_back())
        assert status == 200
        assert "月度会员" in text
        assert "99 元" in text
        placed = visited.shop.stand_in.account.orders[order().trade_number]
        assert (placed.trade_type, placed.request["payer"]) == ("JSAPI", {"openid": "oStandInPayer"})
        assert placed.request["amount"] == {"total": 99_00, "currency": "CNY"}
        visited.shop.stand_in.pay(order().trade_number)
        [found] = await visited.provider.find(order())
        assert found.fact.amount_fen == 99_00


async def test_the_cashier_is_called_with_what_the_merchant_signed(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        _, text = await visited.open(await visited.come_back())
        call = call_of(text)
        assert call["package"].startswith("prepay_id=wx")
        assert (call["signType"], call["timeStamp"]) == ("RSA", str(int(NOW.timestamp())))
        lines = "\n".join([call["appId"], call["timeStamp"], call["nonceStr"], call["package"], ""])
        signature = base64.b64decode(call["paySign"])
        keys().merchant.public_key().verify(signature, lines.encode(), PKCS1v15(), SHA256())
        assert "oStandInPayer" not in text


async def test_the_page_opened_again_by_the_same_payer_offers_it_again(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        first = call_of((await visited.open(await visited.come_back()))[1])
        again = call_of((await visited.open(await visited.come_back()))[1])
        assert first["package"] == again["package"]
        assert first["nonceStr"] != again["nonceStr"]


async def test_another_payer_is_told_who_may_pay(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        await visited.open(await visited.come_back())
        visited.shop.stand_in.visits.visitor = "oSomebodyElse"
        _, text = await visited.open(await visited.come_back())
        assert "已经在另一个微信里打开过" in text
        assert "data-call" not in text


async def test_a_code_counts_once(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        path = await visited.come_back()
        await visited.open(path)
        _, text = await visited.open(path)
        assert "重新点开" in text
        assert "data-call" not in text


@pytest.mark.parametrize("code", ["x", "no such code", "%00%00%00%00%00%00", "a" * 200, "0123456789abcdef"])
async def test_a_made_up_code_is_nobody(tmp_path: Path, code: str) -> None:
    async with open_page(tmp_path) as visited:
        _, text = await visited.open(f"{PATH}?code={code}")
        assert "重新点开" in text
        assert visited.shop.stand_in.account.orders == {}


async def test_outside_wechat_nobody_is_sent_anywhere(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        status, text = await visited.open(is_inside=False)
        assert (status, "请在手机微信里打开" in text) == (200, True)


@pytest.mark.parametrize("number", ["T000000000000000000000013", "x" * 500, "%2e%2e", "1'--"])
async def test_an_order_nobody_knows_asks_nobody(tmp_path: Path, number: str) -> None:
    async with open_page(tmp_path) as visited:
        status, text = await visited.open(f"/pay/wechat_pay/to/{number}?code=0123456789abcdef")
        assert status == 404
        assert "没有这笔订单" in text
        assert visited.shop.stand_in.asked == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OrderState.PAID, "已经付过了"),
        (OrderState.CLOSED, "不要再付款"),
        (OrderState.REFUND_DUE, "正在给您退款"),
        (OrderState.REFUNDED, "已经退款了"),
    ],
)
async def test_an_order_that_is_not_open_is_not_offered(tmp_path: Path, state: OrderState, words: str) -> None:
    async with open_page(tmp_path) as visited:
        visited.orders[order().trade_number] = order(state=state)
        status, text = await visited.open()
        assert status == 200
        assert words in text


async def test_an_order_whose_time_is_over_is_not_offered(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        visited.shop.clock._now += timedelta(hours=2)
        assert "过了付款时间" in (await visited.open())[1]


async def test_a_title_is_text_and_no_page(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        visited.orders[order().trade_number] = order(title='<script>alert("x")</script>')
        _, text = await visited.open(await visited.come_back())
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


async def test_when_wechat_is_away_the_visitor_is_told_and_no_secret_is_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_page(tmp_path) as visited:
        path = await visited.come_back()
        await visited.open(path)
        away = PageSettings(secret=SecretStr("s" * 32), asking="http://127.0.0.1:9", answering="http://127.0.0.1:9")
        provider = WechatPay(visited.shop.stand_in.settings, visited.shop.clock, away)
        assert provider.page is not None
        with pytest.raises(ProviderError, match="连不上"):
            await provider.page.find_openid("0123456789abcdef")
        provider.close()
        secret = visited.shop.stand_in.visits.secret
    assert not [word for word in (secret, "s" * 32, "oStandInPayer", keys().api_key) if word in caplog.text]


async def test_a_wrong_secret_is_nobody(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        path = await visited.come_back()
        visited.shop.stand_in.visits.secret = "0" * 32
        assert "重新点开" in (await visited.open(path))[1]


async def test_the_script_and_every_page_come_with_headers_that_keep_others_out(tmp_path: Path) -> None:
    async with open_page(tmp_path) as visited:
        for path in (PATH, "/pay/wechat_pay/page.js", "/pay/wechat_pay/to/x"):
            answer = await visited.app.test_client().get(path, headers=INSIDE)
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
        script = (await visited.open("/pay/wechat_pay/page.js"))[1]
        assert "getBrandWCPayRequest" in script


def test_an_answer_that_is_no_object_says_nothing(tmp_path: Path) -> None:
    with open_shop(tmp_path) as shop, pytest.raises(ProviderError):
        _get(shop.stand_in.settings.endpoint, "/elsewhere")
