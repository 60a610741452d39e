"""Calls of the language model are counted by day; an old database gets the table and keeps what it has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest_asyncio

from bot import events
from bot.clock import VirtualClock
from bot.plugins.qa.composing_settings import ComposingSettings
from bot.plugins.qa.composing_store import (
    ALLOWED,
    MEMBER_SPENT,
    SPENT,
    export_composing,
    m006_composing_days,
    spend_call,
)
from bot.plugins.qa.store import migrations
from bot.search import store as search_store
from bot.storage import Migrations, Storage

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 11, 30), date(2026, 12, 1)
SETTINGS = ComposingSettings(daily=3, daily_per_member=2)


@pytest_asyncio.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    path, clock = tmp_path / "qunzhi.db", VirtualClock(NOW)
    old = Migrations("qa")
    for step in migrations._migrations:
        if step.name != m006_composing_days.__name__:
            old(name=step.name)(step.fn)
    before = Storage.open(path, clock, [events.migrations, search_store.migrations, old])
    await before.run("c", lambda db: db.next_number("post"))
    await before.close()
    opened = Storage.open(path, clock, [events.migrations, search_store.migrations, migrations])
    yield opened
    await opened.close()


async def test_an_old_database_gets_the_table(storage: Storage) -> None:
    assert await storage.run("c", lambda db: db.next_number("post")) == 2
    assert await storage.run("c", spend_call, "m1", MONDAY, SETTINGS) == ALLOWED


async def test_both_budgets_end_with_the_day_and_a_refusal_counts_nowhere(storage: Storage) -> None:
    spent = [await storage.run("c", spend_call, who, MONDAY, SETTINGS) for who in ("m1", "m1", "m1", "m2", "m2", "m3")]
    assert spent == [ALLOWED, ALLOWED, MEMBER_SPENT, ALLOWED, SPENT, SPENT]
    assert await storage.run("other", spend_call, "m1", MONDAY, SETTINGS) == ALLOWED
    assert await storage.run("c", spend_call, "m1", TUESDAY, SETTINGS) == ALLOWED
    assert await storage.read("c", export_composing, "m1") == {"composing_days": [{"day": "2026-12-01", "used": 1}]}


async def test_none_a_day_is_none(storage: Storage) -> None:
    assert await storage.run("c", spend_call, "m1", MONDAY, ComposingSettings(daily=0)) == SPENT
    assert await storage.run("c", spend_call, "m1", MONDAY, ComposingSettings(daily_per_member=0)) == MEMBER_SPENT
