"""Speaks to WeChat Pay through its client library, in threads of its own; the one place that reaches into it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

from bot.payments.provider import ProviderError
from bot.payments.wechat_pay_settings import ENDPOINT, WechatPaySettings

log = logging.getLogger(__name__)

Answer = tuple[int, str | bytes]
"""Status and body, as the library returns them."""
T = TypeVar("T")

_THREADS: Final = 4
_TRIES: Final = 3  # a connection that breaks is made anew at once: whatever is asked has a number and happens once
_MOST_SECONDS: Final = 60.0  # for one answer altogether; the library knows only a limit for each piece of it
_OK, _FIRST_ERROR, _FIRST_FAULT = 200, 300, 500
_CODE: Final = re.compile(r"[A-Z][A-Z_]{1,40}", re.ASCII)
_ADVICE: Final = {
    "NOT_ENOUGH": "商户号余额不够，请先充值，会用同一个退款单号再退",
    "SIGN_ERROR": "签名不对，请检查商户私钥和商户证书序列号",
    "NO_AUTH": "商户号没有开通这项权限",
    "MCH_NOT_EXISTS": "没有这个商户号",
    "APPID_MCHID_NOT_MATCH": "appid 和商户号没有绑定",
    "FREQUENCY_LIMITED": "问得太快，稍后会再试",
    "RATELIMIT_EXCEEDED": "问得太快，稍后会再试",
    "SYSTEM_ERROR": "微信支付系统忙，稍后会再试",
    "ORDERPAID": "这笔订单已经付过",
    "ORDER_CLOSED": "这笔订单已经关闭",
    "OUT_TRADE_NO_USED": "这个订单号已用别的内容下过单",
    "USER_ACCOUNT_ABNORMAL": "付款人的账户异常，请在商户平台处理这笔退款",
    "STATEMENT_CREATING": "账单还没有出来，稍后会再取",
    "NO_STATEMENT_EXIST": "这一天没有账单",
}

_PASSING: Final = frozenset({"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "SYSTEM_ERROR"})
"""What helps itself: asked again later, WeChat Pay may say yes."""


class Library(Protocol):
    """What is used of `wechatpayv3.WeChatPay`."""

    def pay(
        self,
        *,
        description: str,
        out_trade_no: str,
        amount: dict[str, int | str],
        time_expire: str | None,
        payer: dict[str, str] | None = None,
        pay_type: object = None,
    ) -> Answer:
        """Place an order."""

    def query(self, *, out_trade_no: str) -> Answer:
        """Ask what became of an order."""

    def close(self, *, out_trade_no: str) -> Answer:
        """Let nobody pay an order any more."""

    def refund(
        self, *, out_refund_no: str, out_trade_no: str, amount: dict[str, int | str], reason: str | None
    ) -> Answer:
        """Give money back."""

    def query_refund(self, *, out_refund_no: str) -> Answer:
        """Ask what became of a refund."""

    def trade_bill(self, bill_date: str) -> Answer:
        """Ask where a day's bill is."""

    def download_bill(self, url: str) -> Answer:
        """Get a bill, unsigned."""

    def complaint_list_query(self, *, begin_date: str, end_date: str, limit: int) -> Answer:
        """List the complaints of some days."""

    def callback(self, headers: dict[str, str], body: bytes) -> object:
        """Return a callback opened, or None."""

    def sign(self, data: list[str]) -> str:
        """Return the merchant's signature of some lines."""


class WechatPayRefused(ProviderError):
    """WeChat Pay says no. Such an answer is unsigned: nothing may be concluded from it.

    Attributes:
        code: its word for why; empty when it gave none.
    """

    def __init__(self, status: int, code: str) -> None:
        is_passing = code in _PASSING or status >= _FIRST_FAULT
        super().__init__(f"微信支付没有接受：{_ADVICE.get(code) or code or status}", is_refusal=not is_passing)
        self.code = code


