"""Lines for an owner whom nobody knows yet: kept until one shows up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import sqlite_utils

from bot.ids import first_id_at
from bot.storage import Database, Migrations

migrations = Migrations("owed_notices")

_MOST = 20


class OwedNotice(NamedTuple):
    """A line for an owner who is not known.

    Attributes:
        text: what to say.
        key: what it is about; of several with one key the first is kept.
        room_id: the room it is about, empty for none.
    """

    text: str
    key: str
    room_id: str


@migrations()
def m001_owed_notices(db: sqlite_utils.Database) -> None:
    """One row per line that waits."""
    db.execute(
        "create table owed_notices (community text not null, key text not null, id text not null,"
        " room_id text not null, text text not null, primary key (community, key))"
    )


def add(db: Database, notice: OwedNotice) -> None:
    """Keep a line until an owner is known; of many only the latest are kept."""
    db.execute(
        "insert into owed_notices (community, key, id, room_id, text) values (:community, :key, :id, :room_id, :text)"
        " on conflict (community, key) do nothing",
        {**notice._asdict(), "id": db.new_id()},
    )
    db.execute(
        "delete from owed_notices where community = :community and id not in (select id from owed_notices"
        " where community = :community order by id desc limit :most)",
        {"most": _MOST},
    )


def take(db: Database) -> list[OwedNotice]:
    """Take the lines that wait off the list and return them, the first to be told first."""
    rows = db.query("select text, key, room_id from owed_notices where community = :community order by id")
    db.execute("delete from owed_notices where community = :community")
    return [OwedNotice(**row) for row in rows]


def rewrite(db: Database, change: Callable[[str], str]) -> None:
    """Give the lines that wait the text that `change` makes of theirs."""
    for row in db.query("select key, text from owed_notices where community = :community"):
        db.execute(
            "update owed_notices set text = :text where community = :community and key = :key",
            {"key": row["key"], "text": change(row["text"])},
        )


def purge(db: Database, before: datetime) -> int:
    """Forget what has waited since before a time; returns how many rows."""
    return db.execute(
        "delete from owed_notices where community = :community and id < :before", {"before": first_id_at(before)}
    )
