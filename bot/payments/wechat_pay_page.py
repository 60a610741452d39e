"""Paying inside WeChat: learns who opened the payment page and prepares what WeChat's own cashier is called with."""

from __future__ import annotations

import http.client
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from bot.clock import Clock
from bot.payments.model import Order
from bot.payments.provider import ProviderError
from bot.payments.wechat_pay_client import WechatPayClient
from bot.payments.wechat_pay_settings import WechatPaySettings

PAGE_PATH: Final = "to"
"""What follows the address of callbacks in the address of the page: `…/pay/wechat_pay/to/TRADE_NUMBER`."""

_OPENID: Final = re.compile(r"[0-9A-Za-z_\-]{6,64}", re.ASCII)
_CODE: Final = re.compile(r"[0-9A-Za-z_\-]{6,128}", re.ASCII)
_SECONDS: Final = 10.0
_MOST_BYTES: Final = 16 << 10
_OPEN_AGAIN: Final = "这个链接已经用过或放得太久，请回到聊天里重新点开。"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """The official account that the page belongs to (its app id is the merchant's).

    Attributes:
        secret: of the official account.
        asking: where a visitor is asked who they are.
        answering: where the answer is turned into an openid.
    """

    secret: SecretStr
    asking: str = "https://open.weixin.qq.com"
    answering: str = "https://api.weixin.qq.com"


class PaymentPage:
    """What stands behind the payment page.

    Args:
        settings: the account money goes to.
        page: the official account.
        client: speaks to WeChat Pay.
        clock: dates what is signed.
        place: places an order for a payer and returns WeChat Pay's id for it.
    """

    def __init__(
        self,
        settings: WechatPaySettings,
        page: PageSettings,
        client: WechatPayClient,
        clock: Clock,
        place: Callable[[Order, str], Awaitable[str]],
    ) -> None:
        self._settings, self._page, self._client, self._clock, self._place = settings, page, client, clock, place

    def url_of(self, order: Order) -> str:
        """Return the address of an order's page; nobody guesses it."""
        return f"{self._settings.notify_url.rstrip('/')}/{PAGE_PATH}/{order.trade_number}"

    def why_not(self, order: Order) -> str:
        """Return why an open order cannot be paid any more, for the visitor; nothing when it can."""
        if order.expires_at is None or self._clock.now() < order.expires_at:
            return ""
        return "这笔订单过了付款时间，请回到聊天里重新下单。"

    def ask_url(self, order: Order) -> str:
        """Return where a visitor is sent so that WeChat tells who they are; they notice nothing of it."""
        query = {
            "appid": self._settings.app_id,
            "redirect_uri": self.url_of(order),
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "pay",
        }
        return f"{self._page.asking}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect"

    async def find_openid(self, code: str) -> str:
        """Return who the visitor is that came back with a code.

        Raises:
            ProviderError: nobody says; the text is for the visitor.
        """
        if not _CODE.fullmatch(code):
            raise ProviderError(_OPEN_AGAIN)
        query = {
            "appid": self._settings.app_id,
            "secret": self._page.secret.get_secret_value(),
            "code": code,
            "grant_type": "authorization_code",
        }
        path = f"/sns/oauth2/access_token?{urlencode(query)}"
        answer = await self._client.run(lambda: _get(self._page.answering, path))
        openid = answer.get("openid")
        if not isinstance(openid, str) or not _OPENID.fullmatch(openid):
            raise ProviderError(_OPEN_AGAIN)
        return openid

    async def prepare(self, order: Order, openid: str) -> dict[str, str]:
        """Return what `getBrandWCPayRequest` is called with for a visitor.

        Raises:
            ProviderError: WeChat Pay does not take the order from them.
        """
        package = f"prepay_id={await self._place(order, openid)}"
        seconds, nonce = str(int(self._clock.now().timestamp())), secrets.token_hex(16)
        signature = await self._client.sign([self._settings.app_id, seconds, nonce, package])
        return {
            "appId": self._settings.app_id,
            "timeStamp": seconds,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }


def _get(base: str, path: str) -> dict[str, object]:
    """Return a JSON object from WeChat. Nothing of the path is logged here: it holds the account's secret."""
    parts = urlsplit(base)
    kind = http.client.HTTPConnection if parts.scheme == "http" else http.client.HTTPSConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", path)
        found = json.loads(connection.getresponse().read(_MOST_BYTES))
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        raise ProviderError("微信现在连不上，请过一会儿重新点开链接。") from None
    finally:
        connection.close()
    return found if isinstance(found, dict) else {}
