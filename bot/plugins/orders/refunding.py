"""Gives money back: asked of the provider that took it, or noted when the owner did it by hand."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from bot.plugin import (
    Context,
    Database,
    Member,
    Order,
    OrderPaid,
    OrderRefunded,
    OrderState,
    Reply,
    StoredRefund,
    UserError,
    facts_of_order,
    format_fen,
    get_order,
    refund_by_owner,
    refunds_of,
    want_refund,
)
from bot.plugins.orders import texts
from bot.plugins.orders.listing import find, key_of
from bot.plugins.orders.model import OrderNumber
from bot.plugins.orders.settings import OrdersSettings

BY_HAND = "owner"
"""Says of a refund that the owner did it: they need not be told."""

Ctx = Context[OrdersSettings]
_DUE = frozenset({OrderState.REFUND_DUE})


async def refund(ctx: Ctx, which: OrderNumber | Member, amount_fen: int | None, *, is_sure: bool) -> Reply:
    """Give money back, or note that the owner did; asked first when what was bought is still in use.

    Args:
        ctx: the call.
        which: the order, or whose.
        amount_fen: how much; None for all that is left.
        is_sure: it was asked already.

    Raises:
        UserError: there is no such order, or there is nothing to give back.
    """
    order: Order = await ctx.read(find, key_of(which), _DUE)
    stuck: StoredRefund | None = await ctx.read(_stuck, order.number)
    amount = _amount(order, stuck.amount_fen if stuck and amount_fen is None else amount_fen)
    is_automatic: bool = not stuck and await ctx.read(ctx.part("payments").is_automatic, order.number)
    if stuck and not is_sure:
        text = texts.ask_if_given_back(order, amount, ctx.part("payments").providers[stuck.provider].title)
        return Reply(text=text, confirm=_sure(order, amount), private=True)
    if order.state is OrderState.PAID and not is_sure:
        text = texts.ask_to_refund(order, amount, is_automatic=is_automatic)
        return Reply(text=text, confirm=_sure(order, amount), private=True)
    step: Any = _give_back if is_automatic else _note
    done: str = await ctx.db(step, ctx, order.number, amount)
    return Reply(text=done, private=True)


async def tell_paid(ctx: Ctx, event: OrderPaid) -> None:
    """Tell the owner of money that came by itself."""
    if ctx.config.tell_payments:
        await ctx.db(_tell_paid, ctx, event.order_number)


async def tell_refunded(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell the owner of money that went back by itself."""
    if ctx.config.tell_payments:
        await ctx.db(_tell_refunded, ctx, event)


def _sure(order: Order, amount_fen: int) -> str:
    return f"退款 D{order.number} {format_fen(amount_fen).removesuffix(' 元')} 确定"


def _stuck(db: Database, number: int) -> StoredRefund | None:
    """Return the refund of the payment that counts which its provider does not do; None without one."""
    return next((one for one in refunds_of(db, number) if one.state == "stuck" and not one.payment_key), None)


def _amount(order: Order, amount_fen: int | None) -> int:
    if order.state is OrderState.REFUNDED:
        raise UserError(texts.is_refunded(order.number))
    if order.paid_at is None:
        raise UserError(texts.not_paid(order.number))
    amount = order.paid_fen if amount_fen is None else amount_fen
    if not 0 < amount <= order.paid_fen:
        raise UserError(texts.too_much(order))
    return amount


def _note(db: Database, ctx: Ctx, number: int, amount_fen: int) -> str:
    order = find(db, number, _DUE)
    amount_fen = _amount(order, amount_fen)
    done = sum(fact.kind == "refunded" for fact in facts_of_order(db, number))
    ctx.part("payments").take(db, refund_by_owner(order, amount_fen, ctx.now, number=done + 1))
    return texts.refund_noted(order, amount_fen)


def _give_back(db: Database, ctx: Ctx, number: int, amount_fen: int) -> str:
    order = find(db, number, _DUE)
    amount_fen = _amount(order, amount_fen)
    if any(one.state != "done" for one in refunds_of(db, number)):
        raise UserError(texts.under_way(number))
    if amount_fen == order.paid_fen:
        want_refund(db, number)
    desk = ctx.part("payments")
    asked = desk.request_refund(db, number, amount_fen, "群主退款")
    return texts.refund_asked(order, amount_fen, desk.providers[asked.provider].title)


def _tell_paid(db: Database, ctx: Ctx, number: int) -> None:
    order, desk = get_order(db, number), ctx.part("payments")
    if order is not None and desk.is_automatic(db, number):
        text = texts.paid_to_owner(order, desk.provider_of_payment(db, number).title)
        ctx.part("notices").write(db, text, f"orders/paid/{number}")


def _tell_refunded(db: Database, ctx: Ctx, event: OrderRefunded) -> None:
    number, desk = event.order_number, ctx.part("payments")
    order = get_order(db, number)
    refunds = [one for one in facts_of_order(db, number) if one.kind == "refunded"]
    is_by_hand = bool(refunds) and max(refunds, key=attrgetter("at")).provider == BY_HAND
    if order is not None and not is_by_hand and desk.is_automatic(db, number):
        text = texts.refunded_to_owner(order, event.amount_fen, desk.provider_of_payment(db, number).title)
        ctx.part("notices").write(db, text, f"orders/refunded/{number}/{order.refunded_fen}")
