from __future__ import annotations

import pytest

from bot.members import find_by_name
from bot.plugins.qa.model import Draft, Source
from bot.plugins.qa.store import publish_post
from bot.testing import SimulatedRoom, Speaker

pytestmark = pytest.mark.slow  # days of conversation

QUESTION = "问 kafka 集群扩容以后分区怎么搬"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def writes(room: SimulatedRoom, who: Speaker, title: str) -> None:
    """Let somebody be the author of a post."""
    await who.says("大家好")
    (found,) = await room.app.storage.read("default", find_by_name, who.name)
    values = {"author_id": found.id, "source": Source.SHARE, "tags": ("kafka",)}
    draft = Draft(title=title, body="先看心跳有没有超时，再看处理一批要多久，最后看再均衡的日志。", **values)
    await room.app.storage.run("default", publish_post, draft, room.clock.now())
    await room.app.drain()


async def test_who_wrote_about_it_and_agreed_is_named(room: SimulatedRoom) -> None:
    alice, li = room.member("小明"), room.member("李四")
    await writes(room, li, "消息队列的消费者老是掉线")
    (said,) = await alice.says(QUESTION)
    assert "@李四" not in said
    (thanks,) = await li.says("愿意答疑")
    assert thanks.endswith("我会 @ 您，每小时最多一次。发「不再答疑」随时停。")
    (said,) = await alice.says("问 kafka 集群缩容以后分区怎么搬走")
    assert "最懂这块的是 @李四。" in said.splitlines()
    assert room.said[-1].mentions == ("李四",)


async def test_an_expert_is_named_once_an_hour_and_never_to_themselves(room: SimulatedRoom) -> None:
    alice, li = room.member("小明"), room.member("李四")
    await writes(room, li, "消息队列的消费者老是掉线")
    await li.says("愿意答疑")
    (said,) = await li.says(QUESTION)
    assert "@李四" not in said
    assert "@李四" in (await alice.says("问 kafka 集群缩容以后分区怎么搬走"))[0]
    assert "@李四" not in (await alice.says("问 kafka 主题删不掉怎么回事"))[0]
    room.clock.advance(minutes=61)
    assert "@李四" in (await alice.says("问 kafka 磁盘写满了从哪里清"))[0]


async def test_a_topic_limits_for_what_somebody_is_named(room: SimulatedRoom) -> None:
    alice, li = room.member("小明"), room.member("李四")
    await writes(room, li, "消息队列的消费者老是掉线")
    (thanks,) = await li.says("愿意答疑 Redis")
    assert thanks.startswith("谢谢您。有人问到「redis」又没有现成答案时")
    assert "@李四" not in (await alice.says(QUESTION))[0]
    assert "@李四" in (await alice.says("问 redis 哨兵切换以后连不上"))[0]


async def test_who_left_or_resigned_is_not_named(room: SimulatedRoom) -> None:
    alice, li = room.member("小明"), room.member("李四")
    await li.says("愿意答疑 redis")
    await li.says("愿意答疑 kafka")
    assert await li.says("不再答疑 redis") == ["好的，「redis」不再 @ 您；还登记着：kafka。发「不再答疑」全部停掉。"]
    assert await li.says("不再答疑 mysql") == ["您没有登记过「mysql」的答疑，不会被 @。"]
    await li.leaves()
    assert "@李四" not in (await alice.says(QUESTION))[0]
    await li.joins()
    assert await li.says("不再答疑") == ["好的，不会再为答疑 @ 您了，谢谢您帮过的忙。"]
    assert await li.says("不再答疑") == ["您没有登记过答疑，不会被 @。"]
    assert "@李四" not in (await alice.says("问 kafka 主题删不掉怎么回事"))[0]


async def test_a_topic_is_one_word_and_there_are_not_too_many(room: SimulatedRoom) -> None:
    li = room.member("李四")
    (said,) = await li.says("愿意答疑 我什么都会一点点所以随便什么问题都可以来问我")
    assert said == "主题写一个词就好，比如「愿意答疑 redis」，最多 20 个字。"
    for number in range(10):
        await li.says(f"愿意答疑 topic{number}")
    assert await li.says("愿意答疑 再来一个") == ["最多 10 个主题，先发「不再答疑 主题」去掉一个。"]


async def test_several_topics_are_told_at_once(room: SimulatedRoom) -> None:
    li = room.member("李四")
    (thanks,) = await li.says("愿意答疑 Redis、mysql，C# #go")
    assert thanks.startswith("谢谢您。有人问到「redis」「mysql」「c#」「go」又没有现成答案时")
    (left,) = await li.says("不再答疑 c# go")
    assert left == "好的，「c#」「go」不再 @ 您；还登记着：mysql、redis。发「不再答疑」全部停掉。"


async def test_nobody_is_named_in_private(room: SimulatedRoom) -> None:
    alice, li = room.member("小明"), room.member("李四")
    await li.says("愿意答疑 kafka")
    (said,) = await alice.says(QUESTION, private=True)
    assert "李四" not in said
