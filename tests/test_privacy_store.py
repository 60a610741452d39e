"""Whoever is forgotten is not named any more in what the bot said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import dialogue, inbox, members, outbox, owed_notices_store, privacy_store, quota
from bot.clock import VirtualClock
from bot.model import Act, Contact, Member, MessageReceived, Outgoing, Room, RoomInfo
from bot.outbox_rows import hash_of
from bot.owed_notices_store import OwedNotice
from bot.storage import Database, Row, Storage
from bot.testing import SimulatedRoom

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ROOM = RoomInfo("r1", "Python学习群", "wx9", ("wx8",))
MASKED = "outbox（隐去名字）"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    stores = (members, inbox, outbox, dialogue, quota, owed_notices_store)
    storage = Storage.open(tmp_path / "a.db", VirtualClock(NOW), [store.migrations for store in stores])
    yield storage
    await storage.close()


async def speak(storage: Storage, *names: str) -> tuple[Room, list[Member]]:
    """Let each of them say something in the room; return the room and who they are."""
    accepted = [
        await storage.run("c", inbox.accept, "bot", MessageReceived(
            id=f"m{at}", at=NOW, talker=Contact(name, name), text="你好", room=ROOM
        ), True)
        for at, name in enumerate(names)
    ]  # fmt: skip
    return accepted[0].room, [one.talker for one in accepted]


async def say(storage: Storage, room: Room, text: str, *mentions: Member) -> None:
    """Have the bot say something."""
    sent = Outgoing(room_id=room.id, text=text, mentions=tuple(one.id for one in mentions))
    await storage.run("c", outbox.enqueue, sent)


def read_rows(db: Database) -> list[Row]:
    return db.query("select text, mentions, text_hash from outbox where community = :community order by id")


async def texts_without(storage: Storage, person: Member) -> list[str]:
    await storage.run("c", privacy_store.erase_member, person.id)
    return [row["text"] for row in await storage.read("c", read_rows)]


async def test_their_name_and_their_mention_go_and_the_words_stay(storage: Storage) -> None:
    room, (ming, hong) = await speak(storage, "小明", "小红")
    await say(storage, room, "用 asyncio.Semaphore。", ming, hong)
    await say(storage, room, "已收录 #4《怎么找大key》，谢谢小明。")
    await say(storage, room, "谢谢小红。", hong)
    gone = await storage.run("c", privacy_store.erase_member, ming.id)
    assert gone[MASKED] == 2
    rows = await storage.read("c", read_rows)
    assert [row["text"] for row in rows] == [
        "用 asyncio.Semaphore。", "已收录 #4《怎么找大key》，谢谢一位群友。", "谢谢小红。"
    ]  # fmt: skip
    assert [row["mentions"] for row in rows] == [f'["{hong.id}"]', "[]", f'["{hong.id}"]']
    assert (await storage.run("c", privacy_store.erase_member, ming.id))[MASKED] == 0


async def test_what_is_not_sent_yet_is_known_by_its_new_text(storage: Storage) -> None:
    room, (ming, _) = await speak(storage, "小明", "小红")
    await say(storage, room, "谢谢小明。")
    await storage.run("c", privacy_store.erase_member, ming.id)
    (row,) = await storage.read("c", read_rows)
    assert row["text_hash"] == hash_of(Act.TEXT, "谢谢一位群友。")


@pytest.mark.parametrize(
    ("name", "others", "text", "left"),
    [
        ("小明", ["小明明"], "谢谢小明明和小明。", "谢谢小明明和一位群友。"),
        ("Go", [], "Go（2 次）问 Google 和 Go_1", "一位群友（2 次）问 Google 和 Go_1"),
        ("明", [], "请说明一下，@明 看看", "请说明一下，@一位群友 看看"),
        ("100%_真", [], "谢谢100%_真，100分_真好", "谢谢一位群友，100分_真好"),
    ],
)
async def test_other_words_stay(storage: Storage, name: str, others: list[str], text: str, left: str) -> None:
    room, (person, *_) = await speak(storage, name, "小红", *others)
    await say(storage, room, text)
    assert await texts_without(storage, person) == [left]


async def test_an_earlier_name_goes_too(storage: Storage) -> None:
    room, (ming,) = await speak(storage, "小明")
    renamed = MessageReceived(id="m9", at=NOW, talker=Contact("小明", "大明"), text="我改名了", room=ROOM)
    await storage.run("c", inbox.accept, "bot", renamed, True)
    await say(storage, room, "谢谢小明，也就是大明。")
    assert await texts_without(storage, ming) == ["谢谢一位群友，也就是一位群友。"]


@pytest.mark.slow
async def test_in_a_group_nobody_reads_the_name_in_what_was_said(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("问 zzz qqq vvv www")
    await bob.says("待答")
    await bob.says("问 zzz qqq vvv www")
    found = await room.app.storage.read("default", members.find_by_name, "小明")
    assert "小明" in str(await room.app.storage.read("default", read_rows))
    await room.app.storage.run("default", privacy_store.erase_member, found[0].id)
    assert "小明" not in str(await room.app.storage.read("default", read_rows))


async def test_nor_are_they_named_in_what_waits_for_an_owner(storage: Storage) -> None:
    _, (ming, _) = await speak(storage, "小明", "小明明")
    await storage.run("c", owed_notices_store.add, OwedNotice("小明和小明明都付了款。", "paid", ""))
    await storage.run("c", privacy_store.erase_member, ming.id)
    assert await storage.run("c", owed_notices_store.take) == [OwedNotice("一位群友和小明明都付了款。", "paid", "")]
