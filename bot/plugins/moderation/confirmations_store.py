"""Who has agreed to remove somebody who has paid."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database, to_stamp


def add_confirmation(db: Database, case: int, member_id: str, now: datetime) -> None:
    """Note that somebody agrees."""
    db.execute(
        "insert into moderation_confirmations (community, case_number, decided_by, at)"
        " values (:community, :number, :member_id, :now) on conflict (community, case_number, decided_by) do nothing",
        {"number": case, "member_id": member_id, "now": to_stamp(now)},
    )


def confirmed_by(db: Database, case: int) -> list[str]:
    """Return who agrees, the first first."""
    rows = db.query(
        "select decided_by from moderation_confirmations where community = :community and case_number = :number"
        " order by at, decided_by",
        {"number": case},
    )
    return [row["decided_by"] for row in rows]


def forget_confirmations(db: Database, case: int) -> None:
    """Ask everybody anew."""
    db.execute(
        "delete from moderation_confirmations where community = :community and case_number = :number",
        {"number": case},
    )


def erase_member(db: Database, member_id: str) -> int:
    """Delete what a member agreed to; return how many."""
    return db.execute(
        "delete from moderation_confirmations where community = :community and decided_by = :member_id",
        {"member_id": member_id},
    )
