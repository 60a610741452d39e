"""有用 and 没用 in the room: who was answered votes, once, and the votes move a post a little."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.plugins.qa.answers_store import Votes, count_votes
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow

GLAD, KEPT = "谢谢反馈，已记下。", "抱歉没帮上忙。要不要记成待答？回复 1\n1. 记成待答，等群友来答"


@pytest.fixture
def room_config(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    posts = {
        "one": ("怎么备份 redis 数据", "备份 redis 数据用 bgsave 命令。"),
        "two": ("redis 数据怎么备份", "备份 redis 数据用 aof 文件。"),
        "port": ("端口被占用怎么查", "用 ss 查谁在监听这个端口。"),
    }
    for name, (title, body) in posts.items():
        (folder / f"{name}.md").write_text(f"---\nid: {name}\ntitle: {title}\n---\n{body}\n", encoding="utf-8")
    triggers = "mention" if "only_mentions" in request.node.name else "words"
    rooms = f"rooms:\n  Python学习群:\n    triggers: {triggers}\n"
    return f"knowledge: {folder}\n{rooms}commands:\n  cooldown: 0s\n"


async def votes(room: SimulatedRoom, post_id: str) -> Votes:
    return await room.app.storage.read("default", count_votes, post_id)


async def test_a_vote_counts_once_and_may_be_changed(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    assert await alice.says("有用") == [GLAD]
    assert await alice.says("有用") == ["已经记过了，谢谢您。"]
    assert await votes(room, "port") == Votes(1, 0)
    assert await alice.says("没用") == [KEPT]
    assert await votes(room, "port") == Votes(0, 1)
    assert await alice.says("有用") == ["好的，已改成「有用」，谢谢您。"]
    assert await votes(room, "port") == Votes(1, 0)


async def test_what_did_not_help_can_be_kept_as_an_open_question(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    assert await alice.says("没用") == [KEPT]
    (kept,) = await alice.says("1")
    assert kept.startswith("已记成待答（Q1）。")
    (listed,) = await alice.says("待答")
    assert "端口被占用怎么查" in listed


@pytest.mark.parametrize("said", ["有用", "没用", "有用。", "没用吧", "有用的", "这个没用"])
async def test_who_was_not_answered_only_chats(room: SimulatedRoom, said: str) -> None:
    await room.member("小明").says("@小知 端口被占用怎么查？")
    assert await room.member("小红").says(said) == []
    assert await votes(room, "port") == Votes(0, 0)


async def test_said_to_the_bot_without_an_answer_it_is_answered_kindly(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("@小知 没用") == ["抱歉没帮上忙，把问题换个说法再问我一次试试。"]
    assert await alice.says("@小知 有用") == ["能帮上忙就好，有问题随时叫我。"]


async def test_said_bare_long_after_the_answer_it_is_chat(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    room.clock.advance(minutes=30)
    assert await alice.says("有用") == []
    assert await alice.says("@小知 有用") == [GLAD]


async def test_anybody_may_quote_an_answer_and_judge_it(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("@小知 端口被占用怎么查？")
    await alice.says("这个命令有意思")
    assert await bob.quotes("用 ss 查谁", "有用") == [GLAD]
    assert await bob.quotes("这个命令有意思", "有用") == []
    assert await bob.quotes("用 ss 查谁", "没用") == ["抱歉没帮上忙，把问题换个说法再问我一次试试。"]
    assert await votes(room, "port") == Votes(0, 1)


async def test_a_number_says_which_source(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    assert await alice.says("有用 1") == [GLAD]
    (refused,) = await alice.says("有用 7")
    assert refused.startswith("上次的回答只有 1 个出处")
    (refused,) = await alice.says("有用 #99")
    assert refused.startswith("没有找到")


async def test_the_post_that_was_looked_at_last_is_meant(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 怎么备份 redis 数据？")
    await alice.says("来源 #2")
    assert await alice.says("有用") == [GLAD]
    assert await votes(room, "port") == Votes(1, 0)


async def test_votes_on_an_own_post_do_not_count(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    (shared,) = await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞，线上也可以放心用。")
    assert "#4" in shared
    await alice.says("@小知 怎么找大key")
    assert await alice.says("有用") == ["#4 是您自己分享的，就不计票了，谢谢您的分享。"]


async def test_of_two_posts_that_answer_alike_the_useful_one_comes_first(room: SimulatedRoom) -> None:
    asked = "@小知 redis 备份数据"
    (before,) = await room.member("小明").says(asked)
    loser = "bgsave" if "bgsave" in before.splitlines()[0] else "aof"
    winner, number = ("aof", 3) if loser == "bgsave" else ("bgsave", 1)
    for name in ("甲", "乙", "丙", "丁", "戊", "己"):
        member = room.member(name)
        await member.says(asked)
        await member.says(f"有用 #{number}")
    (after,) = await room.member("小红").says(asked)
    assert winner in after.splitlines()[0]


async def test_where_only_mentions_wake_the_bot_a_quote_does_too(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    assert await alice.says("有用") == []
    assert await votes(room, "port") == Votes(0, 0)
    assert await alice.quotes("用 ss 查谁", "有用") == [GLAD]
    assert await alice.says("@小知 没用") == [KEPT]
    assert await votes(room, "port") == Votes(0, 1)
    assert (await alice.quotes("用 ss 查谁", "为什么会这样"))[0].startswith("《端口被占用怎么查》里没有单独讲原因")
