"""Which lessons members have read."""

from __future__ import annotations

from datetime import datetime

import sqlite_utils

from bot.plugin import Database, Migrations, Row, to_stamp

migrations = Migrations("courses")


@migrations()
def m001_lessons_read(db: sqlite_utils.Database) -> None:
    """One row for each lesson a member has read; what was bought is an order of the core."""
    db.execute(
        "create table lessons_read (community text not null, member_id text not null, course_id text not null,"
        " lesson text not null, position integer not null, read_at text not null,"
        " primary key (community, member_id, course_id, lesson))"
    )


def note_read(db: Database, member_id: str, course_id: str, lesson: str, now: datetime) -> None:
    """Note that a member has read a lesson; read again, it is the last one."""
    db.execute(
        "insert into lessons_read (community, member_id, course_id, lesson, position, read_at)"
        " values (:community, :member_id, :course_id, :lesson,"
        " (select coalesce(max(position), 0) + 1 from lessons_read"
        " where community = :community and member_id = :member_id), :now)"
        " on conflict (community, member_id, course_id, lesson)"
        " do update set position = excluded.position, read_at = excluded.read_at",
        {"member_id": member_id, "course_id": course_id, "lesson": lesson, "now": to_stamp(now)},
    )


def lessons_read(db: Database, member_id: str) -> list[tuple[str, str]]:
    """Return (course, lesson) of all a member has read, what was read last at the end."""
    rows = db.query(
        "select course_id, lesson from lessons_read where community = :community and member_id = :member_id"
        " order by position",
        {"member_id": member_id},
    )
    return [(row["course_id"], row["lesson"]) for row in rows]


def export_lessons(db: Database, member_id: str) -> list[Row]:
    """Return what a member has read."""
    return db.query(
        "select course_id, lesson, read_at from lessons_read where community = :community and member_id = :member_id"
        " order by position",
        {"member_id": member_id},
    )


def erase_lessons(db: Database, member_id: str) -> int:
    """Forget it; return how many lessons."""
    return db.execute(
        "delete from lessons_read where community = :community and member_id = :member_id", {"member_id": member_id}
    )
