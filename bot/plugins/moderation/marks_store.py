"""The table of what admins said of messages: an advertisement, or none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.migrations_store import migrations

MOST_LEARNT = 2_000
"""So many marks, the latest, are learnt from: more are years old, and a start must stay quick."""


@migrations()
def m021_marks(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """One row a mark; one that was taken back stays, with when."""
    db.execute(
        "create table moderation_marks (community text not null, number integer not null, message_id text not null,"
        " room_id text not null, author_id text not null, text text not null, is_advert integer not null"
        " check (is_advert in (0, 1)), member_id text not null, marked_at text not null, withdrawn_at text,"
        " primary key (community, number))"
    )
    db.execute(
        "create unique index moderation_marks_by_message on moderation_marks (community, message_id)"
        " where withdrawn_at is null and message_id <> ''"
    )
    db.execute("create index moderation_marks_by_author on moderation_marks (community, author_id)")
    db.execute("create index moderation_marks_by_member on moderation_marks (community, member_id)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMark:
    """What somebody said of one message.

    Attributes:
        number: what people type, as in M3.
        message_id: the gateway's id of the message.
        room_id: where it was said; empty in private.
        author_id: who said it; empty once they were forgotten.
        text: as it was received.
        is_advert: an advertisement, or none.
        member_id: who marked it.
        marked_at: when, aware UTC; from then on it is learnt from.
        withdrawn_at: when it was taken back; None while it counts.
    """

    number: int
    message_id: str
    room_id: str
    author_id: str
    text: str
    is_advert: bool
    member_id: str
    marked_at: datetime
    withdrawn_at: datetime | None = None


def add_mark(
    db: Database, *, message_id: str, room_id: str, author_id: str, text: str, is_advert: bool, by: str, now: datetime
) -> StoredMark:
    """Put a mark on record; another one of the same message is taken back by it.

    Args:
        db: a write transaction.
        message_id: which message.
        room_id: where it was said; empty in private.
        author_id: who said it.
        text: as it was received.
        is_advert: an advertisement, or none.
        by: id of the member who says so.
        now: aware UTC.
    """
    db.execute(
        "update moderation_marks set withdrawn_at = :now where community = :community and message_id = :message_id"
        " and message_id <> '' and withdrawn_at is null",
        {"message_id": message_id, "now": to_stamp(now)},
    )
    rows = db.query(
        "insert into moderation_marks (community, number, message_id, room_id, author_id, text, is_advert, member_id,"
        " marked_at) values (:community, :number, :message_id, :room_id, :author_id, :text, :is_advert, :by, :now)"
        " returning *",
        {
            "number": db.next_number("moderation_mark"), "message_id": message_id, "room_id": room_id,
            "author_id": author_id, "text": text, "is_advert": int(is_advert), "by": by, "now": to_stamp(now),
        },
    )  # fmt: skip
    return _mark_of(rows[0])


def get_mark(db: Database, number: int) -> StoredMark | None:
    """Return one mark, also one that was taken back; None when there is none of that number."""
    rows = db.query(
        "select * from moderation_marks where community = :community and number = :number", {"number": number}
    )
    return _mark_of(rows[0]) if rows else None


def mark_of_message(db: Database, message_id: str) -> StoredMark | None:
    """Return what counts of a message; None when nobody has said anything of it."""
    rows = db.query(
        "select * from moderation_marks where community = :community and message_id = :message_id"
        " and withdrawn_at is null",
        {"message_id": message_id},
    )
    return _mark_of(rows[0]) if rows else None


def withdraw_mark(db: Database, number: int, now: datetime) -> bool:
    """Take a mark back; False when that was done before."""
    changed = db.execute(
        "update moderation_marks set withdrawn_at = :now where community = :community and number = :number"
        " and withdrawn_at is null",
        {"number": number, "now": to_stamp(now)},
    )
    return changed > 0


def standing_marks(db: Database) -> list[StoredMark]:
    """Return the marks that count, the earliest first; of very many the latest."""
    rows = db.query(
        "select * from moderation_marks where community = :community and withdrawn_at is null"
        " order by number desc limit :limit",
        {"limit": MOST_LEARNT},
    )
    return [_mark_of(row) for row in reversed(rows)]


def latest_marks(db: Database, limit: int) -> list[StoredMark]:
    """Return the marks that count, the latest first."""
    rows = db.query(
        "select * from moderation_marks where community = :community and withdrawn_at is null"
        " order by number desc limit :limit",
        {"limit": limit},
    )
    return [_mark_of(row) for row in rows]


def purge(db: Database, before: datetime) -> int:
    """Delete marks that were taken back before then; those that count stay. Return how many."""
    return db.execute(
        "delete from moderation_marks where community = :community and withdrawn_at < :before",
        {"before": to_stamp(before)},
    )


def export_marks(db: Database, member_id: str) -> list[Row]:
    """Return what a member said of messages, and what was said of theirs."""
    return db.query(
        "select number, text, is_advert, marked_at, withdrawn_at, member_id = :member_id as is_own_mark"
        " from moderation_marks where community = :community and (member_id = :member_id or author_id = :member_id)"
        " order by number",
        {"member_id": member_id},
    )


def erase_marks(db: Database, member_id: str) -> int:
    """Forget whose messages were marked and who marked; the text of an advertisement stays known, nobody's.

    A message that was said to be none is forgotten whole: it is somebody's talk.
    """
    gone = db.execute(
        "delete from moderation_marks where community = :community and author_id = :member_id and is_advert = 0",
        {"member_id": member_id},
    )
    gone += db.execute(
        "update moderation_marks set author_id = '' where community = :community and author_id = :member_id",
        {"member_id": member_id},
    )
    return gone + db.execute(
        "update moderation_marks set member_id = '' where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def _mark_of(row: Row) -> StoredMark:
    at = from_stamp(row["marked_at"])
    assert at is not None
    return StoredMark(
        number=row["number"],
        message_id=row["message_id"],
        room_id=row["room_id"],
        author_id=row["author_id"],
        text=row["text"],
        is_advert=bool(row["is_advert"]),
        member_id=row["member_id"],
        marked_at=at,
        withdrawn_at=from_stamp(row["withdrawn_at"]),
    )
