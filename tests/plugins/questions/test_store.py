from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from bot import members
from bot.clock import VirtualClock
from bot.plugins.qa.desk import Asked
from bot.plugins.qa.model import Asker
from bot.plugins.qa.rules import Kind
from bot.plugins.qa.store import migrations as qa_migrations
from bot.plugins.questions import erase_member, export_member
from bot.plugins.questions.asked_store import (
    asked_since,
    count_as_open,
    count_asked,
    counts_since,
    first_day,
    purge_asked,
    uses_since,
)
from bot.plugins.questions.experts_store import agree, experts_at_hand, note_call, refuse, topics_of
from bot.plugins.questions.model import State
from bot.plugins.questions.pairs import Pair, Said
from bot.plugins.questions.pairs_store import note_pairs, pairs_in
from bot.plugins.questions.reviews_store import note_review, reviews
from bot.plugins.questions.store import (
    add_answer,
    count_open,
    migrations,
    note_question,
    open_questions,
    question_by_number,
    waiting_for,
)
from bot.search import store as search_store
from bot.storage import Storage

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
MING, HONG = Asker("m1", "小明", "r"), Asker("m2", "小红", "r")
DAY = timedelta(days=1)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    sets = [members.migrations, search_store.migrations, qa_migrations, migrations]
    opened = Storage.open(tmp_path / "qunzhi.db", VirtualClock(NOW), sets)
    yield opened
    await opened.close()


async def note(storage: Storage, asker: Asker, text: str, alike: int = 0, at: datetime = NOW) -> dict[str, Any]:
    return await storage.run("c", note_question, asker, text, alike, at)


async def test_a_question_keeps_its_number_when_it_is_asked_again(storage: Storage) -> None:
    assert await note(storage, MING, "怎么 分库分表？") == {"number": 1, "first": "", "answers": 0}
    assert (await note(storage, MING, "怎么分库分表"))["number"] == 1
    assert (await note(storage, HONG, "怎么分库分表"))["number"] == 2
    assert await storage.read("c", count_open, "r") == 2
    (first,) = await storage.read("c", open_questions, "r", 1)
    assert (first.number, first.name, first.text, first.askers) == (1, "小明", "怎么 分库分表？", 1)
    assert await storage.read("c", open_questions, "elsewhere", 9) == []


async def test_the_same_text_in_another_room_is_another_question(storage: Storage) -> None:
    assert (await note(storage, MING, "怎么分库分表"))["number"] == 1
    assert (await note(storage, Asker("m1", "小明", "r2"), "怎么分库分表"))["number"] == 2
    assert (await note(storage, Asker("m1", "小明", ""), "怎么分库分表"))["number"] == 3


async def test_who_asks_alike_waits_with_the_others_in_order(storage: Storage) -> None:
    await note(storage, MING, "怎么分库分表")
    joined = await note(storage, HONG, "分库分表怎么做", 1, NOW + DAY)
    assert joined == {"number": 1, "first": "小明", "answers": 0}
    assert [one.name for one in await storage.read("c", waiting_for, 1)] == ["小明", "小红"]


async def test_erasing_the_first_asker_leaves_the_question_to_the_next(storage: Storage) -> None:
    await note(storage, MING, "怎么分库分表")
    await note(storage, HONG, "分库分表怎么做", 1, NOW + DAY)
    await storage.run("c", add_answer, 1, MING, "自己试出来的办法", post_id="", now=NOW)
    gone = await storage.run("c", erase_member, "m1")
    assert {name: rows for name, rows in gone.items() if rows} == {"question_askers": 1, "question_answers": 1}
    found = await storage.read("c", question_by_number, 1)
    assert found is not None
    assert (found.name, found.text, found.askers, found.answers) == ("小红", "分库分表怎么做", 1, 0)
    assert (await storage.run("c", erase_member, "m2"))["questions"] == 1


