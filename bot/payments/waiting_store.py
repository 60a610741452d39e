"""What the desk still has to ask providers: what became of orders, and refunds that are under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlite_utils

from bot.payments.orders_store import check_fen
from bot.storage import Database, Migrations, Row
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("payment_waiting")

TOPIC = "payments"
"""`Storage.watch` topic that is notified when there is something to ask sooner than before."""


class RefundState(StrEnum):
    """How far a refund is. STUCK ones were told to the owner, and are tried further."""

    ASKED = "asked"
    STUCK = "stuck"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """An order whose provider is asked what became of it.

    Attributes:
        order_number: which.
        provider: whom to ask.
        tries: how often it was asked.
        next_at: when to ask again, aware UTC.
        until: when to give up.
    """

    order_number: int
    provider: str
    tries: int
    next_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRefund:
    """Money that is to be given back.

    Attributes:
        number: what the provider knows the refund by, the same on every try.
        order_number: of which order.
        provider: who took the money.
        amount_fen: how much.
        reason: for the payer.
        payment_key: the payment it is taken from; empty for the one that counts.
        state: see there.
        tries: how often it was asked for.
        next_at: when to ask again; None when it is nobody's turn but the owner's.
    """

    number: str
    order_number: int
    provider: str
    amount_fen: int
    reason: str = ""
    payment_key: str = ""
    state: RefundState = RefundState.ASKED
    tries: int = 0
    next_at: datetime | None = None


@migrations()
def m001_payment_waiting(db: sqlite_utils.Database) -> None:
    """Orders that providers are asked about, and refunds."""
    db.execute(
        "create table payment_polls (community text not null, order_number integer not null, provider text not null,"
        " tries integer not null default 0, next_at text not null, until text not null,"
        " primary key (community, order_number))"
    )
    db.execute("create index payment_polls_by_time on payment_polls (community, next_at)")
    db.execute(
        "create table payment_refunds (community text not null, number text not null, order_number integer not null,"
        " provider text not null, amount_fen integer not null check (amount_fen > 0), reason text not null,"
        " payment_key text not null, state text not null check (state in ('asked', 'stuck', 'done')),"
        " tries integer not null default 0, next_at text, primary key (community, number))"
    )
    db.execute("create index payment_refunds_by_time on payment_refunds (community, next_at)")
    db.execute("create index payment_refunds_by_order on payment_refunds (community, order_number)")


def put_poll(db: Database, poll: Poll) -> None:
    """Ask about an order from now on; one that is asked about already begins anew."""
    db.execute(
        "insert into payment_polls (community, order_number, provider, tries, next_at, until)"
        " values (:community, :order_number, :provider, :tries, :next_at, :until)"
        " on conflict (community, order_number) do update set provider = excluded.provider, tries = excluded.tries,"
        " next_at = excluded.next_at, until = excluded.until",
        {
            "order_number": poll.order_number, "provider": poll.provider, "tries": poll.tries,
            "next_at": to_stamp(poll.next_at), "until": to_stamp(poll.until),
        },
    )  # fmt: skip
    db.notify(TOPIC)


def drop_poll(db: Database, order_number: int) -> None:
    """Ask no more about an order."""
    db.execute(
        "delete from payment_polls where community = :community and order_number = :number", {"number": order_number}
    )


def get_poll(db: Database, order_number: int) -> Poll | None:
    """Return how an order is asked about; None when it is not."""
    rows = db.query(
        "select order_number, provider, tries, next_at, until from payment_polls"
        " where community = :community and order_number = :number",
        {"number": order_number},
    )
    return _poll(rows[0]) if rows else None


def due_polls(db: Database, now: datetime) -> list[Poll]:
    """Return the orders to ask about now, the one that waited longest first."""
    rows = db.query(
        "select order_number, provider, tries, next_at, until from payment_polls"
        " where community = :community and next_at <= :now order by next_at, order_number",
        {"now": to_stamp(now)},
    )
    return [_poll(row) for row in rows]


def add_refund(db: Database, refund: StoredRefund) -> None:
    """Store a refund that is to be asked for."""
    check_fen(refund.amount_fen)
    row = {name: getattr(refund, name) for name in refund.__slots__}
    db.execute(
        "insert into payment_refunds (community, number, order_number, provider, amount_fen, reason, payment_key,"
        " state, tries, next_at) values (:community, :number, :order_number, :provider, :amount_fen, :reason,"
        " :payment_key, :state, :tries, :next_at)",
        row | {"state": str(refund.state), "next_at": to_stamp(refund.next_at) if refund.next_at else None},
    )
    db.notify(TOPIC)


def note_refund_tried(db: Database, number: str, state: RefundState, tries: int, next_at: datetime | None) -> None:
    """Note how a try went, and when the next one is."""
    db.execute(
        "update payment_refunds set state = :state, tries = :tries, next_at = :next_at"
        " where community = :community and number = :number",
        {"number": number, "state": str(state), "tries": tries, "next_at": to_stamp(next_at) if next_at else None},
    )


def refunds_of(db: Database, order_number: int) -> list[StoredRefund]:
    """Return the refunds that were asked for of an order, the first first."""
    return _refunds(db, "order_number = :number", {"number": order_number})


def due_refunds(db: Database, now: datetime) -> list[StoredRefund]:
    """Return the refunds to ask a provider for now."""
    return _refunds(db, "next_at <= :now and state <> 'done'", {"now": to_stamp(now)})


def next_due(db: Database) -> datetime | None:
    """Return when there is something to ask next; None when there is not."""
    rows = db.query(
        "select min(at) as at from (select min(next_at) as at from payment_polls where community = :community"
        " union all select min(next_at) as at from payment_refunds"
        " where community = :community and state <> 'done') as waiting"
    )
    return from_stamp(rows[0]["at"])


def _poll(row: Row) -> Poll:
    times = {name: datetime.fromisoformat(row[name]) for name in ("next_at", "until")}
    return Poll(**row | times)


def _refunds(db: Database, condition: str, params: dict[str, Any]) -> list[StoredRefund]:
    rows = db.query(
        "select number, order_number, provider, amount_fen, reason, payment_key, state, tries, next_at"  # noqa: S608
        f" from payment_refunds where community = :community and {condition} order by number",
        params,
    )
    return [
        StoredRefund(**row | {"state": RefundState(row["state"]), "next_at": from_stamp(row["next_at"])})
        for row in rows
    ]
