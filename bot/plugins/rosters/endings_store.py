"""The ends of memberships and which reminders were told of each, as rows."""

from __future__ import annotations

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.rosters.model import Ending


def endings_of(db: Database, member_id: str) -> dict[str, Ending]:
    """Return the known ends of a member's lines by line."""
    rows = db.query(
        "select member_id, line, ends_at, noted_at, told from membership_endings"
        " where community = :community and member_id = :member_id order by line",
        {"member_id": member_id},
    )
    return {row["line"]: _ending(row) for row in rows}


def put_ending(db: Database, ending: Ending) -> None:
    """Keep the end of a line and what was told of it."""
    db.execute(
        "insert into membership_endings (community, member_id, line, ends_at, noted_at, told)"
        " values (:community, :member_id, :line, :ends_at, :noted_at, :told)"
        " on conflict (community, member_id, line) do update set ends_at = excluded.ends_at,"
        " noted_at = excluded.noted_at, told = excluded.told",
        {
            "member_id": ending.member_id, "line": ending.line, "ends_at": to_stamp(ending.ends_at),
            "noted_at": to_stamp(ending.noted_at), "told": ending.told,
        },
    )  # fmt: skip


def remove_ending(db: Database, member_id: str, line: str) -> None:
    """Forget an end that is none any more."""
    db.execute(
        "delete from membership_endings where community = :community and member_id = :member_id and line = :line",
        {"member_id": member_id, "line": line},
    )


def all_endings(db: Database) -> dict[str, dict[str, Ending]]:
    """Return the known ends of everybody, by member id and line."""
    rows = db.query(
        "select member_id, line, ends_at, noted_at, told from membership_endings where community = :community"
    )
    found: dict[str, dict[str, Ending]] = {}
    for row in rows:
        found.setdefault(row["member_id"], {})[row["line"]] = _ending(row)
    return found


def _ending(row: Row) -> Ending:
    ends_at, noted_at = from_stamp(row["ends_at"]), from_stamp(row["noted_at"])
    assert ends_at is not None
    assert noted_at is not None
    return Ending(member_id=row["member_id"], line=row["line"], ends_at=ends_at, noted_at=noted_at, told=row["told"])
