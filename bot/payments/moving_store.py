"""Moves orders that a plugin kept by itself into the core's orders, facts and books, in the plugin's migration."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from bot.clock import SystemClock
from bot.ids import IdSource
from bot.payments import owner
from bot.payments.facts_store import add_fact
from bot.payments.model import Order, OrderState
from bot.payments.orders_store import SERIES, Wish, add_order, set_wish
from bot.payments.settling import settle
from bot.storage import Database

_WISHES = {
    OrderState.CLOSED: Wish.CLOSED,
    OrderState.REFUND_DUE: Wish.UNWANTED,
    OrderState.REFUNDED: Wish.UNWANTED,
}


@dataclass(frozen=True, slots=True)
class MovedOrder:
    """An order as it was kept elsewhere, confirmed by the owner's word.

    Attributes:
        community: whose.
        order: with its number, and its state as it was.
        paid_at: when the owner had the money; None without.
        refunded_at: when the owner had given all of it back; None without.
    """

    community: str
    order: Order
    paid_at: datetime | None = None
    refunded_at: datetime | None = None


def move_orders(db: sqlite_utils.Database, moved: Iterable[MovedOrder], counter: str) -> None:
    """Store orders with the numbers, facts and books they would have had; nobody is told of it.

    Args:
        db: as a migration is given it.
        moved: the orders, in order of their numbers.
        counter: name of the series that their numbers came from; its last number is not given again.
    """
    connection: sqlite3.Connection = db.conn
    before, ids = connection.row_factory, IdSource(SystemClock())
    connection.row_factory = sqlite3.Row
    try:
        communities = set()
        for one in moved:
            _move(Database(connection, one.community, ids), one)
            communities.add(one.community)
        for community in communities:
            _take_counter(Database(connection, community, ids), counter)
    finally:
        connection.row_factory = before


def _move(db: Database, moved: MovedOrder) -> None:
    order = add_order(db, moved.order)
    if wish := _WISHES.get(moved.order.state):
        set_wish(db, order.number, wish)
    if moved.paid_at is not None:
        add_fact(db, owner.payment(order, moved.paid_at))
        settle(db, order.number, "moved-payment", is_quiet=True)
    if moved.refunded_at is not None:
        add_fact(db, owner.refund(order, order.amount_fen, moved.refunded_at))
    settle(db, order.number, "moved", is_quiet=True)


def _take_counter(db: Database, counter: str) -> None:
    rows = db.query("select value from counters where community = :community and name = :name", {"name": counter})
    for row in rows:
        db.take_number(SERIES, row["value"])
