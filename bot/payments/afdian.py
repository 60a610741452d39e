"""爱发电: a page where people pay; its orders are read over the signed API, whatever its webhook says."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import SecretStr

from bot.clock import Clock
from bot.payments.afdian_client import ENDPOINT, AfdianClient, AfdianOrder
from bot.payments.afdian_guard import WebhookGuard
from bot.payments.model import Fact, FactKind, Order
from bot.payments.provider import BillLine, CallbackRefused, HowToPay, ProviderError, RefundRequest, Reported
from bot.secret_codes import CodeKind, SecretKey, find_codes
from bot.units import format_fen

log = logging.getLogger(__name__)

NAME: Final = "afdian"
CHINA: Final = timezone(timedelta(hours=8))
LOOK_EVERY: Final = timedelta(minutes=10)
_MARGIN: Final = timedelta(minutes=10)  # clocks differ, and an order is made before it is paid
_MOST_PAGES: Final = 40
_FRESH: Final = timedelta(seconds=10)
_ORDER: Final = re.compile(r"(?<![0-9A-Za-z])[Dd](\d{1,9})(?![0-9A-Za-z])", re.ASCII)
_TRADE: Final = re.compile(r"[0-9A-Za-z]{20,32}", re.ASCII)
_TEXT: Final = (
    "订单 D{number}「{title}」，{amount}。\n"
    "请打开 {url}\n"
    "用爱发电付款，金额要正好是 {amount}，留言写订单号 D{number}（链接里已经带上了就不用改）。\n"
    "付完不用回复，到账会通知您，一般几分钟。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AfdianSettings:
    """A creator's account.

    Attributes:
        user_id, token: from the developer page.
        page: the creator's page, where people may pay without a link of ours.
        plans: 爱发电's id of a plan → ours; `ID/12` for twelve months of it at once.
        endpoint: where the API and the pay pages are; another one for the stand-in.
    """

    user_id: str
    token: SecretStr
    page: str
    plans: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = ENDPOINT


class Afdian:
    """Implements `bot.payments.provider.PaymentProvider`.

    What somebody bought on the page by themselves has no order here. Its fact says in `data` what may tell whose it is:
    `plan` (ours), `months`, and as keyed hashes `binding` (a binding code in the remark) and `payer` (who it is there).

    Args:
        settings: the account.
        clock: the time.
        key: hashes what points to people.
    """

    name = NAME
    title = "爱发电"
    is_automatic = True
    can_refund = False
    """爱发电 has no call for it: the owner gives money back on its page, and says so."""

    def __init__(self, settings: AfdianSettings, clock: Clock, key: SecretKey) -> None:
        self._settings, self._clock, self._key = settings, clock, key
        self._client = AfdianClient(settings.user_id, settings.token, clock, endpoint=settings.endpoint)
        self._guard = WebhookGuard()
        self._looking = asyncio.Lock()
        self._seen: list[AfdianOrder] = []
        self._looked_at = self._looked_since = datetime.min.replace(tzinfo=UTC)

    async def begin(self, order: Order) -> HowToPay:
        """Return the page of the plan with the order's number filled in, else the creator's own page."""
        plan_id = self._plan_of(order)
        url = self._settings.page
        if plan_id:
            filled = {"plan_id": plan_id, "remark": f"D{order.number}", "custom_order_id": order.trade_number}
            url = f"{self._settings.endpoint}/order/create?{urlencode({**filled, 'product_type': 0})}"
        amount = format_fen(order.amount_fen)
        return HowToPay(text=_TEXT.format(number=order.number, title=order.title, amount=amount, url=url), url=url)

    async def find(self, order: Order) -> list[Reported]:
        """Return what was paid for an order, and whatever else came in since it was made.

        Many orders that are asked about at one time cost one question.
        """
        since = order.made_at - _MARGIN
        async with self._looking:
            is_fresh = self._clock.now() - self._looked_at < _FRESH and self._looked_since <= since
            if not is_fresh:
                self._seen = [one async for one in self._since(since)]
                self._looked_at, self._looked_since = self._clock.now(), since
        return [self._report(one) for one in self._seen if one.at >= since]

    async def refund(self, request: RefundRequest) -> list[Reported]:
        """Do nothing.

        Raises:
            ProviderError: always: it has to be done by hand.
        """
        raise ProviderError(f"爱发电的退款要在它的网页上做（D{request.order.number}）")

    async def bill(self, day: date) -> list[BillLine]:
        """Return what was paid on a day, by China's calendar; 爱发电 tells no fee of an order."""
        start = datetime.combine(day, time(), CHINA)
        found = [one async for one in self._since(start) if one.at < start + timedelta(days=1)]
        return [self._bill_line(self._report(one)) for one in found]

    async def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Reported]:  # noqa: ARG002 - unsigned
        """Return the order that a webhook means, as the API tells it; nothing else in the webhook is read."""
        now = self._clock.now()
        number = self._guard.read(body, now)
        if not number:
            return []
        order = await self._client.find(number)
        self._guard.note(number, now, is_known=order is not None)
        if order is None:
            raise CallbackRefused("unknown number")
        return [self._report(order)]

    def acknowledge(self, *, is_accepted: bool) -> tuple[int, bytes]:
        """Return status and body of the answer to a webhook: anything but `ec` 200 counts as not taken."""
        if is_accepted:
            return HTTPStatus.OK, json.dumps({"ec": 200, "em": ""}).encode()
        return HTTPStatus.BAD_REQUEST, json.dumps({"ec": 400, "em": "refused"}).encode()

    async def watch(self, since: datetime, take: Callable[[Sequence[Reported]], Awaitable[Any]]) -> None:
        """Look for orders whose webhook never came, again and again, until cancelled.

        Args:
            since: from when on; what was paid before is known.
            take: takes note of what was found; what it knows already changes nothing.
        """
        while True:
            with self._clock.busy():
                since = await self._look(since, take)
            await self._clock.sleep(LOOK_EVERY.total_seconds())

    async def check(self) -> None:
        """Ask something that changes nothing.

        Raises:
            ProviderError: the account cannot be used; the text says why.
        """
        await self._client.page(1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _look(self, since: datetime, take: Callable[[Sequence[Reported]], Awaitable[Any]]) -> datetime:
        """Take what came in; return since when to look the next time."""
        now = self._clock.now()
        try:
            await take([self._report(one) async for one in self._since(since - _MARGIN)])
        except ProviderError as error:
            log.warning("provider did not answer provider=%s why=%s", NAME, error)
            return since
        return now

    async def _since(self, since: datetime) -> AsyncIterator[AfdianOrder]:
        """Yield the orders that were made since then, the latest first."""
        for number in range(1, _MOST_PAGES + 1):
            orders, has_more = await self._client.page(number)
            for order in orders:
                if order.at >= since:
                    yield order
            if not has_more or not orders or min(order.at for order in orders) < since:
                return

    def _report(self, order: AfdianOrder) -> Reported:
        named = {int(number) for number in _ORDER.findall(order.remark)}
        bindings = [one for one in find_codes(order.remark) if one.kind is CodeKind.BINDING]
        data: dict[str, Any] = {"plan": self._our_plan(order), "months": order.months}
        data |= {"payer": self._key.hash_text(f"{NAME}:{order.user_id}")} if order.user_id else {}
        data |= {"binding": self._key.hash(bindings[0])} if len(bindings) == 1 else {}
        fact = Fact(
            key=f"{NAME}:{order.number}",
            kind=FactKind.PAID,
            at=order.at,
            provider=NAME,
            order_number=named.pop() if len(named) == 1 else 0,
            amount_fen=order.amount_fen,
            data=data,
        )
        return Reported(fact=fact, trade_number=order.custom if _TRADE.fullmatch(order.custom) else "")

    def _bill_line(self, one: Reported) -> BillLine:
        fact = one.fact
        return BillLine(
            key=fact.key, kind=fact.kind, trade_number=one.trade_number, amount_fen=fact.amount_fen, reported=one
        )

    def _our_plan(self, order: AfdianOrder) -> str:
        plans = self._settings.plans
        whole = plans.get(f"{order.plan_id}/{order.months}", "")
        return whole or (plans.get(order.plan_id, "") if order.months == 1 else "")

    def _plan_of(self, order: Order) -> str:
        """Return 爱发电's id of what an order is for; empty when it has no page of its own there."""
        plan = order.data.get("plan")
        if not isinstance(plan, dict) or plan.get("price_fen") != order.amount_fen:  # its page asks for that price
            return ""
        ours = order.item.partition("@")[0]
        found = [theirs for theirs, plan in self._settings.plans.items() if plan == ours and "/" not in theirs]
        return found[0] if found else ""
