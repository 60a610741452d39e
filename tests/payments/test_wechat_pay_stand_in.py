"""The stand-in is as strict, as stubborn and as unreliable as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.payments.provider import ProviderError
from bot.payments.wechat_pay import WechatPay
from bot.payments.wechat_pay_client import WechatPayRefused, open_library
from bot.payments.wechat_pay_settings import WechatPaySettings
from bot.payments.wechat_pay_stand_in import RESENDS, Callback, WechatPayStandIn
from bot.payments.wechat_pay_stand_in_account import Refusal
from bot.web.serving import serving
from tests.payments.wechat_pay_kit import NOW, Shop, keys, open_shop, order, strangers_keys

pytestmark = pytest.mark.slow

NUMBER = order().trade_number


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


async def test_requests_of_strangers_are_refused(shop: Shop, tmp_path: Path) -> None:
    stolen = strangers_keys().write(tmp_path / "stolen", endpoint="", notify_url="")
    for changed in (
        replace(shop.stand_in.settings, private_key=stolen.private_key),
        replace(shop.stand_in.settings, certificate_serial="0" * 40),
        replace(shop.stand_in.settings, merchant_id="1900000110"),
    ):
        with pytest.raises(WechatPayRefused, match="签名不对") as refused:
            await WechatPay(changed, shop.clock).check()
        assert refused.value.code == "SIGN_ERROR"
    assert shop.stand_in.account.orders == {}


async def test_answers_signed_with_another_key_than_ours_are_not_believed(shop: Shop, tmp_path: Path) -> None:
    other = strangers_keys().write(tmp_path / "other", endpoint="", notify_url="")
    changed = replace(shop.stand_in.settings, public_key=other.public_key)
    with pytest.raises(ProviderError, match="签名"):
        await WechatPay(changed, shop.clock).check()


async def test_callbacks_sealed_with_another_key_are_not_opened(shop: Shop) -> None:
    await shop.sell(order())
    told = shop.stand_in.make_payment_callback(NUMBER)
    changed = replace(shop.stand_in.settings, api_key=SecretStr("0" * 32))
    assert open_library(changed).callback(told.headers, told.body) is None
    assert open_library(shop.stand_in.settings).callback(told.headers, told.body) is not None


async def test_an_order_changed_after_it_was_placed_is_refused(shop: Shop) -> None:
    await shop.provider.begin(order())
    with pytest.raises(ProviderError, match="别的内容"):
        await shop.provider.begin(order(amount_fen=1))


async def test_what_cannot_be_paid_is_not_paid(shop: Shop) -> None:
    with pytest.raises(Refusal):
        shop.stand_in.pay(NUMBER)
    await shop.sell(order())
    with pytest.raises(Refusal):
        shop.stand_in.pay(NUMBER)


async def test_certificates_are_there_for_those_who_use_them(shop: Shop) -> None:
    library: Any = open_library(shop.stand_in.settings)
    settings: WechatPaySettings = shop.stand_in.settings
    from wechatpayv3.core import Core

    status, answer = library._core.request("/v3/certificates")
    assert status == 200
    assert "BEGIN CERTIFICATE" not in answer
    library._core._certificates.clear()
    Core._update_certificates(library._core)
    [certificate] = library._core._certificates
    assert certificate.public_key().public_numbers() == keys().platform.public_key().public_numbers()
    assert settings.private_key.stat().st_mode & 0o077 == 0


class Merchant:
    """Takes callbacks from the `takes_from`-th on."""

    def __init__(self, clock_now: Any, takes_from: int) -> None:
        self.now, self.takes_from, self.at = clock_now, takes_from, list[datetime]()
        self.bodies: set[bytes] = set()

    async def __call__(self, callback: Callback) -> int:
        self.at.append(self.now())
        self.bodies.add(callback.body)
        return 204 if len(self.at) >= self.takes_from else 500


@pytest.mark.parametrize(("takes_from", "sent"), [(1, 1), (3, 3), (99, len(RESENDS) + 1)])
async def test_a_callback_is_sent_again_as_often_as_wechat_does(tmp_path: Path, takes_from: int, sent: int) -> None:
    merchants: list[Merchant] = []

    async def deliver(callback: Callback) -> int:
        return await merchants[0](callback)

    with open_shop(tmp_path, deliver=deliver) as shop:
        merchants.append(Merchant(shop.clock.now, takes_from))
        await shop.sell(order())
        shop.stand_in.keep_telling(lambda: shop.stand_in.make_payment_callback(NUMBER))
        await shop.clock.advance(days=2)
    waits = [round((at - NOW).total_seconds()) for at in merchants[0].at]
    assert waits == [sum(RESENDS[:index]) for index in range(sent)]
    assert len(merchants[0].bodies) == sent


async def test_every_resend_is_signed_afresh_and_taken(tmp_path: Path) -> None:
    shops: list[Shop] = []
    taken: list[str] = []

    async def deliver(callback: Callback) -> int:
        found = await shops[0].provider.read_callback(callback.headers, callback.body)
        taken.append(found[0].fact.key)
        return 500 if len(taken) < 10 else 204

    with open_shop(tmp_path, deliver=deliver) as shop:
        shops.append(shop)
        await shop.sell(order())
        shop.stand_in.keep_telling(lambda: shop.stand_in.make_payment_callback(NUMBER))
        await shop.clock.advance(days=1)
    assert len(taken) == 10
    assert len(set(taken)) == 1


async def test_some_callbacks_get_lost(tmp_path: Path) -> None:
    came: list[Callback] = []

    async def deliver(callback: Callback) -> int:
        came.append(callback)
        return 204

    with open_shop(tmp_path, deliver=deliver, lost_percent=30, seed=1) as shop:
        await shop.sell(order())
        told = shop.stand_in.make_payment_callback(NUMBER)
        taken = [await shop.stand_in.tell(lambda: told) for _ in range(200)]
    assert sum(taken) == len(came)
    assert 110 <= len(came) <= 170


async def test_some_answers_get_lost(tmp_path: Path) -> None:
    with open_shop(tmp_path, dropped_percent=100) as shop:
        with pytest.raises(ProviderError, match="连不上"):
            await shop.provider.begin(order())
        assert len(shop.stand_in.account.orders) == 1


async def test_callbacks_go_over_http_to_the_address_of_the_order(tmp_path: Path) -> None:
    from quart import Quart, request

    app = Quart("merchant")
    came: list[tuple[dict[str, str], bytes]] = []

    @app.post("/pay/wechat_pay")
    async def take() -> tuple[bytes, int]:
        came.append((dict(request.headers), await request.get_data()))
        return b"", 204

    async with serving(app, 0) as port:
        with WechatPayStandIn(
            tmp_path, (clock := open_clock()), notify_url=f"http://127.0.0.1:{port}/pay/wechat_pay", keys=keys()
        ) as stand_in:
            provider = WechatPay(stand_in.settings, clock)
            await provider.begin(order())
            stand_in.pay(NUMBER)
            assert await stand_in.tell(lambda: stand_in.make_payment_callback(NUMBER))
            assert len(await provider.read_callback(*came[0])) == 1
            provider.close()
    await asyncio.sleep(0)
    with WechatPayStandIn(tmp_path, clock, notify_url=f"http://127.0.0.1:{port}/", keys=keys()) as alone:
        callback = alone.make_callback(f"http://127.0.0.1:{port}/", "REFUND.SUCCESS", {}, "refund")
        assert not await alone.tell(lambda: callback)


def open_clock() -> Any:
    from bot.clock import VirtualClock

    return VirtualClock(NOW)
