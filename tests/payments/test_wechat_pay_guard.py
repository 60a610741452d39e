"""Only what WeChat Pay signed, freshly, about our own money, is believed; a refusal names no secret."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bot.payments.provider import CallbackRefused
from bot.payments.wechat_pay_guard import Unbelievable, read_payment, read_refund
from tests.payments.wechat_pay_forgeries import FORGERIES, genuine, with_header
from tests.payments.wechat_pay_kit import NOW, Shop, keys, open_shop, order

pytestmark = pytest.mark.slow  # signatures

NUMBER = order().trade_number


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Return a shop that has sold one order; callbacks change nothing in it."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        asyncio.run(opened.sell(order()))
        yield opened


REASONS: dict[str, str] = {
    "a header is missing or there twice": "without a signature|with an empty signature|without a time|without a nonce|"
    "without a serial|without a signature type|with a header twice",
    "stale": "with a time in other digits|with no time at all|thirty days old, rightly signed|"
    "five minutes and a second old|from the future",
    "size": "empty|too large",
    "serial": "with a stranger's certificate|with another public key id",
    "signature type": "with another signature type",
    "signature or seal": "with another nonce|with the signature of a probe|changed after it was signed|no text|no JSON|"
    "a list|a deep hole|signed by a stranger|sealed with another key|not sealed|without a resource|"
    "of another kind of resource",
    "field mchid": "of another merchant|without a merchant",
    "field appid": "of another app|without an app",
    "field currency": "in another currency|in no currency",
    "field amount.total": "with a float|with a text for an amount|with a truth for an amount|with nothing paid|"
    "with less than nothing paid|with more than there is",
    "field trade_state": "not paid|refunded in the words of a payment",
    "field transaction_id": "without a transaction|with a strange transaction",
    "field out_trade_no": "without a trade number",
    "field success_time": "without a time of payment|with a time of payment without a zone|"
    "with a time of payment that is none",
    "field event_type": "of no event",
    "event type": "of another event",
    "field refund_status": "a payment in the words of a refund",
}


@pytest.mark.parametrize(("name", "reason"), [(n, why) for why, names in REASONS.items() for n in names.split("|")])
async def test_a_callback_is_refused(shop: Shop, name: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    forged = FORGERIES[name](genuine(shop, NUMBER))
    asked = len(shop.stand_in.asked)
    with pytest.raises(CallbackRefused) as refused:
        await shop.provider.read_callback(forged.headers, forged.body)
    assert str(refused.value) == reason
    assert len(shop.stand_in.asked) == asked
    openid = shop.stand_in.account.orders[NUMBER].openid
    assert not [secret for secret in (keys().api_key, openid) if secret in caplog.text]


def test_every_forgery_has_its_reason() -> None:
    assert sorted("|".join(REASONS.values()).split("|")) == sorted(FORGERIES)


@pytest.mark.parametrize("change", [str.upper, str.lower, str.title])
async def test_headers_count_in_any_case(shop: Shop, change: Callable[[str], str]) -> None:
    told = shop.stand_in.make_payment_callback(NUMBER)
    headers = {change(name): value for name, value in told.headers.items()} | {"Host": "pay.example.com"}
    assert len(await shop.provider.read_callback(headers, told.body)) == 1


@pytest.mark.parametrize("delta", [timedelta(seconds=300), timedelta(seconds=-300), timedelta()])
async def test_five_minutes_either_way_are_fresh(shop: Shop, delta: timedelta) -> None:
    told = shop.stand_in.make_payment_callback(NUMBER, at=NOW + delta)
    assert len(await shop.provider.read_callback(told.headers, told.body)) == 1


async def test_the_callback_that_the_forgeries_are_made_of_is_believed(shop: Shop) -> None:
    callback = genuine(shop, NUMBER).callback
    assert len(await shop.provider.read_callback(callback.headers, callback.body)) == 1


async def test_the_same_callback_again_is_the_same_fact(shop: Shop) -> None:
    told = [shop.stand_in.make_payment_callback(NUMBER) for _ in range(3)]
    keys_of_facts = {(await shop.provider.read_callback(one.headers, one.body))[0].fact.key for one in told}
    assert len({one.body for one in told}) == 3
    assert len(keys_of_facts) == 1


async def test_many_forgeries_at_once_ask_nobody(shop: Shop) -> None:
    told = genuine(shop, NUMBER)
    asked = len(shop.stand_in.asked)
    forged = [with_header("Wechatpay-Serial", f"{number:040X}")(told) for number in range(200)]
    found = await asyncio.gather(
        *(shop.provider.read_callback(one.headers, one.body) for one in forged), return_exceptions=True
    )
    assert {type(one) for one in found} == {CallbackRefused}
    assert len(shop.stand_in.asked) == asked


def test_an_answer_about_another_refund_is_not_believed() -> None:
    told = {
        "out_refund_no": "R1",
        "out_trade_no": "T1",
        "status": "SUCCESS",
        "success_time": "2026-11-22T12:00:00+08:00",
    }
    good = told | {"amount": {"refund": 1, "total": 2, "currency": "CNY"}}
    found = read_refund(good, number="R1", trade_number="T1", amount_fen=1)
    assert found is not None
    assert found.fact.key == "wechat_pay_refund:R1"
    for wrong in (
        good | {"out_refund_no": "R2"},
        good | {"out_trade_no": "T2"},
        good | {"amount": {"refund": 2, "currency": "CNY"}},
        good | {"amount": {"refund": 1.0, "currency": "CNY"}},
        good | {"amount": {"refund": 1, "currency": "USD"}},
        good | {"status": "CLOSED"},
        good | {"success_time": ""},
        told,
        json.loads("[]"),
    ):
        with pytest.raises(Unbelievable):
            read_refund(wrong, number="R1", trade_number="T1", amount_fen=1)
    assert read_refund(good | {"status": "PROCESSING"}, number="R1", trade_number="T1", amount_fen=1) is None
    with pytest.raises(Unbelievable):
        read_payment(good, merchant_id="1", app_id="2")
