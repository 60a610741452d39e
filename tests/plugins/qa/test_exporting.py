from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.errors import QunzhiError
from bot.members import resolve_room
from bot.model import RoomInfo
from bot.plugins.qa.exporting import export_posts
from bot.plugins.qa.front_matter import read_markdown, write_markdown
from bot.plugins.qa.importing import import_paths
from bot.plugins.qa.model import Draft, Post, Source
from bot.plugins.qa.store import migrations, posts_after, publish_post, put_post, remove_post
from bot.storage import Database, Storage

pytestmark = pytest.mark.slow  # whole databases

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_NASTY = [
    *(
        "---",
        "---\n",
        "...\n",
        "\r\n",
        "\r",
        "```\n",
        "~~~",
        "# ",
        "  ",
        "\t",
        "\n\n",
        "😀",
        "\ufeff",
        "\x85",
        "\u2028",
    ),
    *("\u2028", "title: 别的", "'", '"', "\\", "{a: 1}", "- ", "正文"),
]
_TEXTS = st.lists(st.one_of(st.sampled_from(_NASTY), st.text(_LETTERS, max_size=8)), max_size=12).map("".join)
_BODIES = _TEXTS.filter(str.strip)
_LINES = _TEXTS.map(lambda text: " ".join(text.split())).filter(bool)


@given(
    title=_LINES,
    body=_BODIES,
    author=_LINES | st.just(""),
    topic=_LINES | st.just(""),
    tags=st.lists(_LINES, max_size=3),
)
def test_a_post_is_the_same_after_it_was_a_file(
    title: str, body: str, author: str, topic: str, tags: list[str]
) -> None:
    post = Post(
        id="share-57", number=57, title=title, body=body, author=author, room="", member_id="", tags=tuple(tags),
        date="2026-03-02", access="member", source=Source.SHARE, created_at=NOW,
    )  # fmt: skip
    written = write_markdown(post, topic, 3)
    (draft,), faults = read_markdown("a.md", written.encode().decode("utf-8-sig"), "a")
    assert not faults
    assert (draft.id, draft.number, draft.title, draft.body) == ("share-57", 57, title, body)
    assert (draft.author, draft.tags, draft.date, draft.access) == (author, tuple(tags), "2026-03-02", "member")
    assert draft.room == (f"topic:{topic}" if topic else "")


async def _open(path: Path) -> Storage:
    return Storage.open(path / "qunzhi.db", VirtualClock(NOW), [*core_migrations(), migrations])


def _fill(db: Database) -> None:
    room = resolve_room(db, "bot", RoomInfo("room-1", "Python学习群"), stable_ids=True)
    first = Draft(
        title="怎么找大 key？", body="  用 --bigkeys。\r\n\r\n---\n\n```\nx\n```\n", author="小明", room=room.id
    )
    publish_post(db, replace(first, tags=("redis", "c++"), date="2026-03-02", source=Source.SHARE), NOW)
    gone = publish_post(db, replace(first, title="撤回的"), NOW)
    remove_post(db, gone.id, NOW)
    for number in range(3):
        put_post(db, Draft(id=f"k-{number}", title="同一个标题", body="同一段正文", source=Source.KNOWLEDGE), NOW)
    put_post(db, Draft(id="paid", title="收费/的: 帖子", body="---\ntitle: 假的\n---\n正文", access="member"), NOW)


async def test_what_is_exported_fills_an_empty_database_with_the_same_posts(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    old, new = await _open(tmp_path / "old"), await _open(tmp_path / "new")
    await old.run("main", _fill)
    assert await export_posts(partial(old.read, "main"), tmp_path / "out") == 5
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "0001-怎么找大-key.md", "0003-同一个标题.md", "0004-同一个标题.md", "0005-同一个标题.md", "0006-收费-的-帖子.md"
    ]  # fmt: skip
    change = await import_paths(partial(new.run, "main"), [tmp_path / "out"], NOW)
    assert (change.added, change.faults) == (5, [])
    before: list[Post] = await old.read("main", posts_after, 0, 100)
    after: list[Post] = await new.read("main", posts_after, 0, 100)
    room = "topic:Python学习群"
    common = [replace(post, source=Source.IMPORT, room=room if post.room else "", member_id="") for post in before]
    assert after == common
    added = await new.run("main", lambda db: publish_post(db, Draft(title="新的", body="正文"), NOW).number)
    assert added == 7
    again = await import_paths(partial(new.run, "main"), [tmp_path / "out"], NOW)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 5)
    await old.close()
    await new.close()


async def test_a_number_that_is_taken_is_not_taken_away(tmp_path: Path) -> None:
    storage = await _open(tmp_path)
    await storage.run("main", lambda db: publish_post(db, Draft(title="先来的", body="正文"), NOW).id)
    draft = Draft(id="a", title="后来的", body="别的正文", number=1)
    assert await storage.run("main", lambda db: put_post(db, draft, NOW).post.number) == 2
    await storage.close()


async def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("我的", encoding="utf-8")
    storage = await _open(tmp_path)
    with pytest.raises(QunzhiError, match="请换一个空目录"):
        await export_posts(partial(storage.read, "main"), tmp_path)
    await storage.close()
