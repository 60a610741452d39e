"""What is to be said: rows that are sent if and only if the transaction that made them committed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.ids import first_id_at, made_at
from bot.model import Act, FileContent, Outgoing, Priority
from bot.outbox_echo import settle_echo
from bot.outbox_queue import claim, due, finish, sweep
from bot.outbox_rows import COLUMNS, OutboxRow, OutboxState, hash_of, migrations, row_of
from bot.storage import Database, Row
from bot.storage_time import ANY_TIME, to_stamp
from bot.text import split_reply

__all__ = [
    "LONGEST_TEXT", "OutboxRow", "OutboxState", "Place", "QueueCounts", "claim", "counts", "drop", "due", "enqueue",
    "enqueue_all", "explain", "find_said", "finish", "get", "in_doubt", "last_said", "migrations", "of_cause", "purge",
    "resend", "settle_echo", "sweep", "undelivered",
]  # fmt: skip

LONGEST_TEXT = 1200
"""Characters in one message; longer texts are split. The default of `sending.max_length`."""

_INSERT = (
    "insert into outbox (community, id, lane, room_id, member_id, act, text, mentions, dedupe_key, priority, delivery,"
    " cause, reason, ready_at, state, text_hash, contact_id, is_secret) values {rows}"
    " on conflict (community, dedupe_key) do nothing returning id"
)
_QUOTE_SEARCH = 3000  # latest messages anywhere among which a quoted one is looked for
_SPACES = re.compile(r"\s+")
_RUNG = re.compile(r"(?:\s*@(?:[^\u2005\n]{1,40}\u2005|\S{1,40}\s))+")  # mentions that the gateway put in front


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How the outbox stands.

    Attributes:
        by_state: state → rows.
        waiting: priority → rows that could go out now.
        later: rows whose time has not come.
        oldest: when the oldest row that could go out now was made; None when nothing waits.
    """

    by_state: dict[OutboxState, int]
    waiting: dict[Priority, int]
    later: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the queue, for 为什么.

    Attributes:
        row: the row.
        ahead: how many go out before it; 0 for rows that do not wait.
    """

    row: OutboxRow
    ahead: int


def enqueue(db: Database, outgoing: Outgoing, longest: int = LONGEST_TEXT) -> str | None:
    """Put something to send into the transaction at hand; the sender wakes when it commits.

    A text of more than `longest` characters becomes several rows that go out one after another.

    Returns:
        The id of the (first) row; None when a row with this dedupe key was made before.
    """
    return enqueue_all(db, [outgoing], longest)[0]


def enqueue_all(db: Database, outgoing: Sequence[Outgoing], longest: int = LONGEST_TEXT) -> list[str | None]:
    """Put several things to send into the transaction at hand; what `enqueue` does for each, in one statement."""
    parts = [_rows_of(db, one, longest) for one in outgoing]
    added = {row["id"] for row in db.query_rows(_INSERT, [row for rows in parts for row in rows])}
    for one, rows in zip(outgoing, parts, strict=True):
        if one.file is not None:
            for row in rows:
                if row["id"] in added:
                    _insert_file(db, row["id"], one.file)
    if added:
        db.notify("outbox")
    return [rows[0]["id"] if rows[0]["id"] in added else None for rows in parts]


def _rows_of(db: Database, outgoing: Outgoing, longest: int) -> list[Row]:
    texts = split_reply(outgoing.text, longest) if outgoing.act is Act.TEXT else [outgoing.text]
    return [_row(db, outgoing, text, part) for part, text in enumerate(texts or [outgoing.text])]


def _row(db: Database, outgoing: Outgoing, text: str, part: int) -> Row:
    key = outgoing.dedupe_key and (f"{outgoing.dedupe_key}#{part + 1}" if part else outgoing.dedupe_key)
    return {
        "id": db.new_id(), "lane": outgoing.room_id or outgoing.member_id, "room_id": outgoing.room_id,
        "member_id": outgoing.member_id, "act": str(outgoing.act), "text": text,
        "mentions": json.dumps(outgoing.mentions) if outgoing.mentions and not part else "[]",
        "dedupe_key": key or None, "priority": int(outgoing.priority), "delivery": str(outgoing.delivery),
        "cause": outgoing.cause, "reason": outgoing.reason,
        "ready_at": to_stamp(outgoing.not_before) if outgoing.not_before else ANY_TIME, "state": "pending",
        "hash": hash_of(outgoing.act, text), "contact_id": outgoing.contact_id, "is_secret": int(outgoing.is_secret),
    }  # fmt: skip


def _insert_file(db: Database, row_id: str, file: FileContent) -> None:
    db.execute(
        "insert into outbox_files (community, outbox_id, name, media_type, data)"
        " values (:community, :id, :name, :media_type, :data)",
        {"id": row_id, "name": file.name, "media_type": file.media_type, "data": file.data},
    )


def get(db: Database, row_id: str) -> OutboxRow | None:
    """Return one row; None when there is none of that id."""
    return next(iter(_select(db, "id = :id", {"id": row_id})), None)


def of_cause(db: Database, cause: str) -> list[OutboxRow]:
    """Return what a message, job fire or event led to, in order."""
    return _select(db, "cause = :cause order by id", {"cause": cause})


def explain(db: Database, row_id: str, now: datetime) -> Place | None:
    """Say where a row stands; None when there is none of that id."""
    row = get(db, row_id)
    if row is None:
        return None
    rows = db.query(
        "select count(*) as ahead from outbox where community = :community and state = 'pending'"
        " and ready_at <= :now and (priority < :priority or (priority = :priority and id < :id))",
        {"now": to_stamp(now), "priority": int(row.priority), "id": row.id},
    )
    return Place(row, rows[0]["ahead"] if row.state is OutboxState.PENDING else 0)


def counts(db: Database, now: datetime) -> QueueCounts:
    """Return how many rows are in which state, and what waits."""
    states = db.query("select state, count(*) as n from outbox where community = :community group by state")
    waiting = db.query(
        "select priority, count(*) as n, min(id) as first from outbox where community = :community"
        " and state = 'pending' and ready_at <= :now group by priority",
        {"now": to_stamp(now)},
    )
    by_state = {OutboxState(r["state"]): int(r["n"]) for r in states}
    ready = {Priority(r["priority"]): int(r["n"]) for r in waiting}
    oldest = min((r["first"] for r in waiting), default=None)
    later = by_state.get(OutboxState.PENDING, 0) - sum(ready.values())
    return QueueCounts(by_state, ready, later, made_at(oldest) if oldest else None)


def in_doubt(db: Database, limit: int = 50) -> list[OutboxRow]:
    """Return the rows with a call of which neither an answer nor an echo came, the latest first.

    Those still `uncertain` wait for the owner (`resend` or `drop`); the others were sent again and may have been seen
    twice, even when the repetition itself was echoed.
    """
    doubted = (
        "select id from outbox where community = :community and doubts > 0"
        " union select id from outbox where community = :community and state = 'uncertain'"
    )
    return _select(db, f"id in ({doubted}) order by id desc limit :limit", {"limit": limit})


def undelivered(db: Database, limit: int = 50) -> list[OutboxRow]:
    """Return what was refused or given up, the latest first, for the owner."""
    lost = "select id from outbox where community = :community and state in ('failed', 'dead')"
    return _select(db, f"id in ({lost}) order by id desc limit :limit", {"limit": limit})


def resend(db: Database, row_id: str) -> bool:
    """Send a row that is uncertain, failed or given up once more, because the owner says so."""
    changed = db.execute(
        "update outbox set state = 'pending', settle_at = null, ready_at = '' where community = :community"
        " and id = :id and (state in ('failed', 'dead') or (state = 'uncertain' and settle_at is null))",
        {"id": row_id},
    )
    db.notify("outbox")
    return changed > 0


def drop(db: Database, row_id: str, reason: str) -> bool:
    """Give up a row that waits or is in doubt; it is not sent any more."""
    changed = db.execute(
        "update outbox set state = 'dead', error = :reason, settle_at = null where community = :community"
        " and id = :id and state in ('pending', 'uncertain', 'failed')",
        {"id": row_id, "reason": reason},
    )
    return changed > 0


def find_said(db: Database, lane: str, text: str, before: datetime) -> OutboxRow | None:
    """Return the latest own message in a room or private chat that begins with a quoted text.

    Args:
        db: any transaction.
        lane: our room id, or in private our member id.
        text: what was quoted; WeChat cuts long quotes and may put dots there.
        before: when it was quoted.
    """
    rung = _RUNG.match(text)
    wanted = _squeeze(text[rung.end() :] if rung else text).rstrip(".…")
    latest = "select id from outbox where community = :community and id < :before order by id desc limit :limit"
    rows = _select(
        db,
        f"id in ({latest}) and lane = :lane and state in ('sent', 'sending', 'uncertain') order by id desc",
        {"lane": lane, "before": first_id_at(before), "limit": _QUOTE_SEARCH},
    )
    return next((row for row in rows if wanted and wanted in _squeeze(row.spoken_text)), None)


def last_said(db: Database, lane: str, fragment: str, since: datetime) -> OutboxRow | None:
    """Return the latest own message in a room or private chat since then that contains a text.

    Args:
        db: any transaction.
        lane: our room id, or in private our member id.
        fragment: what must stand in it.
        since: nothing that was made earlier.
    """
    rows = _select(
        db,
        "id >= :since and lane = :lane and state in ('sent', 'sending', 'uncertain') order by id desc limit :limit",
        {"lane": lane, "since": first_id_at(since), "limit": _QUOTE_SEARCH},
    )
    return next((row for row in rows if fragment in row.text), None)


def purge(db: Database, before: datetime) -> int:
    """Forget what was sent, merged or given up and is older; returns how many rows."""
    return db.execute(
        "delete from outbox where community = :community and id < :before"
        " and state in ('sent', 'merged', 'failed', 'dead')",
        {"before": first_id_at(before)},
    )


def _squeeze(text: str) -> str:
    return _SPACES.sub("", text)


def _select(db: Database, condition: str, params: dict[str, object]) -> list[OutboxRow]:
    rows = db.query(
        f"select {COLUMNS} from outbox where community = :community and {condition}",  # noqa: S608 - conditions above
        params,
    )
    return [row_of(row) for row in rows]
