from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StorageError
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow  # days of conversation

DATA = Path(__file__).parents[2] / "data" / "posts" / "knowledge"


@pytest.fixture
def room_config(tmp_path: Path) -> str:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    for name in ("lock.md", "room.md", "semaphore.md"):
        shutil.copy(DATA / name, knowledge / name)
    return f"knowledge: {knowledge}\ncommands:\n  cooldown: 0s\n"


async def test_what_is_shared_is_found_at_once_here_and_in_private_of_its_members(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    assert await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。 #redis") == [
        "已收录 #4《怎么找大key》，谢谢小明。"
    ]
    (said,) = await bob.says("问 怎么找大key")
    assert said.splitlines()[0] == "用 redis-cli --bigkeys 扫描，只读不阻塞。"
    assert "[1] 小明 12月1日 #4" in said
    (said,) = await bob.says("怎么找大key？", private=True)
    assert "#4" in said


async def test_a_quoted_message_is_shared_under_its_authors_name(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("连接池一定要设上限，不然流量一来就把数据库打满了。")
    assert await bob.quotes("连接池一定要设上限", "分享 #数据库") == [
        "已收录 #4《连接池一定要设上限，不然流量一来就把数据库打满了》，谢谢小明。"
    ]
    (said,) = await bob.says("来源 #4")
    assert "小明 12月1日 · 标签：数据库" in said


async def test_what_the_bot_said_is_declined_with_the_post_it_is_from(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
    declined = "这是我自己说的话，内容在 #4《怎么找大key》里，已经收录了。看全文发「来源 #4」。"
    assert await bob.quotes("已收录 #4", "分享") == [declined]
    await bob.says("问 怎么找大key")
    assert await bob.quotes("用 redis-cli --bigkeys 扫描，只读不阻塞。\n【把握", "分享 大key 怎么查 #redis") == [
        declined
    ]
    assert await alice.quotes("用 redis-cli --bigkeys 扫描，只读不阻塞。\n【把握", "分享") == [declined]


async def test_what_the_bot_said_by_itself_is_declined(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("问 zzz qqq vvv www")
    assert await alice.quotes("知识库里还没有", "分享 zzz qqq") == [
        "这是我自己说的话，就不收录了。您的经验请直接发「分享 标题 正文」。"
    ]
    own = "分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。"
    assert await alice.quotes("知识库里还没有", own) == ["已收录 #4《怎么找大key》，谢谢小明。"]


async def test_too_little_is_not_taken_in(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("分享") == ["请这样发：分享 标题 正文。标题写成别人会问的那句话，正文第一句就说结论。"]
    assert await alice.says("分享 标题 太短") == ["正文太短了，至少写 10 个字，把结论和做法说清楚再发一次。"]


async def test_a_near_duplicate_is_asked_about_and_the_same_text_refused(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    text = "怎么找大key\n用 redis-cli --bigkeys 扫描整个实例，只读不会阻塞线上服务，放心用。"
    await alice.says(f"分享 {text}")
    assert await alice.says(f"分享 {text}") == ["这篇已经有了：#4《怎么找大key》，谢谢您。"]
    (asked,) = await alice.says(f"分享 {text}试过了")
    assert asked.startswith("与 #4《怎么找大key》相似 9")
    assert await alice.says("2") == ["已收录 #5《怎么找大key》，谢谢小明。"]
    await alice.says(f"分享 {text}也试过了")
    assert await alice.says("3") == ["好的，没有重复收录。发送「来源 #5」看那一篇。"]


async def test_a_share_can_be_taken_back_for_ten_minutes_and_by_the_owner_always(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
    assert await bob.says("撤回分享 #4") == ["#4 不是您分享的，需要撤下请联系群主。"]
    assert await alice.says("撤回分享") == ["已撤回 #4《怎么找大key》。"]
    (said,) = await bob.says("来源 #4")
    assert said.startswith("没有找到")
    await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
    room.clock.advance(minutes=11)
    assert await alice.says("撤回分享 #5") == ["分享超过 10 分钟了，需要撤下请联系群主。"]
    assert await room.owner.says("撤回分享 #5") == ["已撤回 #5《怎么找大key》。"]
    assert await room.owner.says("撤回分享 #3") == ["#3 来自知识目录，请在文件里修改或删除。"]


async def test_a_share_that_is_handled_again_does_not_meet_itself(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    storage, submit = room.app.storage, room.app.storage.submit

    def die_before_the_answer(community: str, fn: Any) -> Any:
        if getattr(fn, "__name__", "") == "write":
            raise StorageError("the disk was pulled")
        return submit(community, fn)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "submit", die_before_the_answer)
        assert await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。") == []
    await room.crash()
    assert room.said[-1].text == "已收录 #4《怎么找大key》，谢谢小明。"


async def test_the_title_of_a_share_may_have_latin_words(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("分享 线上 Redis 卡顿排查 先看 slowlog，再看有没有大 key。") == [
        "已收录 #4《线上 Redis 卡顿排查》，谢谢小明。"
    ]
