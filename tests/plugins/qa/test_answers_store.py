"""Votes count once and reach the search; answers are remembered for their term; old data comes along."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import sqlite_utils

from bot.app import core_migrations
from bot.clock import SystemClock
from bot.plugins.qa.answers_store import (
    BotAnswer,
    Votes,
    answer_by_id,
    answer_to,
    count_votes,
    erase_answers,
    export_answers,
    last_answer,
    note_answer,
    note_focus,
    note_listed,
    note_vote,
)
from bot.plugins.qa.model import Asker, Draft, Source
from bot.plugins.qa.rules import Kind
from bot.plugins.qa.store import migrations, publish_post
from bot.storage import Database, Storage

pytestmark = pytest.mark.slow  # whole databases

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
MING, IN_PRIVATE = Asker("m1", "小明", "r1"), Asker("m1", "小明", "")
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(tmp_path / "qa.db", SystemClock(), [*core_migrations(), migrations])
    yield opened
    await opened.close()


def given(question: str, at: datetime = NOW, kind: Kind = Kind.ANSWER) -> BotAnswer:
    return BotAnswer(
        id="", member_id="m1", question=question, understood="", kind=kind, posts=("a", "b"), listed=1, focus="a",
        answered_at=at,
    )  # fmt: skip


def votes_in_search(db: Database, post_id: str) -> tuple[int, int]:
    row = db.query(
        "select votes_up, votes_down from documents where community = :community and id = :id", {"id": post_id}
    )[0]
    return row["votes_up"], row["votes_down"]


async def test_a_member_has_one_vote_on_a_post_and_may_change_it(storage: Storage) -> None:
    post = await storage.run("c", publish_post, Draft(title="标题", body="正文在这里。", source=Source.SHARE), NOW)
    assert await storage.run("c", note_vote, "m1", post.id, True, NOW) is None
    assert await storage.run("c", note_vote, "m1", post.id, True, NOW) is True
    assert await storage.run("c", note_vote, "m2", post.id, True, NOW) is None
    assert await storage.read("c", votes_in_search, post.id) == (2, 0)
    assert await storage.run("c", note_vote, "m1", post.id, False, NOW) is True
    assert await storage.read("c", count_votes, post.id) == Votes(useful=1, useless=1)
    assert await storage.read("c", votes_in_search, post.id) == (1, 1)


async def test_who_is_erased_takes_the_vote_along(storage: Storage) -> None:
    post = await storage.run("c", publish_post, Draft(title="标题", body="正文在这里。", source=Source.SHARE), NOW)
    await storage.run("c", note_vote, "m1", post.id, True, NOW)
    await storage.run("c", note_answer, MING, "msg1", given("怎么办"), DAY)
    shown = await storage.read("c", export_answers, "m1")
    assert [row["question"] for row in shown["answers"]] == ["怎么办"]
    assert [row["post_id"] for row in shown["votes"]] == [post.id]
    assert await storage.run("c", erase_answers, "m1") == {"answers": 1, "votes": 1}
    assert await storage.read("c", votes_in_search, post.id) == (0, 0)


async def test_each_member_has_an_own_last_answer_in_each_room(storage: Storage) -> None:
    await storage.run("c", note_answer, MING, "msg1", given("一"), DAY)
    await storage.run("c", note_answer, Asker("m2", "小红", "r1"), "msg2", given("二"), DAY)
    await storage.run("c", note_answer, IN_PRIVATE, "msg3", given("三"), DAY)
    found = await storage.read("c", last_answer, MING, NOW)
    assert found is not None
    assert found.question == "一"
    assert await storage.read("c", last_answer, MING, NOW + timedelta(seconds=1)) is None
    assert await storage.read("c", last_answer, MING, NOW, "msg1") is None
    private = await storage.read("c", last_answer, IN_PRIVATE, NOW)
    assert private is not None
    assert private.question == "三"
    assert await storage.read("other", last_answer, MING, NOW) is None


async def test_what_was_shown_of_an_answer_is_kept_and_what_is_too_old_forgotten(storage: Storage) -> None:
    await storage.run("c", note_answer, MING, "msg1", given("一"), DAY)
    first = await storage.read("c", answer_to, "msg1")
    assert first is not None
    assert await storage.run("c", note_listed, first.id, 4, 2) == 1
    assert await storage.run("c", note_listed, first.id, 4, 2) == 2
    await storage.run("c", note_focus, first.id, "b")
    again = await storage.read("c", answer_by_id, first.id, "m1")
    assert again is not None
    assert (again.listed, again.focus, again.posts) == (2, "b", ("a", "b"))
    assert await storage.read("c", answer_by_id, first.id, "m2") is None
    await storage.run("c", note_answer, MING, "msg2", given("二", NOW + 2 * DAY), DAY)
    assert await storage.read("c", answer_to, "msg1") is None


async def test_posts_from_before_there_were_votes_can_be_voted_on(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    old = sqlite_utils.Database(connection)
    for one in core_migrations():
        one.apply(old)
    migrations.apply(old, stop_before="m005_answers")
    connection.close()
    assert "answers" not in _tables(path)
    storage = Storage.open(path, SystemClock(), [*core_migrations(), migrations])
    post = await storage.run("c", publish_post, Draft(title="标题", body="正文在这里。", source=Source.SHARE), NOW)
    await storage.run("c", note_vote, "m1", post.id, False, NOW)
    assert await storage.read("c", votes_in_search, post.id) == (0, 1)
    await storage.close()


def _tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
