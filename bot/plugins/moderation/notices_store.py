"""What is to be told and waits a moment, so that several things are told at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations


@migrations()
def m002_notices(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Cases of which a room or its owner is to be told, and when they were told last."""
    db.execute(
        "create table moderation_notices (community text not null, kind text not null"
        " check (kind in ('remind', 'report', 'rehearse')), room_id text not null, case_number integer not null,"
        " primary key (community, kind, room_id, case_number))"
    )
    db.execute(
        "create table moderation_told (community text not null, kind text not null, room_id text not null,"
        " at text not null, primary key (community, kind, room_id))"
    )


def told_at(db: Database, kind: str, room_id: str) -> datetime | None:
    """Return when a room (`remind`) or its owner (`report`) was told last; None for never."""
    rows = db.query(
        "select at from moderation_told where community = :community and kind = :kind and room_id = :room_id",
        {"kind": kind, "room_id": room_id},
    )
    return from_stamp(rows[0]["at"]) if rows else None


def note_told(db: Database, kind: str, room_id: str, now: datetime) -> None:
    """Note that they are told now."""
    db.execute(
        "insert into moderation_told (community, kind, room_id, at) values (:community, :kind, :room_id, :now)"
        " on conflict (community, kind, room_id) do update set at = excluded.at",
        {"kind": kind, "room_id": room_id, "now": to_stamp(now)},
    )


def hold_back(db: Database, kind: str, room_id: str, case: int) -> bool:
    """Keep a case to be told with others; return whether it is the first that waits."""
    db.execute(
        "insert into moderation_notices (community, kind, room_id, case_number)"
        " values (:community, :kind, :room_id, :number) on conflict (community, kind, room_id, case_number) do nothing",
        {"kind": kind, "room_id": room_id, "number": case},
    )
    return len(held_back(db, kind, room_id)) == 1


def held_back(db: Database, kind: str, room_id: str) -> list[int]:
    """Return the numbers of the cases that wait to be told, the oldest first."""
    rows = db.query(
        "select case_number from moderation_notices"
        " where community = :community and kind = :kind and room_id = :room_id order by case_number",
        {"kind": kind, "room_id": room_id},
    )
    return [row["case_number"] for row in rows]


def drop_held_back(db: Database, case: int) -> bool:
    """Have a case told nowhere; False when it does not wait."""
    changed = db.execute(
        "delete from moderation_notices where community = :community and case_number = :number", {"number": case}
    )
    return changed > 0


def take_held_back(db: Database, kind: str, room_id: str) -> list[int]:
    """Return the numbers that wait, and let them wait no more."""
    found = held_back(db, kind, room_id)
    db.execute(
        "delete from moderation_notices where community = :community and kind = :kind and room_id = :room_id",
        {"kind": kind, "room_id": room_id},
    )
    return found
