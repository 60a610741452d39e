"""WeChat Pay v3: orders to be scanned, what became of them, refunds, bills and signed callbacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from bot.clock import Clock
from bot.model import FileContent
from bot.payments.model import Order, OrderState
from bot.payments.provider import BillLine, CallbackRefused, HowToPay, ProviderError, RefundRequest, Reported
from bot.payments.wechat_pay_bill import read_bill, unpack_bill
from bot.payments.wechat_pay_client import WechatPayClient, WechatPayRefused, jsapi
from bot.payments.wechat_pay_guard import (
    NAME,
    Unbelievable,
    check_envelope,
    read_notice,
    read_payment,
    read_refund,
)
from bot.payments.wechat_pay_page import PageSettings, PaymentPage
from bot.payments.wechat_pay_settings import WechatPaySettings

CHINA: Final = timezone(timedelta(hours=8))  # what WeChat Pay's days and times are in
_LONGEST_TITLE: Final = 42  # characters; a description has 127 bytes at most
_LONGEST_REASON: Final = 26  # characters; a reason has 80 bytes at most
_PIXELS: Final = 8  # a point of the QR code
_REFUND_STUCK: Final = "微信退款没有成功（状态异常），请在商户平台里处理这一笔"
_TEXT: Final = (
    "请在电脑或另一台手机上打开这张码，用微信「扫一扫」付款；在聊天里长按识别是付不了的。\n"
    "码两小时内有效，过后发「付款 D{number}」拿新的。到账会通知您，付完几分钟没消息就发「已付 D{number}」。"
)
_PAGE_TEXT: Final = "请在手机微信里点开付款：{url}\n到账会通知您，付完几分钟没消息就发「已付 D{number}」。"
_PAGE_ADVICE: Final = {
    "OUT_TRADE_NO_USED": "这个链接已经在另一个微信里打开过，请用那个微信付款。",
    "ORDERPAID": "这笔订单已经付过了，正在核对，到账会在聊天里通知您。",
    "ORDER_CLOSED": "这笔订单已经关闭，请回到聊天里重新下单。",
}


class WechatPay:
    """Implements `bot.payments.provider.PaymentProvider`.

    Args:
        settings: the account.
        clock: tells how old a callback is.
        page: the official account whose page people pay on inside WeChat; None for codes to be scanned.

    Attributes:
        page: what stands behind that page; None without one.
    """

    name = NAME
    title = "微信支付"
    is_automatic = True

    def __init__(self, settings: WechatPaySettings, clock: Clock, page: PageSettings | None = None) -> None:
        self._settings, self._clock = settings, clock
        self._client = WechatPayClient(settings)
        self.page = PaymentPage(settings, page, self._client, clock, self._place_for) if page else None

    async def begin(self, order: Order) -> HowToPay:
        """Say how an order is paid: on the page inside WeChat if there is one, else by a code to be scanned.

        The code is WeChat Pay's: the order is placed there, and placed again it gives a code anew.
        """
        _whole(order.amount_fen)
        if self.page:
            url = self.page.url_of(order)
            return HowToPay(text=_PAGE_TEXT.format(number=order.number, url=url), url=url)
        try:
            answer = await self._place(order)
        except WechatPayRefused as refused:
            if refused.code != "ORDERPAID":
                raise
            return HowToPay(text=f"微信支付说订单 D{order.number} 已经付过了，正在核对，到账会通知您，请不要再付。")
        url = str(answer.get("code_url") or "")
        if not url.startswith("weixin://"):
            raise ProviderError("微信支付没有给出付款码，稍后再试")
        drawn = await self._client.run(lambda: draw_code(url))
        picture = FileContent(f"D{order.number}.png", drawn, "image/png")
        return HowToPay(text=_TEXT.format(number=order.number), picture=picture, url=url)

    async def _place(self, order: Order, openid: str = "") -> dict[str, object]:
        """Place an order; for a payer who is known, inside WeChat."""
        ends = format_moment(order.expires_at) if order.expires_at else None
        amount: dict[str, int | str] = {"total": _whole(order.amount_fen), "currency": "CNY"}
        title, number, payer = order.title[:_LONGEST_TITLE], order.trade_number, {"openid": openid} if openid else None
        return await self._client.ask(
            lambda library: library.pay(
                description=title,
                out_trade_no=number,
                amount=amount,
                time_expire=ends,
                payer=payer,
                pay_type=jsapi() if payer else None,
            )
        )

    async def _place_for(self, order: Order, openid: str) -> str:
        """Place an order for a payer and return WeChat Pay's id for it."""
        try:
            answer = await self._place(order, openid)
        except WechatPayRefused as refused:
            if refused.code in _PAGE_ADVICE:
                raise ProviderError(_PAGE_ADVICE[refused.code]) from None
            raise
        prepared = answer.get("prepay_id")
        if not isinstance(prepared, str) or not prepared:
            raise ProviderError("微信支付没有接下这笔订单，请过一会儿重新点开链接。")
        return prepared

    async def find(self, order: Order) -> list[Reported]:
        """Ask what became of an order; a no is no fact, and an order nobody placed has none.

        One that is closed here and waits for its money there is closed there too: its code may lie around for hours.
        """
        try:
            answer = await self._client.ask(lambda library: library.query(out_trade_no=order.trade_number))
        except WechatPayRefused as refused:
            if refused.code == "ORDER_NOT_EXIST":
                return []
            raise
        found = _believe(lambda: read_payment(answer, **self._own))
        if answer.get("out_trade_no") != order.trade_number:
            raise ProviderError("微信支付答的是另一笔订单，没有采用")
        if order.state is OrderState.CLOSED and answer.get("trade_state") == "NOTPAY":
            await self.close_order(order)
        return [found] if found else []

    async def close_order(self, order: Order) -> None:
        """Make sure that nobody pays an order any more.

        Raises:
            ProviderError: it is not known to be closed; it may have been paid.
        """
        await self._client.ask(lambda library: library.close(out_trade_no=order.trade_number))

    async def refund(self, request: RefundRequest) -> list[Reported]:
        """Give money back; asked again with the same number, WeChat Pay tells how far the first one is."""
        answer = await self._refund(request)
        if answer.get("status") in {"ABNORMAL", "CLOSED"}:
            raise ProviderError(_REFUND_STUCK, is_refusal=True)
        trade_number, amount_fen = request.order.trade_number, request.amount_fen
        found = _believe(
            lambda: read_refund(answer, number=request.number, trade_number=trade_number, amount_fen=amount_fen)
        )
        return [found] if found else []

    async def _refund(self, request: RefundRequest) -> dict[str, object]:
        number, trade_number, reason = request.number, request.order.trade_number, request.reason[:_LONGEST_REASON]
        refund, total = _whole(request.amount_fen), _whole(request.order.amount_fen)
        amount: dict[str, int | str] = {"refund": refund, "total": total, "currency": "CNY"}
        try:
            return await self._client.ask(
                lambda library: library.refund(
                    out_refund_no=number, out_trade_no=trade_number, amount=amount, reason=reason or None
                )
            )
        except WechatPayRefused as refused:
            return await self._find_refund(number, refused)

    async def _find_refund(self, number: str, refused: WechatPayRefused) -> dict[str, object]:
        """Return a refund that was refused a second time because the first one went through."""
        try:
            return await self._client.ask(lambda library: library.query_refund(out_refund_no=quote(number, safe="")))
        except WechatPayRefused:
            raise refused from None

    async def bill(self, day: date) -> list[BillLine]:
        """Return a finished day's bill, by China's calendar; it is there from ten in the next morning on."""
        try:
            answer = await self._client.ask(lambda library: library.trade_bill(day.isoformat()))
        except WechatPayRefused as refused:
            if refused.code == "NO_STATEMENT_EXIST":
                return []
            raise
        url, sha1 = answer.get("download_url"), answer.get("hash_value")
        if answer.get("hash_type") != "SHA1" or not isinstance(url, str) or not isinstance(sha1, str):
            raise ProviderError("微信支付没有给出账单的校验值，没有去取")
        return read_bill(unpack_bill(await self._client.download(url), sha1))

    async def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Reported]:
        """Return what a callback reports; a refund that failed reports nothing."""
        envelope = check_envelope(headers, body, serial=self._settings.public_key_id, now=self._clock.now())
        try:
            notice = await self._client.open_callback(envelope, body)
        except ProviderError as error:
            raise CallbackRefused("keys cannot be read") from error
        if not isinstance(notice, dict):
            raise CallbackRefused("signature or seal")
        return read_notice(notice, **self._own)

    def acknowledge(self, *, is_accepted: bool) -> tuple[int, bytes]:
        """Return status and body of the answer to a callback; after a refusal WeChat Pay sends it again."""
        if is_accepted:
            return HTTPStatus.NO_CONTENT, b""
        return HTTPStatus.UNAUTHORIZED, json.dumps({"code": "FAIL", "message": "失败"}).encode()

    async def check(self) -> None:
        """Ask something that changes nothing and whose answer must be signed: the list of today's complaints.

        Raises:
            ProviderError: the account cannot be used; the text says why.
        """
        today = self._clock.now().astimezone(CHINA).date().isoformat()
        await self._client.ask(lambda library: library.complaint_list_query(begin_date=today, end_date=today, limit=1))

    def close(self) -> None:
        """Let go of the threads."""
        self._client.close()

    @property
    def _own(self) -> dict[str, str]:
        return {"merchant_id": self._settings.merchant_id, "app_id": self._settings.app_id}


def draw_code(url: str) -> bytes:
    """Return a PNG of the QR code that holds an address; it takes some hundredths of a second."""
    import io

    import segno

    picture = io.BytesIO()
    segno.make_qr(url, error="m").save(picture, kind="png", scale=_PIXELS)
    return picture.getvalue()


def format_moment(moment: datetime) -> str:
    """Write a time as WeChat Pay does."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")


def _whole(fen: int) -> int:
    """Return an amount that may go out: the library passes on whatever it is given, floats too."""
    if type(fen) is not int or fen <= 0:
        raise TypeError("an amount is a positive whole number of fen")
    return fen


def _believe(read: Callable[[], Reported | None]) -> Reported | None:
    try:
        return read()
    except Unbelievable as error:
        raise ProviderError(f"微信支付的应答里 {error} 不对，没有采用") from None
