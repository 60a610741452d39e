"""The stand-in's account: orders, payments and refunds as WeChat Pay keeps them, and its answers about them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from bot.payments.wechat_pay import format_moment
from bot.payments.wechat_pay_stand_in_keys import APP_ID, MERCHANT_ID

_TRADE_NUMBER: Final = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
_WHAT_IS_PLACED: Final = ("appid", "mchid", "description", "notify_url", "amount", "time_expire", "payer")
_ANSWERS_OF: Final = {"SUCCESS": "支付成功", "NOTPAY": "订单未支付", "CLOSED": "已关闭", "REFUND": "转入退款"}


class Refusal(Exception):
    """The account says no.

    Attributes:
        status: of HTTP.
        code: its word for why.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(slots=True)
class PlacedOrder:
    """An order.

    Attributes:
        request: what it was placed with.
        trade_type: `NATIVE` or `JSAPI`.
        state: `NOTPAY`, `SUCCESS`, `REFUND` or `CLOSED`.
        transaction_id: of its payment.
        openid: who paid.
        paid_at: when.
    """

    request: dict[str, Any]
    trade_type: str
    state: str = "NOTPAY"
    transaction_id: str = ""
    openid: str = ""
    paid_at: datetime | None = None

    @property
    def total(self) -> int:
        """What is to be paid, in fen."""
        total: int = self.request["amount"]["total"]
        return total


@dataclass(slots=True)
class MadeRefund:
    """A refund.

    Attributes:
        number: the merchant's number for it.
        trade_number: of the order.
        amount_fen: how much is given back.
        notify_url: where it is told when it is done.
        made_at: when it was asked for.
        status: `PROCESSING`, `SUCCESS`, `ABNORMAL` or `CLOSED`.
        ended_at: when it was done.
    """

    number: str
    trade_number: str
    amount_fen: int
    notify_url: str
    made_at: datetime
    status: str = "PROCESSING"
    ended_at: datetime | None = None


