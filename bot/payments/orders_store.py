"""Orders as rows: what was to be bought, by whom, and where it stands."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlite_utils

from bot.payments.model import Order, OrderState
from bot.storage import Database, Migrations, Row
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("orders")

SERIES = "order"
"""Counter of order numbers."""

_RANDOM_BYTES = 12  # 24 characters: with the prefix inside the 32 that WeChat Pay allows, and nobody guesses one
_COLUMNS = (
    "number, trade_number, kind, item, title, member_id, name, room_id, amount_fen, state, made_at, expires_at, data,"
    " paid_at, refunded_fen"
)
_PAGE = 2000


class Wish(StrEnum):
    """What the seller said of an order; the state follows from this and from the facts."""

    WANTED = "wanted"
    CLOSED = "closed"
    UNWANTED = "unwanted"


@migrations()
def m001_orders(db: sqlite_utils.Database) -> None:
    """Orders of everything that is sold."""
    db.execute(
        "create table orders (community text not null, number integer not null check (number > 0),"
        " trade_number text not null, kind text not null, item text not null, title text not null,"
        " member_id text not null, name text not null, room_id text not null,"
        " amount_fen integer not null check (amount_fen >= 0),"
        " state text not null check (state in ('open', 'paid', 'closed', 'refund_due', 'refunded')),"
        " wish text not null default 'wanted' check (wish in ('wanted', 'closed', 'unwanted')),"
        " made_at text not null, expires_at text, data text not null, paid_at text,"
        " refunded_fen integer not null default 0 check (refunded_fen >= 0 and refunded_fen <= amount_fen),"
        " primary key (community, number))"
    )
    db.execute("create unique index orders_by_trade_number on orders (community, trade_number)")
    db.execute("create index orders_by_member on orders (community, member_id, number)")
    db.execute("create index orders_by_item on orders (community, kind, item, number)")
    db.execute("create index orders_by_state on orders (community, state, number)")


def add_order(db: Database, order: Order) -> Order:
    """Store a new order and return it with its number and trade number.

    Args:
        db: the transaction.
        order: `number` 0 and `trade_number` empty; either may be given when the order was made elsewhere before.

    Raises:
        TypeError: the amount is no int.
        ValueError: the amount is negative.
    """
    check_fen(order.amount_fen)
    if order.number:
        db.take_number(SERIES, order.number)
    order = replace(
        order,
        number=order.number or db.next_number(SERIES),
        trade_number=order.trade_number or new_trade_number(),
    )
    db.execute(
        f"insert into orders (community, {_COLUMNS}) values"  # noqa: S608 - our own
        " (:community, :number, :trade_number, :kind, :item, :title, :member_id, :name, :room_id, :amount_fen,"
        " :state, :made_at, :expires_at, :data, :paid_at, :refunded_fen)",
        _to_row(order),
    )
    return order


def new_trade_number() -> str:
    """Return a number that payment providers know an order by: 26 characters of 0-9 and a-z, not to be guessed."""
    return f"QZ{secrets.token_hex(_RANDOM_BYTES)}"


def get_order(db: Database, number: int) -> Order | None:
    """Return one order; None when there is none of that number."""
    return next(iter(_select(db, "number = :number", {"number": number})), None)


def find_by_trade_number(db: Database, trade_number: str) -> Order | None:
    """Return the order that a provider means; None when it is not ours."""
    return next(iter(_select(db, "trade_number = :trade_number", {"trade_number": trade_number})), None)


def orders_by(db: Database, member_id: str) -> list[Order]:
    """Return a member's orders, the first first."""
    return _select(db, "member_id = :member_id", {"member_id": member_id})


def orders_in(db: Database, states: Collection[OrderState]) -> list[Order]:
    """Return all orders that stand so, state by state, the first first."""
    return [one for state in sorted(states) for one in _select(db, "state = :state", {"state": str(state)})]


def orders_of(db: Database, kind: str, item: str | None = None) -> list[Order]:
    """Return the orders of a kind, or of one item of it, the first first."""
    if item is None:
        return _select(db, "kind = :kind", {"kind": kind})
    return _select(db, "kind = :kind and item = :item", {"kind": kind, "item": item})


