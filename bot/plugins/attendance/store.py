"""The tables of attendance, and the rows of who came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, Migrations, Row, from_stamp, to_stamp
from bot.plugins.attendance.model import Attendance

migrations = Migrations("attendance")

_COLUMNS = "session_id, member_id, name, at, place, is_late, is_walk_in, noted_by, certificate"


@migrations()
def m001_attendance(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Who came, who did not, what was counted at the end, wrong codes, and who hosts under which name."""
    db.execute(
        "create table attendances (community text not null, session_id text not null, member_id text not null,"
        " name text not null, at text not null, place integer not null check (place > 0),"
        " is_late integer not null check (is_late in (0, 1)), is_walk_in integer not null check (is_walk_in in (0, 1)),"
        " noted_by text not null default '', certificate text not null default '',"
        " primary key (community, session_id, member_id))"
    )
    db.execute("create index attendances_by_member on attendances (community, member_id)")
    db.execute(
        "create unique index attendances_by_certificate on attendances (community, certificate) where certificate <> ''"
    )
    db.execute(
        "create table no_shows (community text not null, session_id text not null, member_id text not null,"
        " name text not null, primary key (community, session_id, member_id))"
    )
    db.execute("create index no_shows_by_member on no_shows (community, member_id)")
    db.execute(
        "create table attendance_closings (community text not null, session_id text not null,"
        " registered integer not null, came integer not null, late integer not null, walk_in integer not null,"
        " absent integer not null, members integer not null, closed_at text not null,"
        " primary key (community, session_id))"
    )
    db.execute(
        "create table wrong_codes (community text not null, member_id text not null, wrong integer not null,"
        " last_at text not null, primary key (community, member_id))"
    )
    db.execute(
        "create table session_hosts (community text not null, name_key text not null, member_id text not null,"
        " name text not null, primary key (community, name_key, member_id))"
    )
    db.execute("create index session_hosts_by_member on session_hosts (community, member_id)")


def add_attendance(db: Database, attendance: Attendance) -> int:
    """Note that a member came and return their place; `attendance.place` does not count, and twice is once."""
    row = {name: getattr(attendance, name) for name in attendance.__slots__} | {
        "at": to_stamp(attendance.at),
        "is_late": int(attendance.is_late),
        "is_walk_in": int(attendance.is_walk_in),
    }
    rows = db.query(
        f"insert into attendances (community, {_COLUMNS})"  # noqa: S608 - constant names
        " values (:community, :session_id, :member_id, :name, :at, (select coalesce(max(place), 0) + 1"
        " from attendances where community = :community and session_id = :session_id),"
        " :is_late, :is_walk_in, :noted_by, :certificate)"
        " on conflict (community, session_id, member_id) do update set name = attendances.name returning place",
        row,
    )
    return int(rows[0]["place"])


def remove_attendance(db: Database, session_id: str, member_id: str) -> bool:
    """Take an attendance back; False when there was none."""
    changed = db.execute(
        "delete from attendances where community = :community and session_id = :session_id and member_id = :member_id",
        {"session_id": session_id, "member_id": member_id},
    )
    return changed == 1


def remove_before(db: Database, session_id: str, opens_at: datetime) -> int:
    """Take back what was noted of a session before it could be signed in to; return how many."""
    return db.execute(
        "delete from attendances where community = :community and session_id = :session_id and at < :opens_at",
        {"session_id": session_id, "opens_at": to_stamp(opens_at)},
    )


def get_attendance(db: Database, session_id: str, member_id: str) -> Attendance | None:
    """Return a member's attendance at a session; None when they did not come."""
    condition = "session_id = :session_id and member_id = :member_id"
    found = _select(db, condition, {"session_id": session_id, "member_id": member_id})
    return found[0] if found else None


def attendances_of(db: Database, session_id: str) -> list[Attendance]:
    """Return who came to a session, in the order in which they came."""
    return _select(db, "session_id = :session_id", {"session_id": session_id})


def attendances_by(db: Database, member_id: str) -> list[Attendance]:
    """Return what a member came to, oldest first."""
    return sorted(_select(db, "member_id = :member_id", {"member_id": member_id}), key=lambda one: one.at)


def set_certificate(db: Database, session_id: str, member_id: str, number: str) -> None:
    """Give a member who came the number of their certificate."""
    db.execute(
        "update attendances set certificate = :number"
        " where community = :community and session_id = :session_id and member_id = :member_id",
        {"session_id": session_id, "member_id": member_id, "number": number},
    )


def find_certificate(db: Database, number: str) -> Attendance | None:
    """Return the attendance a certificate is about; None when there is no such certificate."""
    found = _select(db, "certificate = :number and certificate <> ''", {"number": number})
    return found[0] if found else None


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Attendance]:
    rows = db.query(
        f"select {_COLUMNS} from attendances where community = :community and {condition}"  # noqa: S608 - our own
        " order by session_id, place",
        params,
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Attendance:
    at: datetime | None = from_stamp(row["at"])
    assert at is not None
    return Attendance(**row | {"at": at, "is_late": bool(row["is_late"]), "is_walk_in": bool(row["is_walk_in"])})
