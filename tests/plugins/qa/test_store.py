from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from sqlite_utils import Migrations

from bot import events
from bot.clock import VirtualClock
from bot.plugins.qa import erase_member, export_member
from bot.plugins.qa.citations_store import cited_posts, note_citations
from bot.plugins.qa.folder import KnowledgeFolder
from bot.plugins.qa.importing import import_paths
from bot.plugins.qa.model import Asker, Draft, Source
from bot.plugins.qa.store import (
    Outcome,
    access_kinds,
    count_posts,
    m001_posts,
    migrations,
    post_by_number,
    publish_post,
    put_post,
    remove_post,
)
from bot.plugins.qa.versions_store import versions_of
from bot.search import store as search_store
from bot.storage import Storage

DATA = Path(__file__).parents[2] / "data" / "posts"
NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
MIGRATIONS = [events.migrations, search_store.migrations, migrations]


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(tmp_path / "qunzhi.db", VirtualClock(NOW), MIGRATIONS)
    yield opened
    await opened.close()


def draft(**values: Any) -> Draft:
    return Draft(**{"title": "标题", "body": "正文在这里", **values})


async def put(storage: Storage, **values: Any) -> tuple[Outcome, int]:
    stored = await storage.run("c", put_post, draft(**values), NOW)
    return stored.outcome, stored.post.number


async def test_importing_twice_changes_nothing(storage: Storage) -> None:
    assert await put(storage, id="a") == (Outcome.ADDED, 1)
    assert await put(storage, id="a") == (Outcome.UNCHANGED, 1)
    assert await put(storage) == (Outcome.DUPLICATE, 1)
    assert await put(storage, id="a", body="改过的正文") == (Outcome.UPDATED, 1)
    assert await storage.read("c", count_posts) == 1


async def test_what_members_shared_is_never_replaced_by_a_file(storage: Storage) -> None:
    shared = await storage.run("c", publish_post, draft(source=Source.SHARE, member_id="m"), NOW)
    assert shared.id == "share-1"
    assert (await put(storage, id="share-1", body="别的"))[0] is Outcome.CLASH
    assert (await put(storage, id="share-1", body="别的", source=Source.KNOWLEDGE))[0] is Outcome.CLASH


async def test_the_knowledge_folder_owns_its_posts(storage: Storage) -> None:
    await put(storage, id="a", source=Source.KNOWLEDGE)
    assert (await put(storage, id="a"))[0] is Outcome.UNCHANGED
    assert (await put(storage, id="a", body="别的"))[0] is Outcome.CLASH
    await put(storage, id="b", body="导入的")
    assert (await put(storage, id="b", body="目录里的", source=Source.KNOWLEDGE))[0] is Outcome.UPDATED


async def test_a_post_that_comes_back_has_its_old_number(storage: Storage) -> None:
    await put(storage, id="a", source=Source.KNOWLEDGE)
    await put(storage, id="b", body="第二篇", source=Source.KNOWLEDGE)
    assert await storage.run("c", remove_post, "a", NOW)
    assert not await storage.run("c", remove_post, "a", NOW)
    assert await storage.read("c", post_by_number, 1) is None
    assert await put(storage, id="a", source=Source.KNOWLEDGE) == (Outcome.ADDED, 1)


async def test_communities_do_not_see_each_other(storage: Storage) -> None:
    await put(storage, id="a")
    assert await storage.read("other", count_posts) == 0
    stored = await storage.run("other", put_post, draft(id="a"), NOW)
    assert (stored.outcome, stored.post.number) == (Outcome.ADDED, 1)


async def test_citations_end_with_their_term(storage: Storage) -> None:
    ming = Asker("m1", "小明", "r")
    await storage.run("c", note_citations, ming, ["a", "b"], NOW, timedelta(hours=1))
    await storage.run("c", note_citations, ming, ["c"], NOW, timedelta(hours=1))
    assert await storage.read("c", cited_posts, ming, NOW) == ["c"]
    assert await storage.read("c", cited_posts, Asker("m1", "小明", "r2"), NOW) == []
    assert await storage.read("c", cited_posts, ming, NOW + timedelta(hours=2)) == []


