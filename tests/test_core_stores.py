"""The small tables of the core: community first in every key, rows of an old database survive a newer program."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import dispatcher_store, events, loader_store, owed_notices_store, scheduler_store
from bot.clock import SystemClock
from bot.loader_store import Switch
from bot.owed_notices_store import OwedNotice
from bot.scheduler_store import Mark, TimerKey
from bot.storage import Storage

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
STORES = (events, loader_store, scheduler_store, dispatcher_store, owed_notices_store)
OLD = """
create table "_sqlite_migrations" ("id" integer primary key, "migration_set" text, "name" text, "applied_at" text);
create unique index "idx__sqlite_migrations_migration_set_name" on "_sqlite_migrations" ("migration_set", "name");
insert into _sqlite_migrations values (1, 'loader', 'm001_plugin_switches', '2026-11-01 00:00:00+00:00');
create table plugin_switches (community text not null, plugin text not null, room_id text not null,
 is_enabled integer not null check (is_enabled in (0, 1)), reason text not null, switched_at text not null,
 primary key (community, plugin, room_id));
insert into plugin_switches values ('c', 'ad', 'r1', 0, '群主停用', '2026-11-01T00:00:00+00:00');
"""


def open_with_stores(path: Path) -> Storage:
    return Storage.open(path, SystemClock(), [store.migrations for store in STORES])


async def test_the_community_leads_every_key(tmp_path: Path) -> None:
    await open_with_stores(tmp_path / "a.db").close()
    db = sqlite3.connect(tmp_path / "a.db")
    for table in ("events", "plugin_switches", "schedule_marks", "heartbeats", "owed_notices"):
        key = [row[1] for row in db.execute(f"pragma table_info({table})") if row[5] == 1]
        assert key == ["community"], table
    db.close()


async def test_a_switch_of_an_old_database_is_kept(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "old.db")
    db.executescript(OLD)
    db.close()
    storage = open_with_stores(tmp_path / "old.db")
    kept = Switch("ad", "r1", is_enabled=False, reason="群主停用")
    assert await storage.read("c", loader_store.read_switches) == [kept]
    await storage.close()


async def test_communities_do_not_see_each_other(tmp_path: Path) -> None:
    storage = open_with_stores(tmp_path / "a.db")
    await storage.run("c", loader_store.set_switch, Switch("ad", "", is_enabled=False, reason="x"), AT)
    await storage.run("c", dispatcher_store.beat, AT)
    key = TimerKey("job", "weekly.ranking", "r1")
    await storage.run("c", scheduler_store.set_mark, key, Mark(AT, "s"))
    assert await storage.read("c", scheduler_store.read_marks) == {key: Mark(AT, "s")}
    assert await storage.read("d", scheduler_store.read_marks) == {}
    assert await storage.read("d", loader_store.read_switches) == []
    assert await storage.read("d", dispatcher_store.last_beat) is None
    assert await storage.read("c", dispatcher_store.last_beat) == AT
    await storage.close()


async def test_a_later_switch_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    storage = open_with_stores(tmp_path / "a.db")
    for is_enabled in (False, True):
        await storage.run("c", loader_store.set_switch, Switch("ad", "", is_enabled=is_enabled, reason="x"), AT)
    assert [s.is_enabled for s in await storage.read("c", loader_store.read_switches)] == [True]
    assert await storage.run("c", loader_store.clear_switches, "ad") == 1
    await storage.close()


async def test_a_source_that_does_not_exist_is_refused_by_the_table(tmp_path: Path) -> None:
    storage = open_with_stores(tmp_path / "a.db")
    wrong = "insert into events (community, id, source, name, payload) values (:community, 'e', 'web', 'n', '')"
    with pytest.raises(sqlite3.IntegrityError):
        await storage.run("c", lambda db: db.execute(wrong))
    await storage.close()


async def test_what_is_owed_to_an_owner_is_kept_once_and_the_latest_of_many(tmp_path: Path) -> None:
    storage = open_with_stores(tmp_path / "a.db")
    await storage.run("d", owed_notices_store.add, OwedNotice("别人的", "k1", ""))
    for number in range(25):
        await storage.run("c", owed_notices_store.add, OwedNotice(f"第 {number} 条", f"k{number}", "r1"))
    await storage.run("c", owed_notices_store.add, OwedNotice("又一次", "k24", "r1"))
    await storage.close()
    storage = open_with_stores(tmp_path / "a.db")
    taken = await storage.run("c", owed_notices_store.take)
    assert taken == [OwedNotice(f"第 {number} 条", f"k{number}", "r1") for number in range(5, 25)]
    assert await storage.run("c", owed_notices_store.take) == []
    assert await storage.run("d", owed_notices_store.purge, datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert await storage.run("d", owed_notices_store.purge, datetime(2999, 1, 1, tzinfo=UTC)) == 1
    await storage.close()
