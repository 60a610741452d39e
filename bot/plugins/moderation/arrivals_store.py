"""Who came into which room when, as the bot saw it, what they have said since, and when many came at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations

COUNTED = 50
"""From so many messages on nobody is new; the rest is not counted, so that only newcomers' messages cost a write."""


@migrations()
def m031_arrivals(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Who came when and what they have said since; and when many came at once."""
    db.execute(
        "create table moderation_arrivals (community text not null, room_id text not null, member_id text not null,"
        " name text not null, inviter text not null, at text not null, said integer not null,"
        " is_welcomed integer not null check (is_welcomed in (0, 1)), primary key (community, room_id, member_id))"
    )
    db.execute("create index moderation_arrivals_by_time on moderation_arrivals (community, at)")
    db.execute("create index moderation_arrivals_by_member on moderation_arrivals (community, member_id)")
    db.execute(
        "create table moderation_waves (community text not null, room_id text not null, began_at text not null,"
        " noticed_at text not null, until text not null, primary key (community, room_id, noticed_at))"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody came into a room.

    Attributes:
        room_id, member_id: where and who.
        name: as the room showed it then.
        inviter: name of who invited them; empty when nobody told.
        at: when, aware UTC.
        is_welcomed: whether they were greeted, or need not be.
    """

    room_id: str
    member_id: str
    name: str
    inviter: str
    at: datetime
    is_welcomed: bool = False


@dataclass(frozen=True, slots=True)
class Wave:
    """Many people came into a room at once.

    Attributes:
        room_id: where.
        began_at: when the first of them came.
        noticed_at: when there were enough.
        until: who comes before then belongs to it.
    """

    room_id: str
    began_at: datetime
    noticed_at: datetime
    until: datetime


def put_arrival(db: Database, arrival: Arrival) -> None:
    """Note that somebody came; who comes again is new again."""
    db.execute(
        "insert into moderation_arrivals (community, room_id, member_id, name, inviter, at, said, is_welcomed)"
        " values (:community, :room_id, :member_id, :name, :inviter, :at, 0, :is_welcomed)"
        " on conflict (community, room_id, member_id) do update set name = excluded.name, inviter = excluded.inviter,"
        " at = excluded.at, said = 0, is_welcomed = excluded.is_welcomed",
        {
            "room_id": arrival.room_id, "member_id": arrival.member_id, "name": arrival.name,
            "inviter": arrival.inviter, "at": to_stamp(arrival.at), "is_welcomed": int(arrival.is_welcomed),
        },
    )  # fmt: skip


def count_message(db: Database, room_id: str, member_id: str) -> int:
    """Count one message of somebody who came; return how many there were before it."""
    rows = db.query(
        "update moderation_arrivals set said = said + 1 where community = :community and room_id = :room_id"
        " and member_id = :member_id returning said",
        {"room_id": room_id, "member_id": member_id},
    )
    return int(rows[0]["said"]) - 1 if rows else COUNTED


def arrivals_since(db: Database, since: datetime, room_id: str = "") -> list[Arrival]:
    """Return who came since then, into one room or any, the first first."""
    return _select(
        db, "at >= :since and (:room_id = '' or room_id = :room_id)", {"since": to_stamp(since), "room_id": room_id}
    )


def newcomers(db: Database, since: datetime) -> dict[tuple[str, str], datetime]:
    """Return (room id, member id) → when they came, of those who came since then and have said little."""
    rows = db.query(
        "select room_id, member_id, at from moderation_arrivals"
        " where community = :community and at >= :since and said < :counted",
        {"since": to_stamp(since), "counted": COUNTED},
    )
    return {(row["room_id"], row["member_id"]): _time(row["at"]) for row in rows}


def take_unwelcomed(db: Database, room_id: str, since: datetime) -> list[Arrival]:
    """Return who came since then and was not greeted, the first first, and note that nobody waits any more."""
    found = _select(
        db, "room_id = :room_id and at >= :since and is_welcomed = 0", {"room_id": room_id, "since": to_stamp(since)}
    )
    db.execute(
        "update moderation_arrivals set is_welcomed = 1"
        " where community = :community and room_id = :room_id and is_welcomed = 0",
        {"room_id": room_id},
    )
    return found


def add_wave(db: Database, wave: Wave) -> None:
    """Note that many came at once."""
    db.execute(
        "insert into moderation_waves (community, room_id, began_at, noticed_at, until)"
        " values (:community, :room_id, :began_at, :noticed_at, :until)"
        " on conflict (community, room_id, noticed_at) do nothing",
        {
            "room_id": wave.room_id, "began_at": to_stamp(wave.began_at), "noticed_at": to_stamp(wave.noticed_at),
            "until": to_stamp(wave.until),
        },
    )  # fmt: skip


def waves_since(db: Database, since: datetime) -> list[Wave]:
    """Return the join waves noticed since then, the first first."""
    rows = db.query(
        "select room_id, began_at, noticed_at, until from moderation_waves"
        " where community = :community and noticed_at >= :since order by noticed_at, room_id",
        {"since": to_stamp(since)},
    )
    return [Wave(row["room_id"], _time(row["began_at"]), _time(row["noticed_at"]), _time(row["until"])) for row in rows]


def purge(db: Database, before: datetime) -> int:
    """Forget who came before then; return how many rows."""
    params = {"before": to_stamp(before)}
    gone = db.execute("delete from moderation_arrivals where community = :community and at < :before", params)
    return gone + db.execute("delete from moderation_waves where community = :community and until < :before", params)


def erase_member(db: Database, member_id: str) -> int:
    """Forget when a member came; return how many rows."""
    return db.execute(
        "delete from moderation_arrivals where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return when a member came into which room."""
    return db.query(
        "select room_id, name, at, said from moderation_arrivals"
        " where community = :community and member_id = :member_id order by at",
        {"member_id": member_id},
    )


def _select(db: Database, condition: str, params: Row) -> list[Arrival]:
    rows = db.query(
        f"select * from moderation_arrivals where community = :community and {condition} order by at, member_id",  # noqa: S608 - the conditions above
        params,
    )
    return [
        Arrival(
            room_id=row["room_id"], member_id=row["member_id"], name=row["name"], inviter=row["inviter"],
            at=_time(row["at"]), is_welcomed=bool(row["is_welcomed"]),
        )
        for row in rows
    ]  # fmt: skip


def _time(stamp: str) -> datetime:
    at = from_stamp(stamp)
    assert at is not None
    return at
