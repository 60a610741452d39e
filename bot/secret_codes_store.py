"""Who typed wrong codes lately, and until when they may not try again."""

from __future__ import annotations

from datetime import datetime

import sqlite_utils

from bot.secret_codes import LONGEST_LOCK, lock_after
from bot.storage import Database, Migrations, Row
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("secret_codes")


@migrations()
def m001_wrong_secret_codes(db: sqlite_utils.Database) -> None:
    """One line per member who typed a well-formed code that does not exist."""
    db.execute(
        "create table wrong_secret_codes (community text not null, member_id text not null, wrong integer not null,"
        " last_at text not null, locked_until text not null, primary key (community, member_id))"
    )


def export_wrong_codes(db: Database, member_id: str) -> list[Row]:
    """Return what is counted about a member."""
    return db.query(
        "select wrong, last_at, locked_until from wrong_secret_codes"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def erase_wrong_codes(db: Database, member_id: str) -> int:
    """Forget what is counted about a member; return how many lines."""
    return db.execute(
        "delete from wrong_secret_codes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def locked_until(db: Database, member_id: str, now: datetime) -> datetime | None:
    """Return until when a member may try no code; None when they may."""
    rows = db.query(
        "select locked_until from wrong_secret_codes where community = :community and member_id = :member_id"
        " and locked_until > :now",
        {"member_id": member_id, "now": to_stamp(now)},
    )
    return from_stamp(rows[0]["locked_until"]) if rows else None


def note_wrong_code(db: Database, member_id: str, now: datetime) -> datetime | None:
    """Count a wrong code and return until when no other may be tried; None when one may.

    Right codes in between are not forgiveness: only time is, so that a code that may be used often opens no door to
    guessing.
    """
    rows = db.query(
        "select wrong, last_at from wrong_secret_codes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    last = from_stamp(rows[0]["last_at"]) if rows else None
    wrong = int(rows[0]["wrong"]) + 1 if last and now - last < 2 * LONGEST_LOCK else 1
    until = now + lock_after(wrong)
    db.execute(
        "insert into wrong_secret_codes (community, member_id, wrong, last_at, locked_until)"
        " values (:community, :member_id, :wrong, :now, :until) on conflict (community, member_id)"
        " do update set wrong = excluded.wrong, last_at = excluded.last_at, locked_until = excluded.locked_until",
        {"member_id": member_id, "wrong": wrong, "now": to_stamp(now), "until": to_stamp(until)},
    )
    return until if until > now else None
