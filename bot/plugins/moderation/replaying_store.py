"""Reads what was said, as a replay needs it: many messages at once, and only what rules look at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from bot.plugin import Database, MessageKind, from_stamp, to_stamp

_NOTHING: Final[Mapping[str, Any]] = {}
_COLUMNS: Final = "seq, id, at, room_id, member_id, name, text, kind, decision"


class Line(NamedTuple):
    """One stored message, as far as rules look at it; what is seldom asked for is read when it is.

    Attributes:
        seq: sorts messages in the order they were judged.
        id, room_id, member_id, name, text: see `StoredMessage`.
        stamp: when it was said, as stored.
        kind_name: what it carried.
        record: what the bot decided, as JSON.
    """

    seq: str
    id: str
    stamp: str
    room_id: str
    member_id: str
    name: str
    text: str
    kind_name: str
    record: str

    @property
    def at(self) -> datetime:
        """When it was said, aware UTC."""
        at = from_stamp(self.stamp)
        assert at is not None
        return at

    @property
    def kind(self) -> MessageKind:
        """What it carried."""
        return MessageKind(self.kind_name)

    @property
    def decision(self) -> Mapping[str, Any]:
        """What the guard kept with it."""
        decision: Mapping[str, Any] = json.loads(self.record) if '"moderation"' in self.record else _NOTHING
        return decision


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
        f"select {_COLUMNS} from messages where community = :community"  # noqa: S608 - the names above
        " and room_id = :room_id and seq > :after and at >= :since and state = 'done' order by seq limit :limit",
        {"room_id": room_id, "after": after, "since": to_stamp(since), "limit": limit},
    )
    return [Line._make(row) for row in rows]


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
        f"select {_COLUMNS} from messages where community = :community"  # noqa: S608 - the names above
        " and room_id = :room_id and (:before = '' or seq < :before) and at >= :since and state = 'done'"
        " order by seq desc limit :limit",
        {"room_id": room_id, "before": before, "since": to_stamp(since), "limit": limit},
    )
    return [Line._make(row) for row in reversed(rows)]
