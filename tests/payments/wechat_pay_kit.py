"""What tests of WeChat Pay share: keys made once, orders, a stand-in and the provider that talks to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.clock import VirtualClock
from bot.payments.model import Order
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_stand_in import Callback, WechatPayStandIn
from bot.payments.wechat_pay_stand_in_keys import StandInKeys

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NOTIFY_URL = "https://pay.example.com/pay/wechat_pay"


@cache
def keys() -> StandInKeys:
    """Return the keys that all tests use: making them takes a third of a second."""
    return StandInKeys.make()


@cache
def strangers_keys() -> StandInKeys:
    """Return keys of somebody who claims to be WeChat Pay, with its public key id and even its APIv3 key."""
    return replace(StandInKeys.make(), public_key_id=keys().public_key_id, api_key=keys().api_key)


def order(number: int = 12, amount_fen: int = 99_00, **changes: Any) -> Order:
    """Return an order."""
    made = Order(
        number=number,
        trade_number=f"T{number:023}",
        kind="membership",
        item="month@1",
        title="月度会员",
        member_id="m1",
        amount_fen=amount_fen,
        made_at=NOW,
        expires_at=NOW + timedelta(hours=2),
    )
    return replace(made, **changes)


@dataclass
class Shop:
    """A merchant and WeChat Pay."""

    clock: VirtualClock
    stand_in: WechatPayStandIn
    provider: WechatPay

    async def sell(self, *orders: Order) -> None:
        """Place orders and let somebody pay them; nothing is told."""
        for one in orders:
            await self.provider.begin(one)
            self.stand_in.pay(one.trade_number)


@contextmanager
def open_shop(folder: Path, **options: Any) -> Iterator[Shop]:
    """Open a stand-in on a virtual clock, and a provider."""
    clock = VirtualClock(NOW)
    with WechatPayStandIn(folder, clock, notify_url=NOTIFY_URL, keys=keys(), **options) as stand_in:
        provider = WechatPay(stand_in.settings, clock)
        try:
            yield Shop(clock, stand_in, provider)
        finally:
            provider.close()


def reseal(callback: Callback, told: dict[str, Any], *, by: StandInKeys, at: datetime = NOW, **notice: Any) -> Callback:
    """Return a callback like another one that tells something else, sealed and signed by somebody."""
    outer = json.loads(callback.body) | {"resource": by.seal(told, "transaction")} | notice
    body = json.dumps(outer, ensure_ascii=False).encode()
    return replace(callback, body=body, headers=by.sign(body, at))
