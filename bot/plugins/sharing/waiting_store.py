"""Drafts that wait for somebody: for their sharer, their author, the author of another post, or an owner."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.sharing.incoming import Incoming, from_json

_REMEMBERED = timedelta(days=90)


class Kind(StrEnum):
    """What is waited for."""

    DUPLICATE = "duplicate"
    CONSENT = "consent"
    MERGE = "merge"
    REVIEW = "review"


class End(StrEnum):
    """What became of it."""

    PUBLISHED = "published"
    MERGED = "merged"
    REFUSED = "refused"
    DROPPED = "dropped"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A draft that waits.

    Attributes:
        number: what an owner types behind 审核.
        kind: what is waited for.
        incoming: the draft.
        room_id: where it was shared; empty in private.
        sharer_id: who is told what became of it.
        sharer_name: their name.
        decider_id: who decides; empty for the owner and the admins.
        target: number of the post it may be merged into; 0 when there is none.
        reasons: why it waits, for an owner.
        until: the end of its term, aware UTC; None when it has none.
        end: what became of it; empty while it waits.
    """

    number: int
    kind: Kind
    incoming: Incoming
    room_id: str
    sharer_id: str
    sharer_name: str
    decider_id: str
    target: int
    reasons: tuple[str, ...]
    until: datetime | None
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to wait; see `Waiting`."""

    kind: Kind
    incoming: Incoming
    sharer_id: str
    sharer_name: str
    room_id: str = ""
    decider_id: str = ""
    target: int = 0
    reasons: tuple[str, ...] = ()
    until: datetime | None = None


def add_waiting(db: Database, wish: Wish, now: datetime) -> int:
    """Store a draft that has to wait and return its number; what nobody answered in time is forgotten."""
    _forget(db, now)
    number = db.next_number("waiting share")
    draft = wish.incoming.draft
    db.execute(
        "insert into waiting_shares (community, number, kind, incoming, title, room_id, sharer_id, sharer_name,"
        " author_id, decider_id, target, reasons, created_at, until, outcome) values (:community, :number, :kind,"
        " :incoming, :title, :room_id, :sharer_id, :sharer_name, :author_id, :decider_id, :target, :reasons, :now,"
        " :until, '')",
        {
            "number": number, "kind": str(wish.kind), "incoming": _to_text(wish.incoming), "title": draft.title,
            "room_id": wish.room_id, "sharer_id": wish.sharer_id, "sharer_name": wish.sharer_name,
            "author_id": draft.author_id, "decider_id": wish.decider_id, "target": wish.target,
            "reasons": json.dumps(wish.reasons, ensure_ascii=False), "now": to_stamp(now),
            "until": to_stamp(wish.until) if wish.until else None,
        },
    )  # fmt: skip
    return number


def waiting_by_number(db: Database, number: int) -> Waiting | None:
    """Return one that waits or waited."""
    rows = db.query(
        "select * from waiting_shares where community = :community and number = :number", {"number": number}
    )
    return _from_row(rows[0]) if rows else None


def waiting_for(db: Database, member_id: str, room_id: str, now: datetime) -> list[Waiting]:
    """Return what a member can decide, the latest first: in a room what was asked there, in private everything."""
    rows = db.query(
        "select * from waiting_shares where community = :community and decider_id = :member_id and outcome = ''"
        " and (room_id = :room_id or :room_id = '') and (until is null or until > :now) order by number desc",
        {"member_id": member_id, "room_id": room_id, "now": to_stamp(now)},
    )
    return [_from_row(row) for row in rows]


def waiting_in(db: Database, rooms: Collection[str] | None, now: datetime) -> list[Waiting]:
    """Return what waits for an owner or for others, the oldest first.

    What others did not decide in time is the owner's when it is about a merge, else it has ended.

    Args:
        db: any transaction.
        rooms: our room ids, empty for what was shared in private; None for all.
        now: the time.
    """
    rows = db.query(
        "select * from waiting_shares where community = :community and outcome = '' and kind <> 'duplicate'"
        " and (until is null or until > :now or kind = 'merge') order by number",
        {"now": to_stamp(now)},
    )
    return [_from_row(row) for row in rows if rooms is None or row["room_id"] in rooms]


def open_waiting(db: Database) -> list[Waiting]:
    """Return everything that waits."""
    rows = db.query("select * from waiting_shares where community = :community and outcome = '' order by number")
    return [_from_row(row) for row in rows]


def end_waiting(db: Database, number: int, end: End, now: datetime, decided_by: str = "") -> bool:
    """Note what became of a draft; its text is not kept any longer. False when it did not wait any more."""
    changed = db.execute(
        "update waiting_shares set outcome = :outcome, decided_by = :by, decided_at = :now, incoming = ''"
        " where community = :community and number = :number and outcome = ''",
        {"number": number, "outcome": str(end), "by": decided_by, "now": to_stamp(now)},
    )
    return changed > 0


def drop_questions(db: Database, member_id: str, room_id: str, now: datetime) -> None:
    """Stop asking a member about earlier duplicates in a place: only the latest question is answered."""
    db.execute(
        "update waiting_shares set outcome = 'dropped', decided_at = :now, incoming = '' where community = :community"
        " and kind = 'duplicate' and outcome = '' and decider_id = :member_id and room_id = :room_id",
        {"member_id": member_id, "room_id": room_id, "now": to_stamp(now)},
    )


def _forget(db: Database, now: datetime) -> None:
    """Drop the text of what nobody agreed to in time, and after a while that there was anything."""
    db.execute(
        "update waiting_shares set outcome = 'dropped', decided_at = :now, incoming = '' where community = :community"
        " and kind in ('duplicate', 'consent') and outcome = '' and until <= :now",
        {"now": to_stamp(now)},
    )
    db.execute(
        "delete from waiting_shares where community = :community and outcome <> '' and decided_at < :before",
        {"before": to_stamp(now - _REMEMBERED)},
    )


_NAMED = "(sharer_id = :member_id or author_id = :member_id or decider_id = :member_id)"


def export_waiting(db: Database, member_id: str) -> list[Row]:
    """Return the drafts that a member shared or wrote or decides on."""
    return db.query(
        "select number, kind, title, incoming, reasons, created_at, until, outcome from waiting_shares"  # noqa: S608 - our own condition
        f" where community = :community and {_NAMED} order by number",
        {"member_id": member_id},
    )


def erase_waiting(db: Database, member_id: str) -> int:
    """Delete the drafts that a member shared or wrote or decides on; return how many."""
    return db.execute(
        f"delete from waiting_shares where community = :community and {_NAMED}",  # noqa: S608 - our own condition
        {"member_id": member_id},
    )


def _to_text(incoming: Incoming) -> str:
    return json.dumps(incoming.to_json(), ensure_ascii=False)


_NOTHING = {"draft": {"title": "", "body": "", "tags": [], "source": "share"}, "messages": []}


def _from_row(row: Row) -> Waiting:
    return Waiting(
        number=row["number"],
        kind=Kind(row["kind"]),
        incoming=from_json(json.loads(row["incoming"]) if row["incoming"] else _NOTHING),
        room_id=row["room_id"],
        sharer_id=row["sharer_id"],
        sharer_name=row["sharer_name"],
        decider_id=row["decider_id"],
        target=row["target"],
        reasons=tuple(json.loads(row["reasons"])),
        until=from_stamp(row["until"]),
        end=row["outcome"],
    )
