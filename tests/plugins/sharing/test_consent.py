from __future__ import annotations

import pytest

from bot.model import Role
from bot.testing import SimulatedRoom, Speaker
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

QUESTION = "asyncio 怎么限制并发啊？"
ANSWER = "用 Semaphore，async with sem 里面发请求，数字按下游能力来定。"
ASKED = (
    "群主群主 想把您的回答收进知识库，署您的名：\n问：asyncio 怎么限制并发啊？\n"
    "答：用 Semaphore，async with sem 里面发请求，数字按下游能力来定。\n"
    "回复 1 同意，2 不同意；半小时后请写「同意」或「不同意」（48 小时内有效）。也可以回「以后都同意」或「以后都不」。"
)
PUBLISHED = "已收录 #1《asyncio 怎么限制并发啊？》，谢谢小红。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def talk(room: SimulatedRoom) -> tuple[Speaker, Speaker]:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(QUESTION)
    await alice.says("在线等")
    await bob.says(ANSWER)
    return alice, bob


async def test_an_answer_is_published_when_its_author_agrees(room: SimulatedRoom) -> None:
    alice, bob = await talk(room)
    assert await room.owner.quotes("用 Semaphore", "收录") == [ASKED]
    assert room.said[-1].mentions == ("小红",)
    assert await alice.says("1") == []
    assert await alice.says("来源 #1") == ["没有找到「来源 1」，请看看回答里的编号，比如 #57。"]
    assert await bob.says("1") == [PUBLISHED, f"小红 同意了。{PUBLISHED}"]
    (said,) = await alice.says("来源 #1")
    assert said.startswith("《asyncio 怎么限制并发啊？》#1\n小红 12月1日\n\n用 Semaphore")
    assert "1. 《" in (await bob.says("我的分享"))[0]


