"""The tables of sharing: what waits, what is being collected, which message became which post, and standing answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.plugin import Database, Migrations, Row, to_stamp

migrations = Migrations("sharing")

_RECALL_TERM = timedelta(days=7)  # nobody can take a message back that long after


@migrations()
def m001_sharing(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Drafts that wait, the messages posts were made of, who agrees always or never, and open collections."""
    db.execute(
        "create table waiting_shares (community text not null, number integer not null,"
        " kind text not null check (kind in ('duplicate', 'consent', 'merge', 'review')), incoming text not null,"
        " title text not null, room_id text not null, sharer_id text not null, sharer_name text not null,"
        " author_id text not null, decider_id text not null, target integer not null, reasons text not null,"
        " created_at text not null, until text, outcome text not null, decided_by text not null default '',"
        " decided_at text, primary key (community, number))"
    )
    db.execute("create index waiting_shares_open on waiting_shares (community, decider_id, number) where outcome = ''")
    db.execute(
        "create table share_messages (community text not null, message_id text not null, number integer not null,"
        " version integer not null, member_id text not null, at text not null,"
        " primary key (community, message_id, number))"
    )
    db.execute("create index share_messages_by_time on share_messages (community, at)")
    db.execute(
        "create table share_consents (community text not null, member_id text not null,"
        " answer text not null check (answer in ('always', 'never')), at text not null,"
        " primary key (community, member_id))"
    )
    db.execute(
        "create table collections (community text not null, room_id text not null, member_id text not null,"
        " title text not null, is_full integer not null default 0 check (is_full in (0, 1)), until text not null,"
        " primary key (community, room_id, member_id))"
    )
    db.execute(
        "create table collected_parts (community text not null, room_id text not null, member_id text not null,"
        " id text not null, message_id text not null, text text not null,"
        " primary key (community, room_id, member_id, id))"
    )


@migrations()
def m002_slow_parts(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """What is still being read of a collection, and that its member wants it published then."""
    db.execute("alter table collections add column ending text")
    db.execute("alter table collected_parts add column reading_since text")


def link_messages(
    db: Database, message_ids: tuple[str, ...], number: int, member_id: str, *, now: datetime, version: int = 1
) -> None:
    """Note of which messages a post, or a later version of it, was made."""
    db.execute(
        "delete from share_messages where community = :community and at < :before",
        {"before": to_stamp(now - _RECALL_TERM)},
    )
    for message_id in message_ids:
        db.execute(
            "insert into share_messages (community, message_id, number, version, member_id, at)"
            " values (:community, :message_id, :number, :version, :member_id, :now)"
            " on conflict (community, message_id, number) do nothing",
            {
                "message_id": message_id, "number": number, "version": version, "member_id": member_id,
                "now": to_stamp(now),
            },
        )  # fmt: skip


def made_of(db: Database, message_id: str) -> list[tuple[int, int]]:
    """Return the posts, and which version of each, that were made of a message."""
    rows = db.query(
        "select number, version from share_messages where community = :community and message_id = :message_id"
        " order by number",
        {"message_id": message_id},
    )
    return [(row["number"], row["version"]) for row in rows]


def standing_answer(db: Database, member_id: str) -> str:
    """Return `always` or `never` when a member said so once for all, else nothing."""
    rows = db.query(
        "select answer from share_consents where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return str(rows[0]["answer"]) if rows else ""


def set_standing_answer(db: Database, member_id: str, answer: str, now: datetime) -> None:
    """Remember what a member said once for all; nothing means that they want to be asked."""
    db.execute(
        "delete from share_consents where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    if answer:
        db.execute(
            "insert into share_consents (community, member_id, answer, at)"
            " values (:community, :member_id, :answer, :now)",
            {"member_id": member_id, "answer": answer, "now": to_stamp(now)},
        )


def export_sharing(db: Database, member_id: str) -> Row:
    """Return a member's standing answer, and which of their messages became posts."""
    return {
        "share_consents": db.query(
            "select answer, at from share_consents where community = :community and member_id = :member_id",
            {"member_id": member_id},
        ),
        "share_messages": db.query(
            "select message_id, number, at from share_messages where community = :community and member_id = :member_id"
            " order by at",
            {"member_id": member_id},
        ),
    }


def erase_sharing(db: Database, member_id: str) -> Row:
    """Delete these; return how many rows of each table."""
    person = {"member_id": member_id}
    return {
        "share_consents": db.execute(
            "delete from share_consents where community = :community and member_id = :member_id", person
        ),
        "share_messages": db.execute(
            "delete from share_messages where community = :community and member_id = :member_id", person
        ),
    }
