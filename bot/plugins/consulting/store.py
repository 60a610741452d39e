"""The table of consultations."""

from __future__ import annotations

import sqlite_utils

from bot.plugin import Migrations

migrations = Migrations("consulting")


@migrations()
def m001_consultations(db: sqlite_utils.Database) -> None:
    """Consultations that were booked; the same time of the same host is had by one member at a time."""
    db.execute(
        "create table consultations (community text not null, number integer not null check (number > 0),"
        " starts_at text not null, ends_at text not null, host text not null, account text not null,"
        " title text not null, price_fen integer not null check (price_fen >= 0), access text not null,"
        " place text not null, member_id text not null, name text not null, room_id text not null,"
        " state text not null check (state in ('held', 'booked', 'cancelled', 'called_off', 'expired')),"
        " until text, order_number integer not null default 0, made_at text not null,"
        " primary key (community, number))"
    )
    db.execute(
        "create unique index consultations_by_time on consultations (community, host, starts_at)"
        " where state in ('held', 'booked')"
    )
    db.execute("create index consultations_by_end on consultations (community, ends_at)")
    db.execute("create index consultations_by_member on consultations (community, member_id)")
    db.execute("create index consultations_by_order on consultations (community, order_number)")
