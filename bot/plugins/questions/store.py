"""The tables of questions that wait: their askers and their answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from bot.plugin import Database, Migrations, Row, fold, to_stamp
from bot.plugins.qa.api import Asker
from bot.plugins.questions.model import GivenAnswer, OpenQuestion, State, Waiting, question_from_row, read_time

migrations = Migrations("questions")


@migrations()
def m001_questions(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Take the table over that `qa` made: several members may wait for one question, and it may get several answers."""
    db.execute("alter table questions rename to questions_before")
    db.execute("drop index questions_by_text")
    db.execute("drop index questions_open")
    db.execute(
        "create table questions (community text not null, number integer not null, room_id text not null,"
        " state text not null check (state in ('open', 'answered', 'solved', 'withdrawn')), asked_at text not null,"
        " closed_at text, primary key (community, number))"
    )
    db.execute("create index questions_by_room on questions (community, room_id, number) where state = 'open'")
    db.execute(
        "create table question_askers (community text not null, number integer not null, member_id text not null,"
        " name text not null, room_id text not null, text text not null, text_key text not null,"
        " asked_at text not null, told_at text, primary key (community, number, member_id))"
    )
    db.execute(
        "create unique index question_askers_by_text on question_askers (community, member_id, room_id, text_key)"
    )
    db.execute(
        "create table question_answers (community text not null, id text not null, number integer not null,"
        " member_id text not null, name text not null, text text not null, post_id text not null,"
        " answered_at text not null, primary key (community, id))"
    )
    db.execute("create index question_answers_by_question on question_answers (community, number, id)")
    db.execute("create index question_answers_by_member on question_answers (community, member_id)")
    db.execute(
        "insert into questions (community, number, room_id, state, asked_at)"
        " select community, number, room_id, state, asked_at from questions_before"
    )
    db.execute(
        "insert into question_askers (community, number, member_id, name, room_id, text, text_key, asked_at)"
        " select community, number, member_id, name, room_id, text, text_key, asked_at from questions_before"
    )
    db.execute("drop table questions_before")


def key_of(text: str) -> str:
    """Return what is the same for texts that differ only in signs, width and case."""
    return "".join(character for character in fold(text) if character.isalnum()) or text


def note_question(db: Database, asker: Asker, text: str, alike: int, now: datetime) -> dict[str, Any]:
    """Put a question that has no answer on record.

    Asked again by the same member it keeps its number, and one that was closed is open again. A question like one
    that is open has that one's number, and its asker waits with the others.

    Args:
        db: the transaction.
        asker: who asks, and where.
        text: as it was asked.
        alike: number of an open question that asks the same; 0 when there is none.
        now: aware UTC.

    Returns:
        `number`; `first`, the name of whoever asked before, empty when nobody else did; `answers`, how many there are.
    """
    number = _find_asked(db, asker, key_of(text)) or _join(db, asker, text, alike, now)
    db.execute(
        "update questions set state = 'open', closed_at = null where community = :community and number = :number"
        " and state in ('solved', 'withdrawn')",
        {"number": number},
    )
    found = question_by_number(db, number)
    assert found is not None
    first = found.name if found.member_id != asker.member_id else ""
    return {"number": number, "first": first, "answers": found.answers}


def _find_asked(db: Database, asker: Asker, key: str) -> int:
    """Return the number of what a member asked here or in private before; what was private is now the room's."""
    rows = db.query(
        "select number, room_id from question_askers where community = :community and member_id = :member_id"
        " and text_key = :key and room_id in (:room_id, '') order by room_id desc",
        {"member_id": asker.member_id, "room_id": asker.room_id, "key": key},
    )
    if not rows:
        return 0
    if rows[0]["room_id"] != asker.room_id:
        for table in ("question_askers", "questions"):
            db.execute(
                f"update {table} set room_id = :room_id"  # noqa: S608 - the two names above
                " where community = :community and number = :number and room_id = ''",
                {"number": rows[0]["number"], "room_id": asker.room_id},
            )
    return int(rows[0]["number"])


