"""When the bot was last alive, so that a gap can be told."""

from __future__ import annotations

from datetime import datetime

import sqlite_utils

from bot.storage import Database, Migrations
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("dispatcher")


@migrations()
def m001_heartbeats(db: sqlite_utils.Database) -> None:
    """One row per community."""
    db.execute(
        "create table heartbeats (community text not null, name text not null, beat_at text not null,"
        " primary key (community, name))"
    )


def beat(db: Database, at: datetime) -> None:
    """Note that the bot is alive."""
    db.execute(
        "insert into heartbeats (community, name, beat_at) values (:community, 'dispatcher', :at)"
        " on conflict (community, name) do update set beat_at = excluded.beat_at",
        {"at": to_stamp(at)},
    )


def last_beat(db: Database) -> datetime | None:
    """Return when the bot was last known to be alive; None before its first start."""
    rows = db.query("select beat_at from heartbeats where community = :community and name = 'dispatcher'")
    return from_stamp(rows[0]["beat_at"]) if rows else None
