"""What `wechatpayv3` 2.0.4 leaves open, shown on the bare library, so that a new version is looked at here first."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bot.payments.provider import ProviderError
from bot.payments.wechat_pay_client import open_library
from bot.payments.wechat_pay_settings import ENDPOINT
from bot.payments.wechat_pay_stand_in import Callback
from bot.payments.wechat_pay_stand_in_server import Fault
from tests.payments.wechat_pay_kit import NOW, Shop, open_shop, order

pytestmark = pytest.mark.slow

STRANGER = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.fixture
def bare(shop: Shop) -> Any:
    """Return the library as it comes, but for its address."""
    from wechatpayv3 import WeChatPay, WeChatPayType

    settings = shop.stand_in.settings
    client = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=settings.merchant_id,
        private_key=settings.private_key.read_text(),
        cert_serial_no=settings.certificate_serial,
        appid=settings.app_id,
        apiv3_key=settings.api_key.get_secret_value(),
        notify_url=settings.notify_url,
        public_key=settings.public_key.read_text(),
        public_key_id=settings.public_key_id,
    )
    client._core._gate_way = settings.endpoint
    return client


async def told(shop: Shop, **delta: float) -> Callback:
    await shop.sell(order())
    return shop.stand_in.make_payment_callback(order().trade_number, at=NOW + timedelta(**delta))


def test_this_is_the_version_that_was_looked_at() -> None:
    assert version("wechatpayv3") == "2.0.4"


def test_its_address_is_private_and_ours_is_checked_before_it_is_set(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    library: Any = open_library(replace(shop.stand_in.settings, endpoint=ENDPOINT))
    assert library._core._gate_way == ENDPOINT
    import wechatpayv3.core

    monkeypatch.setattr(
        wechatpayv3.core.Core, "_gate_way", property(lambda _: "https://x", lambda *_: None), raising=False
    )
    with pytest.raises(ProviderError, match="版本"):
        open_library(shop.stand_in.settings)


def test_it_waits_for_ever_unless_told(shop: Shop, bare: Any) -> None:
    assert bare._core._timeout is None
    library: Any = open_library(shop.stand_in.settings)
    assert library._core._timeout == shop.stand_in.settings.seconds


async def test_who_does_not_answer_is_not_waited_for(shop: Shop) -> None:
    await shop.provider.begin(order())
    shop.provider._client._settings = replace(shop.stand_in.settings, seconds=(0.5, 0.05))
    shop.provider._client._library = None
    shop.stand_in.faults.append(Fault.HANG)
    asked = len(shop.stand_in.asked)
    with pytest.raises(ProviderError, match="连不上"):
        await shop.provider.find(order())
    assert len(shop.stand_in.asked) <= asked + 1


async def test_it_takes_a_callback_of_last_month(shop: Shop, bare: Any) -> None:
    old = await told(shop, days=-30)
    assert bare.callback(old.headers, old.body)["event_type"] == "TRANSACTION.SUCCESS"


async def test_it_asks_for_certificates_when_a_stranger_names_one(shop: Shop, bare: Any) -> None:
    callback = await told(shop)
    asked = len(shop.stand_in.asked)
    for _ in range(3):
        assert bare.callback(callback.headers | {"Wechatpay-Serial": STRANGER}, callback.body) is None
    assert shop.stand_in.asked[asked:] == ["GET /v3/certificates"] * 3
    library = open_library(shop.stand_in.settings)
    assert library.callback(callback.headers | {"Wechatpay-Serial": STRANGER}, callback.body) is None
    assert len(shop.stand_in.asked) == asked + 3


async def test_it_prefers_headers_that_were_not_checked(shop: Shop, bare: Any) -> None:
    callback = await told(shop)
    django = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in callback.headers.items()}
    assert bare.callback({**callback.headers, "Wechatpay-Serial": "1"} | django, callback.body) is not None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"Wechatpay-Serial": "PUB_KEY_ID_1"}, ValueError),
        ({"Wechatpay-Signature-Type": ""}, Exception),
        ({"Wechatpay-Signature": "!"}, None),
    ],
)
async def test_it_says_no_in_three_ways(
    shop: Shop, bare: Any, change: dict[str, str], error: type[Exception] | None
) -> None:
    callback = await told(shop)
    if error is None:
        assert bare.callback(callback.headers | change, callback.body) is None
        return
    with pytest.raises(error):
        bare.callback(callback.headers | change, callback.body)


async def test_it_does_not_find_headers_in_capitals(shop: Shop, bare: Any) -> None:
    callback = await told(shop)
    with pytest.raises(Exception, match="algorithm"):
        bare.callback({name.upper(): value for name, value in callback.headers.items()}, callback.body)


def test_it_hands_on_an_unsigned_no(shop: Shop, bare: Any) -> None:
    shop.stand_in.faults.append(Fault.STRIP)
    status, answer = bare.query(out_trade_no=order().trade_number)
    assert (status, json.loads(answer)["code"]) == (404, "ORDER_NOT_EXIST")


def test_it_sends_floats(shop: Shop, bare: Any) -> None:
    status, _ = bare.pay(description="x", out_trade_no=order().trade_number, amount={"total": 99.0, "currency": "CNY"})
    assert status == 400
    assert len(shop.stand_in.asked) == 1


async def test_it_downloads_a_bill_unsigned(shop: Shop, bare: Any) -> None:
    await shop.sell(order())
    _, announced = bare.trade_bill("2026-11-22")
    shop.stand_in.faults.append(Fault.STRIP)
    assert bare.download_bill(json.loads(announced)["download_url"])[0] == 200


async def test_an_order_asked_about_is_the_one_that_is_answered(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.sell(order(1), order(2))
    describe = shop.stand_in.account.describe_order
    monkeypatch.setattr(
        type(shop.stand_in.account), "describe_order", lambda _, number: describe(order(2).trade_number)
    )
    with pytest.raises(ProviderError, match="另一笔"):
        await shop.provider.find(order(1))


def test_its_asynchronous_half_is_not_used() -> None:
    sources = [path for path in Path("bot").rglob("*.py") if "wechatpayv3" in path.read_text(encoding="utf-8")]
    assert [path.name for path in sources] == ["wechat_pay_client.py"]
    assert "async_" not in sources[0].read_text(encoding="utf-8")


@pytest.mark.process
def test_who_is_not_paid_this_way_does_not_wait_for_it() -> None:
    code = (
        "import sys, bot.app, bot.app_payments, bot.payments.registry, bot.payments.wechat_pay\n"
        "sys.exit(bool({'wechatpayv3', 'segno', 'bot.web.wechat_pay_page'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
