"""Who is left alone by the rules, and what is switched: dry runs and the brake."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.model import FORGOTTEN, Exemption


def put_exemption(db: Database, exemption: Exemption, now: datetime) -> None:
    """Leave somebody alone, in one room or everywhere; a longer or shorter time takes the place of another."""
    db.execute(
        "insert into moderation_exemptions (community, member_id, room_id, name, until, reason, noted_by, noted_at)"
        " values (:community, :member_id, :room_id, :name, :until, :reason, :noted_by, :now)"
        " on conflict (community, member_id, room_id) do update set name = excluded.name, until = excluded.until,"
        " reason = excluded.reason, noted_by = excluded.noted_by, noted_at = excluded.noted_at",
        {
            "member_id": exemption.member_id, "room_id": exemption.room_id, "name": exemption.name,
            "until": to_stamp(exemption.until) if exemption.until else None, "reason": exemption.reason,
            "noted_by": exemption.noted_by, "now": to_stamp(now),
        },
    )  # fmt: skip


def drop_exemption(db: Database, member_id: str, room_id: str) -> bool:
    """Treat somebody like everybody again; False when there was no exemption there."""
    changed = db.execute(
        "delete from moderation_exemptions"
        " where community = :community and member_id = :member_id and room_id = :room_id",
        {"member_id": member_id, "room_id": room_id},
    )
    return changed > 0


def all_exemptions(db: Database) -> list[Exemption]:
    """Return all exemptions, those that are over too."""
    rows = db.query(
        "select member_id, room_id, name, until, reason, noted_by from moderation_exemptions"
        " where community = :community order by noted_at, member_id"
    )
    return [_exemption(row) for row in rows]


def erase_member(db: Database, member_id: str) -> int:
    """Delete the exemptions of a member, and who gave others theirs; return how many were deleted."""
    db.execute(
        "update moderation_exemptions set noted_by = :forgotten where community = :community and noted_by = :member_id",
        {"member_id": member_id, "forgotten": FORGOTTEN},
    )
    return db.execute(
        "delete from moderation_exemptions where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return the exemptions of a member."""
    return db.query(
        "select room_id, name, until, reason from moderation_exemptions"
        " where community = :community and member_id = :member_id order by room_id",
        {"member_id": member_id},
    )


def purge(db: Database, before: datetime) -> int:
    """Delete exemptions that ended before then; return how many."""
    return db.execute(
        "delete from moderation_exemptions where community = :community and until < :before",
        {"before": to_stamp(before)},
    )


def set_switch(db: Database, name: str, value: str, now: datetime, room_id: str = "") -> None:
    """Set a switch, in a room or for the community; an empty value takes it back."""
    db.execute(
        "delete from moderation_switches"
        " where community = :community and name = :name and room_id = :room_id and :value = ''",
        {"name": name, "room_id": room_id, "value": value},
    )
    if value:
        db.execute(
            "insert into moderation_switches (community, name, room_id, value, since)"
            " values (:community, :name, :room_id, :value, :now) on conflict (community, name, room_id)"
            " do update set value = excluded.value, since = excluded.since",
            {"name": name, "room_id": room_id, "value": value, "now": to_stamp(now)},
        )


def switch(db: Database, name: str, room_id: str = "") -> str:
    """Return how a switch stands; empty when nobody set it."""
    rows = db.query(
        "select value from moderation_switches where community = :community and name = :name and room_id = :room_id",
        {"name": name, "room_id": room_id},
    )
    return str(rows[0]["value"]) if rows else ""


def all_switches(db: Database) -> dict[tuple[str, str], str]:
    """Return (name, room id) → value of everything that is set."""
    rows = db.query("select name, room_id, value from moderation_switches where community = :community")
    return {(row["name"], row["room_id"]): row["value"] for row in rows}


def _exemption(row: Row) -> Exemption:
    return Exemption(
        member_id=row["member_id"],
        room_id=row["room_id"],
        name=row["name"],
        until=from_stamp(row["until"]),
        reason=row["reason"],
        noted_by=row["noted_by"],
    )
