"""What is kept of deadlines: one that waits per name and key, beside one that is being acted on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import deadlines_store, inbox, members, outbox
from bot.clock import SystemClock
from bot.deadlines_store import StoredDeadline
from bot.storage import Database, Storage

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    sets = [part.migrations for part in (members, inbox, outbox, deadlines_store)]
    opened = Storage.open(tmp_path / "a.db", SystemClock(), sets)
    yield opened
    await opened.close()


def deadline(key: str = "k", at: datetime = NOON, plugin: str = "eggs", name: str = "done") -> StoredDeadline:
    return StoredDeadline(plugin=plugin, name=name, key=key, at=at, data={"蛋": [1, None]}, room_id="r", group="g")


async def test_what_was_set_is_found_as_it_was_set(storage: Storage) -> None:
    def act(db: Database) -> list[StoredDeadline]:
        deadlines_store.set_deadline(db, deadline())
        return deadlines_store.find_deadlines(db, "eggs")

    assert await storage.run("c", act) == [deadline()]
    assert await storage.run("other", deadlines_store.find_deadlines, "eggs") == []


async def test_set_again_it_is_moved_and_others_stay(storage: Storage) -> None:
    def act(db: Database) -> list[tuple[str, datetime]]:
        for one in (deadline(), deadline("other"), deadline(plugin="tea"), deadline(name="cold"), deadline(at=LATER)):
            deadlines_store.set_deadline(db, one)
        assert deadlines_store.drop_deadline(db, "eggs", "done", "other")
        assert not deadlines_store.drop_deadline(db, "eggs", "done", "other")
        return [(one.name, one.at) for one in deadlines_store.find_deadlines(db, "eggs")]

    assert await storage.run("c", act) == [("cold", NOON), ("done", LATER)]
    assert [one.at for one in await storage.run("c", deadlines_store.find_deadlines, "eggs", "done")] == [LATER]


async def test_what_was_moved_or_dropped_does_not_begin(storage: Storage) -> None:
    def act(db: Database) -> None:
        deadlines_store.set_deadline(db, deadline())
        deadlines_store.set_deadline(db, deadline(at=LATER))
        assert not deadlines_store.begin(db, deadline())
        assert not deadlines_store.pass_over(db, deadline())
        assert deadlines_store.due(db, NOON) == []
        assert deadlines_store.next_at(db, NOON) == LATER
        assert deadlines_store.begin(db, deadline(at=LATER))
        assert not deadlines_store.begin(db, deadline(at=LATER))
        assert deadlines_store.next_at(db, NOON) is None

    await storage.run("c", act)


async def test_one_that_has_begun_is_not_dropped_and_the_next_waits_for_its_end(storage: Storage) -> None:
    def act(db: Database) -> None:
        deadlines_store.set_deadline(db, deadline())
        assert deadlines_store.begin(db, deadline())
        assert not deadlines_store.drop_deadline(db, "eggs", "done", "k")
        deadlines_store.set_deadline(db, deadline(at=LATER))
        assert not deadlines_store.begin(db, deadline(at=LATER))
        deadlines_store.finish(db, deadline())
        assert deadlines_store.begin(db, deadline(at=LATER))

    await storage.run("c", act)


async def test_one_that_ended_since_it_was_read_does_not_go_on(storage: Storage) -> None:
    def act(db: Database) -> None:
        deadlines_store.set_deadline(db, deadline())
        deadlines_store.begin(db, deadline())
        [read] = deadlines_store.due(db, NOON)
        assert deadlines_store.goes_on(db, read)
        deadlines_store.finish(db, read)
        assert not deadlines_store.goes_on(db, read)

    await storage.run("c", act)


async def test_at_a_start_only_what_has_done_a_step_goes_on(storage: Storage) -> None:
    def act(db: Database) -> list[tuple[str, datetime, bool]]:
        for key in ("untouched", "stepped", "moved"):
            deadlines_store.set_deadline(db, deadline(key))
            assert deadlines_store.begin(db, deadline(key))
        inbox.step(db, deadline("stepped").cause, 1, lambda _: 1)
        deadlines_store.set_deadline(db, deadline("moved", at=LATER))
        deadlines_store.put_back(db)
        return [(one.key, one.at, one.is_firing) for one in deadlines_store.due(db, LATER)]

    expected = [("stepped", NOON, True), ("untouched", NOON, False), ("moved", LATER, False)]
    assert await storage.run("c", act) == expected


async def test_what_nobody_wants_is_forgotten_but_not_what_is_at_work(storage: Storage) -> None:
    def act(db: Database) -> list[str]:
        for key, at in (("old", NOON), ("new", LATER), ("firing", NOON)):
            deadlines_store.set_deadline(db, deadline(key, at))
        deadlines_store.begin(db, deadline("firing"))
        assert deadlines_store.purge(db, LATER) == 1
        return [one.key for one in deadlines_store.due(db, LATER)]

    assert await storage.run("c", act) == ["firing", "new"]


async def test_failures_are_counted_until_it_is_set_again(storage: Storage) -> None:
    def act(db: Database) -> list[int]:
        deadlines_store.set_deadline(db, deadline())
        deadlines_store.begin(db, deadline())
        deadlines_store.note_failure(db, deadline())
        deadlines_store.put_back(db)
        tries = [deadlines_store.due(db, NOON)[0].tries]
        deadlines_store.set_deadline(db, deadline(at=LATER))
        return [*tries, deadlines_store.due(db, LATER)[0].tries]

    assert await storage.run("c", act) == [1, 0]