class WechatPayClient:
    """Asks WeChat Pay, a few questions at a time, and believes only what it signed.

    Args:
        settings: the account.
    """

    def __init__(self, settings: WechatPaySettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="wechat_pay")
        self._opening = Lock()
        self._library: Library | None = None

    async def ask(self, ask: Callable[[Library], Answer]) -> dict[str, Any]:
        """Return the signed answer to a question.

        Raises:
            WechatPayRefused: the answer is a no.
            ProviderError: it never came, is not signed or cannot be read.
        """
        answer = await self.run(lambda: self._ask(ask))
        return _read_object(answer) if answer else {}

    async def download(self, url: str) -> bytes:
        """Return an unsigned file; its hash is in the signed answer that named it.

        Raises:
            ProviderError: it lies elsewhere, or could not be had.
        """
        if not url.startswith(f"{self._settings.endpoint}/"):
            raise ProviderError("微信支付给的下载地址不在它自己的网站上，没有去取")
        data = await self.run(lambda: self._ask(lambda library: library.download_bill(url)))
        return data.encode() if isinstance(data, str) else data

    async def open_callback(self, headers: dict[str, str], body: bytes) -> object:
        """Return a callback with its seal opened; None when the signature or the seal is wrong.

        Args:
            headers: what the guard let through.
            body: as it came.
        """
        return await self.run(lambda: self._open_callback(headers, body))

    async def sign(self, lines: list[str]) -> str:
        """Return the merchant's signature of some lines.

        Raises:
            ProviderError: the key cannot be read.
        """
        return await self.run(lambda: self._opened().sign(lines))

    def close(self) -> None:
        """Let the threads end; a question under way is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what some work comes to that may take its time, in one of the threads.

        Raises:
            ProviderError: it took too long.
        """
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise ProviderError("微信支付没有回应，稍后会再试") from None

    def _ask(self, ask: Callable[[Library], Answer]) -> str | bytes:
        library = self._opened()
        for tries_left in reversed(range(_TRIES)):
            try:
                status, answer = ask(library)
            except Exception as error:  # noqa: BLE001 - the library raises bare ones, for a bad signature too
                if tries_left and _is_broken_connection(error):
                    continue
                log.info("wechat pay: %s", type(error).__name__)
                raise ProviderError(_explain(error)) from None
            if _OK <= status < _FIRST_ERROR:
                return answer
            raise WechatPayRefused(status, _read_code(answer))
        raise AssertionError

    def _open_callback(self, headers: dict[str, str], body: bytes) -> object:
        library = self._opened()
        try:
            return library.callback(headers, body)
        except Exception as error:  # noqa: BLE001 - whatever a stranger can make it raise means: not believed
            log.info("wechat pay: callback %s", type(error).__name__)
            return None

    def _opened(self) -> Library:
        with self._opening:
            if self._library is None:
                self._library = open_library(self._settings)
            return self._library


def open_library(settings: WechatPaySettings) -> Library:
    """Return the library's client, with what is missing in version 2.0.4 put right.

    It keeps the address it asks in a private name and has no setting for it. When it meets a serial it does not know,
    in an answer as in a callback, it asks for certificates, unsigned: in public-key mode there is nothing to learn from
    them, so it is not to ask. Loopback is asked directly, whatever proxy the environment names.

    Raises:
        ProviderError: a key cannot be read, or the library is not the one this was written for.
    """
    from wechatpayv3 import WeChatPay, WeChatPayType  # half a second; only who is paid this way waits for it

    try:
        client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=settings.merchant_id,
            private_key=settings.private_key.read_text(encoding="utf-8"),
            cert_serial_no=settings.certificate_serial,
            appid=settings.app_id,
            apiv3_key=settings.api_key.get_secret_value(),
            notify_url=settings.notify_url,
            timeout=settings.seconds,
            proxy=None if settings.endpoint == ENDPOINT else {"http": "", "https": "", "all": ""},
            public_key=settings.public_key.read_text(encoding="utf-8"),
            public_key_id=settings.public_key_id,
        )
    except Exception as error:  # noqa: BLE001 - the library raises bare ones for a key it cannot read
        log.warning("wechat pay: keys: %s", type(error).__name__)
        raise ProviderError("微信支付的密钥文件读不了，请运行 doctor 看是哪一个") from None
    core = client._core  # noqa: SLF001 - there is no other way, see above
    if getattr(core, "_gate_way", None) != ENDPOINT or not hasattr(core, "_update_certificates"):
        raise ProviderError("wechatpayv3 的版本不对，请运行 make setup 装回测试过的版本")
    core._gate_way = settings.endpoint  # noqa: SLF001
    core._update_certificates = lambda: None  # noqa: SLF001
    opened: Library = client
    return opened


def jsapi() -> object:
    """Return the library's name for a payment inside WeChat."""
    from wechatpayv3 import WeChatPayType

    return WeChatPayType.JSAPI


def _is_broken_connection(error: Exception) -> bool:
    from requests.exceptions import ConnectionError as Broken
    from requests.exceptions import Timeout

    return isinstance(error, Broken) and not isinstance(error, Timeout)


def _explain(error: Exception) -> str:
    from requests.exceptions import RequestException

    if isinstance(error, RequestException):
        return "微信支付连不上，稍后会再试"
    return "微信支付的应答没有正确的签名，没有采用"


def _read_code(answer: str | bytes) -> str:
    try:
        code = json.loads(answer)["code"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return ""
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _read_object(answer: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except (ValueError, TypeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError("微信支付的应答读不出来，没有采用")
    return found
