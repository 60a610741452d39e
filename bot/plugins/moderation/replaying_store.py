"""Reads what was said, as a replay needs it: many messages at once, and only what rules look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.plugin import Database, MessageKind, from_stamp, to_stamp

_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One stored message, as far as rules look at it; see `StoredMessage` for the attributes."""

    seq: str
    id: str
    at: datetime
    room_id: str
    member_id: str
    name: str
    text: str
    kind: MessageKind
    decision: Mapping[str, Any]


def lines_since(db: Database, room_id: str, since: datetime, after: str, limit: int) -> list[Line]:
    """Return what was said in a room since then, in the order it was judged.

    Args:
        db: any transaction.
        room_id: where.
        since: by the talkers' clocks.
        after: only what was accepted behind this message's `seq`; empty for the first.
        limit: how many at most.
    """
    rows = db.query_tuples(
        "select seq, id, at, member_id, name, text, kind, decision from messages where community = :community"
        " and room_id = :room_id and seq > :after and at >= :since and state = 'done' order by seq limit :limit",
        {"room_id": room_id, "after": after, "since": to_stamp(since), "limit": limit},
    )
    return [_line(row, room_id) for row in rows]


def latest_lines(db: Database, room_id: str, since: datetime, before: str, limit: int) -> list[Line]:
    """Return the latest messages of a room, in the order in which they were judged.

    Args:
        db: any transaction.
        room_id: where.
        since: nothing older, by the talkers' clocks.
        before: only what was accepted before this message's `seq`; empty for the latest of all.
        limit: how many at most.
    """
    rows = db.query_tuples(
        "select seq, id, at, member_id, name, text, kind, decision from messages where community = :community"
        " and room_id = :room_id and (:before = '' or seq < :before) and at >= :since and state = 'done'"
        " order by seq desc limit :limit",
        {"room_id": room_id, "before": before, "since": to_stamp(since), "limit": limit},
    )
    return [_line(row, room_id) for row in reversed(rows)]


def _line(row: tuple[Any, ...], room_id: str) -> Line:
    seq, message_id, stamp, member_id, name, text, kind, decision = row
    at = from_stamp(stamp)
    assert at is not None
    kept = json.loads(decision) if '"moderation"' in decision else _NOTHING
    return Line(seq, message_id, at, room_id, member_id, name, text, MessageKind(kind), kept)
