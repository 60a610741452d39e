"""Cases: what was found about whom, and what was done."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.model import FORGOTTEN, Case, CaseState, Done

SERIES = "moderation_case"
LONGEST_TEXT = 1000
"""Characters of a message that a case keeps: enough to decide an appeal."""


def add_case(db: Database, case: Case) -> Case:
    """Put a case on record and return it with its number."""
    case = replace(case, number=db.next_number(SERIES), text=case.text[:LONGEST_TEXT])
    db.execute(
        "insert into moderation_cases (community, number, room_id, member_id, name, message_id, said_at, made_at, rule,"
        " words, family, act, state, reason, evidence, text, score, hits, is_paying, decided_by, data) values"
        " (:community, :number, :room_id, :member_id, :name, :message_id, :said_at, :made_at, :rule, :words, :family,"
        " :act, :state, :reason, :evidence, :text, :score, :hits, :is_paying, :decided_by, :data)",
        {
            "number": case.number, "room_id": case.room_id, "member_id": case.member_id, "name": case.name,
            "message_id": case.message_id, "said_at": to_stamp(case.said_at), "made_at": to_stamp(case.made_at),
            "rule": case.rule, "words": case.words, "family": case.family, "act": case.act, "state": case.state,
            "reason": case.reason, "evidence": case.evidence, "text": case.text, "score": case.score,
            "hits": case.hits, "is_paying": int(case.is_paying), "decided_by": case.by,
            "data": json.dumps([dict(one) for one in case.findings], ensure_ascii=False),
        },
    )  # fmt: skip
    return case


def get_case(db: Database, number: int) -> Case | None:
    """Return a case; None when there is none of that number."""
    return next(iter(_select(db, "number = :number", {"number": number})), None)


def case_of_message(db: Database, message_id: str) -> Case | None:
    """Return the case that was made of a message; None when it led to none."""
    if not message_id:
        return None
    return next(iter(_select(db, "message_id = :message_id", {"message_id": message_id})), None)


def cases_since(db: Database, room_id: str, member_id: str, since: datetime) -> list[Case]:
    """Return a member's cases in a room about what was said since then, the latest first."""
    return _select(
        db,
        "member_id = :member_id and said_at >= :since and room_id = :room_id order by said_at desc, number desc",
        {"room_id": room_id, "member_id": member_id, "since": to_stamp(since)},
    )


def waiting_cases(db: Database, room_ids: Collection[str] | None = None) -> list[Case]:
    """Return the cases that wait for somebody, the oldest first.

    Args:
        db: any transaction.
        room_ids: only those; None for all rooms.
    """
    found = _select(db, "state in ('open', 'confirming', 'by_hand') order by number", {})
    return [case for case in found if room_ids is None or case.room_id in room_ids]


def waiting_of(db: Database, room_id: str, member_id: str) -> list[Case]:
    """Return the cases about a member in a room that wait for somebody."""
    return [case for case in waiting_cases(db, {room_id}) if case.member_id == member_id]


def latest_cases(
    db: Database, *, room_ids: Collection[str] | None = None, member_id: str = "", limit: int = 10
) -> list[Case]:
    """Return the latest cases, the latest first.

    Args:
        db: any transaction.
        room_ids: only those of these rooms; None for all.
        member_id: only those about this member; empty for all.
        limit: how many at most.
    """
    if room_ids is not None and not room_ids:
        return []
    rooms: Row = {f"room_{number}": room_id for number, room_id in enumerate(sorted(room_ids or ()))}
    where = "true" if room_ids is None else f"room_id in ({', '.join(f':{name}' for name in rooms)})"
    where += " and member_id = :member_id" if member_id else ""
    return _select(db, f"{where} order by number desc limit :limit", {**rooms, "member_id": member_id, "limit": limit})


def set_state(db: Database, number: int, state: CaseState, act: Done | None = None) -> bool:
    """Note how far a case has come, and what was done about it in the end; False when there is none."""
    changed = db.execute(
        "update moderation_cases set state = :state, act = coalesce(:act, act)"
        " where community = :community and number = :number",
        {"number": number, "state": state, "act": act},
    )
    return changed > 0


def add_finding(db: Database, case: Case, finding: Row, reason: str) -> Case:
    """Note one more reason for a case and return it as it is now."""
    case = replace(case, findings=(*case.findings, finding), reason=f"{case.reason.rstrip('。')}；{reason}")
    db.execute(
        "update moderation_cases set data = :data, reason = :reason where community = :community and number = :number",
        {
            "number": case.number, "reason": case.reason,
            "data": json.dumps([dict(one) for one in case.findings], ensure_ascii=False),
        },
    )  # fmt: skip
    return case


def count_hit(db: Database, number: int) -> int:
    """Count one more message into a case; return how many it stands for now."""
    rows = db.query(
        "update moderation_cases set hits = hits + 1 where community = :community and number = :number returning hits",
        {"number": number},
    )
    return int(rows[0]["hits"])


def forget_member(db: Database, member_id: str) -> int:
    """Take a person out of the cases: that there was one stays, with its rule; return how many changed."""
    db.execute(
        "update moderation_cases set decided_by = :forgotten where community = :community and decided_by = :member_id",
        {"member_id": member_id, "forgotten": FORGOTTEN},
    )
    return db.execute(
        "update moderation_cases set member_id = '', name = '', message_id = '', text = '', evidence = '', reason = '',"
        " data = '[]', state = case when state in ('open', 'confirming', 'by_hand') then 'settled' else state end"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return the cases about a member."""
    return db.query(
        "select number, room_id, name, said_at, rule, words, act, state, reason, text, hits from moderation_cases"
        " where community = :community and member_id = :member_id order by number",
        {"member_id": member_id},
    )


def purge(db: Database, before: datetime) -> int:
    """Delete cases about what was said before, those that wait excepted; return how many."""
    return db.execute(
        "delete from moderation_cases where community = :community and said_at < :before"
        " and state not in ('open', 'confirming', 'by_hand')",
        {"before": to_stamp(before)},
    )


def _select(db: Database, condition: str, params: Row) -> list[Case]:
    rows = db.query(f"select * from moderation_cases where community = :community and {condition}", params)  # noqa: S608
    return [_case(row) for row in rows]


def _case(row: Row) -> Case:
    said_at, made_at = from_stamp(row["said_at"]), from_stamp(row["made_at"])
    assert said_at is not None
    assert made_at is not None
    return Case(
        number=row["number"],
        room_id=row["room_id"],
        member_id=row["member_id"],
        name=row["name"],
        message_id=row["message_id"],
        said_at=said_at,
        made_at=made_at,
        rule=row["rule"],
        words=row["words"],
        family=row["family"],
        act=Done(row["act"]),
        state=CaseState(row["state"]),
        reason=row["reason"],
        evidence=row["evidence"],
        text=row["text"],
        score=row["score"],
        hits=row["hits"],
        is_paying=bool(row["is_paying"]),
        by=row["decided_by"],
        findings=tuple(json.loads(row["data"])),
    )
