"""What each member was answered, as long as they can refer to it, and what members think of the posts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.plugin import Database, Row, from_stamp, set_usefulness, to_stamp
from bot.plugins.qa.model import Asker
from bot.plugins.qa.rules import Kind
from bot.plugins.qa.store import migrations


@migrations()
def m005_answers(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Answers that were given, and votes on posts."""
    db.execute(
        "create table answers (community text not null, id text not null, member_id text not null,"
        " room_id text not null, cause text not null, question text not null, understood text not null,"
        " kind text not null, posts text not null, listed integer not null, focus text not null,"
        " answered_at text not null, primary key (community, id))"
    )
    db.execute("create index answers_by_member on answers (community, member_id, room_id, id)")
    db.execute("create index answers_by_cause on answers (community, cause)")
    db.execute("create index answers_by_time on answers (community, answered_at)")
    db.execute(
        "create table votes (community text not null, post_id text not null, member_id text not null,"
        " is_useful integer not null check (is_useful in (0, 1)), voted_at text not null,"
        " primary key (community, post_id, member_id))"
    )
    db.execute("create index votes_by_member on votes (community, member_id)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAnswer:
    """An answer that a member got.

    Attributes:
        id: ours, ordered by time.
        member_id: who got it.
        question: as it was asked.
        understood: the same written out, when it went on with an earlier one.
        kind: what it got.
        posts: ids of all that has to do with it, best first.
        listed: how many of them were shown or named.
        focus: the one that was looked at last; the first at the beginning, empty when several were offered.
        answered_at: aware UTC.
    """

    id: str
    member_id: str
    question: str
    understood: str
    kind: Kind
    posts: tuple[str, ...]
    listed: int
    focus: str
    answered_at: datetime

    @property
    def subject(self) -> str:
        """The question, written out."""
        return self.understood or self.question

    @property
    def can_be_judged(self) -> bool:
        """Whether the member got to read anything."""
        return self.kind in {Kind.ANSWER, Kind.RELATED, Kind.AMBIGUOUS} and bool(self.posts)


@dataclass(frozen=True, slots=True)
class Votes:
    """How many members found a post useful, and how many did not."""

    useful: int
    useless: int


def note_answer(db: Database, asker: Asker, cause: str, given: BotAnswer, term: timedelta) -> None:
    """Remember an answer; those that nobody can refer to any more are forgotten.

    Args:
        db: the transaction.
        asker: who got it, and where.
        cause: id of the message that was answered.
        given: the answer; its id is made here.
        term: how long members refer to answers.
    """
    before = to_stamp(given.answered_at - term)
    db.execute("delete from answers where community = :community and answered_at < :before", {"before": before})
    db.execute(
        "insert into answers (community, id, member_id, room_id, cause, question, understood, kind, posts, listed,"
        " focus, answered_at) values (:community, :id, :member_id, :room_id, :cause, :question, :understood, :kind,"
        " :posts, :listed, :focus, :at)",
        {
            "id": db.new_id(), "member_id": asker.member_id, "room_id": asker.room_id, "cause": cause,
            "question": given.question, "understood": given.understood, "kind": str(given.kind),
            "posts": json.dumps(given.posts), "listed": given.listed, "focus": given.focus,
            "at": to_stamp(given.answered_at),
        },
    )  # fmt: skip


def last_answer(db: Database, asker: Asker, since: datetime, cause: str = "") -> BotAnswer | None:
    """Return the last answer a member got in a room (in private with an empty room), if it is not older.

    Args:
        db: the transaction.
        asker: the member and the room.
        since: answers from before are left out.
        cause: id of the message at hand: handled again after a crash, it does not go on with its own answer.
    """
    return _first(
        db,
        "member_id = :member_id and room_id = :room_id and answered_at >= :since and cause <> :cause"
        " order by id desc limit 1",
        {"member_id": asker.member_id, "room_id": asker.room_id, "since": to_stamp(since), "cause": cause},
    )


def answer_to(db: Database, cause: str) -> BotAnswer | None:
    """Return the answer to a message."""
    return _first(db, "cause = :cause order by id desc limit 1", {"cause": cause})


def answer_by_id(db: Database, answer_id: str, member_id: str) -> BotAnswer | None:
    """Return an answer that this member got."""
    return _first(db, "id = :id and member_id = :member_id", {"id": answer_id, "member_id": member_id})


def note_listed(db: Database, answer_id: str, more: int, most: int) -> int:
    """Note that so many more of an answer's posts are shown, `most` in all; return how many were shown before."""
    where = {"id": answer_id}
    rows = db.query("select listed from answers where community = :community and id = :id", where)
    before = int(rows[0]["listed"]) if rows else most
    db.execute(
        "update answers set listed = :listed where community = :community and id = :id",
        {**where, "listed": max(before, min(before + more, most))},
    )
    return before


def note_focus(db: Database, answer_id: str, post_id: str) -> None:
    """Note which post the member looked at."""
    db.execute(
        "update answers set focus = :focus where community = :community and id = :id",
        {"id": answer_id, "focus": post_id},
    )


def note_vote(db: Database, member_id: str, post_id: str, is_useful: bool, now: datetime) -> bool | None:  # noqa: FBT001 - the vote itself
    """Count a member's vote on a post, once, and let search know; return what the member thought before."""
    rows = db.query(
        "select is_useful from votes where community = :community and post_id = :post_id and member_id = :member_id",
        {"post_id": post_id, "member_id": member_id},
    )
    db.execute(
        "insert into votes (community, post_id, member_id, is_useful, voted_at)"
        " values (:community, :post_id, :member_id, :is_useful, :now)"
        " on conflict (community, post_id, member_id) do update set is_useful = excluded.is_useful,"
        " voted_at = excluded.voted_at",
        {"post_id": post_id, "member_id": member_id, "is_useful": int(is_useful), "now": to_stamp(now)},
    )
    _rank_anew(db, post_id)
    return bool(rows[0]["is_useful"]) if rows else None


def count_votes(db: Database, post_id: str) -> Votes:
    """Return what members think of a post."""
    row = db.query(
        "select count(*) as n, coalesce(sum(is_useful), 0) as useful from votes"
        " where community = :community and post_id = :post_id",
        {"post_id": post_id},
    )[0]
    return Votes(int(row["useful"]), int(row["n"]) - int(row["useful"]))


def export_answers(db: Database, member_id: str) -> Row:
    """Return what a member was answered, and their votes."""
    return {
        "answers": db.query(
            "select question, understood, kind, answered_at from answers"
            " where community = :community and member_id = :member_id order by id",
            {"member_id": member_id},
        ),
        "votes": db.query(
            "select post_id, is_useful, voted_at from votes"
            " where community = :community and member_id = :member_id order by voted_at, post_id",
            {"member_id": member_id},
        ),
    }


def erase_answers(db: Database, member_id: str) -> Row:
    """Delete what a member was answered, and their votes; return rows deleted per table."""
    who = {"member_id": member_id}
    answers = db.execute("delete from answers where community = :community and member_id = :member_id", who)
    voted = db.query("delete from votes where community = :community and member_id = :member_id returning post_id", who)
    for row in voted:
        _rank_anew(db, row["post_id"])
    return {"answers": answers, "votes": len(voted)}


def _rank_anew(db: Database, post_id: str) -> None:
    votes = count_votes(db, post_id)
    set_usefulness(db, post_id, votes.useful, votes.useless)


def _first(db: Database, condition: str, params: dict[str, Any]) -> BotAnswer | None:
    columns = "id, member_id, question, understood, kind, posts, listed, focus, answered_at"
    rows = db.query(
        f"select {columns} from answers where community = :community and {condition}",  # noqa: S608 - conditions above
        params,
    )
    return _from_row(rows[0]) if rows else None


def _from_row(row: Row) -> BotAnswer:
    at = from_stamp(row["answered_at"])
    assert at is not None
    return BotAnswer(
        id=row["id"],
        member_id=row["member_id"],
        question=row["question"],
        understood=row["understood"],
        kind=Kind(row["kind"]),
        posts=tuple(json.loads(row["posts"])),
        listed=row["listed"],
        focus=row["focus"],
        answered_at=at,
    )
