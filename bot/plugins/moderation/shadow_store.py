"""The table of what rules that only observe would have done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, VerdictAction, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations

LONGEST_TEXT = 200
"""Characters of a message that are kept: enough to see what was meant."""


@migrations()
def m024_shadow_hits(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """One row for each message and version of a rule."""
    db.execute(
        "create table moderation_shadow_hits (community text not null, rule_id text not null,"
        " content_hash text not null, message_id text not null, room_id text not null, member_id text not null,"
        " name text not null, said_at text not null, action integer not null, text text not null,"
        " reason text not null, primary key (community, rule_id, content_hash, message_id))"
    )
    db.execute("create index moderation_shadow_hits_by_member on moderation_shadow_hits (community, member_id)")
    db.execute("create index moderation_shadow_hits_by_time on moderation_shadow_hits (community, said_at)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowHit:
    """What a version of a rule would have done about one message.

    Attributes:
        rule_id: which rule.
        content_hash: which version.
        message_id: which message.
        room_id: where.
        member_id: who; empty once forgotten.
        name: as the others saw it.
        said_at: when, aware UTC.
        action: what the rule asked for.
        text: the message, cut.
        reason: why, in Chinese.
    """

    rule_id: str
    content_hash: str
    message_id: str
    room_id: str
    member_id: str
    name: str
    said_at: datetime
    action: VerdictAction
    text: str
    reason: str


def add_hits(db: Database, hits: Sequence[ShadowHit]) -> int:
    """Keep what was found; return how many are new."""
    return sum(
        db.execute(
            "insert into moderation_shadow_hits (community, rule_id, content_hash, message_id, room_id,"
            " member_id, name, said_at, action, text, reason) values (:community, :rule_id, :hash, :message_id,"
            " :room_id, :member_id, :name, :said_at, :action, :text, :reason)"
            " on conflict (community, rule_id, content_hash, message_id) do nothing",
            {
                "rule_id": hit.rule_id, "hash": hit.content_hash, "message_id": hit.message_id, "room_id": hit.room_id,
                "member_id": hit.member_id, "name": hit.name, "said_at": to_stamp(hit.said_at),
                "action": int(hit.action), "text": hit.text[:LONGEST_TEXT], "reason": hit.reason,
            },
        )
        for hit in hits
    )  # fmt: skip


def hits_of(db: Database, rule_id: str, content_hash: str, room_id: str = "") -> list[ShadowHit]:
    """Return what a version of a rule would have done, the earliest first; in one room, or (empty) everywhere."""
    rows = db.query(
        "select * from moderation_shadow_hits where community = :community and rule_id = :rule_id"
        " and content_hash = :hash and (:room_id = '' or room_id = :room_id) order by said_at, message_id",
        {"rule_id": rule_id, "hash": content_hash, "room_id": room_id},
    )
    return [_hit_of(row) for row in rows]


def purge(db: Database, before: datetime) -> int:
    """Forget what was said before then; return how many rows."""
    return db.execute(
        "delete from moderation_shadow_hits where community = :community and said_at < :before",
        {"before": to_stamp(before)},
    )


def export_hits(db: Database, member_id: str) -> list[Row]:
    """Return what rules that only observed found in a member's messages."""
    return db.query(
        "select rule_id, room_id, said_at, text, reason from moderation_shadow_hits"
        " where community = :community and member_id = :member_id order by said_at",
        {"member_id": member_id},
    )


def erase_hits(db: Database, member_id: str) -> int:
    """Delete that; return how many rows."""
    return db.execute(
        "delete from moderation_shadow_hits where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def _hit_of(row: Row) -> ShadowHit:
    said_at = from_stamp(row["said_at"])
    assert said_at is not None
    return ShadowHit(
        rule_id=row["rule_id"],
        content_hash=row["content_hash"],
        message_id=row["message_id"],
        room_id=row["room_id"],
        member_id=row["member_id"],
        name=row["name"],
        said_at=said_at,
        action=VerdictAction(row["action"]),
        text=row["text"],
        reason=row["reason"],
    )
