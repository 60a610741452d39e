"""The stand-in's trade bill, in the columns of the real one."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Final

from bot.payments.wechat_pay import CHINA
from bot.payments.wechat_pay_stand_in_account import MadeRefund, PlacedOrder, Refusal, StandInAccount
from bot.payments.wechat_pay_stand_in_keys import APP_ID, MERCHANT_ID

FEE_PERMILLE: Final = 6  # what WeChat Pay keeps of a payment, as of most merchants
_HEAD: Final = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
_SUMS: Final = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def write_bill(account: StandInAccount, day: date) -> bytes:
    """Return a day's trade bill as it is before it is packed.

    Args:
        account: whose.
        day: by China's calendar.

    Raises:
        Refusal: nothing happened on that day.
    """
    paid = [(number, one) for number, one in account.orders.items() if _is_on(day, one.paid_at)]
    refunds = [one for one in account.refunds.values() if one.status == "SUCCESS" and _is_on(day, one.ended_at)]
    rows = [_payment_row(number, order) for number, order in paid]
    rows += [_refund_row(refund, account.orders[refund.trade_number]) for refund in refunds]
    if not rows:
        raise Refusal(HTTPStatus.BAD_REQUEST, "NO_STATEMENT_EXIST")
    columns = _HEAD.split(",")
    lines = [",".join(f"`{row.get(name, '')}" for name in columns) for row in rows]
    came, went = _yuan(sum(order.total for _, order in paid)), _yuan(sum(one.amount_fen for one in refunds))
    sums = ",".join(f"`{value}" for value in (len(rows), came, went, "0.00", "0.00000", came, went))
    return "\r\n".join(["\ufeff" + _HEAD, *lines, _SUMS, sums, ""]).encode()


def keep_fee(fen: int) -> int:
    """Return what WeChat Pay keeps of an amount, rounded half up, in fen."""
    return (fen * FEE_PERMILLE * 2 + 1000) // 2000


def _payment_row(number: str, order: PlacedOrder) -> dict[str, str]:
    assert order.paid_at is not None
    amount = _yuan(order.total)
    common = _common_row(number, order, order.paid_at, keep_fee(order.total))
    return common | {"交易状态": "SUCCESS", "应结订单金额": amount, "订单金额": amount}


def _refund_row(refund: MadeRefund, order: PlacedOrder) -> dict[str, str]:
    assert refund.ended_at is not None
    amount = _yuan(refund.amount_fen)
    common = _common_row(refund.trade_number, order, refund.ended_at, -keep_fee(refund.amount_fen))
    told = {"交易状态": "REFUND", "商户退款单号": refund.number, "退款金额": amount, "申请退款金额": amount}
    return common | told | {"退款类型": "ORIGINAL", "退款状态": "SUCCESS", "订单金额": "0.00"}


def _common_row(number: str, order: PlacedOrder, at: datetime, fee: int) -> dict[str, str]:
    return {
        "交易时间": f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "公众账号ID": APP_ID,
        "商户号": MERCHANT_ID,
        "微信订单号": order.transaction_id,
        "商户订单号": number,
        "用户标识": order.openid,
        "交易类型": order.trade_type,
        "货币种类": "CNY",
        "商品名称": order.request["description"].replace(",", "，").replace("\n", " "),
        "手续费": f"{_yuan(fee)}000",
        "费率": "0.60%",
    }


def _is_on(day: date, at: datetime | None) -> bool:
    return at is not None and at.astimezone(CHINA).date() == day


def _yuan(fen: int) -> str:
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02}"
