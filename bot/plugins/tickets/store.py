"""Which tickets were used for which sessions; what was bought is an order of the core."""

from __future__ import annotations

from datetime import datetime

import sqlite_utils

from bot.plugin import Database, Migrations, Row, to_stamp

migrations = Migrations("tickets")


@migrations()
def m001_ticket_uses(db: sqlite_utils.Database) -> None:
    """One row for each place that a ticket gave; a place that is given up takes its row along."""
    db.execute(
        "create table ticket_uses (community text not null, session_id text not null, member_id text not null,"
        " order_number integer not null check (order_number > 0), used_at text not null,"
        " primary key (community, session_id, member_id))"
    )
    db.execute("create index ticket_uses_by_member on ticket_uses (community, member_id)")
    db.execute("create index ticket_uses_by_order on ticket_uses (community, order_number)")


def add_use(db: Database, session_id: str, member_id: str, order_number: int, now: datetime) -> bool:
    """Note that a ticket gave a member a place; False when one did already."""
    changed = db.execute(
        "insert into ticket_uses (community, session_id, member_id, order_number, used_at)"
        " values (:community, :session_id, :member_id, :order_number, :now)"
        " on conflict (community, session_id, member_id) do nothing",
        {"session_id": session_id, "member_id": member_id, "order_number": order_number, "now": to_stamp(now)},
    )
    return changed == 1


def remove_use(db: Database, session_id: str, member_id: str) -> int:
    """Give a use back; return the number of the order behind it, 0 when there was none."""
    rows = db.query(
        "delete from ticket_uses where community = :community and session_id = :session_id and member_id = :member_id"
        " returning order_number",
        {"session_id": session_id, "member_id": member_id},
    )
    return int(rows[0]["order_number"]) if rows else 0


def uses_by(db: Database, member_id: str) -> list[int]:
    """Return the number of the order behind each use of a member."""
    rows = db.query(
        "select order_number from ticket_uses where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    return [row["order_number"] for row in rows]


def sessions_with(db: Database, order_number: int) -> list[tuple[str, str]]:
    """Return (session, member) of the places that a ticket gave."""
    rows = db.query(
        "select session_id, member_id from ticket_uses where community = :community and order_number = :order_number"
        " order by session_id",
        {"order_number": order_number},
    )
    return [(row["session_id"], row["member_id"]) for row in rows]


def export_uses(db: Database, member_id: str) -> list[Row]:
    """Return what a member used tickets for."""
    return db.query(
        "select session_id, order_number, used_at from ticket_uses"
        " where community = :community and member_id = :member_id order by used_at, session_id",
        {"member_id": member_id},
    )


def erase_uses(db: Database, member_id: str) -> int:
    """Forget it; return how many uses."""
    return db.execute(
        "delete from ticket_uses where community = :community and member_id = :member_id", {"member_id": member_id}
    )