async def test_a_refusal_is_told_to_who_asked_and_nothing_is_kept(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    await room.owner.quotes("用 Semaphore", "收录")
    assert await bob.says("2") == ["好的，不收录。", "小红 没有同意收录「asyncio 怎么限制并发啊？」的回答。"]
    assert await bob.says("1") == []


async def test_the_consent_survives_crashes_on_both_sides(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    with before_the_answer(room):
        await room.owner.quotes("用 Semaphore", "收录")
    await room.crash()
    assert [done.text for done in room.said] == [ASKED]
    with before_the_answer(room):
        await bob.says("1")
    await room.crash()
    assert [done.text for done in room.said[1:]] == [f"小红 同意了。{PUBLISHED}", PUBLISHED]
    assert await bob.says("1") == []


async def test_the_consent_has_a_term(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    await bob.says(ANSWER + "数字先取二十，看下游的错误率和延迟，再一点一点往上加；超过下游的上限只会排队，不会更快。")
    await room.owner.quotes("不会更快", "收录")
    room.clock.advance(hours=47)
    assert await room.owner.quotes("不会更快", "收录") == ["已经在等小红答复了。"]
    assert await room.owner.says("审核") == [
        "等小红同意收录：《asyncio 怎么限制并发啊？》（还有 1 小时）\n现在没有要审核的分享。"
    ]
    room.clock.advance(hours=2)
    assert await bob.says("1") == []
    assert await room.owner.says("审核") == ["现在没有要审核的分享。"]


async def test_it_can_be_answered_in_private(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    await room.owner.quotes("用 Semaphore", "收录")
    assert (await bob.says("同意", private=True))[0] == PUBLISHED


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("以后都同意", ["已收录 #2《连接池要注意什么？》，谢谢小红。"]),
        ("以后都不", ["小红说过不收录自己的回答，这条没有收录。"]),
    ],
)
async def test_what_was_said_once_for_all_is_remembered(room: SimulatedRoom, said: str, then: list[str]) -> None:
    alice, bob = await talk(room)
    await room.owner.quotes("用 Semaphore", "收录")
    await bob.says(said)
    await alice.says("连接池要注意什么？")
    await bob.says("连接池要设上限，不然会把数据库打满。")
    assert await room.owner.quotes("连接池要设上限", "收录") == then


async def test_the_standing_answer_can_be_seen_and_changed(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    (said,) = await bob.says("收录授权")
    assert said.startswith("您的回答被收录前，每次都会先问您。\n要改就发：")
    assert await bob.says("收录授权 同意") == ["好的，您的回答被收录时不再问您，会直接署您的名收录。"]
    assert (await room.owner.quotes("用 Semaphore", "收录")) == [PUBLISHED]
    assert await bob.says("收录授权 拒绝") == ["好的，您的回答不会被收录，也不再问您。"]
    assert await bob.says("收录授权 每次问我") == ["好的，您的回答被收录前，每次都会先问您。"]


async def test_the_question_is_what_was_quoted_or_typed_or_asked_before(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("pip 装包太慢怎么办？")
    await alice.says("Docker 镜像太大怎么办？")
    await bob.quotes("pip 装包", "换成国内的镜像源，比如清华源，一条命令就好。")
    (said,) = await room.owner.quotes("换成国内", "收录")
    assert "问：pip 装包太慢怎么办？" in said
    await bob.says("多阶段构建，最后一阶段只拷贝产物出来。")
    (said,) = await room.owner.quotes("多阶段构建", "收录 怎么减小镜像？")
    assert "问：怎么减小镜像？" in said
    await bob.says("内存里留一份热点数据，过期时间加上随机数。")
    (said,) = await room.owner.quotes("内存里留一份", "收录")
    assert "问：Docker 镜像太大怎么办？" in said


async def test_a_question_of_an_hour_ago_or_of_the_answerer_is_none(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says(QUESTION)
    await room.clock.advance(minutes=31)
    await bob.says("有人知道为什么会这样吗？")
    await bob.says(ANSWER)
    assert await room.owner.quotes("用 Semaphore", "收录") == [
        "没有找到这条回答对应的问题，请写上：引用回答，发「收录 问题」。"
    ]


async def test_the_bots_own_answers_are_not_taken_in(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
    assert await room.owner.quotes("已收录 #1", "收录 怎么找大key") == ["我自己的回答不收录，只收录群友的。"]


async def test_ones_own_answer_needs_no_consent(room: SimulatedRoom) -> None:
    alice, expert = room.member("小明"), room.member("专家", Role.EXPERT)
    await alice.says(QUESTION)
    await expert.says(ANSWER)
    assert await expert.quotes("用 Semaphore", "收录") == ["已收录 #1《asyncio 怎么限制并发啊？》，谢谢专家。"]
    assert await expert.quotes("用 Semaphore", "收录") == ["这条已经收录过了：#1。"]


async def test_wrong_uses_say_what_to_do(room: SimulatedRoom) -> None:
    alice, bob = await talk(room)
    usage = "请引用群里那条回答，再发「收录」；问题找不到时写上：收录 问题。"
    assert await room.owner.says("收录") == [usage]
    assert await room.owner.says("收录 一下吧各位") == []
    assert await alice.quotes("用 Semaphore", "收录") == []
    assert await alice.quotes("用 Semaphore", "/收录") == ["「收录」要专家才能用。"]
    await bob.says("试试")
    assert await room.owner.quotes("试试", "收录") == [
        "这条回答不能收录：正文太短了，至少写 10 个字，把结论和做法说清楚再发一次。"
    ]


async def test_what_is_asked_about_is_gone_when_the_answer_is_taken_back(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    await room.owner.quotes("用 Semaphore", "收录")
    assert await bob.recalls("用 Semaphore") == ["小红 撤回了消息，还没发布的《asyncio 怎么限制并发啊？》不发了。"]
    assert await bob.says("1") == []


async def test_after_half_an_hour_a_bare_number_agrees_to_nothing_and_a_word_does(room: SimulatedRoom) -> None:
    _, bob = await talk(room)
    await room.owner.quotes("用 Semaphore", "收录")
    room.clock.advance(minutes=31)
    assert await bob.says("1") == []
    assert await bob.says("同意") == [PUBLISHED, f"小红 同意了。{PUBLISHED}"]
