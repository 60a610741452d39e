"""Speaks to 爱发电's signed API and reads what it says of orders; nothing of a webhook's own words is believed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from bot.clock import Clock
from bot.payments.provider import ProviderError

if TYPE_CHECKING:
    import httpx2

ENDPOINT: Final = "https://ifdian.net"
"""Where 爱发电 answers since it moved from afdian.net and afdian.com."""
PAGE: Final = 50
"""Orders asked for at once; a page has 100 at most (guide.afdian.com, 开发者 API)."""

_CHINA: Final = timezone(timedelta(hours=8))  # what the numbers of orders begin with is its time
_NUMBER: Final = re.compile(r"\d{20,32}", re.ASCII)  # 27 digits today: a time of 14 and 13 more
_MONEY: Final = re.compile(r"(\d{1,8})(?:\.(\d{1,2}))?", re.ASCII)
_PLAN: Final = re.compile(r"[0-9A-Za-z]{0,64}", re.ASCII)
_MOST_BYTES: Final = 1 << 20
_OK, _PAID = 200, 2
_MOST_MONTHS: Final = 120
_SECONDS: Final = 10.0
_ADVICE: Final = {
    400001: "请求缺少参数",
    400002: "签名时间不对，请检查服务器的时钟",
    400003: "请求不是约定的格式",
    400004: "没有这个 token，请在开发者后台重新生成",
    400005: "签名不对，请检查 user_id 和 AFDIAN_TOKEN",
}
"""What the API's error numbers mean (guide.afdian.com, 开发者 API)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfdianOrder:
    """A paid order as the API tells it.

    Attributes:
        number: 爱发电's own, `out_trade_no`.
        at: when it was made, aware UTC: the number begins with it.
        amount_fen: what was paid.
        plan_id: 爱发电's id of the plan; empty for an amount of one's own choice.
        months: how many months of it.
        remark: what the payer wrote.
        custom: what the link carried, `custom_order_id`; empty without one.
        user_id: the payer's there.
    """

    number: str
    at: datetime
    amount_fen: int
    plan_id: str
    months: int
    remark: str
    custom: str
    user_id: str


class AfdianClient:
    """Asks for orders.

    Args:
        user_id: the creator's, from the developer page.
        token: from there, too.
        clock: dates what is signed.
        endpoint: where the API is; another one for the stand-in.
    """

    def __init__(self, user_id: str, token: SecretStr, clock: Clock, *, endpoint: str = ENDPOINT) -> None:
        self._user_id, self._token, self._clock = user_id, token, clock
        self._url = f"{endpoint.rstrip('/')}/api/open/query-order"
        self._client: httpx2.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def find(self, number: str) -> AfdianOrder | None:
        """Return a paid order by 爱发电's number; None when there is none.

        Raises:
            ProviderError: nothing is known.
        """
        found = await self._ask({"out_trade_no": number})
        return next((order for order in _orders_in(found) if order.number == number), None)

    async def page(self, number: int) -> tuple[list[AfdianOrder], bool]:
        """Return a page of paid orders, the latest first, and whether more follow.

        Args:
            number: 1 for the first.

        Raises:
            ProviderError: nothing is known.
        """
        found = await self._ask({"page": number, "per_page": PAGE})
        total = found.get("total_page")
        return _orders_in(found), isinstance(total, int) and number < total

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _ask(self, params: dict[str, str | int]) -> dict[str, Any]:
        import httpx2  # when 爱发电 is used at all

        body = sign(params, self._user_id, self._token.get_secret_value(), int(self._clock.now().timestamp()))
        try:
            async with asyncio.timeout(_SECONDS):
                status, data = await self._post(await self._open(), body)
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise ProviderError(f"连不上爱发电（{type(error).__name__}）") from None
        if status != _OK:
            raise ProviderError(f"爱发电出错（{status}）")
        return _read_answer(data)

    async def _post(self, client: httpx2.AsyncClient, body: dict[str, str | int]) -> tuple[int, bytes]:
        async with client.stream("POST", self._url, json=body) as response:
            data = bytearray()
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > _MOST_BYTES:
                    raise ProviderError("爱发电的回答太长了")
            return response.status_code, bytes(data)

    async def _open(self) -> httpx2.AsyncClient:
        async with self._opening:
            if self._client is None:  # reading the certificates takes a third of a second
                self._client = await asyncio.to_thread(_make_client)
        return self._client


def sign(params: dict[str, str | int], user_id: str, token: str, ts: int) -> dict[str, str | int]:
    """Return the body of a signed request: md5(token + "params" + params + "ts" + ts + "user_id" + user_id)."""
    text = json.dumps(params, separators=(",", ":"))
    digest = hashlib.md5(f"{token}params{text}ts{ts}user_id{user_id}".encode(), usedforsecurity=False).hexdigest()
    return {"user_id": user_id, "params": text, "ts": ts, "sign": digest}


def time_of(number: str) -> datetime | None:
    """Return when an order was made, by its number; None when it is no number of 爱发电."""
    if not _NUMBER.fullmatch(number):
        return None
    try:
        return datetime.strptime(number[:14], "%Y%m%d%H%M%S").replace(tzinfo=_CHINA).astimezone(UTC)
    except ValueError:
        return None


def read_fen(text: object) -> int | None:
    """Return an amount such as `19.90` in fen; None when it is none. No float touches it."""
    if isinstance(text, Decimal | int) and not isinstance(text, bool):
        text = str(text)
    found = _MONEY.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else None


def _read_answer(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise ProviderError("爱发电的回答不是约定的格式") from None
    code = answer.get("ec") if isinstance(answer, dict) else None
    if code != _OK:
        why = _ADVICE.get(code, "没有说原因") if isinstance(code, int) else "没有说原因"
        raise ProviderError(f"爱发电没有答：{why}")
    found = answer.get("data")
    if not isinstance(found, dict) or not isinstance(found.get("list"), list):
        raise ProviderError("爱发电的回答不是约定的格式")
    return found


def _orders_in(found: dict[str, Any]) -> list[AfdianOrder]:
    return [order for one in found["list"] if (order := _read_order(one))]


def _read_order(one: object) -> AfdianOrder | None:
    """Return a paid order; None for what is not paid, or not understood."""
    if not isinstance(one, dict) or one.get("status") != _PAID:
        return None
    number, amount, months = one.get("out_trade_no"), read_fen(one.get("total_amount")), one.get("month")
    plan_id = one.get("plan_id") or ""
    if not isinstance(number, str) or (at := time_of(number)) is None or not amount:
        return None
    if not isinstance(plan_id, str) or not _PLAN.fullmatch(plan_id):
        return None
    return AfdianOrder(
        number=number,
        at=at,
        amount_fen=amount,
        plan_id=plan_id,
        months=months if isinstance(months, int) and 0 < months <= _MOST_MONTHS else 1,
        remark=_text(one.get("remark")),
        custom=_text(one.get("custom_order_id")),
        user_id=_text(one.get("user_id")),
    )


def _text(value: object) -> str:
    return value[:500] if isinstance(value, str) else ""


def _make_client() -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(headers={"user-agent": "qunzhi"}, timeout=None, follow_redirects=False)
