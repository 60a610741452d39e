"""What sharing keeps about a person is shown whole and erased whole; an old database gets its tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import events
from bot.clock import VirtualClock
from bot.plugins.qa.api import Draft, Source
from bot.plugins.qa.store import migrations as qa_migrations
from bot.plugins.qa.store import post_by_number, publish_post
from bot.plugins.sharing import erase_member, export_member
from bot.plugins.sharing.collecting_store import add_part, begin_collection, find_collection
from bot.plugins.sharing.incoming import Incoming, from_json
from bot.plugins.sharing.store import link_messages, made_of, migrations, set_standing_answer, standing_answer
from bot.plugins.sharing.waiting_store import (
    End,
    Kind,
    Wish,
    add_waiting,
    end_waiting,
    open_waiting,
    waiting_by_number,
    waiting_for,
    waiting_in,
)
from bot.search import store as search_store
from bot.storage import Storage

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
OLD = [events.migrations, search_store.migrations, qa_migrations]
DRAFT = Draft(
    title="标题", body="正文", author="小红", author_id="m2", member_id="m1", tags=("a",), source=Source.SHARE
)
INCOMING = Incoming(DRAFT, ("w1", "w2"))


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(tmp_path / "qunzhi.db", VirtualClock(NOW), [*OLD, migrations])
    yield opened
    await opened.close()


def wish(**values: object) -> Wish:
    facts = {"kind": Kind.REVIEW, "incoming": INCOMING, "sharer_id": "m1", "sharer_name": "小明", "room_id": "r"}
    return Wish(**{**facts, **values})


async def wait(storage: Storage, **values: object) -> int:
    return await storage.run("c", add_waiting, wish(**values), NOW)


def test_a_draft_waits_as_json_values() -> None:
    assert from_json(INCOMING.to_json()) == INCOMING


async def test_each_sees_what_they_decide(storage: Storage) -> None:
    consent = await wait(storage, kind=Kind.CONSENT, decider_id="m2", until=NOW + timedelta(hours=48))
    held = await wait(storage, reasons=("广告",))
    await wait(storage, kind=Kind.DUPLICATE, decider_id="m1", until=NOW + timedelta(minutes=30))
    assert [one.number for one in await storage.read("c", waiting_for, "m2", "r", NOW)] == [consent]
    assert [one.number for one in await storage.read("c", waiting_for, "m2", "", NOW)] == [consent]
    assert await storage.read("c", waiting_for, "m2", "other", NOW) == []
    assert await storage.read("c", waiting_for, "m2", "r", NOW + timedelta(hours=49)) == []
    assert [one.number for one in await storage.read("c", waiting_in, None, NOW)] == [consent, held]
    assert await storage.read("c", waiting_in, {"other"}, NOW) == []


async def test_what_was_decided_is_decided_once_and_its_text_is_gone(storage: Storage) -> None:
    number = await wait(storage)
    assert await storage.run("c", end_waiting, number, End.REFUSED, NOW, "owner")
    assert not await storage.run("c", end_waiting, number, End.PUBLISHED, NOW, "owner")
    waiting = await storage.read("c", waiting_by_number, number)
    assert waiting is not None
    assert (waiting.end, waiting.incoming.draft.body) == (End.REFUSED, "")
    assert await storage.read("c", open_waiting) == []


async def test_the_text_of_what_nobody_agreed_to_is_not_kept(storage: Storage) -> None:
    late, never = NOW + timedelta(hours=49), NOW + timedelta(days=200)
    consent = await wait(storage, kind=Kind.CONSENT, decider_id="m2", until=NOW + timedelta(hours=48))
    merge = await wait(storage, kind=Kind.MERGE, decider_id="m2", until=NOW + timedelta(hours=48))
    await storage.run("c", add_waiting, wish(), late)
    ended = await storage.read("c", waiting_by_number, consent)
    assert ended is not None
    assert (ended.end, ended.incoming.draft.body) == (End.DROPPED, "")
    assert [one.number for one in await storage.read("c", waiting_in, None, late)] == [merge, 3]
    await storage.run("c", add_waiting, wish(), never)
    assert await storage.read("c", waiting_by_number, consent) is None


async def test_messages_lead_to_their_posts_for_a_week(storage: Storage) -> None:
    await storage.run("c", lambda db: link_messages(db, ("w1",), 7, "m1", now=NOW))
    await storage.run("c", lambda db: link_messages(db, ("w1",), 8, "m1", now=NOW, version=2))
    assert await storage.read("c", made_of, "w1") == [(7, 1), (8, 2)]
    await storage.run("c", lambda db: link_messages(db, ("w2",), 9, "m1", now=NOW + timedelta(days=8)))
    assert await storage.read("c", made_of, "w1") == []


@pytest.mark.parametrize("member_id", ["m1", "m2", "m3"])
async def test_a_member_is_shown_and_erased_whole(storage: Storage, member_id: str) -> None:
    await wait(storage, decider_id="m3")
    await storage.run("c", set_standing_answer, member_id, "always", NOW)
    await storage.run("c", lambda db: link_messages(db, ("w1",), 7, member_id, now=NOW))
    await storage.run("c", begin_collection, "r", member_id, "", NOW)
    await storage.run("c", add_part, "r", member_id, "w3", "说了")
    counts = {"waiting_shares": 1, "collected_parts": 1, "share_consents": 1, "share_messages": 1}
    shown = await storage.read("c", export_member, member_id)
    assert {table: len(rows) for table, rows in shown.items()} == counts
    assert await storage.run("c", erase_member, member_id) == counts
    assert await storage.read("c", export_member, member_id) == {table: [] for table in counts}
    assert await storage.read("c", find_collection, "r", member_id) is None
    assert await storage.read("c", standing_answer, member_id) == ""


async def test_an_old_database_gets_the_tables_and_keeps_its_posts(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    opened = Storage.open(path, VirtualClock(NOW), OLD)
    await opened.run("c", publish_post, DRAFT, NOW)
    await opened.close()
    opened = Storage.open(path, VirtualClock(NOW), [*OLD, migrations])
    try:
        assert await opened.read("c", post_by_number, 1) is not None
        assert await wait(opened) == 1
    finally:
        await opened.close()
