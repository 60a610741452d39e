"""Which calendar file each member was sent last, so that they get a new one when, and only when, it differs."""

from __future__ import annotations

from bot.plugin import Database, Row


def last_file(db: Database, session_id: str, member_id: str) -> tuple[str, int] | None:
    """Return (digest, sequence) of the file that was sent last; None when there was none."""
    rows = db.query(
        "select digest, sequence from calendar_files where community = :community and session_id = :session_id"
        " and member_id = :member_id",
        {"session_id": session_id, "member_id": member_id},
    )
    return (rows[0]["digest"], rows[0]["sequence"]) if rows else None


def note_file(db: Database, session_id: str, member_id: str, digest: str, sequence: int) -> None:
    """Remember the file that is being sent."""
    db.execute(
        "insert into calendar_files (community, session_id, member_id, digest, sequence)"
        " values (:community, :session_id, :member_id, :digest, :sequence)"
        " on conflict (community, session_id, member_id) do update set digest = excluded.digest,"
        " sequence = excluded.sequence",
        {"session_id": session_id, "member_id": member_id, "digest": digest, "sequence": sequence},
    )


def export_files(db: Database, member_id: str) -> list[Row]:
    """Return which calendar files a member was sent."""
    return db.query(
        "select session_id, sequence from calendar_files where community = :community and member_id = :member_id"
        " order by session_id",
        {"member_id": member_id},
    )


def erase_files(db: Database, member_id: str) -> int:
    """Forget these; return how many."""
    return db.execute(
        "delete from calendar_files where community = :community and member_id = :member_id", {"member_id": member_id}
    )
