"""The table of posts that somebody looked at again, and said whether they still hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, to_stamp
from bot.plugins.questions.model import read_time
from bot.plugins.questions.store import migrations


@migrations()
def m005_reviews(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """What was said last of a post."""
    db.execute(
        "create table post_reviews (community text not null, post_id text not null, member_id text not null,"
        " verdict text not null check (verdict in ('有效', '过期')), reviewed_at text not null,"
        " primary key (community, post_id))"
    )
    db.execute("create index post_reviews_by_member on post_reviews (community, member_id)")


def note_review(db: Database, post_id: str, member_id: str, verdict: str, now: datetime) -> None:
    """Note what somebody said of a post."""
    db.execute(
        "insert into post_reviews (community, post_id, member_id, verdict, reviewed_at)"
        " values (:community, :post_id, :member_id, :verdict, :now) on conflict (community, post_id) do update"
        " set member_id = excluded.member_id, verdict = excluded.verdict, reviewed_at = excluded.reviewed_at",
        {"post_id": post_id, "member_id": member_id, "verdict": verdict, "now": to_stamp(now)},
    )


def reviews(db: Database) -> dict[str, tuple[str, datetime]]:
    """Return post id → what was said of it last, and when."""
    rows = db.query("select post_id, verdict, reviewed_at from post_reviews where community = :community")
    return {row["post_id"]: (row["verdict"], read_time(row["reviewed_at"])) for row in rows}


def export_reviews(db: Database, member_id: str) -> list[Row]:
    """Return what a member said of posts."""
    return db.query(
        "select post_id, verdict, reviewed_at from post_reviews"
        " where community = :community and member_id = :member_id order by reviewed_at",
        {"member_id": member_id},
    )


def erase_reviews(db: Database, member_id: str) -> Row:
    """Take a member's name from what they said of posts, which stays said; return rows changed per table."""
    return {
        "post_reviews": db.execute(
            "update post_reviews set member_id = '' where community = :community and member_id = :member_id",
            {"member_id": member_id},
        )
    }
