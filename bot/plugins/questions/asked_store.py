"""The tables of what was asked: texts as long as messages are kept, counts without names for longer."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.plugin import Database, Row, to_stamp
from bot.plugins.qa.api import Asked, Asker, Kind
from bot.plugins.questions.model import read_time
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


@migrations()
def m006_asked_shown(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """How a reader understands a question that went on with another one."""
    db.execute("alter table asked add column shown text not null default ''")


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
        "insert into asked (community, id, member_id, room_id, text, shown, outcome, asked_at)"
        " values (:community, :id, :member_id, :room_id, :text, :shown, :outcome, :now)",
        {
            "id": db.new_id(), "member_id": asker.member_id, "room_id": asker.room_id, "text": asked.text,
            "shown": asked.shown, "outcome": str(asked.kind), "now": to_stamp(now),
        },
    )  # fmt: skip
    _count(db, asker.room_id, day, asked.kind, 1)
    if asked.kind is Kind.ANSWER and asked.post_ids:
        db.execute(
            "insert into post_uses (community, post_id, day, n) values (:community, :post_id, :day, 1)"
            " on conflict (community, post_id, day) do update set n = post_uses.n + 1",
            {"post_id": asked.post_ids[0], "day": day.isoformat()},
        )


def count_as_open(db: Database, asker: Asker, text: str, zone: ZoneInfo) -> None:
    """Count what a member was answered as not answered: the answer did not help, and the question waits.

    Args:
        db: the transaction.
        asker: who asked, and where.
        text: what was asked, written out.
        zone: of the days there.
    """
    rows = db.query(
        "select id, asked_at from asked where community = :community and member_id = :member_id"
        " and room_id = :room_id and text = :text and outcome = 'answer' order by id desc limit 1",
        {"member_id": asker.member_id, "room_id": asker.room_id, "text": text},
    )
    for row in rows:
        db.execute("update asked set outcome = 'unknown' where community = :community and id = :id", {"id": row["id"]})
        day = read_time(row["asked_at"]).astimezone(zone).date()
        _count(db, asker.room_id, day, Kind.ANSWER, -1)
        _count(db, asker.room_id, day, Kind.UNKNOWN, 1)


def _count(db: Database, room_id: str, day: date, kind: Kind, more: int) -> None:
    db.execute(
        "insert into asked_counts (community, room_id, day, outcome, n)"
        " values (:community, :room_id, :day, :outcome, :more)"
        " on conflict (community, room_id, day, outcome) do update set n = asked_counts.n + excluded.n",
        {"room_id": room_id, "day": day.isoformat(), "outcome": str(kind), "more": more},
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
    """Return `text`, `shown` and `outcome` of what was asked in a room, or (None) anywhere, the latest first."""
    return db.query(
        "select text, shown, outcome from asked where community = :community and asked_at >= :since"
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


def first_day(db: Database) -> date | None:
    """Return since when it is on record what was asked, and so which posts were the answer; None for not yet."""
    rows = db.query("select min(day) as day from asked_counts where community = :community")
    return date.fromisoformat(rows[0]["day"]) if rows and rows[0]["day"] else None


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
        "select text, shown, outcome, asked_at from asked"
        " where community = :community and member_id = :member_id order by id",
        {"member_id": member_id},
    )


def erase_asked(db: Database, member_id: str) -> Row:
    """Delete what a member asked; return rows deleted per table."""
    return {
        "asked": db.execute(
            "delete from asked where community = :community and member_id = :member_id", {"member_id": member_id}
        )
    }
