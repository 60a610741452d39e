"""Orders for places, as training sees them: the core keeps orders of everything that is sold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Context, Database, Order, OrderState, get_order
from bot.plugin import add_order as add_core_order
from bot.plugin import close_order as close_core_order
from bot.plugin import orders_of as core_orders_of
from bot.plugin import want_refund as want_core_refund
from bot.plugins.training.model import NAME, Registration, SessionOrder, TrainingSession

_BY_ITSELF, _BY_OWNER = "原路退回", "由群主退还"


def add_order(
    db: Database, session: TrainingSession, one: Registration, *, now: datetime, until: datetime
) -> SessionOrder:
    """Store an order for a place.

    Args:
        db: the transaction.
        session: for what; the price is as it is now.
        one: for whom, and where it was made.
        now: when, aware.
        until: how long the place is kept for it.
    """
    order = Order(
        kind=NAME,
        item=session.id,
        title=f"《{session.title}》",
        member_id=one.member_id,
        name=one.name,
        room_id=one.room_id,
        amount_fen=session.price_fen,
        made_at=now,
        expires_at=until,
    )
    return _view(add_core_order(db, order))


def find_order(db: Database, number: int) -> SessionOrder | None:
    """Return one order; None when there is none of that number, or it is for something else than a place."""
    order = get_order(db, number) if number else None
    return _view(order) if order is not None and order.kind == NAME else None


def orders_of(db: Database, session_id: str) -> list[SessionOrder]:
    """Return the orders for a session, the first first."""
    return [_view(one) for one in core_orders_of(db, NAME, session_id)]


def close_order(db: Database, ctx: Context[Any], number: int) -> SessionOrder | None:
    """End an order: what was paid is to be given back, what was not is not owed any more."""
    if find_order(db, number) is None:
        return None
    settled = close_core_order(db, number)
    return _give_back(db, ctx, settled.order)


def want_refund(db: Database, ctx: Context[Any], number: int) -> SessionOrder:
    """Say that there is no place for what was paid; the money goes back by itself, or the owner has to be told."""
    order = _give_back(db, ctx, want_core_refund(db, number).order)
    assert order is not None, "it was paid just now"
    return order


def _give_back(db: Database, ctx: Context[Any], order: Order | None) -> SessionOrder | None:
    if order is None:
        return None
    is_due = order.state is OrderState.REFUND_DUE
    is_automatic = is_due and ctx.part("payments").give_back(db, order.number, order.title)
    return _view(order, goes_back=_BY_ITSELF if is_automatic else _BY_OWNER)


def _view(order: Order, goes_back: str = _BY_OWNER) -> SessionOrder:
    return SessionOrder(
        number=order.number,
        session_id=order.item,
        member_id=order.member_id,
        name=order.name,
        amount_fen=order.amount_fen,
        paid_fen=order.paid_fen,
        state=order.state,
        is_automatic=goes_back == _BY_ITSELF,
    )
