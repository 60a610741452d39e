"""The table `bench storage` writes to."""

from __future__ import annotations

import sqlite_utils

from bot.storage import Database, Migrations

migrations = Migrations("bench_storage")


@migrations()
def m001_bench_rows(db: sqlite_utils.Database) -> None:
    """What is written: as long as a message."""
    db.execute(
        "create table bench_rows (community text not null, id text not null, room text not null, text text not null,"
        " primary key (community, id))"
    )


def add_row(db: Database, room: str) -> None:
    """Write one row."""
    db.execute(
        "insert into bench_rows (community, id, room, text) values (:community, :id, :room, :text)",
        {"id": db.new_id(), "room": room, "text": "asyncio 怎么限制并发？用 Semaphore，或者用队列加固定数量的工人。"},
    )
