"""Databases of before keep what they hold: every later migration runs over tables with rows in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.plugin import Migrations
from bot.plugins.moderation import audit_store, cases_store, strikes_store
from bot.plugins.moderation import plugin as moderation_plugin
from bot.plugins.moderation.model import NAME, AuditEntry, Done
from bot.storage import Database, Storage
from tests.plugins.moderation.test_stores import case_of, strike_of

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


def first_only() -> Migrations:
    """Return the plugin's tables as they were at first."""
    assert moderation_plugin.migrations is not None
    first = Migrations(NAME)
    first._migrations = [one for one in moderation_plugin.migrations._migrations if one.name == "m001_cases"]
    return first


def fill(db: Database) -> None:
    case = cases_store.add_case(db, case_of())
    strikes_store.add_strike(db, strike_of(case))
    audit_store.add(db, AuditEntry(done=Done.WARN, at=NOW, reason="旧的", case=case.number))


async def test_a_database_of_the_first_version_keeps_its_rows(tmp_path: Path) -> None:
    assert moderation_plugin.migrations is not None
    path, clock = tmp_path / "qunzhi.db", VirtualClock(NOW)
    old = Storage.open(path, clock, [*core_migrations(), first_only()])
    await old.run("c", fill)
    before = await old.read("c", cases_store.get_case, 1)
    await old.close()
    new = Storage.open(path, clock, [*core_migrations(), moderation_plugin.migrations])
    try:
        assert await new.read("c", cases_store.get_case, 1) == before
        assert len(await new.read("c", strikes_store.strikes_of_case, 1)) == 1
        assert [one.reason for one in await new.read("c", audit_store.entries_of_case, 1)] == ["旧的"]
        await new.run("c", lambda db: cases_store.add_case(db, case_of("m2")) and None)
    finally:
        await new.close()
