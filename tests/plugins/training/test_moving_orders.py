"""Orders of an older program move to the core with their numbers, states and books, and nobody is told."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlite_utils

from bot.app import core_migrations
from bot.clock import SystemClock
from bot.ids import IdSource
from bot.ledger.books_store import balances_of_order, trial_balance
from bot.payments.facts_store import facts_of_order
from bot.payments.orders_store import add_order, get_order, orders_of
from bot.plugin import OrderState
from bot.plugins.training.store import migrations
from bot.storage_database import CORE, Database
from tests.payments.money_kit import make_order

OLD = [
    # number, session, member, name, fen, state, paid, refunded
    (1, "fastapi-101", "m1", "小明", 9900, "open", None, None),
    (2, "fastapi-101", "m2", "小红", 9900, "paid", "2026-12-01T02:00:00.000000+00:00", None),
    (3, "gone", "m3", "小刚", 5000, "closed", None, None),
    (5, "fastapi-101", "", "", 9900, "refund_due", "2026-12-01T03:00:00.000000+00:00", None),
    (6, "fastapi-101", "m4", "小美", 9950, "refunded", "2026-12-01T03:00:00.000000+00:00",
     "2026-12-02T03:00:00.000000+00:00"),
]  # fmt: skip
MADE = "2026-12-01T01:00:00.000000+00:00"


def old_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    db = sqlite_utils.Database(connection)
    for made in (CORE, *core_migrations()):
        made.apply(db)
    migrations.apply(db, stop_before="m003_orders_of_the_core")
    for number, session_id, member_id, name, fen, state, paid_at, refunded_at in OLD:
        connection.execute(
            "insert into session_orders (community, number, session_id, member_id, name, amount_fen, state, made_at,"
            " paid_at, refunded_at) values ('c', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, session_id, member_id, name, fen, state, MADE, paid_at, refunded_at),
        )
    connection.execute(
        "insert into session_orders (community, number, session_id, member_id, name, amount_fen, state, made_at)"
        " values ('other', 1, 's', 'x', 'x', 100, 'open', ?)",
        (MADE,),
    )
    connection.execute("insert into counters (community, name, value) values ('c', 'session_order', 7)")
    return connection


def test_orders_move_with_all_that_is_known_of_them(tmp_path: Path) -> None:
    connection = old_database(tmp_path / "old.db")
    migrations.apply(sqlite_utils.Database(connection))
    connection.row_factory = sqlite3.Row
    db = Database(connection, "c", IdSource(SystemClock()))
    for number, session_id, member_id, name, fen, state, paid_at, refunded_at in OLD:
        order = get_order(db, number)
        assert order is not None
        assert (order.kind, order.item, order.member_id, order.name) == ("training", session_id, member_id, name)
        assert (order.amount_fen, order.state) == (fen, OrderState(state))
        assert (order.paid_at is not None, order.refunded_fen) == (paid_at is not None, fen if refunded_at else 0)
        kinds = [fact.kind.value for fact in facts_of_order(db, number)]
        assert kinds == ["paid"] * (paid_at is not None) + ["refunded"] * (refunded_at is not None)
    assert len(orders_of(db, "training")) == len(OLD)
    assert balances_of_order(db, 2) == {"assets:owner": 9900, "liabilities:deferred": -9900}
    assert balances_of_order(db, 6) == {}
    assert trial_balance(db)["assets:owner"] == 2 * 9900
    assert db.query("select 1 from events where community = :community") == []
    assert add_order(db, make_order()).number == 8
    tables = {row["name"] for row in db.query("select name from sqlite_master")}
    assert "session_orders" not in tables
    other = get_order(Database(connection, "other", IdSource(SystemClock())), 1)
    assert other is not None
    assert other.title == "《s》"


def test_a_new_database_has_nothing_to_move(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    db = sqlite_utils.Database(connection)
    for made in (CORE, *core_migrations(), migrations):
        made.apply(db)
    assert connection.execute("select count(*) from orders").fetchone() == (0,)
