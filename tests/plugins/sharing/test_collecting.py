from __future__ import annotations

from pathlib import Path

import pytest

from bot.testing import SimulatedRoom, simulated_room
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

BEGUN = "好的，接下来您在这里说的话会合成一篇（最多 30 分钟）。说完发「结束分享」，不要了发「取消分享」。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\nplugins:\n  moderation: false\n  sharing:\n    collect_messages: 4\n"


async def test_several_messages_become_one_post_in_silence(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    assert await alice.says("开始分享") == [BEGUN]
    assert await alice.says("线上 OOM 怎么查？") == []
    assert await bob.says("我也遇到过这个问题") == []
    assert await alice.says("先看 dmesg 有没有 killed process。") == []
    assert await alice.says("再看容器的 memory limit 是多少。") == []
    assert await alice.says("结束分享 #运维") == ["已收录 #1《线上 OOM 怎么查？》，谢谢小明。"]
    (said,) = await bob.says("来源 #1")
    assert said == (
        "《线上 OOM 怎么查？》#1\n小明 12月1日 · 标签：运维\n\n"
        "先看 dmesg 有没有 killed process。\n\n再看容器的 memory limit 是多少。"
    )


async def test_of_a_quoted_line_of_the_bot_only_the_words_beside_it_are_collected(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查笔记")
    await alice.quotes("好的，接下来", "先看 dmesg 有没有 killed process。")
    await alice.says("结束分享")
    assert "好的，接下来" not in "\n".join(await alice.says("来源 #1"))


async def test_the_title_given_at_the_start_or_at_the_end_counts(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查笔记")
    await alice.says("先看 dmesg 有没有 killed process。")
    assert await alice.says("结束分享") == ["已收录 #1《OOM 排查笔记》，谢谢小明。"]
    await alice.says("开始分享")
    await alice.says("连接池要设上限，不然会把数据库打满。")
    assert await alice.says("结束分享 连接池经验") == ["已收录 #2《连接池经验》，谢谢小明。"]


async def test_a_first_message_that_is_no_title_makes_none(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享")
    await alice.says("1。先看 dmesg 里有没有 killed process")
    await alice.says("再看容器的 memory limit")
    await alice.says("结束分享")
    await alice.says("开始分享")
    await alice.says("👍")
    await alice.says("连接池要设上限，不然会把数据库打满。")
    assert (await alice.says("结束分享"))[0].startswith("已收录 #2《")


async def test_in_private_nothing_is_answered_in_between_and_commands_still_work(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享", private=True)
    assert await alice.says("asyncio 怎么限制并发？", private=True) == []
    assert await alice.says("我的分享", private=True) == [
        "您还没有分享过。发「分享 标题 正文」，或者引用一条消息发「分享」。"
    ]
    assert await alice.says("用 asyncio.Semaphore，数字按下游的能力来定。", private=True) == []
    assert await alice.says("结束分享", private=True) == ["已收录 #1《asyncio 怎么限制并发？》，谢谢小明。"]


async def test_what_is_quoted_is_collected_with_who_said_it(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await bob.says("连接池要设上限，不然会把数据库打满。")
    await alice.says("开始分享 连接池")
    assert await alice.quotes("连接池要设上限", "补充一句，还要设超时。") == []
    await alice.says("结束分享")
    (said,) = await bob.says("来源 #1")
    assert said.endswith("小红：连接池要设上限，不然会把数据库打满。\n补充一句，还要设超时。")


async def test_it_goes_on_after_a_crash_in_the_middle_and_at_the_end(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查")
    await alice.says("先看 dmesg 有没有 killed process。")
    await room.crash()
    await alice.says("再看容器的 memory limit 是多少。")
    with before_the_answer(room):
        assert await alice.says("结束分享") == []
    await room.crash()
    assert room.said[-1].text == "已收录 #1《OOM 排查》，谢谢小明。"
    (said,) = await alice.says("来源 #1")
    assert "dmesg" in said
    assert "memory limit" in said


async def test_after_half_an_hour_nothing_more_is_collected_and_nothing_is_lost(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查")
    await alice.says("先看 dmesg 有没有 killed process。")
    room.clock.advance(minutes=31)
    assert await alice.says("这句太晚了") == [
        "收集的内容到上限了，这句起不再收。发「结束分享」发布前面的，「取消分享」放弃。"
    ]
    assert await alice.says("这句也是") == []
    assert await alice.says("结束分享") == ["已收录 #1《OOM 排查》，谢谢小明。"]
    (said,) = await alice.says("来源 #1")
    assert "太晚" not in said


async def test_there_is_a_limit_to_what_is_collected(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享")
    for number in range(4):
        assert await alice.says(f"第 {number} 句话说的是这个") == []
    assert len(await alice.says("第五句")) == 1
    await alice.says("取消分享")
    await alice.says("开始分享")
    assert len(await alice.says("很长" * 10_001)) == 1


async def test_what_is_collected_can_be_dropped(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享")
    await alice.says("说错了的话")
    assert await alice.says("取消分享") == ["好的，刚才收集的都丢掉了。"]
    nothing = "您在这里没有开始收集，先发「开始分享」，或者直接发「分享 标题 正文」。"
    assert await alice.says("结束分享") == [nothing]
    assert await alice.says("取消分享") == [nothing]


async def test_too_little_is_not_published_and_stays(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享")
    assert await alice.says("开始分享") == ["已经在收集了，接着说就行；发「结束分享」发布，「取消分享」放弃。"]
    assert await alice.says("结束分享") == ["还没有收到内容，接着说就行；不要了发「取消分享」。"]
    await alice.says("标题")
    (said,) = await alice.says("结束分享")
    assert said.endswith("前面说的都还留着，可以接着说，或发「取消分享」。")
    await alice.says("现在有足够长的正文了，可以发布了。")
    assert await alice.says("结束分享") == ["已收录 #1《标题》，谢谢小明。"]


async def test_a_message_that_is_taken_back_is_not_published(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查")
    await alice.says("先看 dmesg 有没有 killed process。")
    await alice.says("这句不该说出来")
    assert await alice.recalls("这句不该说出来") == []
    await alice.says("结束分享")
    (said,) = await alice.says("来源 #1")
    assert "不该说" not in said


async def test_where_only_mentions_wake_the_bot_the_bare_word_still_ends_it(tmp_path: Path) -> None:
    config = "rooms:\n  Python学习群:\n    triggers: mention\n"
    async with simulated_room(config, folder=tmp_path) as room:
        alice = room.member("小明")
        for word, answer in (
            ("结束分享", "已收录 #1《OOM 排查》，谢谢小明。"),
            ("取消分享", "好的，刚才收集的都丢掉了。"),
        ):
            await alice.says("@小知 开始分享 OOM 排查")
            assert await alice.says("先看 dmesg 有没有 killed process。") == []
            assert await alice.says(word) == [answer]
