"""The table of questions that wait for an answer."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database, Row, fold, from_stamp, to_stamp
from bot.plugins.qa.api import Asker
from bot.plugins.questions.model import OpenQuestion


def note_question(db: Database, asker: Asker, text: str, now: datetime) -> int:
    """Store a question that has no answer; asked again by the same member it keeps its number.

    Returns:
        The number, as in Q17.
    """
    key = "".join(character for character in fold(text) if character.isalnum()) or text
    found = db.query(
        "select number from questions where community = :community and member_id = :member_id and text_key = :key",
        {"member_id": asker.member_id, "key": key},
    )
    if found:
        return int(found[0]["number"])
    number = db.next_number("question")
    db.execute(
        "insert into questions (community, number, member_id, name, room_id, text, text_key, asked_at)"
        " values (:community, :number, :member_id, :name, :room_id, :text, :key, :now)",
        {
            "number": number, "member_id": asker.member_id, "name": asker.name, "room_id": asker.room_id,
            "text": text, "key": key, "now": to_stamp(now),
        },
    )  # fmt: skip
    return number


def open_questions(db: Database, room_id: str, limit: int) -> list[OpenQuestion]:
    """Return the oldest open questions asked in a room (or, with an empty id, in private chats)."""
    rows = db.query(
        "select number, text, name, asked_at from questions"
        " where community = :community and state = 'open' and room_id = :room_id order by number limit :limit",
        {"room_id": room_id, "limit": limit},
    )
    return [OpenQuestion(r["number"], r["text"], r["name"], _at(r["asked_at"])) for r in rows]


def count_open(db: Database, room_id: str) -> int:
    """Return how many questions of a room are open."""
    rows = db.query(
        "select count(*) as n from questions where community = :community and state = 'open' and room_id = :room_id",
        {"room_id": room_id},
    )
    return int(rows[0]["n"])


def export_questions(db: Database, member_id: str) -> list[Row]:
    """Return what a member asked and nobody could answer."""
    return db.query(
        "select number, text, state, asked_at from questions"
        " where community = :community and member_id = :member_id order by number",
        {"member_id": member_id},
    )


def erase_questions(db: Database, member_id: str) -> int:
    """Delete a member's questions; return how many."""
    return db.execute(
        "delete from questions where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def _at(stamp: str) -> datetime:
    at = from_stamp(stamp)
    assert at is not None
    return at
