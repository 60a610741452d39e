"""Every text a post had is kept, and what a person added goes with the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import events
from bot.clock import VirtualClock
from bot.plugins.qa import erase_member, export_member
from bot.plugins.qa.model import Draft, Post, Source
from bot.plugins.qa.store import (
    count_shared,
    migrations,
    post_by_number,
    post_on_record,
    publish_post,
    put_post,
    revise_post,
    shared_by,
    withdraw_post,
)
from bot.plugins.qa.versions_store import Change, Why, versions_of, with_author, without_author
from bot.search import store as search_store
from bot.storage import Storage

pytestmark = pytest.mark.slow  # whole databases

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
PART = "\n\n补充：也可以用 scan。"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(
        tmp_path / "qunzhi.db", VirtualClock(NOW), [events.migrations, search_store.migrations, migrations]
    )
    yield opened
    await opened.close()


async def share(storage: Storage, **values: Any) -> Post:
    facts = {"title": "找大 key", "body": "用 bigkeys 扫描。", "author": "小明", "member_id": "m1"}
    return await storage.run("c", publish_post, Draft(**{**facts, "source": Source.SHARE, **values}), NOW)


async def merge(storage: Storage, post: Post) -> int:
    new = replace(post, body=post.body + PART, author=with_author(post.author, "小红"))
    change = Change(why=Why.MERGED, at=NOW + timedelta(days=1), member_id="m2", name="小红", part=PART)
    return await storage.run("c", revise_post, new, change)


async def test_a_post_that_was_never_changed_has_no_versions(storage: Storage) -> None:
    await share(storage)
    assert await storage.read("c", versions_of, 1) == []


async def test_a_change_keeps_the_text_from_before(storage: Storage) -> None:
    post = await share(storage)
    assert await merge(storage, post) == 2
    versions = await storage.read("c", versions_of, 1)
    assert [(one.version, one.why, one.name, one.author) for one in versions] == [
        (1, Why.FIRST, "小明", "小明"),
        (2, Why.MERGED, "小红", "小明、小红"),
    ]
    assert versions[0].body + PART == versions[1].body
    found = await storage.read("c", search_store.get_document, "share-1")
    assert found is not None
    assert PART.strip() in found.text


async def test_a_file_that_changed_keeps_its_old_text_but_not_for_ever(storage: Storage) -> None:
    for number in range(130):
        await storage.run("c", put_post, Draft(id="a", title="标题", body=f"第 {number} 版"), NOW)
    versions = await storage.read("c", versions_of, 1)
    assert [one.version for one in versions] == list(range(31, 131))
    assert versions[-1].body == "第 129 版"
    assert versions[-1].why is Why.FILE


async def test_a_withdrawn_post_stays_on_record_with_its_history(storage: Storage) -> None:
    post = await share(storage)
    await storage.run("c", withdraw_post, post, Change(why=Why.WITHDRAWN, at=NOW, member_id="m1", name="小明"))
    await storage.run("c", withdraw_post, post, Change(why=Why.WITHDRAWN, at=NOW, member_id="m1", name="小明"))
    assert await storage.read("c", post_by_number, 1) is None
    assert await storage.read("c", post_on_record, 1) == post
    assert [one.why for one in await storage.read("c", versions_of, 1)] == [Why.FIRST, Why.WITHDRAWN]
    assert await storage.read("c", search_store.get_document, "share-1") is None


async def test_what_was_changed_after_it_was_withdrawn_stays_out_of_search(storage: Storage) -> None:
    post = await share(storage)
    await storage.run("c", withdraw_post, post, Change(why=Why.WITHDRAWN, at=NOW))
    await merge(storage, post)
    assert await storage.read("c", search_store.get_document, "share-1") is None


async def test_what_somebody_shared_or_wrote_is_theirs(storage: Storage) -> None:
    mine = await share(storage)
    quoted = await share(storage, member_id="m2", author_id="m1", body="引用的正文")
    assert [post.number for post in await storage.read("c", shared_by, "m1", 9)] == [2, 1]
    assert await storage.read("c", count_shared, "m2") == 1
    assert mine.is_of("m1")
    assert quoted.is_of("m1")
    assert not quoted.is_of("m3")
    assert not replace(mine, member_id="").is_of("")


async def test_who_added_to_another_post_is_taken_out_of_it_and_of_its_history(storage: Storage) -> None:
    await merge(storage, await share(storage))
    shown = await storage.read("c", export_member, "m2")
    assert [(row["number"], row["part"]) for row in shown["post_versions"]] == [(1, PART)]
    await storage.run("c", erase_member, "m2")
    post = await storage.read("c", post_by_number, 1)
    assert post is not None
    assert (post.body, post.author) == ("用 bigkeys 扫描。", "小明")
    versions = await storage.read("c", versions_of, 1)
    assert [(one.body, one.author, one.member_id) for one in versions] == [
        ("用 bigkeys 扫描。", "小明", "m1"),
        ("用 bigkeys 扫描。", "小明", ""),
    ]
    assert await storage.read("c", export_member, "m2") == {
        "posts": [],
        "post_versions": [],
        "answers": [],
        "votes": [],
    }


async def test_the_history_goes_with_the_person_who_wrote_the_post(storage: Storage) -> None:
    await merge(storage, await share(storage))
    await storage.run("c", erase_member, "m1")
    assert await storage.read("c", versions_of, 1) == []


@pytest.mark.parametrize(
    ("authors", "name", "joined"), [("", "小红", "小红"), ("小明", "小红", "小明、小红"), ("小明", "小明", "小明")]
)
def test_each_author_is_named_once(authors: str, name: str, joined: str) -> None:
    assert with_author(authors, name) == joined


def test_an_author_is_taken_out_of_several() -> None:
    assert without_author("小明、小红", "小红") == "小明"
    assert without_author("小明", "小红") == "小明"
