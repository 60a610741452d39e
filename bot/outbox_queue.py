"""Taking rows out of the outbox: what is due, claiming it, and what came of it; fenced by owner and attempt."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from bot.model import Act, Delivery, Priority
from bot.outbox_rows import COLUMNS, OutboxRow, OutboxState, hash_of, mark_resent, row_of
from bot.storage import Database, Params, Row
from bot.storage_time import from_stamp, to_stamp

MOST_DOUBTS = 5
"""After so many sendings without answer and echo a row is given up: something else is wrong."""

_REPEATABLE = {Act.NOTICE, Act.REMOVE}  # doing them twice is doing them once
_SENDING = "select lane from outbox where community = :community and state = 'sending'"
_IN_DOUBT = "from outbox where community = :community and state = 'uncertain' and settle_at > ''"
_DUE = (  # while a message is in doubt its room keeps its order, and no equal text makes its echo ambiguous
    "community = :community and state = 'pending' and ready_at <= :now"
    f" and lane not in ({_SENDING}) and (lane, priority) not in (select lane, priority {_IN_DOUBT})"
    f" and (lane, text_hash) not in (select lane, text_hash {_IN_DOUBT}) order by priority, id limit :limit"
)


class Head(NamedTuple):
    """What a due row is chosen by.

    Attributes:
        id: the row.
        lane: where it goes.
        priority: who goes first.
    """

    id: str
    lane: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """What came of a claimed row.

    Attributes:
        row_id: which.
        attempt: the attempt the claim returned.
        state: SENT, PENDING (surely not done), UNCERTAIN or FAILED.
        at: when it was known.
        message_id: the gateway's id, when it told.
        error: what went wrong, in English.
        next_at: for PENDING when to try again, for UNCERTAIN until when to wait for the echo.
    """

    row_id: str
    attempt: int
    state: OutboxState
    at: datetime
    message_id: str = ""
    error: str = ""
    next_at: datetime | None = None


def due(db: Database, now: datetime, limit: int) -> list[OutboxRow]:
    """Return what may be sent now, most urgent first: per lane one after another, in the order of the ids."""
    rows = db.query(f"select {COLUMNS} from outbox where {_DUE}", {"now": to_stamp(now), "limit": limit})  # noqa: S608
    return [row_of(row) for row in rows]


def claim(db: Database, row_id: str, owner: str, now: datetime) -> int | None:
    """Promise to send a row; once this is on disk the gateway may be called.

    Returns:
        The attempt, which `finish` has to name; None when the row is not to be sent any more.
    """
    claimed = _claim(db, [row_id], owner, now)
    return int(claimed[row_id]["attempt"]) if claimed else None


def _claim(db: Database, row_ids: Sequence[str], owner: str, now: datetime) -> dict[str, Row]:
    names = {f"id_{number}": row_id for number, row_id in enumerate(row_ids)}
    rows = db.query(
        "update outbox set state = 'sending', owner = :owner, attempt = attempt + 1, called_at = :now,"  # noqa: S608
        " first_called_at = coalesce(first_called_at, :now), settle_at = null where community = :community"
        f" and id in ({', '.join(f':{name}' for name in names)}) and state = 'pending' returning {COLUMNS}",
        {**names, "owner": owner, "now": to_stamp(now)},
    )
    return {row["id"]: row for row in rows}


def finish(
    db: Database,
    row_id: str,
    owner: str,
    attempt: int,
    state: OutboxState,
    *,
    at: datetime,
    message_id: str = "",
    error: str = "",
    next_at: datetime | None = None,
) -> bool:
    """Record what came of a claimed row; see `SendResult` for the arguments.

    Returns:
        False when the claim is not held any more: the echo came first, or another owner took over.
    """
    params: Params = {
        "id": row_id, "owner": owner, "attempt": attempt, "state": state, "at": to_stamp(at), "error": error,
        "message_id": message_id or None,
        "ready_at": to_stamp(next_at) if next_at and state is OutboxState.PENDING else None,
        "settle_at": to_stamp(next_at) if next_at and state is OutboxState.UNCERTAIN else None,
    }  # fmt: skip
    changed = db.execute(
        "update outbox set state = :state, finished_at = :at, error = :error,"
        " message_id = coalesce(:message_id, message_id), ready_at = coalesce(:ready_at, ready_at),"
        " settle_at = :settle_at"
        " where community = :community and id = :id and owner = :owner and attempt = :attempt and state = 'sending'",
        params,
    )
    return changed > 0


def first_of_each_lane(heads: Sequence[Head], most: int) -> list[Head]:
    """Return at most so many rows of each lane, in the order they have."""
    counts: Counter[str] = Counter()
    picked = []
    for head in heads:
        counts[head.lane] += 1
        if counts[head.lane] <= most:
            picked.append(head)
    return picked


def finish_sent(db: Database, owner: str, results: Sequence[SendResult]) -> None:
    """Record several rows that were sent; what `finish` does for each, in one statement."""
    db.query_rows(
        "with sent (community, id, owner, attempt, at, message_id) as (values {rows})"
        " update outbox set state = 'sent', finished_at = sent.at, error = '', settle_at = null,"
        " message_id = coalesce(sent.message_id, outbox.message_id) from sent"
        " where outbox.community = sent.community and outbox.id = sent.id and outbox.owner = sent.owner"
        " and outbox.attempt = sent.attempt and outbox.state = 'sending'",
        [
            {
                "id": r.row_id,
                "owner": owner,
                "attempt": r.attempt,
                "at": to_stamp(r.at),
                "message_id": r.message_id or None,
            }
            for r in results
        ],
    )


def forget_secrets(db: Database) -> None:
    """Forget what was said in rows that are done and were worth something to whoever reads them."""
    done = db.query(  # what failed may be sent again
        "select id from outbox where community = :community and is_secret = 1 and state = 'sent'"
    )
    for row in done:
        db.execute("delete from outbox_files where community = :community and outbox_id = :id", row)
        db.execute("update outbox set text = '', is_secret = 0 where community = :community and id = :id", row)


def claim_all(
    db: Database, owner: str, now: datetime, limit: int, choose: Callable[[Sequence[Head]], list[Head]]
) -> list[tuple[OutboxRow, int]]:
    """Claim what `choose` picks from what is due.

    Returns:
        Rows with their attempts, as they were picked.
    """
    sql = f"select id, lane, priority from outbox where {_DUE}"  # noqa: S608 - constants
    picked = choose([Head(**found) for found in db.query(sql, {"now": to_stamp(now), "limit": limit})])
    claimed = _claim(db, [head.id for head in picked], owner, now) if picked else {}
    rows = [claimed[head.id] for head in picked if head.id in claimed]
    return [(row_of(row), row["attempt"]) for row in rows]


def merge_low(db: Database, head: Head, now: datetime, merge_from: int, longest: int) -> None:
    """Make one message of the replies of low priority that wait in a lane, when there are `merge_from` or more.

    The first row gets the merged text; the others are `merged` into it.

    Args:
        db: a write transaction.
        head: the first of them, not claimed yet.
        now: later ones are left alone.
        merge_from: fewer stay apart.
        longest: characters the merged text may have.
    """
    rows = db.query(
        f"select {COLUMNS} from outbox where community = :community and state = 'pending'"  # noqa: S608 - constants
        " and priority = :low and lane = :lane and ready_at <= :now order by id limit 50",
        {"lane": head.lane, "low": int(Priority.LOW), "now": to_stamp(now)},
    )
    if len(rows) < merge_from:
        return
    group = _mergeable([row_of(row) for row in rows], longest)
    if len(group) > 1 and group[0].id == head.id:
        _store_merged(db, group)


def _mergeable(rows: list[OutboxRow], longest: int) -> list[OutboxRow]:
    group: list[OutboxRow] = []
    length = -1
    for row in rows:
        length += len(row.text) + 1
        if row.act is not Act.TEXT or row.attempt or row.delivery is not rows[0].delivery or length > longest:
            break
        group.append(row)
    return group


def _store_merged(db: Database, group: list[OutboxRow]) -> None:
    first, *others = group
    text = "\n".join(row.text for row in group)
    mentions = list(dict.fromkeys(m for row in group for m in row.mentions))
    db.execute(
        "update outbox set text = :text, text_hash = :hash, mentions = :mentions"
        " where community = :community and id = :id",
        {"id": first.id, "text": text, "hash": hash_of(Act.TEXT, text), "mentions": json.dumps(mentions)},
    )
    for row in others:
        db.execute(
            "update outbox set state = 'merged', merged_into = :first where community = :community and id = :id",
            {"id": row.id, "first": first.id},
        )


def sweep(db: Database, owner: str, now: datetime, *, is_proof: bool = False) -> list[OutboxRow]:
    """Decide the rows in doubt whose echo had its time and did not come.

    These are the uncertain ones whose settle time is over and those an owner that is gone left in `sending`; call
    this only when the gateway has been up for the settle time, else the echo could not come. The row's rule decides:
    at least once → to be sent again; at most once → uncertain until the owner decides.

    Args:
        db: a write transaction.
        owner: the one who sends now.
        now: the time.
        is_proof: the gateway misses no echo, so that what has none surely did not come out and may be sent again.

    Returns:
        The rows as they were before.
    """
    rows = db.query(
        f"select {COLUMNS} from outbox where community = :community"  # noqa: S608 - constant names
        " and state in ('sending', 'uncertain') and ((state = 'sending' and owner <> :owner)"
        " or (state = 'uncertain' and settle_at > '' and settle_at <= :now))",
        {"owner": owner, "now": to_stamp(now)},
    )
    doubted = sorted((row_of(row) for row in rows), key=attrgetter("id"))
    for row in doubted:
        _decide(db, row, now, is_proof=is_proof)
    if doubted:
        db.notify("outbox")
    return doubted


def _decide(db: Database, row: OutboxRow, now: datetime, *, is_proof: bool) -> None:
    state = OutboxState.UNCERTAIN
    if is_proof or row.delivery is Delivery.AT_LEAST_ONCE or row.act in _REPEATABLE:
        state = OutboxState.PENDING if row.doubts + 1 < MOST_DOUBTS else OutboxState.DEAD
    db.execute(
        "update outbox set state = :state, doubts = doubts + 1, settle_at = null, finished_at = :now,"
        " resend_hash = :hash, error = :error where community = :community and id = :id",
        {
            "id": row.id, "state": state, "now": to_stamp(now), "hash": hash_of(row.act, mark_resent(row.text, row.id)),
            "error": row.error or "no answer and no echo",
        },
    )  # fmt: skip


def next_moments(db: Database, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when the next row that waits for its time becomes due, and when the first echo has had its time."""
    rows = db.query(
        "select (select min(ready_at) from outbox where community = :community and state = 'pending'"
        " and ready_at > '' and ready_at > :now) as ready_at,"
        " (select min(settle_at) from outbox where community = :community and state = 'uncertain'"
        " and settle_at > '') as settle_at",
        {"now": to_stamp(now)},
    )
    return from_stamp(rows[0]["ready_at"]), from_stamp(rows[0]["settle_at"])
