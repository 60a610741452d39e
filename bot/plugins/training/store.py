"""The tables of training sessions and registrations; orders were here once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlite_utils

from bot.plugin import Migrations, MovedOrder, Order, OrderState, move_orders

migrations = Migrations("training")


@migrations()
def m001_sessions(db: sqlite_utils.Database) -> None:
    """Training sessions in force, and edits of schedules.yaml that wait for the owner's word."""
    db.execute(
        "create table training_sessions (community text not null, id text not null, entry text not null,"
        " starts_at text not null, ends_at text not null, timezone text not null, title text not null,"
        " host text not null, place text not null, link text not null, materials text not null,"
        " recording text not null, price_fen integer not null check (price_fen >= 0),"
        " capacity integer check (capacity > 0), access text not null, rooms text not null, announce text not null,"
        " remind text not null, missed text not null, within_seconds integer not null,"
        " revision integer not null default 0, is_cancelled integer not null default 0, secret text not null,"
        " primary key (community, id))"
    )
    db.execute("create index training_sessions_by_start on training_sessions (community, starts_at)")
    db.execute(
        "create table schedule_edits (community text not null, digest text not null, effects text not null,"
        " state text not null check (state in ('waiting', 'applied', 'declined')), made_at text not null,"
        " primary key (community, digest))"
    )


@migrations()
def m002_registrations(db: sqlite_utils.Database) -> None:
    """Registrations, one for each member and session, and the orders behind the paid ones."""
    db.execute(
        "create table registrations (community text not null, session_id text not null, member_id text not null,"
        " room_id text not null, name text not null, position integer not null, state text not null check (state in"
        " ('held', 'registered', 'offered', 'waiting', 'cancelled', 'expired', 'removed')), until text,"
        " order_number integer not null default 0, made_at text not null, changed_at text not null,"
        " primary key (community, session_id, member_id))"
    )
    db.execute("create index registrations_by_position on registrations (community, session_id, position)")
    db.execute("create index registrations_by_member on registrations (community, member_id)")
    db.execute(
        "create table session_orders (community text not null, number integer not null, session_id text not null,"
        " member_id text not null, name text not null, amount_fen integer not null check (amount_fen > 0),"
        " state text not null check (state in ('open', 'paid', 'closed', 'refund_due', 'refunded')),"
        " made_at text not null, paid_at text, refunded_at text, primary key (community, number))"
    )
    db.execute("create index session_orders_by_session on session_orders (community, session_id, member_id)")
    db.execute(
        "create table calendar_files (community text not null, session_id text not null, member_id text not null,"
        " digest text not null, sequence integer not null, primary key (community, session_id, member_id))"
    )


@migrations()
def m003_orders_of_the_core(db: sqlite_utils.Database) -> None:
    """Orders move to the core, which keeps those of everything that is sold, with their numbers."""
    rows = db.execute(
        "select o.community, o.number, o.session_id, coalesce(s.title, o.session_id), o.member_id, o.name,"
        " o.amount_fen, o.state, o.made_at, o.paid_at, o.refunded_at from session_orders o"
        " left join training_sessions s on s.community = o.community and s.id = o.session_id"
        " order by o.community, o.number"
    ).fetchall()
    move_orders(db, [_moved(row) for row in rows], "session_order")
    db.execute("drop table session_orders")


def _moved(row: tuple[Any, ...]) -> MovedOrder:
    community, number, session_id, title, member_id, name, amount_fen, state, made_at, paid_at, refunded_at = row
    order = Order(
        number=number,
        kind="training",
        item=session_id,
        title=f"《{title}》",
        member_id=member_id,
        name=name,
        amount_fen=amount_fen,
        state=OrderState(state),
        made_at=datetime.fromisoformat(made_at),
    )
    paid, refunded = (datetime.fromisoformat(at) if at else None for at in (paid_at, refunded_at))
    return MovedOrder(community, order, paid, refunded)
