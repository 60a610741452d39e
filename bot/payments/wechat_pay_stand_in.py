"""A loopback stand-in for WeChat Pay v3, for tests and the demo: it signs, seals, answers and fails as the real one."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.clock import Clock
from bot.payments.wechat_pay import format_moment
from bot.payments.wechat_pay_page import PageSettings
from bot.payments.wechat_pay_stand_in_keys import StandInKeys
from bot.payments.wechat_pay_stand_in_server import StandInServer

RESENDS: Final = (15, 15, 30, 180, 600, 1200, *(1800,) * 3, 3600, *(10_800,) * 3, *(21_600,) * 2)
"""Seconds between two tries to deliver a callback, as WeChat Pay's manual lists them."""

_IN_A_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Callback:
    """A signed message to the merchant.

    Attributes:
        url: where it goes.
        headers: with the signature.
        body: sealed.
    """

    url: str
    headers: dict[str, str]
    body: bytes


Deliver = Callable[[Callback], Awaitable[int]]
"""Delivers a callback and returns the status of the answer."""


async def post(callback: Callback) -> int:
    """Deliver a callback over HTTP; 0 when nobody answers."""
    return await asyncio.to_thread(_post, callback)


def _post(callback: Callback) -> int:
    parts = urlsplit(callback.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("POST", parts.path, callback.body, {**callback.headers, "Content-Type": "application/json"})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


class WechatPayStandIn:
    """WeChat Pay on this machine. Requests are served by threads of its own; the rest belongs to the event loop.

    Args:
        folder: where the key files are written.
        clock: what it dates payments and signatures with.
        notify_url: where callbacks go.
        keys: new ones, if None.
        deliver: how callbacks go; over HTTP by default.
        lost_percent: how many callbacks get lost, of a hundred.
        dropped_percent: how many answers get lost, of a hundred.
        seed: decides which.

    Attributes:
        account: what it keeps.
        visits: who opens payment pages.
        settings: how the bot reaches it.
        page: the official account, for a bot that has a payment page.
        faults: what goes wrong with the next answers.
        asked: every request so far, as `GET /v3/…`.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        notify_url: str,
        keys: StandInKeys | None = None,
        deliver: Deliver = post,
        lost_percent: int = 0,
        dropped_percent: int = 0,
        seed: int = 0,
    ) -> None:
        self._keys, self._clock, self._deliver = keys or StandInKeys.make(), clock, deliver
        self._lost, self._chance = lost_percent, random.Random(seed)  # noqa: S311 - what gets lost is no secret
        self._server = StandInServer(self._keys, clock, dropped_percent=dropped_percent, seed=seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self.account, self.faults, self.asked = self._server.account, self._server.faults, self._server.asked
        self.visits = self._server.visits
        self.page = PageSettings(
            secret=SecretStr(self.visits.secret), asking=self._server.url, answering=self._server.url
        )
        self.settings = self._keys.write(folder, endpoint=self._server.url, notify_url=notify_url)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._server.stop()

    def pay(self, trade_number: str, openid: str = "oStandInPayer") -> None:
        """Let somebody pay an order in full; the merchant is not told yet.

        Args:
            trade_number: of the order.
            openid: who pays.

        Raises:
            Refusal: it cannot be paid.
        """
        with self._server.turns:
            self.account.pay(trade_number, openid)

    def end_refund(self, number: str, status: str = "SUCCESS") -> None:
        """Let a refund come to its end.

        Args:
            number: of the refund.
            status: `SUCCESS`, `ABNORMAL` or `CLOSED`.
        """
        with self._server.turns:
            refund = self.account.find_refund(number)
            refund.status, refund.ended_at = status, self._clock.now()

    def make_payment_callback(self, trade_number: str, *, at: datetime | None = None) -> Callback:
        """Return what tells the merchant of a payment, signed at a moment, now by default."""
        with self._server.turns:
            told, url = self.account.describe_order(trade_number), self.account.find(trade_number).request["notify_url"]
        return self.make_callback(url, "TRANSACTION.SUCCESS", told, "transaction", at=at)

    def make_refund_callback(self, number: str, *, at: datetime | None = None) -> Callback:
        """Return what tells the merchant how a refund ended, signed at a moment, now by default."""
        with self._server.turns:
            told, refund = self.account.describe_refund_notice(number), self.account.find_refund(number)
        return self.make_callback(refund.notify_url, f"REFUND.{refund.status}", told, "refund", at=at)

    def make_callback(
        self, url: str, event: str, told: dict[str, Any], kind: str, *, at: datetime | None = None
    ) -> Callback:
        """Return any callback, sealed and signed.

        Args:
            url: where it goes.
            event: `TRANSACTION.SUCCESS` and the like.
            told: what it tells.
            kind: `transaction` or `refund`.
            at: when it is signed; now, if None.
        """
        at = at or self._clock.now()
        notice = {
            "id": secrets.token_hex(16),
            "create_time": format_moment(at),
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": self._keys.seal(told, kind),
        }
        body = json.dumps(notice, ensure_ascii=False).encode()
        return Callback(url, self._keys.sign(body, at), body)

    async def tell(self, make: Callable[[], Callback]) -> bool:
        """Send a callback once and return whether the merchant took it; some get lost on the way.

        Args:
            make: signs it afresh.
        """
        if self._chance.randrange(_IN_A_HUNDRED) < self._lost:
            return False
        return await self._deliver(make()) in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}

    def keep_telling(self, make: Callable[[], Callback]) -> None:
        """Send a callback until the merchant takes it, as often as WeChat Pay does, on the clock.

        Args:
            make: signs it afresh.
        """
        task = asyncio.get_running_loop().create_task(self._keep_telling(make), name="wechat pay stand-in")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_telling(self, make: Callable[[], Callback]) -> None:
        for seconds in (0, *RESENDS):
            await self._clock.sleep(seconds)
            with self._clock.busy():
                if await self.tell(make):
                    return
