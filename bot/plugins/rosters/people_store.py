"""Ids that point to members, the owner's exceptions, and what is stored of single people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.plugin import Database, Row, to_stamp
from bot.plugins.rosters.people import Link

_TABLES = ("roster_seats", "roster_removals", "roster_exceptions", "membership_endings")
_BATCH = 500  # values in one statement
_LINK = "kind, value, member_id, strength, is_current"


def links_to(db: Database, kind: str, values: Sequence[str]) -> list[Link]:
    """Return what is on record for ids.

    Args:
        db: any transaction.
        kind: `contact` or `weixin`.
        values: the ids.
    """
    found: list[Link] = []
    for start in range(0, len(values), _BATCH):
        batch = values[start : start + _BATCH]
        names = ", ".join(f":v{number}" for number in range(len(batch)))
        rows = db.query(
            f"select {_LINK} from identities where community = :community and kind = :kind and value in ({names})",  # noqa: S608 - constant names
            {"kind": kind} | {f"v{number}": value for number, value in enumerate(batch)},
        )
        found += map(_link, rows)
    return found


def links_of(db: Database, member_id: str) -> list[Link]:
    """Return the ids of a member that hold good now, contact ids by which they were seen last first."""
    rows = db.query(
        f"select {_LINK} from identities where community = :community and member_id = :member_id"  # noqa: S608 - the same
        " and is_current = 1 order by kind, seen_id desc",
        {"member_id": member_id},
    )
    return [_link(row) for row in rows]


def add_exception(db: Database, member_id: str, name: str, now: datetime) -> bool:
    """Never remove a member; False when it was said before."""
    changed = db.execute(
        "insert into roster_exceptions (community, member_id, name, noted_at)"
        " values (:community, :member_id, :name, :now) on conflict (community, member_id) do nothing",
        {"member_id": member_id, "name": name, "now": to_stamp(now)},
    )
    return changed == 1


def remove_exception(db: Database, member_id: str) -> bool:
    """Treat a member like everybody; False when there was no exception."""
    changed = db.execute(
        "delete from roster_exceptions where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return changed == 1


def list_exceptions(db: Database) -> dict[str, str]:
    """Return the names of the exceptions by member id, the oldest first."""
    rows = db.query(
        "select member_id, name from roster_exceptions where community = :community order by noted_at, member_id"
    )
    return {row["member_id"]: row["name"] for row in rows}


def export_person(db: Database, member_id: str) -> Row:
    """Return what is stored of a member."""
    person = {"member_id": member_id}
    return {
        "roster_seats": db.query(
            "select room_id, state, tries, next_at, until from roster_seats"
            " where community = :community and member_id = :member_id order by room_id",
            person,
        ),
        "roster_removals": db.query(
            "select room_id, ends_at, name, state, remove_at, kept_until from roster_removals"
            " where community = :community and member_id = :member_id order by ends_at, room_id",
            person,
        ),
        "roster_exceptions": db.query(
            "select name, noted_at from roster_exceptions where community = :community and member_id = :member_id",
            person,
        ),
        "membership_endings": db.query(
            "select line, ends_at, told from membership_endings"
            " where community = :community and member_id = :member_id order by line",
            person,
        ),
    }


def erase_person(db: Database, member_id: str) -> Row:
    """Delete these."""
    return {
        table: db.execute(
            f"delete from {table} where community = :community and member_id = :member_id",  # noqa: S608 - the four above
            {"member_id": member_id},
        )
        for table in _TABLES
    }


def _link(row: Row) -> Link:
    return Link(row["kind"], row["value"], row["member_id"], row["strength"] == "strong", bool(row["is_current"]))