@dataclass(slots=True)
class StandInAccount:
    """What the merchant has at WeChat Pay. Not safe for threads: the server takes turns.

    Attributes:
        now: tells the time.
        balance_is_short: refunds are refused for want of money.
    """

    now: Callable[[], datetime]
    orders: dict[str, PlacedOrder] = field(default_factory=dict)
    refunds: dict[str, MadeRefund] = field(default_factory=dict)
    balance_is_short: bool = False

    def place(self, trade_type: str, request: dict[str, Any]) -> dict[str, Any]:
        """Take an order; the same one again gets the same code."""
        number, total = request.get("out_trade_no"), request.get("amount", {}).get("total")
        if not isinstance(number, str) or not _TRADE_NUMBER.fullmatch(number):
            raise Refusal(HTTPStatus.BAD_REQUEST, "PARAM_ERROR")
        if type(total) is not int or total < 1 or request["amount"].get("currency", "CNY") != "CNY":
            raise Refusal(HTTPStatus.BAD_REQUEST, "PARAM_ERROR")
        if trade_type == "JSAPI" and not request.get("payer", {}).get("openid"):
            raise Refusal(HTTPStatus.BAD_REQUEST, "PARAM_ERROR")
        if (request.get("appid"), request.get("mchid")) != (APP_ID, MERCHANT_ID):
            raise Refusal(HTTPStatus.BAD_REQUEST, "APPID_MCHID_NOT_MATCH")
        self._check_again(self.orders.get(number), trade_type, request)
        self.orders.setdefault(number, PlacedOrder(request, trade_type))
        digest = hashlib.sha256(number.encode()).hexdigest()
        if trade_type == "JSAPI":
            return {"prepay_id": f"wx{digest[:34]}"}
        return {"code_url": f"weixin://wxpay/bizpayurl?pr={digest[:9]}"}

    def _check_again(self, known: PlacedOrder | None, trade_type: str, request: dict[str, Any]) -> None:
        if known is None:
            return
        if known.state in {"SUCCESS", "REFUND"}:
            raise Refusal(HTTPStatus.BAD_REQUEST, "ORDERPAID")
        if known.state == "CLOSED":
            raise Refusal(HTTPStatus.BAD_REQUEST, "ORDER_CLOSED")
        is_other = any(known.request.get(name) != request.get(name) for name in _WHAT_IS_PLACED)
        if is_other or known.trade_type != trade_type:
            raise Refusal(HTTPStatus.FORBIDDEN, "OUT_TRADE_NO_USED")

    def pay(self, trade_number: str, openid: str) -> PlacedOrder:
        """Let somebody pay an order in full, now.

        Raises:
            Refusal: there is no such order, or it cannot be paid any more.
        """
        order = self.find(trade_number)
        if order.state != "NOTPAY":
            raise Refusal(HTTPStatus.BAD_REQUEST, "ORDERPAID" if order.state == "SUCCESS" else "ORDER_CLOSED")
        digest = int(hashlib.sha256(trade_number.encode()).hexdigest(), 16) % 10**24
        order.state, order.transaction_id, order.openid = "SUCCESS", f"4200{digest:024}", openid
        order.paid_at = self.now()
        return order

    def find(self, trade_number: str) -> PlacedOrder:
        """Return an order by the merchant's number.

        Raises:
            Refusal: there is none.
        """
        if (order := self.orders.get(trade_number)) is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "ORDER_NOT_EXIST")
        return order

    def close(self, trade_number: str) -> None:
        """Let nobody pay an order any more."""
        order = self.find(trade_number)
        if order.state in {"SUCCESS", "REFUND"}:
            raise Refusal(HTTPStatus.BAD_REQUEST, "ORDERPAID")
        order.state = "CLOSED"

    def refund(self, request: dict[str, Any]) -> MadeRefund:
        """Begin to give money back; the same number again tells of the first one."""
        number, trade_number, amount = request["out_refund_no"], request["out_trade_no"], request["amount"]
        order, fen = self.find(trade_number), amount.get("refund")
        if order.paid_at is None or type(fen) is not int or fen < 1 or amount.get("total") != order.total:
            raise Refusal(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST")
        if known := self.refunds.get(number):
            if (known.amount_fen, known.trade_number) != (fen, trade_number):
                raise Refusal(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST")
            return known
        given = sum(one.amount_fen for one in self.refunds.values() if one.trade_number == trade_number)
        if given + fen > order.total:
            raise Refusal(HTTPStatus.BAD_REQUEST, "INVALID_REQUEST")
        if self.balance_is_short:
            raise Refusal(HTTPStatus.FORBIDDEN, "NOT_ENOUGH")
        order.state = "REFUND"
        made = MadeRefund(number, trade_number, fen, request.get("notify_url", ""), self.now())
        return self.refunds.setdefault(number, made)

    def find_refund(self, number: str) -> MadeRefund:
        """Return a refund by the merchant's number.

        Raises:
            Refusal: there is none.
        """
        if (refund := self.refunds.get(number)) is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "RESOURCE_NOT_EXISTS")
        return refund

    def describe_order(self, trade_number: str) -> dict[str, Any]:
        """Return an order as queries and callbacks tell of it."""
        order = self.find(trade_number)
        amount: dict[str, Any] = {"total": order.total, "currency": "CNY"}
        told: dict[str, Any] = {
            "appid": order.request["appid"],
            "mchid": order.request["mchid"],
            "out_trade_no": trade_number,
            "trade_type": order.trade_type,
            "trade_state": order.state,
            "trade_state_desc": _ANSWERS_OF[order.state],
            "amount": amount,
        }
        if order.paid_at is None:
            return told
        amount |= {"payer_total": order.total, "payer_currency": "CNY"}
        paid = {"transaction_id": order.transaction_id, "bank_type": "OTHERS", "payer": {"openid": order.openid}}
        return told | paid | {"success_time": format_moment(order.paid_at)}

    def describe_refund(self, number: str) -> dict[str, Any]:
        """Return a refund as answers tell of it."""
        refund = self.find_refund(number)
        told = self._tell_refund(refund) | {"status": refund.status, "create_time": format_moment(refund.made_at)}
        told["amount"]["currency"] = "CNY"
        return told | {"channel": "ORIGINAL", "user_received_account": "支付用户零钱"}

    def describe_refund_notice(self, number: str) -> dict[str, Any]:
        """Return a refund as callbacks tell of it: other names, and no currency."""
        refund = self.find_refund(number)
        return self._tell_refund(refund) | {"mchid": MERCHANT_ID, "refund_status": refund.status}

    def _tell_refund(self, refund: MadeRefund) -> dict[str, Any]:
        order, fen = self.find(refund.trade_number), refund.amount_fen
        digest = int(hashlib.sha256(refund.number.encode()).hexdigest(), 16) % 10**24
        told = {
            "refund_id": f"5030{digest:024}",
            "out_refund_no": refund.number,
            "transaction_id": order.transaction_id,
            "out_trade_no": refund.trade_number,
            "amount": {"total": order.total, "refund": fen, "payer_total": order.total, "payer_refund": fen},
        }
        return told | ({"success_time": format_moment(refund.ended_at)} if refund.ended_at else {})
