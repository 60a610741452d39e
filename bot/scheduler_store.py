"""Up to which moment each timer's fires have been handled, so that none is lost or repeated over a crash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from bot.storage import Database, Migrations
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("scheduler")


@migrations()
def m001_schedule_marks(db: sqlite_utils.Database) -> None:
    """One row per timer and room."""
    db.execute(
        "create table schedule_marks (community text not null, kind text not null, schedule_id text not null,"
        " room_id text not null, handled_until text not null, signature text not null,"
        " primary key (community, kind, schedule_id, room_id))"
    )


@dataclass(frozen=True, slots=True)
class TimerKey:
    """Which timer.

    Attributes:
        kind: `announcement`, `job` or `core`.
        schedule_id: the entry's id; for a job `plugin.name`.
        room_id: our room id; empty for what concerns no room.
    """

    kind: str
    schedule_id: str
    room_id: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a timer has come.

    Attributes:
        handled_until: fires up to this moment were handled, aware UTC.
        signature: the times as they were written then; other times begin anew.
    """

    handled_until: datetime
    signature: str


def read_marks(db: Database) -> dict[TimerKey, Mark]:
    """Return all marks."""
    rows = db.query("select * from schedule_marks where community = :community")
    return {
        TimerKey(row["kind"], row["schedule_id"], row["room_id"]): Mark(at, row["signature"])
        for row in rows
        if (at := from_stamp(row["handled_until"]))
    }


def set_mark(db: Database, key: TimerKey, mark: Mark) -> None:
    """Store how far a timer has come."""
    db.execute(
        "insert into schedule_marks (community, kind, schedule_id, room_id, handled_until, signature)"
        " values (:community, :kind, :schedule_id, :room_id, :handled_until, :signature)"
        " on conflict (community, kind, schedule_id, room_id) do update"
        " set handled_until = excluded.handled_until, signature = excluded.signature",
        {**_params(key), "handled_until": to_stamp(mark.handled_until), "signature": mark.signature},
    )


def delete_marks(db: Database, keys: Iterable[TimerKey]) -> None:
    """Forget timers that are gone: should one come back, it begins anew."""
    for key in keys:
        db.execute(
            "delete from schedule_marks where community = :community and kind = :kind"
            " and schedule_id = :schedule_id and room_id = :room_id",
            _params(key),
        )


def _params(key: TimerKey) -> dict[str, str]:
    return {"kind": key.kind, "schedule_id": key.schedule_id, "room_id": key.room_id}
