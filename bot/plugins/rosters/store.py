"""Tables of the rosters; what is kept of rooms and of the seats of entitled members in them."""

from __future__ import annotations

import sqlite_utils

from bot.plugin import Database, Migrations, Row, from_stamp, to_stamp
from bot.plugins.rosters.model import NAME, Doubt, Mode, RoomRecord, Seat, SeatState

migrations = Migrations(NAME)


@migrations()
def m001_rosters(db: sqlite_utils.Database) -> None:
    """Rooms, seats, removals, exceptions, and what was told of the ends of memberships."""
    db.execute(
        "create table roster_rooms (community text not null, room_id text not null,"
        " mode text check (mode in ('rehearsing', 'running', 'paused')), people integer not null default 0,"
        " doubt text not null default '', is_held integer not null default 0 check (is_held in (0, 1)),"
        " checked_at text, compared_at text, primary key (community, room_id))"
    )
    db.execute(
        "create table roster_seats (community text not null, room_id text not null, member_id text not null,"
        " state text not null check (state in ('wanted', 'invited', 'joined', 'stuck', 'left')),"
        " tries integer not null, next_at text, until text, primary key (community, room_id, member_id))"
    )
    db.execute(
        "create table roster_removals (community text not null, room_id text not null, member_id text not null,"
        " ends_at text not null, name text not null,"
        " state text not null check (state in ('listed', 'kept', 'told', 'removed', 'spared')),"
        " remove_at text not null, kept_until text, primary key (community, room_id, member_id, ends_at))"
    )
    db.execute(
        "create table roster_exceptions (community text not null, member_id text not null, name text not null,"
        " noted_at text not null, primary key (community, member_id))"
    )
    db.execute(
        "create table membership_endings (community text not null, member_id text not null, line text not null,"
        " ends_at text not null, noted_at text not null, told integer, primary key (community, member_id, line))"
    )
    for index in (
        "create index roster_seats_by_member on roster_seats (community, member_id)",
        "create index roster_removals_by_member on roster_removals (community, member_id)",
        "create index roster_removals_open on roster_removals (community, room_id, state)",
    ):
        db.execute(index)


def get_room_record(db: Database, room_id: str) -> RoomRecord:
    """Return what is kept of a room; a blank record for one that was never looked at."""
    rows = db.query(
        "select room_id, mode, people, doubt, is_held, checked_at, compared_at from roster_rooms"
        " where community = :community and room_id = :room_id",
        {"room_id": room_id},
    )
    return _room_record(rows[0]) if rows else RoomRecord(room_id=room_id)


def put_room_record(db: Database, record: RoomRecord) -> None:
    """Keep it."""
    db.execute(
        "insert into roster_rooms (community, room_id, mode, people, doubt, is_held, checked_at, compared_at)"
        " values (:community, :room_id, :mode, :people, :doubt, :is_held, :checked_at, :compared_at)"
        " on conflict (community, room_id) do update set mode = excluded.mode, people = excluded.people,"
        " doubt = excluded.doubt, is_held = excluded.is_held, checked_at = excluded.checked_at,"
        " compared_at = excluded.compared_at",
        {
            "room_id": record.room_id, "mode": record.mode, "people": record.people, "doubt": record.doubt,
            "is_held": int(record.is_held),
            "checked_at": to_stamp(record.checked_at) if record.checked_at else None,
            "compared_at": to_stamp(record.compared_at) if record.compared_at else None,
        },
    )  # fmt: skip


def seats_in(db: Database, room_id: str) -> dict[str, Seat]:
    """Return the seats in a room by member id."""
    rows = db.query(
        "select room_id, member_id, state, tries, next_at, until from roster_seats"
        " where community = :community and room_id = :room_id order by member_id",
        {"room_id": room_id},
    )
    return {row["member_id"]: _seat(row) for row in rows}


def put_seat(db: Database, seat: Seat) -> None:
    """Keep where a member stands with a room."""
    db.execute(
        "insert into roster_seats (community, room_id, member_id, state, tries, next_at, until)"
        " values (:community, :room_id, :member_id, :state, :tries, :next_at, :until)"
        " on conflict (community, room_id, member_id) do update set state = excluded.state, tries = excluded.tries,"
        " next_at = excluded.next_at, until = excluded.until",
        {
            "room_id": seat.room_id, "member_id": seat.member_id, "state": seat.state, "tries": seat.tries,
            "next_at": to_stamp(seat.next_at) if seat.next_at else None,
            "until": to_stamp(seat.until) if seat.until else None,
        },
    )  # fmt: skip


def remove_seat(db: Database, room_id: str, member_id: str) -> None:
    """Forget the seat of a member who is not entitled any more."""
    db.execute(
        "delete from roster_seats where community = :community and room_id = :room_id and member_id = :member_id",
        {"room_id": room_id, "member_id": member_id},
    )


def _room_record(row: Row) -> RoomRecord:
    return RoomRecord(
        room_id=row["room_id"],
        mode=Mode(row["mode"]) if row["mode"] else None,
        people=row["people"],
        doubt=Doubt(row["doubt"]),
        is_held=bool(row["is_held"]),
        checked_at=from_stamp(row["checked_at"]),
        compared_at=from_stamp(row["compared_at"]),
    )


def _seat(row: Row) -> Seat:
    return Seat(
        room_id=row["room_id"],
        member_id=row["member_id"],
        state=SeatState(row["state"]),
        tries=row["tries"],
        next_at=from_stamp(row["next_at"]),
        until=from_stamp(row["until"]),
    )
