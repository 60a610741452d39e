"""Decides what of WeChat Pay's callbacks and answers is believed; everything is checked here, nothing is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from bot.payments.model import Fact, FactKind
from bot.payments.provider import CallbackRefused, Reported

NAME: Final = "wechat_pay"
SIGNATURE_TYPE: Final = "WECHATPAY2-SHA256-RSA2048"
MOST_BYTES: Final = 64 << 10
MOST_SECONDS: Final = 300
"""How old a callback may be: five minutes, as WeChat Pay's manual asks; each resend is signed afresh."""

_HEADERS: Final = {
    name.lower(): name
    for name in (
        "Wechatpay-Timestamp",
        "Wechatpay-Nonce",
        "Wechatpay-Serial",
        "Wechatpay-Signature",
        "Wechatpay-Signature-Type",
    )
}
_NUMBER: Final = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}", re.ASCII)
_SECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST_FEN: Final = 100_000_000_00  # a hundred million yuan, far above what WeChat Pay takes at once


class Unbelievable(ValueError):
    """Something signed does not say what it has to; the text names the field, never its value."""


def check_envelope(headers: Mapping[str, str], body: bytes, *, serial: str, now: datetime) -> dict[str, str]:
    """Look at a callback from outside, before any signature is computed.

    The client library asks WeChat for certificates whenever it meets a serial it does not know, looks at no time, and
    prefers `HTTP_WECHATPAY_*` to the headers that were checked: so only what is returned here may reach it.

    Args:
        headers: in any case.
        body: as it came.
        serial: whose signature is believed.
        now: the time by our clock.

    Returns:
        The five headers that count, in the case the library reads.

    Raises:
        CallbackRefused: it is forged, stale, too large or meant for somebody else.
    """
    if not 0 < len(body) <= MOST_BYTES:
        raise CallbackRefused("size")
    found = [(_HEADERS[name.lower()], value) for name, value in headers.items() if name.lower() in _HEADERS]
    known = dict(found)
    if len(found) != len(_HEADERS) or len(known) != len(_HEADERS) or not all(known.values()):
        raise CallbackRefused("a header is missing or there twice")
    if known["Wechatpay-Signature-Type"] != SIGNATURE_TYPE:
        raise CallbackRefused("signature type")
    seconds = known["Wechatpay-Timestamp"]
    if not _SECONDS.fullmatch(seconds) or abs(int(now.timestamp()) - int(seconds)) > MOST_SECONDS:
        raise CallbackRefused("stale")
    if known["Wechatpay-Serial"] != serial:
        raise CallbackRefused("serial")
    return known


def read_notice(notice: object, *, merchant_id: str, app_id: str) -> list[Reported]:
    """Return what an opened callback reports; nothing for a refund that failed.

    Raises:
        CallbackRefused: it is about somebody else's money, or about none.
    """
    try:
        event, resource = _text(notice, "event_type"), _field(notice, "resource")
        if event == "TRANSACTION.SUCCESS":
            _must_be(resource, "trade_state", "SUCCESS")
            paid = read_payment(resource, merchant_id=merchant_id, app_id=app_id)
            return [paid] if paid else []
        if event in {"REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"}:
            _must_be(resource, "mchid", merchant_id)
            _must_be(resource, "refund_status", event.removeprefix("REFUND."))
            return [_refunded(resource)] if event == "REFUND.SUCCESS" else []
    except Unbelievable as error:
        raise CallbackRefused(f"field {error}") from None
    raise CallbackRefused("event type")


def read_payment(data: object, *, merchant_id: str, app_id: str) -> Reported | None:
    """Return the payment that a signed description of an order tells of; None when nobody paid.

    Args:
        data: from a callback or a query; an order that was paid and refunded since still tells of its payment.
        merchant_id: ours.
        app_id: ours.

    Raises:
        Unbelievable: it is not ours, or something is missing in it.
    """
    _must_be(data, "mchid", merchant_id)
    _must_be(data, "appid", app_id)
    if _text(data, "trade_state") not in {"SUCCESS", "REFUND"}:
        return None
    amount = _field(data, "amount")
    _must_be(amount, "currency", "CNY")
    fact = Fact(
        key=f"{NAME}:{_number(data, 'transaction_id')}",
        kind=FactKind.PAID,
        at=_moment(data, "success_time"),
        provider=NAME,
        amount_fen=_fen(amount, "total"),
    )
    return Reported(fact=fact, trade_number=_number(data, "out_trade_no"))


def read_refund(data: object, *, number: str, trade_number: str, amount_fen: int) -> Reported | None:
    """Return the refund that an answer of the API tells of; None while it is under way.

    Args:
        data: the answer.
        number: the refund's, as it was asked for.
        trade_number: of the order.
        amount_fen: how much was to be given back.

    Raises:
        Unbelievable: it is another refund, or one that failed.
    """
    _must_be(data, "out_refund_no", number)
    _must_be(data, "out_trade_no", trade_number)
    amount = _field(data, "amount")
    _must_be(amount, "currency", "CNY")
    if _fen(amount, "refund") != amount_fen:
        raise Unbelievable("amount.refund")
    status = _text(data, "status")
    if status == "PROCESSING":
        return None
    _must_be(data, "status", "SUCCESS")
    return _refunded(data)


def refund_key(number: str) -> str:
    """Return the key of the fact that a refund was made."""
    return f"{NAME}_refund:{number}"


def _refunded(data: object) -> Reported:
    fact = Fact(
        key=refund_key(_number(data, "out_refund_no")),
        kind=FactKind.REFUNDED,
        at=_moment(data, "success_time"),
        provider=NAME,
        amount_fen=_fen(_field(data, "amount"), "refund"),
    )
    return Reported(fact=fact, trade_number=_number(data, "out_trade_no"))


def _field(data: object, name: str) -> object:
    return data.get(name) if isinstance(data, dict) else None


def _text(data: object, name: str) -> str:
    value = _field(data, name)
    if not isinstance(value, str) or not value:
        raise Unbelievable(name)
    return value


def _must_be(data: object, name: str, wanted: str) -> None:
    if _text(data, name) != wanted:
        raise Unbelievable(name)


def _number(data: object, name: str) -> str:
    if not _NUMBER.fullmatch(value := _text(data, name)):
        raise Unbelievable(name)
    return value


def _fen(data: object, name: str) -> int:
    value = _field(data, name)
    if type(value) is not int or not 0 < value <= _MOST_FEN:  # neither 1.0 nor True is an amount
        raise Unbelievable(f"amount.{name}")
    return value


def _moment(data: object, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(data, name))
    except ValueError:
        raise Unbelievable(name) from None
    if moment.tzinfo is None:
        raise Unbelievable(name)
    return moment.astimezone(UTC)