def _join(db: Database, asker: Asker, text: str, alike: int, now: datetime) -> int:
    """Let a member wait for a question that is open, or make a new one."""
    number = alike if alike and _is_open(db, alike) else _add_question(db, asker.room_id, now)
    db.execute(
        "insert into question_askers (community, number, member_id, name, room_id, text, text_key, asked_at)"
        " values (:community, :number, :member_id, :name, :room_id, :text, :key, :now)"
        " on conflict (community, number, member_id) do nothing",  # put in other words: they wait for it already
        {
            "number": number, "member_id": asker.member_id, "name": asker.name, "room_id": asker.room_id,
            "text": text, "key": key_of(text), "now": to_stamp(now),
        },
    )  # fmt: skip
    return number


def _add_question(db: Database, room_id: str, now: datetime) -> int:
    number = db.next_number("question")
    db.execute(
        "insert into questions (community, number, room_id, state, asked_at)"
        " values (:community, :number, :room_id, 'open', :now)",
        {"number": number, "room_id": room_id, "now": to_stamp(now)},
    )
    return number


def _is_open(db: Database, number: int) -> bool:
    rows = db.query(
        "select 1 as here from questions where community = :community and number = :number and state = 'open'",
        {"number": number},
    )
    return bool(rows)


def question_by_number(db: Database, number: int) -> OpenQuestion | None:
    """Return one question, however it stands; None when there is none of that number."""
    return next(iter(_select(db, "q.number = :number", {"number": number})), None)


def open_questions(db: Database, room_id: str, limit: int) -> list[OpenQuestion]:
    """Return the oldest open questions of a room."""
    where = "q.state = 'open' and q.room_id = :room_id order by q.number limit :limit"
    return _select(db, where, {"room_id": room_id, "limit": limit})


def all_open(db: Database, limit: int) -> list[OpenQuestion]:
    """Return the newest open questions of all rooms and private chats."""
    return _select(db, "q.state = 'open' order by q.number desc limit :limit", {"limit": limit})


def open_of_member(db: Database, member_id: str, limit: int) -> list[OpenQuestion]:
    """Return the oldest open questions that a member waits for."""
    where = (
        "q.state = 'open' and exists (select 1 from question_askers w where w.community = q.community"
        " and w.number = q.number and w.member_id = :member_id) order by q.number limit :limit"
    )
    return _select(db, where, {"member_id": member_id, "limit": limit})


def last_of_member(db: Database, member_id: str, room_id: str, states: Collection[State]) -> OpenQuestion | None:
    """Return the question a member asked last in one place, of those that stand so."""
    latest = (
        "select max(w.number) from question_askers w join questions p on p.community = w.community"
        " and p.number = w.number where w.community = :community and w.member_id = :member_id"
        " and w.room_id = :room_id"
    )
    where = f"q.number = ({latest} and p.state in ({_quoted(states)}))"
    return next(iter(_select(db, where, {"member_id": member_id, "room_id": room_id})), None)


def count_open(db: Database, room_id: str) -> int:
    """Return how many questions of a room are open."""
    rows = db.query(
        "select count(*) as n from questions where community = :community and state = 'open' and room_id = :room_id",
        {"room_id": room_id},
    )
    return int(rows[0]["n"])


def close_question(db: Database, number: int, state: State, now: datetime) -> None:
    """Note how a question ended, or that it has an answer."""
    db.execute(
        "update questions set state = :state, closed_at = :now where community = :community and number = :number",
        {"number": number, "state": str(state), "now": to_stamp(now)},
    )


def leave_question(db: Database, number: int, member_id: str, now: datetime) -> bool:
    """Let a member wait no longer; return whether the question is withdrawn because nobody else waits."""
    db.execute(
        "delete from question_askers where community = :community and number = :number and member_id = :member_id",
        {"number": number, "member_id": member_id},
    )
    if waiting_for(db, number):
        return False
    db.execute(
        "update questions set state = 'withdrawn', closed_at = :now where community = :community and number = :number",
        {"number": number, "now": to_stamp(now)},
    )
    return True


def waiting_for(db: Database, number: int) -> list[Waiting]:
    """Return who asked a question, the first first."""
    rows = db.query(
        "select member_id, name, room_id from question_askers where community = :community and number = :number"
        " order by asked_at, member_id",
        {"number": number},
    )
    return [Waiting(row["member_id"], row["name"], row["room_id"]) for row in rows]


