"""Money in review and revenue earned to date, as rows that `settle` keeps up with the facts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlite_utils

from bot.payments.standing import Reviewed
from bot.storage import Database, Migrations
from bot.storage_time import to_stamp

migrations = Migrations("payment_reviews")


@migrations()
def m001_payment_reviews(db: sqlite_utils.Database) -> None:
    """What waits for the owner, and what was earned."""
    db.execute(
        "create table payment_reviews (community text not null, fact_key text not null,"
        " order_number integer not null check (order_number >= 0), why text not null,"
        " amount_fen integer not null check (amount_fen > 0), primary key (community, fact_key))"
    )
    db.execute("create index payment_reviews_by_order on payment_reviews (community, order_number)")
    db.execute(
        "create table recognitions (community text not null, order_number integer not null, cause text not null,"
        " at text not null, earned_fen integer not null check (earned_fen >= 0),"
        " primary key (community, order_number, cause))"
    )


def reviews_of(db: Database, order_number: int) -> list[Reviewed]:
    """Return the money in review of an order; 0 is what belongs to none."""
    rows = db.query(
        "select fact_key, why, amount_fen from payment_reviews where community = :community"
        " and order_number = :number order by fact_key",
        {"number": order_number},
    )
    return [Reviewed(**row) for row in rows]


def all_reviews(db: Database) -> list[tuple[int, Reviewed]]:
    """Return all money in review with its order's number, by when the provider says it came."""
    rows = db.query(
        "select r.fact_key, r.order_number, r.why, r.amount_fen from payment_reviews r join payment_facts f"
        " on f.community = r.community and f.key = r.fact_key where r.community = :community order by f.at, f.key"
    )
    return [(row["order_number"], Reviewed(row["fact_key"], row["why"], row["amount_fen"])) for row in rows]


def put_reviews(db: Database, order_number: int, reviews: Iterable[Reviewed]) -> list[Reviewed]:
    """Store what is in review of an order in place of what was; return what is new."""
    known = {one.fact_key: one for one in reviews_of(db, order_number)}
    wanted = {one.fact_key: one for one in reviews}
    for key in known.keys() - wanted.keys():
        drop_review(db, key)
    for key, one in wanted.items():
        if known.get(key) != one:
            put_review(db, order_number, one)
    return [one for key, one in wanted.items() if key not in known]


def put_review(db: Database, order_number: int, review: Reviewed) -> None:
    """Store one, in place of what was known of that payment."""
    db.execute(
        "insert into payment_reviews (community, fact_key, order_number, why, amount_fen)"
        " values (:community, :key, :number, :why, :fen) on conflict (community, fact_key) do update set"
        " order_number = excluded.order_number, why = excluded.why, amount_fen = excluded.amount_fen",
        {"key": review.fact_key, "number": order_number, "why": review.why, "fen": review.amount_fen},
    )


def drop_review(db: Database, fact_key: str) -> None:
    """Forget one: it was claimed or given back."""
    db.execute("delete from payment_reviews where community = :community and fact_key = :key", {"key": fact_key})


def earned_of(db: Database, order_number: int) -> int:
    """Return how much of an order was earned to date, in fen."""
    rows = db.query(
        "select earned_fen from recognitions where community = :community and order_number = :number"
        " order by at desc, cause desc limit 1",
        {"number": order_number},
    )
    return int(rows[0]["earned_fen"]) if rows else 0


def add_recognition(db: Database, order_number: int, cause: str, at: datetime, earned_fen: int) -> bool:
    """Note how much was earned by a moment; False when that was noted under this cause before."""
    changed = db.execute(
        "insert into recognitions (community, order_number, cause, at, earned_fen)"
        " values (:community, :number, :cause, :at, :fen) on conflict (community, order_number, cause) do nothing",
        {"number": order_number, "cause": cause, "at": to_stamp(at), "fen": earned_fen},
    )
    return changed == 1
