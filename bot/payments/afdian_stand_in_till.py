"""A pay page of 爱发电 for the demo: one click pays an order, and its webhook is told to the bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from bot.clock import Clock
from bot.payments.afdian import Afdian, AfdianSettings
from bot.payments.afdian_stand_in import TOKEN, USER_ID, AfdianStandIn
from bot.payments.model import Order
from bot.payments.provider import HowToPay
from bot.secret_codes import SECRET_KEY_FILE, SecretKey
from bot.units import format_fen

_PATH: Final = "/till/"
_TEXT: Final = (
    "演示：打开 {url} 点一下就算在爱发电付了 {amount}，不动真钱。\n"
    "在真的群里，这里是爱发电的付款页，留言里带着订单号 D{number}。"
)
_PAGE: Final = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>模拟爱发电</title>
<body style="font: 17px/1.6 sans-serif; margin: 15vh auto; max-width: 22em; text-align: center">{body}"""
_OFFER: Final = (
    '<p>{title}</p><p style="font-size: 2em">{amount}</p><form method="post"><button>付款（模拟）</button></form>'
)
Deliver = Callable[[bytes], Coroutine[Any, Any, object]]
"""Takes a webhook to the bot."""


class AfdianTill(Afdian):
    """爱发电 whose payers get the address of the till.

    Args:
        stand_in: running.
        clock: the time.
        key: hashes what points to people.
        tell: is given the number of what was paid, in the stand-in's thread.
    """

    def __init__(self, stand_in: AfdianStandIn, clock: Clock, key: SecretKey, tell: Callable[[str], None]) -> None:
        settings = AfdianSettings(user_id=USER_ID, token=SecretStr(TOKEN), page=stand_in.url, endpoint=stand_in.url)
        super().__init__(settings, clock, key)
        self._stand_in, self._tell = stand_in, tell
        self._offered: dict[str, Order] = {}
        self._paid: set[str] = set()
        stand_in.pages[_PATH] = self._serve

    async def begin(self, order: Order) -> HowToPay:
        """Say where the order is paid here."""
        self._offered[order.trade_number] = order
        url = f"{self._stand_in.url}{_PATH}{order.trade_number}"
        return HowToPay(text=_TEXT.format(url=url, amount=format_fen(order.amount_fen), number=order.number), url=url)

    def _serve(self, method: str, trade_number: str) -> tuple[int, bytes]:
        """Return the page of an order; posting to it pays."""
        order = self._offered.get(trade_number)
        if order is None:
            return HTTPStatus.NOT_FOUND, _show("<p>没有这笔订单，或者已经不能付了。</p>")
        if method == "POST" and trade_number not in self._paid:
            self._paid.add(trade_number)
            yuan = f"{order.amount_fen // 100}.{order.amount_fen % 100:02}"
            self._tell(self._stand_in.pay(yuan, remark=f"D{order.number}", custom=trade_number))
        if trade_number in self._paid:
            return HTTPStatus.OK, _show("<p>付好了，回群里看看。</p>")
        return HTTPStatus.OK, _show(_OFFER.format(title=escape(order.title), amount=format_fen(order.amount_fen)))


@asynccontextmanager
async def open_afdian_till(folder: Path, clock: Clock, deliver: Deliver) -> AsyncIterator[AfdianTill]:
    """Run a stand-in with a till while the block runs.

    Args:
        folder: where the key is kept.
        clock: the time.
        deliver: takes webhooks to the bot.
    """
    loop, stand_in = asyncio.get_running_loop(), AfdianStandIn(clock)
    telling: set[asyncio.Task[object]] = set()

    def tell_soon(number: str) -> None:
        task = loop.create_task(deliver(stand_in.webhook(number)))
        telling.add(task)
        task.add_done_callback(telling.discard)

    def tell(number: str) -> None:
        loop.call_soon_threadsafe(tell_soon, number)

    with stand_in.running():
        provider = AfdianTill(stand_in, clock, SecretKey(folder / SECRET_KEY_FILE), tell)
        try:
            yield provider
        finally:
            for task in telling:
                task.cancel()
            await provider.aclose()


def _show(body: str) -> bytes:
    return _PAGE.format(body=body).encode()
