"""Wishes as rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, to_stamp
from bot.plugins.study.model import Wish


def open_wishes(db: Database, room_id: str = "") -> list[Wish]:
    """Return the wishes no training session has met yet, the oldest first.

    Args:
        db: a transaction.
        room_id: of one room; of all rooms when empty.
    """
    return _select(db, "w.met_by = '' and (:room_id = '' or w.room_id = :room_id)", {"room_id": room_id})


def wishes_met_by(db: Database, session_id: str) -> list[Wish]:
    """Return the wishes that a training session met."""
    return _select(db, "w.met_by = :session_id", {"session_id": session_id})


def add_wish(db: Database, room_id: str, topic: str, now: datetime) -> str:
    """Store a new wish and return its id."""
    wish_id = db.new_id()
    db.execute(
        "insert into study_wishes (community, id, room_id, topic, made_at)"
        " values (:community, :id, :room_id, :topic, :now)",
        {"id": wish_id, "room_id": room_id, "topic": topic, "now": to_stamp(now)},
    )
    return wish_id


def add_wisher(db: Database, wish_id: str, member_id: str, now: datetime) -> bool:
    """Note that a member has a wish too; False when that was known."""
    return (
        db.execute(
            "insert into study_wishers (community, wish_id, member_id, wished_at)"
            " values (:community, :wish_id, :member_id, :now) on conflict (community, wish_id, member_id) do nothing",
            {"wish_id": wish_id, "member_id": member_id, "now": to_stamp(now)},
        )
        == 1
    )


def remove_wisher(db: Database, wish_id: str, member_id: str) -> bool:
    """Note that a member does not have a wish any more, and forget what nobody wishes; False when they never had."""
    gone = db.execute(
        "delete from study_wishers where community = :community and wish_id = :wish_id and member_id = :member_id",
        {"wish_id": wish_id, "member_id": member_id},
    )
    _forget_unwished(db)
    return gone == 1


def set_met(db: Database, wish_id: str, session_id: str, now: datetime) -> bool:
    """Note which training session meets a wish; False when one did already."""
    return (
        db.execute(
            "update study_wishes set met_by = :session_id, met_at = :now"
            " where community = :community and id = :id and met_by = ''",
            {"id": wish_id, "session_id": session_id, "now": to_stamp(now)},
        )
        == 1
    )


def reopen(db: Database, session_id: str) -> int:
    """Wish again what a training session met that was called off; return how many wishes that were."""
    return db.execute(
        "update study_wishes set met_by = '', met_at = null where community = :community and met_by = :session_id",
        {"session_id": session_id},
    )


def purge_met(db: Database, before: datetime) -> int:
    """Forget wishes that were met before a moment; return how many."""
    return db.execute(
        "delete from study_wishes where community = :community and met_by <> '' and met_at < :before",
        {"before": to_stamp(before)},
    )


def export_wishes(db: Database, member_id: str) -> list[Row]:
    """Return what a member wished to hear."""
    return db.query(
        "select w.room_id, w.topic, w.met_by, m.wished_at from study_wishers m join study_wishes w"
        " on w.community = m.community and w.id = m.wish_id"
        " where m.community = :community and m.member_id = :member_id order by m.wished_at, w.id",
        {"member_id": member_id},
    )


def erase_wishes(db: Database, member_id: str) -> Row:
    """Delete what a member wished; a topic stays for the others who wish it. Return rows deleted per table."""
    gone = db.execute(
        "delete from study_wishers where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    return {"study_wishers": gone, "study_wishes": _forget_unwished(db)}


def _forget_unwished(db: Database) -> int:
    return db.execute(
        "delete from study_wishes where community = :community and not exists (select 1 from study_wishers m"
        " where m.community = study_wishes.community and m.wish_id = study_wishes.id)"
    )


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Wish]:
    rows = db.query(
        "select w.id, w.room_id, w.topic, m.member_id from study_wishes w join study_wishers m"  # noqa: S608 - our own
        f" on m.community = w.community and m.wish_id = w.id where w.community = :community and {condition}"
        " order by w.made_at, w.id, m.wished_at, m.member_id",
        params,
    )
    found: dict[str, Wish] = {}
    for row in rows:
        known = found.get(row["id"])
        wishers = (*known.wishers, row["member_id"]) if known else (row["member_id"],)
        found[row["id"]] = Wish(row["id"], row["room_id"], row["topic"], wishers)
    return list(found.values())
