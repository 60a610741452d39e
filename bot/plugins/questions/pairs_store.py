"""The table of questions and answers that were noticed in the chat: ids and scores, never texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, to_stamp
from bot.plugins.questions.pairs import Pair
from bot.plugins.questions.store import migrations


@migrations()
def m004_pairs(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Pairs of messages that may be worth a post."""
    db.execute(
        "create table pairs (community text not null, number integer not null, room_id text not null,"
        " question_id text not null, asker_id text not null, answer_id text not null, member_id text not null,"
        " score real not null, state text not null check (state in ('noticed', 'proposed', 'chosen', 'dropped')),"
        " noticed_at text not null, primary key (community, number))"
    )
    db.execute("create unique index pairs_by_question on pairs (community, question_id)")
    db.execute("create index pairs_by_room on pairs (community, room_id, state, number)")
    db.execute("create index pairs_by_asker on pairs (community, asker_id)")
    db.execute("create index pairs_by_member on pairs (community, member_id)")


@dataclass(frozen=True, slots=True)
class NoticedPair:
    """A pair on record.

    Attributes:
        number: what the owner types.
        room_id: where it was said.
        question_id, answer_id: of the messages, whose texts stay in the inbox.
        member_id: who answered.
        state: `noticed`, `proposed`, `chosen` or `dropped`.
    """

    number: int
    room_id: str
    question_id: str
    answer_id: str
    member_id: str
    state: str


def note_pairs(db: Database, room_id: str, pairs: Sequence[Pair], now: datetime) -> int:
    """Put pairs on record that are not there yet; return how many are new."""
    new = 0
    for pair in pairs:
        known = db.query(
            "select 1 as here from pairs where community = :community and question_id = :id", {"id": pair.question.id}
        )
        if not known:
            _insert(db, room_id, pair, now)
            new += 1
    return new


def _insert(db: Database, room_id: str, pair: Pair, now: datetime) -> None:
    db.execute(
        "insert into pairs (community, number, room_id, question_id, asker_id, answer_id, member_id, score, state,"
        " noticed_at) values (:community, :number, :room_id, :question_id, :asker_id, :answer_id, :member_id, :score,"
        " 'noticed', :now)",
        {
            "number": db.next_number("pair"), "room_id": room_id, "question_id": pair.question.id,
            "asker_id": pair.question.member_id, "answer_id": pair.answer.id, "member_id": pair.answer.member_id,
            "score": pair.score, "now": to_stamp(now),
        },
    )  # fmt: skip


def pairs_in(db: Database, room_id: str | None, states: Sequence[str], limit: int) -> list[NoticedPair]:
    """Return the pairs of a room, or (None) of all rooms, that stand so: the surest, by number."""
    wanted = ", ".join(f"'{state}'" for state in states)
    condition = f"state in ({wanted}) and (:everywhere = 1 or room_id = :room_id)"
    params = {"everywhere": int(room_id is None), "room_id": room_id or "", "limit": limit}
    surest = _select(db, f"{condition} order by score desc, number limit :limit", params)
    return sorted(surest, key=lambda pair: pair.number)


def pair_by_number(db: Database, number: int) -> NoticedPair | None:
    """Return one pair; None when there is none of that number."""
    return next(iter(_select(db, "number = :number", {"number": number})), None)


def set_state(db: Database, number: int, state: str) -> None:
    """Note what became of a pair."""
    db.execute(
        "update pairs set state = :state where community = :community and number = :number",
        {"number": number, "state": state},
    )


def purge_pairs(db: Database, before: datetime) -> int:
    """Forget pairs whose texts are forgotten; return how many."""
    return db.execute(
        "delete from pairs where community = :community and noticed_at < :before", {"before": to_stamp(before)}
    )


def export_pairs(db: Database, member_id: str) -> list[Row]:
    """Return the pairs that a member asked or answered in."""
    return db.query(
        "select number, question_id, answer_id, score, state, noticed_at from pairs where community = :community"
        " and (asker_id = :member_id or member_id = :member_id) order by number",
        {"member_id": member_id},
    )


def erase_pairs(db: Database, member_id: str) -> Row:
    """Forget the pairs that a member asked or answered in; return rows deleted per table."""
    return {
        "pairs": db.execute(
            "delete from pairs where community = :community and (asker_id = :member_id or member_id = :member_id)",
            {"member_id": member_id},
        )
    }


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[NoticedPair]:
    rows = db.query(
        "select number, room_id, question_id, answer_id, member_id, state from pairs"  # noqa: S608 - conditions above
        f" where community = :community and {condition}",
        params,
    )
    return [NoticedPair(**row) for row in rows]
