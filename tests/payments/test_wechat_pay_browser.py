"""A real browser opens the payment page, is sent to WeChat and back, and calls the cashier."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect
from quart import Quart

from bot.clock import VirtualClock
from bot.payments.model import Order
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_stand_in import WechatPayStandIn
from bot.web.serving import serving
from bot.web.wechat_pay_page import add_payment_page
from tests.browsing import launch
from tests.payments.wechat_pay_kit import NOW, keys, order

pytestmark = pytest.mark.browser
AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50"
BRIDGE = """window.WeixinJSBridge = { invoke(name, call, answer) {
    window.called = [name, call]; answer({ err_msg: window.outcome }); } };"""


@dataclass
class Visit:
    page: Page
    url: str
    stand_in: WechatPayStandIn
    complaints: list[str]


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    app, clock, one = Quart("pay"), VirtualClock(NOW), order()

    async def find(number: str) -> Order | None:
        return one if number == one.trade_number else None

    async with serving(app, 0) as port, async_playwright() as playwright:
        url = f"http://127.0.0.1:{port}/pay/wechat_pay"
        with WechatPayStandIn(tmp_path, clock, notify_url=url, keys=keys()) as stand_in:
            provider = WechatPay(stand_in.settings, clock, stand_in.page)
            assert provider.page is not None
            add_payment_page(app, provider.page, find)
            browser = await launch(playwright)
            page = await browser.new_page(user_agent=AGENT)
            complaints: list[str] = []
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            yield Visit(page, f"{url}/to/{one.trade_number}", stand_in, complaints)
            await browser.close()
            provider.close()


async def test_the_button_calls_the_cashier_and_says_how_it_went(visit: Visit) -> None:
    await visit.page.add_init_script(BRIDGE)
    await visit.page.goto(visit.url)
    await expect(visit.page.get_by_text("月度会员")).to_be_visible()
    button, said = visit.page.get_by_role("button", name="微信支付"), visit.page.get_by_role("status")
    for outcome, words in (("cancel", "没有付款，可以再点一次。"), ("fail", "没有付成"), ("ok", "付好了，正在核对")):
        await visit.page.evaluate(f"window.outcome = 'get_brand_wcpay_request:{outcome}'")
        await button.click()
        await expect(said).to_contain_text(words)
    await expect(button).to_be_hidden()
    name, call = await visit.page.evaluate("window.called")
    assert name == "getBrandWCPayRequest"
    assert set(call) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert visit.stand_in.account.orders[order().trade_number].request["payer"] == {"openid": "oStandInPayer"}
    assert [one for one in visit.complaints if "favicon" not in one and "404" not in one] == []


async def test_a_bridge_that_comes_late_is_waited_for(visit: Visit) -> None:
    await visit.page.goto(visit.url)
    await visit.page.get_by_role("button", name="微信支付").click()
    await expect(visit.page.get_by_role("status")).to_contain_text("正在打开微信支付")
    await visit.page.evaluate(f"window.outcome = 'get_brand_wcpay_request:ok'; {BRIDGE}")
    await visit.page.evaluate("document.dispatchEvent(new Event('WeixinJSBridgeReady'))")
    await expect(visit.page.get_by_role("status")).to_contain_text("付好了")