async def test_a_member_is_shown_and_erased_whole(storage: Storage) -> None:
    await storage.run("c", publish_post, draft(member_id="m1", source=Source.SHARE), NOW)
    await storage.run("c", publish_post, draft(member_id="m2", author_id="m1", source=Source.SHARE), NOW)
    await storage.run("c", publish_post, draft(member_id="m2", source=Source.SHARE), NOW)
    await storage.run("c", note_citations, Asker("m1", "小明", "r"), ["a"], NOW, timedelta(hours=1))
    shown = await storage.read("c", export_member, "m1")
    assert [post["number"] for post in shown["posts"]] == [1, 2]
    assert await storage.run("c", erase_member, "m1") == {
        "posts": 2,
        "citations": 1,
        "answers": 0,
        "votes": 0,
    }
    assert await storage.read("c", export_member, "m1") == {
        "posts": [],
        "post_versions": [],
        "answers": [],
        "votes": [],
    }
    assert await storage.read("c", search_store.get_document, "share-1") is None
    assert await storage.read("c", search_store.get_document, "share-3") is not None


async def test_the_folder_is_read_once_and_followed(storage: Storage, tmp_path: Path) -> None:
    root = tmp_path / "posts"
    root.mkdir()
    first, second = root / "a.md", root / "b.md"
    first.write_text("# 甲\n甲的正文", encoding="utf-8")
    second.write_text("---\nid: a\n---\n# 乙\n乙的正文", encoding="utf-8")

    async def load() -> Any:
        folder = KnowledgeFolder(root)
        return await folder.load(lambda *a: storage.run("c", *a), lambda *a: storage.read("c", *a), NOW)

    change = await load()
    assert (change.added, change.faults) == (1, [f"{second}:1:1: id「a」和 {first} 重复，请换一个"])
    assert (await load()).faults == []
    second.write_text("---\nid: b\n---\n# 乙\n乙的正文", encoding="utf-8")
    first.unlink()
    change = await load()
    assert (change.added, change.removed) == (1, 1)
    root.rename(tmp_path / "elsewhere")
    await load()
    assert await storage.read("c", count_posts) == 1


async def test_an_import_counts_and_names_what_it_skips(storage: Storage) -> None:
    steps: list[tuple[int, int]] = []
    paths = [DATA / "import", DATA / "share.txt"]
    change = await import_paths(
        lambda *a: storage.run("c", *a), paths, NOW, lambda done, total: steps.append((done, total))
    )
    assert (change.added, change.duplicates, len(change.faults)) == (5, 0, 6)
    assert steps[-1] == (5, 5)
    again = await import_paths(lambda *a: storage.run("c", *a), paths, NOW)
    assert (again.added, again.unchanged) == (0, 5)


async def test_an_old_database_gets_the_new_tables_and_keeps_its_posts(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    opened = Storage.open(path, VirtualClock(NOW), [search_store.migrations])
    await opened.close()
    old = Migrations("qa")
    old()(m001_posts)
    connection = sqlite3.connect(path)
    old.apply(sqlite_utils.Database(connection))
    connection.execute(
        "insert into posts (community, id, number, title, body, author, room, member_id, author_id, tags, date,"
        " access, source, path, content_hash, created_at) values ('c', 'a', 7, '旧帖', '正文', '', '', '', '', '[]',"
        " '', 'free', 'import', '', 'h', '2026-01-01T00:00:00.000000+00:00')"
    )
    connection.commit()
    connection.close()
    storage = Storage.open(path, VirtualClock(NOW), MIGRATIONS)
    try:
        post = await storage.read("c", post_by_number, 7)
        assert post is not None
        assert post.title == "旧帖"
        asker = Asker("m", "小明", "")
        await storage.run("c", note_citations, asker, ["a"], NOW, timedelta(hours=1))
        assert await storage.read("c", cited_posts, asker, NOW) == ["a"]
        assert (await put(storage, id="a", body="改过的正文"))[0] is Outcome.UPDATED
        assert [one.body for one in await storage.read("c", versions_of, 7)] == ["正文", "改过的正文"]
    finally:
        await storage.close()


async def test_the_kinds_of_access_are_those_of_the_posts_that_are_there(storage):
    assert await storage.read("c", access_kinds) == set()
    for number, access in enumerate(("free", "member", "member", "vip-2026", "gone")):
        await put(storage, id=f"a{number}", body=f"正文 {number}", access=access)
    await storage.run("c", remove_post, "a4", NOW)
    assert await storage.read("c", access_kinds) == {"free", "member", "vip-2026"}
