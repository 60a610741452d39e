"""The process dies at any write of any step: what was promised is said once, what was shared is there once."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom, Speaker
from tests.plugins.sharing.crashes import at_write

pytestmark = pytest.mark.slow

SHARED = "分享 怎么找大key\n用 redis-cli --bigkeys 扫描整个实例，只读不会阻塞线上服务，放心用。"
MORE = f"{SHARED}集合类型要看元素个数，不是字节数。"
_WRITTEN = 2  # the message is on record and what it does is done; nothing was said
ADVERT = "分享 副业推荐\n想赚钱的加微信 abc12345，日入 500，带您一起做 Python 接单。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def die_at(room: SimulatedRoom, who: Speaker, text: str, number: int) -> list[str]:
    """Say something, die at a write, start again, and return all that was said because of it."""
    before = len(room.said)
    with at_write(room, number):
        await who.says(text)
    await room.crash()
    return sorted(done.text for done in room.said[before:])


@pytest.mark.parametrize("number", [2, 3])  # before it is published, and after it
async def test_what_was_collected_is_published_once(room: SimulatedRoom, number: int) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查")
    await alice.says("先看 dmesg 有没有 killed process。")
    assert await die_at(room, alice, "结束分享", number) == ["已收录 #1《OOM 排查》，谢谢小明。"]
    assert await alice.says("我的分享") == ["您最近的分享，回复编号看全文：\n1. 《OOM 排查》"]


async def test_a_part_is_collected_once(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("开始分享 OOM 排查")
    assert await die_at(room, alice, "先看 dmesg 有没有 killed process。", _WRITTEN) == []
    await alice.says("结束分享")
    assert (await alice.says("来源 #1"))[0].count("dmesg") == 1


async def test_a_merge_is_asked_for_and_done_once(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(SHARED)
    (asked,) = await die_at(room, bob, MORE, _WRITTEN)
    assert asked.startswith("与 #1《怎么找大key》相似")
    assert len(await die_at(room, bob, "1", _WRITTEN)) == 2
    assert await die_at(room, alice, "1", _WRITTEN) == [
        "小明 同意了，您的补充已合并到 #1《怎么找大key》，谢谢您。",
        "已合并到 #1《怎么找大key》（第 2 版），谢谢小红。",
    ]
    assert (await alice.says("来源 #1"))[0].count("集合类型") == 1


async def test_a_draft_is_held_and_passed_once(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert len(await die_at(room, alice, ADVERT, _WRITTEN)) == 2
    published = "已收录 #1《副业推荐》，谢谢小明。"
    assert await die_at(room, room.owner, "审核 通过 1", _WRITTEN) == [
        published,
        f"您分享的《副业推荐》通过了审核。{published}",
    ]
