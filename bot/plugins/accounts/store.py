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
