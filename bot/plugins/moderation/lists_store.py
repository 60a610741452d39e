"""Who is on the community's lists: people the owner wants in none of the rooms, and people who are always fine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations
from bot.plugins.moderation.model import FORGOTTEN


@migrations()
def m033_listed(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """At most one row a member: whom no room wants."""
    db.execute(
        "create table moderation_listed (community text not null, member_id text not null, name text not null,"
        " reason text not null, noted_by text not null, noted_at text not null, primary key (community, member_id))"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody whom the owner wants in none of the rooms.

    Attributes:
        member_id, name: who.
        reason: why, as the owner said it.
        noted_by: who said so.
        noted_at: aware UTC.
    """

    member_id: str
    name: str
    reason: str
    noted_by: str
    noted_at: datetime


def put_listed(db: Database, listed: Listed) -> None:
    """Put somebody on the list; another reason takes the place of the old one."""
    db.execute(
        "insert into moderation_listed (community, member_id, name, reason, noted_by, noted_at)"
        " values (:community, :member_id, :name, :reason, :noted_by, :noted_at) on conflict (community, member_id)"
        " do update set name = excluded.name, reason = excluded.reason, noted_by = excluded.noted_by,"
        " noted_at = excluded.noted_at",
        {
            "member_id": listed.member_id, "name": listed.name, "reason": listed.reason, "noted_by": listed.noted_by,
            "noted_at": to_stamp(listed.noted_at),
        },
    )  # fmt: skip


def drop_listed(db: Database, member_id: str) -> bool:
    """Take somebody off the list; False when they were not on it."""
    changed = db.execute(
        "delete from moderation_listed where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return changed > 0


def all_listed(db: Database) -> list[Listed]:
    """Return everybody on the list, the first first."""
    rows = db.query("select * from moderation_listed where community = :community order by noted_at, member_id")
    return [_listed(row) for row in rows]


def erase_member(db: Database, member_id: str) -> int:
    """Forget who put others on the list; that somebody is on it stays until the owner takes them off.

    The list keeps out who has harmed the group: without it, a wish to be forgotten would be the way back in. Only the
    number that stands for them and the reason are kept; the name is not.
    """
    db.execute(
        "update moderation_listed set noted_by = :forgotten where community = :community and noted_by = :member_id",
        {"member_id": member_id, "forgotten": FORGOTTEN},
    )
    return db.execute(
        "update moderation_listed set name = '' where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return whether a member is on the list, and why."""
    return db.query(
        "select reason, noted_at from moderation_listed where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def _listed(row: Row) -> Listed:
    at = from_stamp(row["noted_at"])
    assert at is not None
    return Listed(
        member_id=row["member_id"], name=row["name"], reason=row["reason"], noted_by=row["noted_by"], noted_at=at
    )
