"""How far the books were brought up to date."""

from __future__ import annotations

import sqlite_utils

from bot.plugin import Database, Migrations

migrations = Migrations("accounts")


@migrations()
def m001_account_marks(db: sqlite_utils.Database) -> None:
    """One row for each thing that is done up to a day or an entry."""
    db.execute(
        "create table account_marks (community text not null, name text not null, value text not null,"
        " primary key (community, name))"
    )


def deferred_by_order(db: Database) -> dict[int, int]:
    """Return what is still owed of each order, in fen; orders that are even are left out.

    One pass over the lines of the books: asking order by order takes a minute with a hundred thousand of them.
    """
    rows = db.query(
        "select order_number, -sum(amount_fen) as fen from ledger_postings where community = :community"
        " and account = 'liabilities:deferred' and order_number > 0 group by order_number having sum(amount_fen) <> 0"
        " order by order_number"
    )
    return {row["order_number"]: int(row["fen"]) for row in rows}


def get_mark(db: Database, name: str) -> str:
    """Return how far something was done; empty when it never was."""
    rows = db.query("select value from account_marks where community = :community and name = :name", {"name": name})
    return str(rows[0]["value"]) if rows else ""


def set_mark(db: Database, name: str, value: str) -> None:
    """Note how far something was done."""
    db.execute(
        "insert into account_marks (community, name, value) values (:community, :name, :value)"
        " on conflict (community, name) do update set value = excluded.value",
        {"name": name, "value": value},
    )