def note_told(db: Database, number: int, now: datetime) -> bool:
    """Note that the askers were told of a post that answers; False when they were told of one before."""
    changed = db.execute(
        "update question_askers set told_at = :now where community = :community and number = :number"
        " and told_at is null",
        {"number": number, "now": to_stamp(now)},
    )
    return changed > 0


def add_answer(db: Database, number: int, answerer: Asker, text: str, *, post_id: str, now: datetime) -> None:
    """Put an answer on record.

    Args:
        db: the transaction.
        number: of the question.
        answerer: who answers.
        text: the answer.
        post_id: of the post it became; empty when it became none.
        now: aware UTC.
    """
    db.execute(
        "insert into question_answers (community, id, number, member_id, name, text, post_id, answered_at)"
        " values (:community, :id, :number, :member_id, :name, :text, :post_id, :now)",
        {
            "id": db.new_id(), "number": number, "member_id": answerer.member_id, "name": answerer.name,
            "text": text, "post_id": post_id, "now": to_stamp(now),
        },
    )  # fmt: skip


def has_answered(db: Database, number: int, member_id: str, text: str) -> bool:
    """Return whether a member has answered just that before."""
    rows = db.query(
        "select 1 as here from question_answers where community = :community and number = :number"
        " and member_id = :member_id and text = :text",
        {"number": number, "member_id": member_id, "text": text},
    )
    return bool(rows)


def answers_to(db: Database, number: int) -> list[GivenAnswer]:
    """Return the answers to a question, the oldest first."""
    rows = db.query(
        "select name, text, answered_at from question_answers where community = :community and number = :number"
        " order by id",
        {"number": number},
    )
    return [GivenAnswer(row["name"], row["text"], read_time(row["answered_at"])) for row in rows]


def count_answers_by(db: Database, room_id: str, since: datetime) -> list[Row]:
    """Return `member_id`, `name` and `n` of those who answered in a room since then, the most helpful first."""
    return db.query(
        "select a.member_id, max(a.name) as name, count(*) as n from question_answers a join questions q"
        " on q.community = a.community and q.number = a.number where a.community = :community"
        " and q.room_id = :room_id and a.answered_at >= :since group by a.member_id order by n desc, a.member_id",
        {"room_id": room_id, "since": to_stamp(since)},
    )


def _quoted(states: Collection[State]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[OpenQuestion]:
    """Return questions with the first of those who ask; what nobody asks any more is not shown."""
    rows = db.query(
        "select q.number, q.room_id, q.state, q.asked_at, a.text, a.member_id, a.name,"  # noqa: S608 - conditions above
        " (select count(*) from question_askers n where n.community = q.community and n.number = q.number) as askers,"
        " (select count(*) from question_answers g where g.community = q.community and g.number = q.number) as answers"
        " from questions q join question_askers a on a.community = q.community and a.number = q.number"
        " and a.member_id = (select f.member_id from question_askers f where f.community = q.community"
        " and f.number = q.number order by f.asked_at, f.member_id limit 1)"
        f" where q.community = :community and {condition}",
        params,
    )
    return [question_from_row(row) for row in rows]


def export_questions(db: Database, member_id: str) -> Sequence[Row]:
    """Return what a member asked and nobody could answer."""
    return db.query(
        "select a.number, a.text, q.state, a.asked_at, a.told_at from question_askers a join questions q"
        " on q.community = a.community and q.number = a.number"
        " where a.community = :community and a.member_id = :member_id order by a.number",
        {"member_id": member_id},
    )


def export_answers(db: Database, member_id: str) -> Sequence[Row]:
    """Return what a member answered."""
    return db.query(
        "select number, text, post_id, answered_at from question_answers"
        " where community = :community and member_id = :member_id order by id",
        {"member_id": member_id},
    )


def erase_questions(db: Database, member_id: str) -> Row:
    """Delete a member's questions and answers; a question stays for the others who wait for it."""
    gone = {
        table: db.execute(
            f"delete from {table} where community = :community and member_id = :member_id",  # noqa: S608 - two names
            {"member_id": member_id},
        )
        for table in ("question_askers", "question_answers")
    }
    orphans = "select 1 from question_askers a where a.community = questions.community and a.number = questions.number"
    gone["questions"] = db.execute(
        f"delete from questions where community = :community and not exists ({orphans})"  # noqa: S608 - as above
    )
    return gone
