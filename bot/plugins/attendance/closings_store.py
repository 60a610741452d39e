"""What was counted at the end of sessions, and who was absent, as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, to_stamp
from bot.plugins.attendance.model import Closing, NoShow

_COLUMNS = "session_id, registered, came, late, walk_in, absent, members"


def put_closing(db: Database, closing: Closing, absent: list[NoShow], now: datetime) -> bool:
    """Store the end of a session; False when it was stored before, which stays."""
    row: dict[str, Any] = {name: getattr(closing, name) for name in closing.__slots__}
    changed = db.execute(
        f"insert into attendance_closings (community, {_COLUMNS}, closed_at)"  # noqa: S608 - constant names
        f" values (:community, {', '.join(f':{name}' for name in _COLUMNS.split(', '))}, :now)"
        " on conflict (community, session_id) do nothing",
        row | {"now": to_stamp(now)},
    )
    for one in absent if changed else []:
        add_no_show(db, one)
    return changed == 1


def remove_closing(db: Database, session_id: str) -> None:
    """Forget the end of a session, and who was absent: it takes place at another time."""
    for table in ("attendance_closings", "no_shows"):
        db.execute(
            f"delete from {table} where community = :community and session_id = :session_id",  # noqa: S608 - these two
            {"session_id": session_id},
        )


def recount(db: Database, closing: Closing) -> None:
    """Put a session's counts right after somebody was noted, or taken out, by hand."""
    db.execute(
        "update attendance_closings set came = :came, late = :late, walk_in = :walk_in, absent = :absent"
        " where community = :community and session_id = :session_id",
        {name: getattr(closing, name) for name in ("session_id", "came", "late", "walk_in", "absent")},
    )


def get_closing(db: Database, session_id: str) -> Closing | None:
    """Return what was counted at the end of a session; None while it is not over."""
    found = _select(db, "session_id = :session_id", {"session_id": session_id})
    return found[0] if found else None


def list_closings(db: Database) -> list[Closing]:
    """Return what was counted of all sessions that are over."""
    return _select(db, "true", {})


def add_no_show(db: Database, absent: NoShow) -> None:
    """Note that a registered member did not come."""
    db.execute(
        "insert into no_shows (community, session_id, member_id, name)"
        " values (:community, :session_id, :member_id, :name)"
        " on conflict (community, session_id, member_id) do nothing",
        {"session_id": absent.session_id, "member_id": absent.member_id, "name": absent.name},
    )


def remove_no_show(db: Database, session_id: str, member_id: str) -> bool:
    """Take an absence back; False when there was none."""
    changed = db.execute(
        "delete from no_shows where community = :community and session_id = :session_id and member_id = :member_id",
        {"session_id": session_id, "member_id": member_id},
    )
    return changed == 1


def no_shows_by(db: Database, member_id: str) -> list[str]:
    """Return the ids of the sessions a member was absent from."""
    rows = db.query(
        "select session_id from no_shows where community = :community and member_id = :member_id order by session_id",
        {"member_id": member_id},
    )
    return [row["session_id"] for row in rows]


def absent_from(db: Database, session_id: str) -> set[str]:
    """Return the ids of the registered members who did not come to a session."""
    rows = db.query(
        "select member_id from no_shows where community = :community and session_id = :session_id",
        {"session_id": session_id},
    )
    return {row["member_id"] for row in rows}


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Closing]:
    rows = db.query(
        f"select {_COLUMNS} from attendance_closings where community = :community and {condition}"  # noqa: S608 - our own
        " order by session_id",
        params,
    )
    return [Closing(**row) for row in rows]
