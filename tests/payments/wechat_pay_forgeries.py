"""Callbacks that must not be believed, each wrong in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.payments.wechat_pay_guard import MOST_BYTES
from bot.payments.wechat_pay_stand_in import Callback
from tests.payments.wechat_pay_kit import NOTIFY_URL, NOW, Shop, keys, reseal, strangers_keys


@dataclass(frozen=True)
class Genuine:
    """What would be believed.

    Attributes:
        callback: that an order was paid.
        told: what it says.
        again: makes it anew, signed so much later.
    """

    callback: Callback
    told: dict[str, Any]
    again: Callable[[timedelta], Callback]


Forge = Callable[[Genuine], Callback]


def genuine(shop: Shop, number: str) -> Genuine:
    """Return what WeChat Pay would say if somebody had paid an order."""
    paid = {"transaction_id": f"4200{number}", "success_time": "2026-11-22T12:00:00+08:00", "trade_state": "SUCCESS"}
    told = shop.stand_in.account.describe_order(number) | paid

    def sign(later: timedelta) -> Callback:
        at = shop.clock.now() + later
        return shop.stand_in.make_callback(NOTIFY_URL, "TRANSACTION.SUCCESS", told, "transaction", at=at)

    return Genuine(sign(timedelta()), told, sign)


def with_header(name: str, value: str | None) -> Forge:
    def forge(one: Genuine) -> Callback:
        headers = {key: text for key, text in one.callback.headers.items() if key != name}
        return replace(one.callback, headers=headers | ({name: value} if value is not None else {}))

    return forge


def saying(amount: dict[str, Any] | None = None, **changes: Any) -> Forge:
    """Return a forger who holds every key: what it says must be wrong by itself."""

    def forge(one: Genuine) -> Callback:
        told = one.told | {"amount": one.told["amount"] | (amount or {})} | changes
        return reseal(one.callback, told, by=keys())

    return forge


def without(name: str) -> Forge:
    def forge(one: Genuine) -> Callback:
        return reseal(one.callback, {key: value for key, value in one.told.items() if key != name}, by=keys())

    return forge


def carrying(body: bytes) -> Forge:
    return lambda one: replace(one.callback, body=body, headers=keys().sign(body, NOW))


def signed_at(**delta: float) -> Forge:
    return lambda one: one.again(timedelta(**delta))


FORGERIES: dict[str, Forge] = {
    "without a signature": with_header("Wechatpay-Signature", None),
    "with an empty signature": with_header("Wechatpay-Signature", ""),
    "without a time": with_header("Wechatpay-Timestamp", None),
    "with a time in other digits": with_header("Wechatpay-Timestamp", "１７６３７８４０００"),
    "with no time at all": with_header("Wechatpay-Timestamp", "now"),
    "without a nonce": with_header("Wechatpay-Nonce", None),
    "with another nonce": with_header("Wechatpay-Nonce", "0" * 32),
    "without a serial": with_header("Wechatpay-Serial", None),
    "with a stranger's certificate": with_header("Wechatpay-Serial", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"),
    "with another public key id": with_header("Wechatpay-Serial", "PUB_KEY_ID_1"),
    "without a signature type": with_header("Wechatpay-Signature-Type", None),
    "with another signature type": with_header("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
    "with the signature of a probe": with_header("Wechatpay-Signature", "WECHATPAY/SIGNTEST/" + "A" * 300),
    "with a header twice": with_header("wechatpay-serial", "PUB_KEY_ID_1"),
    "thirty days old, rightly signed": signed_at(days=-30),
    "five minutes and a second old": signed_at(seconds=-301),
    "from the future": signed_at(seconds=301),
    "changed after it was signed": lambda one: replace(one.callback, body=one.callback.body + b" "),
    "empty": carrying(b""),
    "too large": lambda one: replace(one.callback, body=b" " * MOST_BYTES + one.callback.body),
    "no text": carrying(b"\xff\xfe"),
    "no JSON": carrying(b"{"),
    "a list": carrying(b"[]"),
    "a deep hole": carrying(b"[" * 60_000),
    "signed by a stranger": lambda one: reseal(
        one.callback, one.told, by=strangers_keys()
    ),
    "sealed with another key": lambda one: reseal(
        one.callback, one.told, by=replace(keys(), api_key="0" * 32)
    ),
    "not sealed": lambda one: reseal(
        one.callback, {}, by=keys(), resource=one.told
    ),
    "without a resource": lambda one: reseal(one.callback, {}, by=keys(), resource=None),
    "of another merchant": saying(mchid="1900000110"),
    "of another app": saying(appid="wx0000000000000000"),
    "without a merchant": without("mchid"),
    "without an app": without("appid"),
    "in another currency": saying(amount={"currency": "HKD"}),
    "in no currency": saying(amount={"currency": None}),
    "with a float": saying(amount={"total": 9900.0}),
    "with a text for an amount": saying(amount={"total": "9900"}),
    "with a truth for an amount": saying(amount={"total": True}),
    "with nothing paid": saying(amount={"total": 0}),
    "with less than nothing paid": saying(amount={"total": -9900}),
    "with more than there is": saying(amount={"total": 10**15}),
    "not paid": saying(trade_state="NOTPAY"),
    "refunded in the words of a payment": saying(trade_state="REFUND"),
    "without a transaction": without("transaction_id"),
    "with a strange transaction": saying(transaction_id="1' or '1"),
    "without a trade number": without("out_trade_no"),
    "without a time of payment": without("success_time"),
    "with a time of payment without a zone": saying(success_time="2026-11-22T12:00:00"),
    "with a time of payment that is none": saying(success_time="yesterday"),
    "of another event": lambda one: reseal(
        one.callback, one.told, by=keys(), event_type="TRANSACTION.UNKNOWN"
    ),
    "of no event": lambda one: reseal(
        one.callback, one.told, by=keys(), event_type=None
    ),
    "a payment in the words of a refund": lambda one: reseal(
        one.callback, one.told, by=keys(), event_type="REFUND.SUCCESS"
    ),
    "of another kind of resource": lambda one: reseal(
        one.callback, one.told, by=keys(), resource_type="plain"
    ),
}  # fmt: skip
