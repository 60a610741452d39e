"""A till for the demo: a page of the stand-in on which an order is paid with a click, and told to the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

from bot.clock import Clock
from bot.payments.model import Order
from bot.payments.provider import HowToPay
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_settings import WechatPaySettings
from bot.payments.wechat_pay_stand_in import Deliver, WechatPayStandIn
from bot.payments.wechat_pay_stand_in_account import Refusal
from bot.units import format_fen

_PATH: Final = "/till/"
_TEXT: Final = "演示：打开 {url} 点一下就算付了，不动真钱。\n在真的群里，这里是一张用微信「扫一扫」付款的码。"
_REFUND_SECONDS: Final = 5.0  # about as long as money takes back into a WeChat wallet
_PAGE: Final = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>模拟收银台</title>
<body style="font: 17px/1.6 sans-serif; margin: 15vh auto; max-width: 22em; text-align: center">{body}"""
_OFFER: Final = (
    '<p>{title}</p><p style="font-size: 2em">{amount}</p><form method="post"><button>付款（模拟）</button></form>'
)
_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
Answer = tuple[int, bytes, dict[str, str]]


class TillPay(WechatPay):
    """WeChat Pay whose payers get the address of the till with the code that nobody can scan.

    Args:
        settings: of the stand-in.
        clock: the time.
    """

    def __init__(self, settings: WechatPaySettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._till = f"{settings.endpoint}{_PATH}"

    async def begin(self, order: Order) -> HowToPay:
        """Place the order and say how it is paid here."""
        how = await super().begin(order)
        return replace(how, text=_TEXT.format(url=f"{self._till}{order.trade_number}"))


@asynccontextmanager
async def open_till(folder: Path, clock: Clock, deliver: Deliver) -> AsyncIterator[TillPay]:
    """Run a stand-in with a till while the block runs; refunds come to their end by themselves.

    Args:
        folder: where its keys are written.
        clock: the time.
        deliver: takes callbacks to the bot.
    """
    loop, stand_in = asyncio.get_running_loop(), WechatPayStandIn(folder, clock, notify_url="till:", deliver=deliver)

    def tell(number: str) -> None:
        make = partial(stand_in.make_payment_callback, number)
        loop.call_soon_threadsafe(stand_in.keep_telling, make)

    stand_in.visits.pages[_PATH] = partial(_serve, stand_in, tell)
    with stand_in:
        provider = TillPay(stand_in.settings, clock)
        task = asyncio.create_task(_end_refunds(stand_in, clock), name="till")
        try:
            yield provider
        finally:
            task.cancel()
            provider.close()


async def _end_refunds(stand_in: WechatPayStandIn, clock: Clock) -> None:
    while True:
        await clock.sleep(_REFUND_SECONDS)
        for refund in [one for one in stand_in.account.refunds.values() if one.status == "PROCESSING"]:
            stand_in.end_refund(refund.number)
            stand_in.keep_telling(partial(stand_in.make_refund_callback, refund.number))


def _serve(stand_in: WechatPayStandIn, tell: Callable[[str], None], method: str, number: str) -> Answer:
    """Return the page of an order; posting to it pays."""
    try:
        order = stand_in.account.find(number)
        if method == "POST":
            stand_in.pay(number)
            tell(number)
    except Refusal:
        return HTTPStatus.NOT_FOUND, _say("没有这笔订单，或者已经不能付了。"), _HTML
    if order.state != "NOTPAY":
        return HTTPStatus.OK, _say("付好了，回群里看看。" if order.paid_at else "这笔订单已经关闭。"), _HTML
    title, amount = escape(order.request["description"]), format_fen(order.total)
    return HTTPStatus.OK, _show(_OFFER.format(title=title, amount=amount)), _HTML


def _say(text: str) -> bytes:
    return _show(f"<p>{text}</p>")


def _show(body: str) -> bytes:
    return _PAGE.format(body=body).encode()
