"""The page on which an order is paid inside WeChat; it shows one order to whoever has its address, and nothing else."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

from quart import Quart, Response, request

from bot.payments.model import Order, OrderState
from bot.payments.provider import ProviderError
from bot.payments.wechat_pay_page import PAGE_PATH, PaymentPage
from bot.units import format_fen

log = logging.getLogger(__name__)

FindOrder = Callable[[str], Awaitable[Order | None]]
"""(trade number) → the order it belongs to."""

_PATH: Final = "/pay/wechat_pay"
_SCRIPT: Final = Path(__file__).parent / "static" / "wechat_pay.js"
_HEADERS: Final = {
    "Content-Security-Policy": "object-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LONGEST_NUMBER: Final = 32
_INSIDE: Final = "MicroMessenger"  # what WeChat's own browser calls itself
_HTML: Final = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>付款</title>
<body style="font: 17px/1.6 sans-serif; margin: 15vh auto; max-width: 20em; text-align: center">
{body}
</body>
</html>
"""
_PAYABLE: Final = """<p>{title}</p>
<p style="font-size: 2em">{amount}</p>
<p><button id="pay" data-call="{call}" style="font: inherit; padding: .5em 3em">微信支付</button></p>
<p id="say" role="status"></p>
<script src="{path}/page.js"></script>"""
_STANDS: Final = {
    OrderState.PAID: "这笔订单已经付过了，到聊天里看看吧。",
    OrderState.CLOSED: "这笔订单已经关闭，请回到聊天里重新下单，不要再付款。",
    OrderState.REFUND_DUE: "这笔订单已经付过了，正在给您退款。",
    OrderState.REFUNDED: "这笔订单已经退款了，请回到聊天里重新下单。",
}


def add_payment_page(app: Quart, page: PaymentPage, find_order: FindOrder) -> None:
    """Add the page to the server that callbacks come to.

    Args:
        app: the server's application.
        page: what stands behind it.
        find_order: finds what is paid; a number that belongs to no order asks nobody outside.
    """

    @app.get(f"{_PATH}/{PAGE_PATH}/<number>")
    async def pay(number: str) -> Response:
        order = await find_order(number) if len(number) <= _LONGEST_NUMBER else None
        if order is None:
            return _say("没有这笔订单，请回到聊天里重新点开链接。", HTTPStatus.NOT_FOUND)
        if why_not := _STANDS.get(order.state) or page.why_not(order):
            return _say(why_not)
        if _INSIDE not in request.headers.get("User-Agent", ""):
            return _say("请在手机微信里打开这个链接付款。")
        if not (code := request.args.get("code", "")):
            return _finish(Response(status=HTTPStatus.FOUND, headers={"Location": page.ask_url(order)}))
        try:
            call = await page.prepare(order, await page.find_openid(code))
        except ProviderError as error:
            log.info("payment page: order=%d why=%s", order.number, error)
            return _say(str(error))
        return _offer(order, call)

    @app.get(f"{_PATH}/page.js")
    async def script() -> Response:
        return _finish(Response(_SCRIPT.read_bytes(), content_type="text/javascript; charset=utf-8"))


def _offer(order: Order, call: dict[str, str]) -> Response:
    title, amount = escape(order.title), format_fen(order.amount_fen)
    body = _PAYABLE.format(title=title, amount=amount, call=escape(json.dumps(call)), path=_PATH)
    return _show(body)


def _say(text: str, status: int = HTTPStatus.OK) -> Response:
    return _show(f"<p>{escape(text)}</p>", status)


def _show(body: str, status: int = HTTPStatus.OK) -> Response:
    return _finish(Response(_HTML.format(body=body), status=status, content_type="text/html; charset=utf-8"))


def _finish(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response
