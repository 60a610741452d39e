"""Messages that are closed together, and the one among them that cannot be."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot import dialogue, inbox, members, outbox, quota
from bot.clock import VirtualClock
from bot.dialogue import Dialogue, DialogueChange, DialogueKind
from bot.dispatcher_closings import Closing, Closings
from bot.dispatcher_core import Core
from bot.errors import StorageError
from bot.model import Contact, MessageReceived, Outgoing, RoomInfo
from bot.quota import QuotaLine
from bot.router import Outcome
from bot.storage import Storage

START = datetime(2026, 12, 1, tzinfo=UTC)
TODAY = START.date()


class Desk:
    """A database with open messages, and the way they are closed."""

    def __init__(self, path: Path) -> None:
        self.clock = VirtualClock(START)
        stores = (members, inbox, outbox, dialogue, quota)
        self.storage = Storage.open(path, self.clock, [store.migrations for store in stores])
        self.core = cast("Core", SimpleNamespace(storage=self.storage, community="c"))
        self.closings = Closings(self.core)

    async def accept(self, *ids: str) -> None:
        for message_id in ids:
            event = MessageReceived(
                id=message_id, at=START, talker=Contact("小明", "小明"), room=RoomInfo("r1", "群"), text="ding"
            )
            await self.storage.run("c", inbox.accept, "bot", event, True)

    async def states(self, *ids: str) -> list[str]:
        found = [await self.storage.read("c", inbox.get, message_id) for message_id in ids]
        return [message.state for message in found if message]

    async def said(self) -> list[str]:
        return [row.text for row in await self.storage.read("c", outbox.due, START, 500)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path / "qunzhi.db")
    yield desk
    await desk.storage.close()


def closing(message_id: str, outcome: Outcome | None = None, **decision: Any) -> Closing:
    said = Outgoing(room_id="r1", text=f"dong {message_id}", cause=message_id, dedupe_key=f"{message_id}/1")
    return Closing(message_id, "小明", decision, [said], outcome)


async def test_what_is_decided_in_one_turn_of_the_loop_is_written_together_and_in_order(desk: Desk) -> None:
    ids = [f"m{number}" for number in range(150)]
    await desk.accept(*ids)
    written = [desk.closings.submit(closing(one), may_wait=True) for one in ids]
    assert len(set(written)) == 3
    await asyncio.gather(*set(written))
    assert set(await desk.states(*ids)) == {"done"}
    assert await desk.said() == [f"dong {one}" for one in ids]


async def test_a_lone_closing_is_on_its_way_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.accept("m1")
    begun, submit = [], desk.storage.submit
    monkeypatch.setattr(desk.storage, "submit", lambda *args: begun.append(1) or submit(*args))  # type: ignore[func-returns-value]
    written = desk.closings.submit(closing("m1"))
    assert begun == [1]
    await written
    assert await desk.states("m1") == ["done"]


async def test_of_two_uses_and_two_dialogues_of_one_member_the_later_ones_stay(desk: Desk) -> None:
    await desk.accept("m1", "m2")
    key = ("小明", "r1", "")
    for number, message_id in enumerate(("m1", "m2"), 1):
        asked = Dialogue(kind=DialogueKind.CONFIRM, plugin="p", until=START, data={"command": message_id})
        change = DialogueChange("r1", "小明", asked)
        outcome = Outcome(changes=(change,), counts=(QuotaLine(key, TODAY, number),))
        written = desk.closings.submit(closing(message_id, outcome), may_wait=True)
    await written
    (line,) = await desk.storage.read("c", quota.load)
    assert (line.key, line.used) == (key, 2)
    (left,) = await desk.storage.read(
        "c", lambda db: db.query("select data from dialogues where community = :community")
    )
    assert left["data"] == '{"command": "m2"}'


async def test_one_that_cannot_be_stored_stays_open_and_takes_nobody_with_it(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.accept("m1", "m2", "m3")
    broken = Closing("m2", "小明", {}, [Outgoing(room_id="r1", text="x", cause="m2", dedupe_key=cast("str", object()))])
    with caplog.at_level(logging.ERROR):
        futures = [desk.closings.submit(one, may_wait=True) for one in (closing("m1"), broken, closing("m3"))]
        await asyncio.gather(*set(futures))
    assert await desk.states("m1", "m2", "m3") == ["done", "open", "done"]
    assert await desk.said() == ["dong m1", "dong m3"]
    assert [record.getMessage() for record in caplog.records] == ["could not close a message message=m2"]


async def test_when_the_database_is_gone_the_message_stays_open_and_the_next_one_is_tried(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.accept("m1", "m2")
    with monkeypatch.context() as patch:
        patch.setattr(desk.storage, "submit", lambda *_: (_ for _ in ()).throw(StorageError("the disk was pulled")))
        await desk.closings.submit(closing("m1"))
    await desk.closings.submit(closing("m2"))
    assert await desk.states("m1", "m2") == ["open", "done"]


async def test_what_is_dropped_before_the_database_has_it_is_not_written(desk: Desk) -> None:
    await desk.accept("m1", "m2")
    first = desk.closings.submit(closing("m1"))
    desk.closings.submit(closing("m2"), may_wait=True)
    desk.closings.drop()
    await first
    assert await desk.states("m1", "m2") == ["done", "open"]
