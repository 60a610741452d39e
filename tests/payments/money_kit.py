"""A database with orders, and facts about them to be taken in any order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.ids import IdSource
from bot.ledger.books_store import balances_of_order, trial_balance
from bot.payments.model import Fact, FactKind, Order
from bot.payments.orders_store import add_order, get_order
from bot.payments.reviews_store import all_reviews
from bot.payments.taking import take
from bot.storage import Database, Storage
from bot.storage_files import connect

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
PRICE = 9900


def make_order(**changes: object) -> Order:
    """Return an order for a month's membership, for 99 yuan."""
    values = {
        "kind": "membership", "item": "month@2", "title": "月卡", "member_id": "m1", "name": "小明",
        "amount_fen": PRICE, "made_at": NOW, "expires_at": NOW + timedelta(days=1),
    }  # fmt: skip
    return Order(**values | changes)  # type: ignore[arg-type]


def paid(name: str, minutes: int, fen: int = PRICE, *, order: int = 1, fee: int = 0, provider: str = "bank") -> Fact:
    """Return a payment so many minutes after the order."""
    return _fact(f"{provider}:{name}", FactKind.PAID, minutes, fen, order, fee, provider, {})


def refunded(
    name: str, minutes: int, fen: int = PRICE, *, order: int = 1, fee: int = 0, of: str = "", provider: str = "bank"
) -> Fact:
    """Return a refund so many minutes after the order."""
    data = {"of": of} if of else {}
    return _fact(f"{provider}_refund:{name}", FactKind.REFUNDED, minutes, fen, order, fee, provider, data)


def _fact(  # noqa: PLR0917 - what a fact is made of
    key: str, kind: FactKind, minutes: int, fen: int, order: int, fee: int, provider: str, data: dict[str, object]
) -> Fact:
    return Fact(
        key=key, kind=kind, at=NOW + timedelta(minutes=minutes), provider=provider, order_number=order,
        amount_fen=fen, fee_fen=fee, data=data,
    )  # fmt: skip


@contextmanager
def books(folder: Path, name: str = "books.db") -> Iterator[Database]:
    """Yield a transaction on a file database with the tables of the core; undo it with `fresh`."""
    storage = Storage.open(folder / name, VirtualClock(NOW), core_migrations())
    storage._writer.close()
    connection = connect(folder / name)
    try:
        yield Database(connection, "c", IdSource(VirtualClock(NOW)))
    finally:
        connection.close()
        storage._let_go()


@contextmanager
def fresh(db: Database) -> Iterator[Database]:
    """Let the block write and undo it all."""
    connection: sqlite3.Connection = db.connection
    connection.execute("begin immediate")
    try:
        yield db
    finally:
        connection.execute("rollback")


def play(db: Database, facts: Iterable[Fact], *orders: Order) -> dict[str, object]:
    """Take facts about the orders, made first, and return all that must not depend on when they came."""
    for order in orders or (make_order(),):
        add_order(db, order)
    for fact in facts:
        take(db, fact)
    return look(db, max(1, len(orders)))


def look(db: Database, orders: int = 1) -> dict[str, object]:
    """Return states, books and reviews; the ids of events and the places of entries are left out."""
    standing = [get_order(db, number) for number in range(1, orders + 1)]
    return {
        "orders": [(one.state, one.paid_at, one.refunded_fen) for one in standing if one],
        "books": [balances_of_order(db, number) for number in range(orders + 1)],
        "all": {account: fen for account, fen in trial_balance(db).items() if fen},
        "reviews": sorted((number, one.fact_key, one.why, one.amount_fen) for number, one in all_reviews(db)),
    }


def events_of(db: Database) -> list[tuple[str, str]]:
    """Return what was published, as (class, JSON)."""
    rows = db.query("select name, payload from events where community = :community order by id")
    return [(row["name"], row["payload"]) for row in rows]
