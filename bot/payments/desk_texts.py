"""What the owner reads about refunds."""

from __future__ import annotations

from bot.payments.model import Order
from bot.payments.waiting_store import StoredRefund
from bot.units import format_fen


def please_refund(order: Order, refund: StoredRefund) -> str:
    """Ask the owner to give money back by hand."""
    who = f"给 {order.name}" if order.name else "给付款的人"
    return (
        f"请退 {format_fen(refund.amount_fen)}{who}（D{order.number} {order.title}"
        f"{f'，{refund.reason}' if refund.reason else ''}）。退好后发「{command(order, refund)}」。"
    )


def refund_stuck(order: Order, refund: StoredRefund) -> str:
    """Tell the owner that a refund does not go through by itself."""
    who = f"，{order.name}" if order.name else ""
    return (
        f"D{order.number}{who} 的退款 {format_fen(refund.amount_fen)}一直没有成功，我每天还会再试一次。"
        f"请到收款平台看看余额和这笔订单；如果您用别的方式退了，发「{command(order, refund)}」。"
    )


def refund_refused(order: Order, refund: StoredRefund, why: str) -> str:
    """Tell the owner that a provider does not give money back, and why."""
    who = f"，{order.name}" if order.name else ""
    return (
        f"D{order.number}{who} 的退款 {format_fen(refund.amount_fen)}没有退成。{why.rstrip('。')}。"
        f"处理好以后我会自己接着退；如果您用别的方式退了，发「{command(order, refund)}」。"
    )


def command(order: Order, refund: StoredRefund) -> str:
    """Return the line with which the owner says that it is done."""
    if refund.amount_fen == order.amount_fen:
        return f"退款 D{order.number}"
    return f"退款 D{order.number} {format_fen(refund.amount_fen).removesuffix(' 元')}"
