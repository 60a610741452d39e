"""What whoever sells a thing does with its order: keep one while it waits, say how it is paid, tell its payer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.plugin import (
    Context,
    Database,
    Delivery,
    HowToPay,
    Order,
    OrderState,
    Outgoing,
    Priority,
    ProviderError,
    Reply,
    UserError,
    add_order,
    close_order,
    get_order,
    orders_by,
)
from bot.plugins.orders import texts

ORDER_OVER = "order_over"
"""The deadline at which an order that nobody paid is closed; the seller declares it."""

Ctx = Context[Any]


def keep_waiting(db: Database, ctx: Ctx, wanted: Order, hold: timedelta) -> int:
    """Store an order of the talker's unless the same one waits to be paid, and return its number.

    Args:
        db: the transaction.
        ctx: the call.
        wanted: kind, item, title, price and data of the order; who, where and when come from the call.
        hold: how long it waits.
    """
    for one in orders_by(db, ctx.talker.id):
        is_good = one.state is OrderState.OPEN and (one.expires_at is None or one.expires_at > ctx.now)
        if is_good and (one.kind, one.item, one.amount_fen, one.data) == _what(wanted):
            return one.number
    until = ctx.now + hold
    room_id = ctx.room.id if ctx.room else ""
    order = add_order(db, replace(wanted, name=ctx.talker_name, room_id=room_id, made_at=ctx.now, expires_at=until))
    ctx.set_deadline(db, ORDER_OVER, key=str(order.number), at=until)
    return order.number


async def ask_to_pay(ctx: Ctx, number: int, head: str, again: str) -> Reply:
    """Return how an order is paid, in private.

    Args:
        ctx: the call.
        number: of the order.
        head: what stands above: what it is and costs.
        again: what the payer sends to be told again.

    Raises:
        UserError: the provider cannot say so now; the order stays.
    """
    try:
        how: HowToPay = await ctx.part("payments").begin(number)
    except ProviderError as error:
        raise UserError(texts.cannot_begin(number, again)) from error
    return Reply(text=f"{head}\n{how.text}", private=True, file=how.picture, delivery=Delivery.AT_MOST_ONCE)


def paid_now(db: Database, ctx: Ctx, kind: str, number: int) -> Order | None:
    """Return an order that waits no more, as it was paid; None for another seller's, and when its money is gone."""
    order = get_order(db, number)
    if order is None or order.kind != kind or order.state is not OrderState.PAID:
        return None
    ctx.drop_deadline(db, ORDER_OVER, str(number))
    return order


def end_waiting(db: Database, number: int) -> None:
    """Close an order that nobody paid; money that comes later still counts."""
    order = get_order(db, number)
    if order is not None and order.state is OrderState.OPEN:
        close_order(db, number)


def tell_payer(db: Database, ctx: Ctx, order: Order, text: str, what: str) -> None:
    """Tell the payer of an order, in the transaction of what happened to it.

    Args:
        db: the transaction.
        ctx: the call.
        order: whose payer is known.
        text: what they read.
        what: happened: `paid`, `refunded/FEN`; they are told once of it and its cause.
    """
    ctx.enqueue(
        db,
        Outgoing(
            member_id=order.member_id,
            text=text,
            dedupe_key=f"{order.kind}/{what}/{order.number}/{ctx.cause}",
            priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="订单",
        ),
    )


def _what(order: Order) -> tuple[str, str, int, dict[str, Any]]:
    return order.kind, order.item, order.amount_fen, order.data