async def test_a_member_is_shown_and_erased_in_every_table(storage: Storage) -> None:
    await note(storage, MING, "怎么分库分表")
    await storage.run("c", add_answer, 1, MING, "答案", post_id="", now=NOW)
    await storage.run("c", agree, "m1", "redis", NOW)
    await storage.run("c", note_call, "m1", NOW)
    asked = Asked("怎么分库分表", Kind.UNKNOWN, ())
    await storage.run("c", count_asked, MING, asked, NOW, day=NOW.date(), keep=DAY)
    pair = Pair(Said("q", "m1", "小明", NOW, "问", "", True), Said("a", "m2", "小红", NOW, "答", "", True), 0.7)
    assert await storage.run("c", note_pairs, "r", [pair], NOW) == 1
    assert await storage.run("c", note_pairs, "r", [pair], NOW) == 0
    await storage.run("c", note_review, "post", "m1", "有效", NOW)
    shown = await storage.read("c", export_member, "m1")
    assert {name: len(rows) for name, rows in shown.items()} == dict.fromkeys(
        ("questions", "answers", "asked", "experts", "pairs", "reviews"), 1
    )
    gone = await storage.run("c", erase_member, "m1")
    assert set(gone.values()) == {1}
    assert all(rows == [] for rows in (await storage.read("c", export_member, "m1")).values())
    assert await storage.read("c", pairs_in, None, ("noticed",), 9) == []
    assert (await storage.read("c", reviews))["post"][0] == "有效"


async def test_an_expert_is_at_hand_again_after_the_pause(storage: Storage) -> None:
    await storage.run("c", agree, "m1", "", NOW)
    await storage.run("c", agree, "m1", "redis", NOW)
    await storage.run("c", agree, "m2", "kafka", NOW)
    await storage.run("c", note_call, "m1", NOW)
    assert await storage.read("c", experts_at_hand, NOW - timedelta(minutes=1)) == {"m2": ["kafka"]}
    assert await storage.read("c", experts_at_hand, NOW) == {"m1": ["", "redis"], "m2": ["kafka"]}
    assert await storage.run("c", refuse, "m1", "redis") == 1
    assert await storage.read("c", topics_of, "m1") == [""]
    assert await storage.run("c", refuse, "m1", "") == 1


async def test_texts_go_with_the_messages_and_counts_stay(storage: Storage) -> None:
    answered = Asked("怎么请假", Kind.ANSWER, ("post",))
    await storage.run("c", count_asked, MING, answered, NOW, day=NOW.date(), keep=30 * DAY)
    await storage.run("c", count_asked, HONG, answered, NOW, day=NOW.date(), keep=30 * DAY)
    assert len(await storage.read("c", asked_since, "r", NOW - DAY)) == 2
    assert await storage.read("c", asked_since, "elsewhere", NOW - DAY) == []
    await storage.run("c", purge_asked, NOW + 31 * DAY, 30 * DAY)
    assert await storage.read("c", asked_since, None, NOW - DAY) == []
    assert await storage.read("c", counts_since, None, NOW.date()) == {"answer": 2}
    assert await storage.read("c", uses_since, NOW.date()) == {"post": 2}
    await storage.run("c", purge_asked, NOW + 800 * DAY, 30 * DAY)
    assert await storage.read("c", counts_since, None, NOW.date()) == {}


async def test_an_answer_that_did_not_help_is_counted_on_its_day(storage: Storage) -> None:
    answered = Asked("怎么请假", Kind.ANSWER, ("post",))
    await storage.run("c", count_asked, MING, answered, NOW, day=NOW.date(), keep=30 * DAY)
    await storage.run("c", count_as_open, HONG, "怎么请假", UTC)
    assert await storage.read("c", counts_since, None, NOW.date()) == {"answer": 1}
    for _ in range(2):  # chosen twice, it is moved once
        await storage.run("c", count_as_open, MING, "怎么请假", UTC)
        assert await storage.read("c", counts_since, None, NOW.date()) == {"answer": 0, "unknown": 1}
    assert await storage.read("c", first_day) == NOW.date()


async def test_questions_of_an_old_database_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    await Storage.open(path, VirtualClock(NOW), [members.migrations, search_store.migrations]).close()
    connection = sqlite3.connect(path)
    qa_migrations.apply(sqlite_utils.Database(connection))
    connection.executemany(
        "insert into questions (community, number, member_id, name, room_id, text, text_key, state, asked_at)"
        " values ('c', ?, 'm1', '小明', 'r', ?, ?, ?, '2026-11-01T00:00:00.000000+00:00')",
        [(7, "怎么 分库分表？", "怎么分库分表", "open"), (8, "别的", "别的", "answered")],
    )
    connection.commit()
    connection.close()
    sets = [members.migrations, search_store.migrations, qa_migrations, migrations]
    storage = Storage.open(path, VirtualClock(NOW), sets)
    try:
        (found,) = await storage.read("c", open_questions, "r", 9)
        assert (found.number, found.text, found.name, found.askers) == (7, "怎么 分库分表？", "小明", 1)
        other = await storage.read("c", question_by_number, 8)
        assert other is not None
        assert other.state is State.ANSWERED
        assert (await note(storage, MING, "怎么分库分表"))["number"] == 7
    finally:
        await storage.close()