def orders_by_member(db: Database, kind: str) -> Iterator[tuple[str, list[Order]]]:
    """Yield each member with their orders of a kind, members sorted, orders the first first.

    For counts over the whole community: it reads some thousand orders at a time.
    """
    after, number, held = "", 0, ""
    orders: list[Order] = []
    while rows := _page(db, kind, after, number):
        for one in rows:
            if one.member_id != held and orders:
                yield held, orders
                orders = []
            held = one.member_id
            orders.append(one)
        after, number = rows[-1].member_id, rows[-1].number
    if orders:
        yield held, orders


def put_standing(db: Database, number: int, state: OrderState, *, paid_at: datetime | None, refunded_fen: int) -> None:
    """Note where an order stands by its facts."""
    db.execute(
        "update orders set state = :state, paid_at = :paid_at, refunded_fen = :refunded_fen"
        " where community = :community and number = :number",
        {
            "number": number, "state": str(state), "paid_at": to_stamp(paid_at) if paid_at else None,
            "refunded_fen": refunded_fen,
        },
    )  # fmt: skip


def wish_of(db: Database, number: int) -> Wish:
    """Return what the seller said of an order."""
    rows = db.query("select wish from orders where community = :community and number = :number", {"number": number})
    return Wish(rows[0]["wish"]) if rows else Wish.WANTED


def set_wish(db: Database, number: int, wish: Wish) -> None:
    """Note what the seller says of an order."""
    db.execute(
        "update orders set wish = :wish where community = :community and number = :number",
        {"number": number, "wish": str(wish)},
    )


def put_order_data(db: Database, number: int, data: dict[str, Any]) -> None:
    """Store what the selling plugin remembers of an order, in place of what it remembered before."""
    db.execute(
        "update orders set data = :data where community = :community and number = :number",
        {"number": number, "data": _write(data)},
    )


def export_orders(db: Database, member_id: str) -> list[Row]:
    """Return what a member ordered."""
    return db.query(
        "select number, kind, item, title, name, amount_fen, state, made_at, paid_at, refunded_fen from orders"
        " where community = :community and member_id = :member_id order by number",
        {"member_id": member_id},
    )


def erase_orders(db: Database, member_id: str) -> int:
    """Delete a member's orders; those with money behind them stay without the name, for the owner's books.

    The law asks for books that are whole, and revenue that was counted must not change afterwards. Nothing in what
    stays says whose it was.
    """
    deleted = db.execute(
        "delete from orders where community = :community and member_id = :member_id and not exists (select 1 from"
        " payment_facts f where f.community = orders.community and f.order_number = orders.number)"
        " and not exists (select 1 from payment_claims c where c.community = orders.community"
        " and c.order_number = orders.number)",
        {"member_id": member_id},
    )
    return deleted + db.execute(
        "update orders set name = '', member_id = '', room_id = '', data = '{}'"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def check_fen(amount: object) -> int:
    """Return an amount of money.

    Raises:
        TypeError: it is no int; a bool or a float never is money.
        ValueError: it is negative.
    """
    if type(amount) is not int:
        raise TypeError(f"money is an int of fen, not {type(amount).__name__}")
    if amount < 0:
        raise ValueError("an amount of money is never negative")
    return amount


def _page(db: Database, kind: str, member_id: str, number: int) -> list[Order]:
    rows = db.query(
        f"select {_COLUMNS} from orders where community = :community and kind = :kind and member_id <> ''"  # noqa: S608
        " and (member_id > :member_id or (member_id = :member_id and number > :number))"
        " order by member_id, number limit :limit",
        {"kind": kind, "member_id": member_id, "number": number, "limit": _PAGE},
    )
    return [_from_row(row) for row in rows]


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Order]:
    rows = db.query(
        f"select {_COLUMNS} from orders where community = :community and {condition} order by number",  # noqa: S608
        params,
    )
    return [_from_row(row) for row in rows]


def _to_row(order: Order) -> dict[str, Any]:
    row = {name: getattr(order, name) for name in order.__slots__}
    return row | {
        "state": str(order.state),
        "made_at": to_stamp(order.made_at),
        "expires_at": to_stamp(order.expires_at) if order.expires_at else None,
        "paid_at": to_stamp(order.paid_at) if order.paid_at else None,
        "data": _write(order.data),
    }


def _from_row(row: Row) -> Order:
    return Order(
        **row
        | {
            "state": OrderState(row["state"]),
            "made_at": from_stamp(row["made_at"]),
            "expires_at": from_stamp(row["expires_at"]),
            "paid_at": from_stamp(row["paid_at"]),
            "data": json.loads(row["data"]),
        }
    )


def _write(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
