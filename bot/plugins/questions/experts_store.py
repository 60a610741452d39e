"""The tables of members who agreed to be named when a question is about what they know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, to_stamp
from bot.plugins.questions.store import migrations

EVERYTHING = ""  # a topic: named for whatever they have written about


@migrations()
def m002_experts(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Who agreed to be named, for which topics, and when each was named last."""
    db.execute(
        "create table experts (community text not null, member_id text not null, topic text not null,"
        " agreed_at text not null, primary key (community, member_id, topic))"
    )
    db.execute(
        "create table expert_calls (community text not null, member_id text not null, called_at text not null,"
        " primary key (community, member_id))"
    )


def agree(db: Database, member_id: str, topic: str, now: datetime) -> None:
    """Note that a member may be named, for one topic or for everything."""
    db.execute(
        "insert into experts (community, member_id, topic, agreed_at) values (:community, :member_id, :topic, :now)"
        " on conflict (community, member_id, topic) do nothing",
        {"member_id": member_id, "topic": topic, "now": to_stamp(now)},
    )


def refuse(db: Database, member_id: str, topic: str) -> int:
    """Name a member no longer, for one topic or at all; return how many consents ended."""
    condition = "topic = :topic" if topic else "true"
    return db.execute(
        f"delete from experts where community = :community and member_id = :member_id and {condition}",  # noqa: S608 - the two above
        {"member_id": member_id, "topic": topic},
    )


def topics_of(db: Database, member_id: str) -> list[str]:
    """Return for what a member may be named."""
    rows = db.query(
        "select topic from experts where community = :community and member_id = :member_id order by topic",
        {"member_id": member_id},
    )
    return [row["topic"] for row in rows]


def experts_at_hand(db: Database, called_before: datetime) -> dict[str, list[str]]:
    """Return member id → topics of those who may be named now.

    Args:
        db: the transaction.
        called_before: whoever was named later is left alone.
    """
    rows = db.query(
        "select e.member_id, e.topic from experts e where e.community = :community and not exists"
        " (select 1 from expert_calls c where c.community = e.community and c.member_id = e.member_id"
        " and c.called_at > :before) order by e.member_id, e.topic",
        {"before": to_stamp(called_before)},
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["member_id"], []).append(row["topic"])
    return found


def note_call(db: Database, member_id: str, now: datetime) -> None:
    """Note that a member is named now."""
    db.execute(
        "insert into expert_calls (community, member_id, called_at) values (:community, :member_id, :now)"
        " on conflict (community, member_id) do update set called_at = excluded.called_at",
        {"member_id": member_id, "now": to_stamp(now)},
    )


def export_expert(db: Database, member_id: str) -> list[Row]:
    """Return what a member agreed to."""
    return db.query(
        "select e.topic, e.agreed_at, c.called_at from experts e left join expert_calls c on c.community = e.community"
        " and c.member_id = e.member_id where e.community = :community and e.member_id = :member_id order by e.topic",
        {"member_id": member_id},
    )


def erase_expert(db: Database, member_id: str) -> Row:
    """Forget what a member agreed to; return rows deleted per table."""
    return {
        table: db.execute(
            f"delete from {table} where community = :community and member_id = :member_id",  # noqa: S608 - two names
            {"member_id": member_id},
        )
        for table in ("experts", "expert_calls")
    }
