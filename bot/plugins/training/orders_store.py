"""Orders for places in training sessions, as rows; what an order stands for is decided in `paying`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, to_stamp
from bot.plugins.training.model import OrderState, SessionOrder

SERIES = "session_order"
_COLUMNS = "number, session_id, member_id, name, amount_fen, state"


def add_order(db: Database, order: SessionOrder, now: datetime) -> SessionOrder:
    """Store a new order; its number is given here."""
    number = db.next_number(SERIES)
    db.execute(
        "insert into session_orders (community, number, session_id, member_id, name, amount_fen, state, made_at)"
        " values (:community, :number, :session_id, :member_id, :name, :amount_fen, :state, :now)",
        {
            "number": number, "session_id": order.session_id, "member_id": order.member_id, "name": order.name,
            "amount_fen": order.amount_fen, "state": str(order.state), "now": to_stamp(now),
        },
    )  # fmt: skip
    return SessionOrder(**{name: getattr(order, name) for name in order.__slots__} | {"number": number})


def get_order(db: Database, number: int) -> SessionOrder | None:
    """Return one order; None when there is none of that number."""
    return next(iter(_select(db, "number = :number", {"number": number})), None)


def orders_by(db: Database, member_id: str) -> list[SessionOrder]:
    """Return a member's orders, the first first."""
    return _select(db, "member_id = :member_id", {"member_id": member_id})


def orders_of(db: Database, session_id: str) -> list[SessionOrder]:
    """Return the orders for a session, the first first."""
    return _select(db, "session_id = :session_id", {"session_id": session_id})


def orders_in(db: Database, states: Collection[OrderState]) -> list[SessionOrder]:
    """Return all orders that stand so, the first first."""
    return [one for state in sorted(states) for one in _select(db, "state = :state", {"state": str(state)})]


def set_order_state(db: Database, number: int, state: OrderState, now: datetime) -> None:
    """Note where an order stands now, and when it was paid or the money was given back."""
    db.execute(
        "update session_orders set state = :state,"
        " paid_at = case when :state in ('paid', 'refund_due') and paid_at is null then :now else paid_at end,"
        " refunded_at = case when :state = 'refunded' then :now else refunded_at end"
        " where community = :community and number = :number",
        {"number": number, "state": str(state), "now": to_stamp(now)},
    )


def export_orders(db: Database, member_id: str) -> list[Row]:
    """Return what a member ordered and paid."""
    return db.query(
        "select number, session_id, name, amount_fen, state, made_at, paid_at, refunded_at from session_orders"
        " where community = :community and member_id = :member_id order by number",
        {"member_id": member_id},
    )


def erase_orders(db: Database, member_id: str) -> int:
    """Delete a member's orders; those with money behind them stay without the name, for the owner's books.

    The law asks for books that are whole, and revenue that was counted must not change afterwards. Nothing in what
    stays says whose it was.
    """
    deleted = db.execute(
        "delete from session_orders where community = :community and member_id = :member_id and paid_at is null",
        {"member_id": member_id},
    )
    return deleted + db.execute(
        "update session_orders set name = '', member_id = '' where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[SessionOrder]:
    rows = db.query(
        f"select {_COLUMNS} from session_orders where community = :community and {condition}"  # noqa: S608 - our own
        " order by number",
        params,
    )
    return [SessionOrder(**row | {"state": OrderState(row["state"])}) for row in rows]
