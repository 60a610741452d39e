"""The tables of what was asked: texts as long as messages are kept, counts without names for longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bot.plugin import Database, Row, to_stamp
from bot.plugins.qa.api import Asked, Asker, Kind
from bot.plugins.questions.store import migrations

_COUNTS_KEPT = timedelta(days=731)


@migrations()
def m003_asked(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """What was asked, how often each day, how often each post was the answer, and what was said of old posts."""
    db.execute(
        "create table asked (community text not null, id text not null, member_id text not null, room_id text not null,"
        " text text not null, outcome text not null, asked_at text not null, primary key (community, id))"
    )
    db.execute("create index asked_by_time on asked (community, asked_at)")
    db.execute("create index asked_by_member on asked (community, member_id)")
    db.execute(
        "create table asked_counts (community text not null, room_id text not null, day text not null,"
        " outcome text not null, n integer not null, primary key (community, room_id, day, outcome))"
    )
    db.execute(
        "create table post_uses (community text not null, post_id text not null, day text not null,"
        " n integer not null, primary key (community, post_id, day))"
    )
    db.execute("create index post_uses_by_day on post_uses (community, day)")


def count_asked(db: Database, asker: Asker, asked: Asked, now: datetime, *, day: date, keep: timedelta) -> None:
    """Put on record that something was asked.

    Args:
        db: the transaction.
        asker: who asked, and where.
        asked: what, and what it got.
        now: aware UTC.
        day: today, where it was asked.
        keep: how long texts are kept.
    """
    _purge_texts(db, now, keep)
    db.execute(
        "insert into asked (community, id, member_id, room_id, text, outcome, asked_at)"
        " values (:community, :id, :member_id, :room_id, :text, :outcome, :now)",
        {
            "id": db.new_id(), "member_id": asker.member_id, "room_id": asker.room_id, "text": asked.text,
            "outcome": str(asked.kind), "now": to_stamp(now),
        },
    )  # fmt: skip
    db.execute(
        "insert into asked_counts (community, room_id, day, outcome, n)"
        " values (:community, :room_id, :day, :outcome, 1)"
        " on conflict (community, room_id, day, outcome) do update set n = asked_counts.n + 1",
        {"room_id": asker.room_id, "day": day.isoformat(), "outcome": str(asked.kind)},
    )
    if asked.kind is Kind.ANSWER and asked.post_ids:
        db.execute(
            "insert into post_uses (community, post_id, day, n) values (:community, :post_id, :day, 1)"
            " on conflict (community, post_id, day) do update set n = post_uses.n + 1",
            {"post_id": asked.post_ids[0], "day": day.isoformat()},
        )


def purge_asked(db: Database, now: datetime, keep: timedelta) -> None:
    """Forget the texts that are as old as the messages that are forgotten, and counts of years ago."""
    _purge_texts(db, now, keep)
    before = {"before": (now - _COUNTS_KEPT).date().isoformat()}
    db.execute("delete from asked_counts where community = :community and day < :before", before)
    db.execute("delete from post_uses where community = :community and day < :before", before)


def _purge_texts(db: Database, now: datetime, keep: timedelta) -> None:
    oldest = {"before": to_stamp(now - keep)}
    db.execute("delete from asked where community = :community and asked_at < :before", oldest)


def asked_since(db: Database, room_id: str | None, since: datetime) -> list[Row]:
    """Return `text` and `outcome` of what was asked in a room, or (None) anywhere, the latest first."""
    return db.query(
        "select text, outcome from asked where community = :community and asked_at >= :since"
        " and (:everywhere = 1 or room_id = :room_id) order by asked_at desc",
        {"since": to_stamp(since), "everywhere": int(room_id is None), "room_id": room_id or ""},
    )


def counts_since(db: Database, room_id: str | None, day: date) -> dict[str, int]:
    """Return outcome → how often, since a day, in a room or (None) anywhere."""
    rows = db.query(
        "select outcome, sum(n) as n from asked_counts where community = :community and day >= :day"
        " and (:everywhere = 1 or room_id = :room_id) group by outcome",
        {"day": day.isoformat(), "everywhere": int(room_id is None), "room_id": room_id or ""},
    )
    return {row["outcome"]: int(row["n"]) for row in rows}


def uses_since(db: Database, day: date) -> dict[str, int]:
    """Return post id → how often it was the answer since a day."""
    rows = db.query(
        "select post_id, sum(n) as n from post_uses where community = :community and day >= :day group by post_id",
        {"day": day.isoformat()},
    )
    return {row["post_id"]: int(row["n"]) for row in rows}


def export_asked(db: Database, member_id: str) -> list[Row]:
    """Return what a member asked."""
    return db.query(
        "select text, outcome, asked_at from asked where community = :community and member_id = :member_id order by id",
        {"member_id": member_id},
    )


def erase_asked(db: Database, member_id: str) -> Row:
    """Delete what a member asked; return rows deleted per table."""
    return {
        "asked": db.execute(
            "delete from asked where community = :community and member_id = :member_id", {"member_id": member_id}
        )
    }
