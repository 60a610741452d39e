"""The tables of rules as they were in force, with what each version stood for, and of the weights appeals left them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations
from bot.plugins.moderation.rule_versions import RuleVersion

TOPIC = "moderation_rules"
"""`Database.notify` topic of every change."""


@migrations()
def m023_rule_versions(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Versions are kept as long as a replay may ask for them; weights are added, never changed."""
    db.execute(
        "create table moderation_rule_versions (community text not null, room_id text not null, rule_id text not null,"
        " content_hash text not null, seen_at text not null, acts_at text not null, ended_at text,"
        " content text not null, words text not null, is_dropped integer not null check (is_dropped in (0, 1)),"
        " is_reported integer not null check (is_reported in (0, 1)),"
        " primary key (community, room_id, rule_id, content_hash, seen_at))"
    )
    db.execute(
        "create table moderation_rule_weights (community text not null, rule_id text not null, since text not null,"
        " id text not null, weight real not null check (weight > 0 and weight <= 1), case_number integer not null,"
        " primary key (community, rule_id, since, id))"
    )


def put_versions(db: Database, versions: Iterable[RuleVersion]) -> None:
    """Keep versions as they are now."""
    for one in versions:
        db.execute(
            "insert into moderation_rule_versions (community, room_id, rule_id, content_hash, seen_at, acts_at,"
            " ended_at, content, words, is_dropped, is_reported) values (:community, :room_id, :rule_id, :hash,"
            " :seen_at, :acts_at, :ended_at, :content, :words, :is_dropped, :is_reported)"
            " on conflict (community, room_id, rule_id, content_hash, seen_at) do update set"
            " acts_at = excluded.acts_at, ended_at = excluded.ended_at, is_dropped = excluded.is_dropped,"
            " is_reported = excluded.is_reported",
            {
                "room_id": one.scope, "rule_id": one.rule_id, "hash": one.content_hash,
                "seen_at": to_stamp(one.seen_at), "acts_at": to_stamp(one.acts_at),
                "ended_at": to_stamp(one.ended_at) if one.ended_at else None, "content": one.content,
                "words": one.words, "is_dropped": int(one.is_dropped), "is_reported": int(one.is_reported),
            },
        )  # fmt: skip
    db.notify(TOPIC)


def all_versions(db: Database) -> list[RuleVersion]:
    """Return every version on record, the earliest first."""
    rows = db.query(
        "select * from moderation_rule_versions where community = :community"
        " order by seen_at, room_id, rule_id, content_hash"
    )
    return [_version_of(row) for row in rows]


def mark_reported(db: Database, versions: Iterable[RuleVersion]) -> None:
    """Note that the owner was told how these were observed."""
    put_versions(db, [replace(one, is_reported=True) for one in versions])


def add_weight(db: Database, rule_id: str, weight: float, case_number: int, now: datetime) -> None:
    """Note another weight of a rule, from now on.

    Args:
        db: a write transaction.
        rule_id: which rule.
        weight: 0…1.
        case_number: the case that led to it; 0 for none.
        now: aware UTC.
    """
    db.execute(
        "insert into moderation_rule_weights (community, rule_id, since, id, weight, case_number)"
        " values (:community, :rule_id, :now, :id, :weight, :case_number)",
        {
            "rule_id": rule_id, "now": to_stamp(now), "id": db.new_id(), "weight": weight,
            "case_number": case_number,
        },
    )  # fmt: skip
    db.notify(TOPIC)


def all_weights(db: Database) -> dict[str, list[tuple[datetime, float]]]:
    """Return rule id → (since when, weight), the earliest first; rules whose weight never changed are left out."""
    found: dict[str, list[tuple[datetime, float]]] = {}
    for row in db.query(
        "select rule_id, since, weight from moderation_rule_weights where community = :community"
        " order by rule_id, since, id"
    ):
        since = from_stamp(row["since"])
        assert since is not None
        found.setdefault(row["rule_id"], []).append((since, row["weight"]))
    return found


def purge(db: Database, before: datetime) -> int:
    """Forget versions that ended before then; return how many."""
    return db.execute(
        "delete from moderation_rule_versions where community = :community and ended_at < :before and is_dropped = 0",
        {"before": to_stamp(before)},
    )


def _version_of(row: Row) -> RuleVersion:
    seen_at, acts_at = from_stamp(row["seen_at"]), from_stamp(row["acts_at"])
    assert seen_at is not None
    assert acts_at is not None
    return RuleVersion(
        scope=row["room_id"],
        rule_id=row["rule_id"],
        content_hash=row["content_hash"],
        content=row["content"],
        words=row["words"],
        seen_at=seen_at,
        acts_at=acts_at,
        ended_at=from_stamp(row["ended_at"]),
        is_dropped=bool(row["is_dropped"]),
        is_reported=bool(row["is_reported"]),
    )
