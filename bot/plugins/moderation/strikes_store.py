"""Strikes: points with an expiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.model import FORGOTTEN, Strike

SERIES = "moderation_strike"


def add_strike(db: Database, strike: Strike) -> Strike:
    """Put a strike on record and return it with its number."""
    strike = replace(strike, number=db.next_number(SERIES))
    db.execute(
        "insert into moderation_strikes (community, number, case_number, room_id, member_id, rule, words, points,"
        " reason, given_at, expires_at, noted_by, withdrawn_at) values (:community, :number, :case, :room_id,"
        " :member_id, :rule, :words, :points, :reason, :given_at, :expires_at, :noted_by, null)",
        {
            "number": strike.number, "case": strike.case, "room_id": strike.room_id, "member_id": strike.member_id,
            "rule": strike.rule, "words": strike.words, "points": strike.points, "reason": strike.reason,
            "given_at": to_stamp(strike.given_at), "expires_at": to_stamp(strike.expires_at),
            "noted_by": strike.given_by,
        },
    )  # fmt: skip
    return strike


def get_strike(db: Database, number: int) -> Strike | None:
    """Return a strike; None when there is none of that number."""
    return next(iter(_select(db, "number = :number", {"number": number})), None)


def strikes_of_case(db: Database, case: int) -> list[Strike]:
    """Return the strikes that a case led to, withdrawn ones too."""
    return _select(db, "case_number = :case order by number", {"case": case})


def strikes_in_force(db: Database, member_id: str, at: datetime, room_id: str = "") -> list[Strike]:
    """Return the strikes that count against a member at a time, the oldest first.

    Args:
        db: any transaction.
        member_id: whose.
        at: when, aware.
        room_id: only those given there; empty for all.
    """
    return _select(
        db,
        "member_id = :member_id and withdrawn_at is null and given_at <= :at and expires_at > :at"
        " and (:room_id = '' or room_id = :room_id) order by given_at, number",
        {"member_id": member_id, "at": to_stamp(at), "room_id": room_id},
    )


def strikes_of_member(db: Database, member_id: str) -> list[Strike]:
    """Return all strikes of a member, the oldest first."""
    return _select(db, "member_id = :member_id order by given_at, number", {"member_id": member_id})


def withdraw_strike(db: Database, number: int, at: datetime) -> bool:
    """Take a strike back; False when it was taken back before, or there is none."""
    changed = db.execute(
        "update moderation_strikes set withdrawn_at = :at"
        " where community = :community and number = :number and withdrawn_at is null",
        {"number": number, "at": to_stamp(at)},
    )
    return changed > 0


def restore_strike(db: Database, number: int) -> bool:
    """Let a strike that was taken back count again; False when it was not."""
    changed = db.execute(
        "update moderation_strikes set withdrawn_at = null"
        " where community = :community and number = :number and withdrawn_at is not null",
        {"number": number},
    )
    return changed > 0


def set_points(db: Database, number: int, points: float) -> bool:
    """Let a strike count something else."""
    changed = db.execute(
        "update moderation_strikes set points = :points where community = :community and number = :number",
        {"number": number, "points": points},
    )
    return changed > 0


def erase_member(db: Database, member_id: str) -> int:
    """Delete the strikes of a member, and who gave others theirs; return how many were deleted."""
    db.execute(
        "update moderation_strikes set noted_by = :forgotten where community = :community and noted_by = :member_id",
        {"member_id": member_id, "forgotten": FORGOTTEN},
    )
    return db.execute(
        "delete from moderation_strikes where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return the strikes of a member."""
    return db.query(
        "select number, case_number, room_id, rule, words, points, reason, given_at, expires_at, withdrawn_at"
        " from moderation_strikes where community = :community and member_id = :member_id order by number",
        {"member_id": member_id},
    )


def purge(db: Database, before: datetime) -> int:
    """Delete strikes that expired before then; return how many."""
    return db.execute(
        "delete from moderation_strikes where community = :community and expires_at < :before",
        {"before": to_stamp(before)},
    )


def _select(db: Database, condition: str, params: Row) -> list[Strike]:
    rows = db.query(f"select * from moderation_strikes where community = :community and {condition}", params)  # noqa: S608
    return [_strike(row) for row in rows]


def _strike(row: Row) -> Strike:
    given_at, expires_at = from_stamp(row["given_at"]), from_stamp(row["expires_at"])
    assert given_at is not None
    assert expires_at is not None
    return Strike(
        number=row["number"],
        case=row["case_number"],
        room_id=row["room_id"],
        member_id=row["member_id"],
        rule=row["rule"],
        words=row["words"],
        points=row["points"],
        reason=row["reason"],
        given_at=given_at,
        expires_at=expires_at,
        given_by=row["noted_by"],
        withdrawn_at=from_stamp(row["withdrawn_at"]),
    )
