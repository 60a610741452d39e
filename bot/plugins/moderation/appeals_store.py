"""The tables of appeals and of what their reviewers say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.appeal_rules import Ballot, Outcome, Vote
from bot.plugins.moderation.migrations_store import migrations


@migrations()
def m022_appeals(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """At most one appeal a case; one vote a reviewer."""
    db.execute(
        "create table appeals (community text not null, case_number integer not null, room_id text not null,"
        " member_id text not null, reason text not null, made_at text not null, due_at text not null,"
        " state text not null check (state in ('open', 'upheld', 'dismissed')), decided_at text,"
        " why text not null default '', primary key (community, case_number))"
    )
    db.execute("create index appeals_open on appeals (community, due_at) where state = 'open'")
    db.execute("create index appeals_by_member on appeals (community, member_id)")
    db.execute(
        "create table appeal_votes (community text not null, case_number integer not null, member_id text not null,"
        " vote text not null check (vote in ('uphold', 'dismiss')), reason text not null, voted_at text not null,"
        " primary key (community, case_number, member_id))"
    )
    db.execute("create index appeal_votes_by_member on appeal_votes (community, member_id)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """One appeal.

    Attributes:
        case_number: the case it is against, as in V12.
        room_id: the case's room; empty in private.
        member_id: who appeals.
        reason: in their words.
        made_at, due_at: when it was made, and when it is decided at the latest; aware UTC.
        state: how it stands.
        decided_at: when it was decided; None while it is open.
        why: what the reviewers say, for the member; may be empty.
    """

    case_number: int
    room_id: str
    member_id: str
    reason: str
    made_at: datetime
    due_at: datetime
    state: Outcome
    decided_at: datetime | None
    why: str


def add_appeal(db: Database, appeal: Appeal) -> bool:
    """Put an appeal on record; False when there is one against that case already."""
    changed = db.execute(
        "insert into appeals (community, case_number, room_id, member_id, reason, made_at, due_at, state)"
        " values (:community, :case_number, :room_id, :member_id, :reason, :made_at, :due_at, 'open')"
        " on conflict (community, case_number) do nothing",
        {
            "case_number": appeal.case_number, "room_id": appeal.room_id, "member_id": appeal.member_id,
            "reason": appeal.reason, "made_at": to_stamp(appeal.made_at), "due_at": to_stamp(appeal.due_at),
        },
    )  # fmt: skip
    return changed > 0


def get_appeal(db: Database, case_number: int) -> Appeal | None:
    """Return the appeal against a case; None when there is none."""
    return next(iter(_select(db, "case_number = :number", {"number": case_number})), None)


def open_appeals(db: Database) -> list[Appeal]:
    """Return the appeals that wait, the first to be decided first."""
    return _select(db, "state = 'open' order by due_at, case_number", {})


def appeals_of(db: Database, member_id: str) -> list[Appeal]:
    """Return a member's appeals, the latest first."""
    return _select(db, "member_id = :member_id order by case_number desc", {"member_id": member_id})


def decide_appeal(db: Database, case_number: int, state: Outcome, why: str, now: datetime) -> bool:
    """Note how an appeal ended; False when it had ended before."""
    changed = db.execute(
        "update appeals set state = :state, why = :why, decided_at = :now where community = :community"
        " and case_number = :number and state = 'open'",
        {"state": state, "why": why, "now": to_stamp(now), "number": case_number},
    )
    return changed > 0


def put_vote(db: Database, case_number: int, ballot: Ballot, reason: str, now: datetime) -> None:
    """Note what a reviewer says; what they said before is forgotten."""
    db.execute(
        "insert into appeal_votes (community, case_number, member_id, vote, reason, voted_at)"
        " values (:community, :number, :member_id, :vote, :reason, :now)"
        " on conflict (community, case_number, member_id) do update set vote = excluded.vote,"
        " reason = excluded.reason, voted_at = excluded.voted_at",
        {
            "number": case_number, "member_id": ballot.member_id, "vote": ballot.vote, "reason": reason,
            "now": to_stamp(now),
        },
    )  # fmt: skip


def votes_on(db: Database, case_number: int) -> list[tuple[Ballot, str]]:
    """Return the votes on an appeal with their reasons, the earliest first."""
    rows = db.query(
        "select member_id, vote, reason from appeal_votes where community = :community and case_number = :number"
        " order by voted_at, member_id",
        {"number": case_number},
    )
    return [(Ballot(row["member_id"], Vote(row["vote"])), row["reason"]) for row in rows]


def purge(db: Database, before: datetime) -> int:
    """Delete appeals that were decided before then, and the votes on them; return how many rows."""
    decided = "select case_number from appeals where community = :community and decided_at < :before"
    params = {"before": to_stamp(before)}
    votes = db.execute(
        f"delete from appeal_votes where community = :community and case_number in ({decided})",  # noqa: S608 - above
        params,
    )
    return votes + db.execute("delete from appeals where community = :community and decided_at < :before", params)


def export_appeals(db: Database, member_id: str) -> Row:
    """Return a member's appeals, and what they said of those of others."""
    return {
        "appeals": db.query(
            "select case_number, reason, made_at, due_at, state, decided_at, why from appeals"
            " where community = :community and member_id = :member_id order by case_number",
            {"member_id": member_id},
        ),
        "appeal_votes": db.query(
            "select case_number, vote, reason, voted_at from appeal_votes"
            " where community = :community and member_id = :member_id order by case_number",
            {"member_id": member_id},
        ),
    }


def erase_appeals(db: Database, member_id: str) -> Row:
    """Delete a member's appeals with the votes on them, and their votes on those of others.

    Returns:
        Rows deleted per table.
    """
    of_theirs = "select case_number from appeals where community = :community and member_id = :member_id"
    votes = db.execute(
        f"delete from appeal_votes where community = :community and case_number in ({of_theirs})",  # noqa: S608 - above
        {"member_id": member_id},
    )
    votes += db.execute(
        "delete from appeal_votes where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    gone = db.execute(
        "delete from appeals where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    return {"appeals": gone, "appeal_votes": votes}


def _select(db: Database, condition: str, params: dict[str, object]) -> list[Appeal]:
    rows = db.query(f"select * from appeals where community = :community and {condition}", params)  # noqa: S608 - above
    return [_appeal_of(row) for row in rows]


def _appeal_of(row: Row) -> Appeal:
    made_at, due_at = from_stamp(row["made_at"]), from_stamp(row["due_at"])
    assert made_at is not None
    assert due_at is not None
    return Appeal(
        case_number=row["case_number"],
        room_id=row["room_id"],
        member_id=row["member_id"],
        reason=row["reason"],
        made_at=made_at,
        due_at=due_at,
        state=Outcome(row["state"]),
        decided_at=from_stamp(row["decided_at"]),
        why=row["why"],
    )
