"""Check-ins as rows."""

from __future__ import annotations

from datetime import date, datetime

from bot.plugin import Database, Row, to_stamp
from bot.plugins.study.model import CheckIn


def add_check_in(db: Database, check_in: CheckIn, now: datetime) -> bool:
    """Note that a member checked in; False when they did that day already."""
    return (
        db.execute(
            "insert into study_check_ins (community, room_id, day, member_id, note, at)"
            " values (:community, :room_id, :day, :member_id, :note, :now)"
            " on conflict (community, room_id, day, member_id) do nothing",
            {**check_in.row, "now": to_stamp(now)},
        )
        == 1
    )


def add_note(db: Database, check_in: CheckIn) -> bool:
    """Write down what was done on a day that has no note yet."""
    return (
        db.execute(
            "update study_check_ins set note = :note where community = :community and room_id = :room_id"
            " and day = :day and member_id = :member_id and note = ''",
            check_in.row,
        )
        == 1
    )


def days_of(db: Database, room_id: str, member_id: str) -> list[date]:
    """Return the days a member checked in, the oldest first."""
    rows = db.query(
        "select day from study_check_ins where community = :community and room_id = :room_id"
        " and member_id = :member_id order by day",
        {"room_id": room_id, "member_id": member_id},
    )
    return [date.fromisoformat(row["day"]) for row in rows]


def latest_room(db: Database, member_id: str) -> str:
    """Return where a member checked in last; empty for nowhere."""
    rows = db.query(
        "select room_id from study_check_ins where community = :community and member_id = :member_id"
        " order by at desc, room_id limit 1",
        {"member_id": member_id},
    )
    return str(rows[0]["room_id"]) if rows else ""


def count_days(db: Database, room_id: str, first: date, last: date) -> dict[str, int]:
    """Return member id → on how many days they checked in between two days; who hides is left out."""
    rows = db.query(
        "select c.member_id, count(*) as n from study_check_ins c where c.community = :community"
        " and c.room_id = :room_id and c.day >= :first and c.day <= :last and not exists"
        " (select 1 from study_hidden h where h.community = c.community and h.room_id = c.room_id"
        " and h.member_id = c.member_id) group by c.member_id",
        {"room_id": room_id, "first": str(first), "last": str(last)},
    )
    return {row["member_id"]: int(row["n"]) for row in rows}


def set_hidden(db: Database, room_id: str, member_id: str, now: datetime) -> bool:
    """Leave a member out of the ranking; False when they were."""
    return (
        db.execute(
            "insert into study_hidden (community, room_id, member_id, since)"
            " values (:community, :room_id, :member_id, :now) on conflict (community, room_id, member_id) do nothing",
            {"room_id": room_id, "member_id": member_id, "now": to_stamp(now)},
        )
        == 1
    )


def set_shown(db: Database, room_id: str, member_id: str) -> bool:
    """Take a member into the ranking again; False when they were."""
    return (
        db.execute(
            "delete from study_hidden where community = :community and room_id = :room_id and member_id = :member_id",
            {"room_id": room_id, "member_id": member_id},
        )
        == 1
    )


def is_hidden(db: Database, room_id: str, member_id: str) -> bool:
    """Return whether a member stays out of the ranking."""
    return bool(
        db.query(
            "select 1 from study_hidden where community = :community and room_id = :room_id and member_id = :member_id",
            {"room_id": room_id, "member_id": member_id},
        )
    )


def reach(db: Database, room_id: str, member_id: str, days: int, day: date) -> bool:
    """Note that a member reached a milestone; False when they had before."""
    return (
        db.execute(
            "insert into study_milestones (community, room_id, member_id, days, reached_on)"
            " values (:community, :room_id, :member_id, :days, :day)"
            " on conflict (community, room_id, member_id, days) do nothing",
            {"room_id": room_id, "member_id": member_id, "days": days, "day": str(day)},
        )
        == 1
    )


_TABLES = ("study_check_ins", "study_hidden", "study_milestones")
_ORDER = {"study_check_ins": "day", "study_hidden": "since", "study_milestones": "days"}


def export_check_ins(db: Database, member_id: str) -> Row:
    """Return what is stored of a member's check-ins, by table."""
    return {
        table: [
            {name: value for name, value in row.items() if name not in {"community", "member_id"}}
            for row in db.query(
                f"select * from {table} where community = :community and member_id = :member_id"  # noqa: S608 - our own
                f" order by room_id, {_ORDER[table]}",
                {"member_id": member_id},
            )
        ]
        for table in _TABLES
    }


def erase_check_ins(db: Database, member_id: str) -> Row:
    """Delete it; return rows deleted per table."""
    return {
        table: db.execute(
            f"delete from {table} where community = :community and member_id = :member_id",  # noqa: S608 - our own
            {"member_id": member_id},
        )
        for table in _TABLES
    }
