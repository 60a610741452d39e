"""申诉: somebody contests what was done, two reviewers or the deadline decide, and they are told."""

from __future__ import annotations

import pytest

from bot.model import Act, Role
from bot.testing import SimulatedRoom, Speaker
from tests.plugins.moderation.fair_kit import CARROT, done, told, weight

pytestmark = pytest.mark.slow

NOTE = "，已私聊回复您。"
TAKEN = (
    "收到 V1 的申诉，会由群主（这里只有一位能处理申诉的人）来看，最迟 周四 12-03 09:00 给您结果；"
    "到时没人处理，就按您说的办。"
)
NOTICE = (
    "申诉 V1：「Python学习群」的 小明 不同意这次处理。\n原话：「我家的胡萝卜熟了」\n处理原因：出现「胡萝卜」\n"
    "申诉理由：「我说的是自家的菜」\n最迟 周四 12-03 09:00 定下来。\n"
    "这里只有您能处理，您一个人就可以决定。"
    "回复数字：1 同意，撤销处理  2 驳回，维持处理，也可以发「同意申诉 V1」或「驳回申诉 V1 理由」。"
)
REMINDER = (
    "申诉 V1（小明）还等您看一眼，1 天后到期，到期没人处理就会撤销这次处理。"
    "回复数字：1 同意，撤销处理  2 驳回，维持处理，也可以发「同意申诉 V1」或「驳回申诉 V1 理由」。"
)


@pytest.fixture
def room_config() -> str:
    return CARROT


async def warned(room: SimulatedRoom, name: str = "小明") -> Speaker:
    member = room.member(name)
    await member.says("大家好")
    said = await member.says("我家的胡萝卜熟了")
    assert "申诉 V1 您的理由" in said[-1]
    return member


async def test_the_owner_alone_upholds_where_nobody_else_is(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    assert told(room, "小明")[-1] == TAKEN
    assert told(room, "群主") == [NOTICE]
    await room.owner.says("同意申诉 V1", private=True)
    assert told(room, "群主")[-1] == "申诉 V1（小明）通过，处理已撤销，已经告诉对方。"
    assert told(room, "小明")[-1] == "V1 的申诉通过了：这次处理已经撤销，警告 S1 不再算数。打扰您了，抱歉。"
    assert await ming.says("我的违规", private=True) == ["您没有违规记录，谢谢您一直照顾大家。"]
    assert await done(room, 1) == ["warn", "appeal", "undo", "rule", "uphold"]
    assert await weight(room, "carrot") == 0.8


async def test_an_upheld_appeal_lets_the_next_strike_count_less(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 看错了吧", private=True)
    await room.owner.says("同意申诉 V1", private=True)
    await room.clock.advance(hours=1)
    said = await ming.says("胡萝卜又熟了")
    assert "记 0.8 分（S2）" in said[0]


async def test_two_of_several_must_agree(room: SimulatedRoom) -> None:
    admin, other = room.member("小红", Role.ADMIN), room.member("小刚", Role.ADMIN)
    await admin.says("在")
    await other.says("在")
    ming = await warned(room)
    said = await ming.says("申诉 V1 我说的是自家的菜", private=True)
    assert "会由群主和管理员（两位意见一致为准）来看" in said[0]
    assert [len(told(room, name)) for name in ("群主", "小红", "小刚")] == [1, 1, 1]
    await admin.says("驳回申诉 V1 群里说好不提", private=True)
    assert told(room, "小红")[-1] == "记下了：您驳回申诉 V1。还要一位管理员的意见（共 2 位），到期前可以改。"
    assert told(room, "群主")[-1].startswith("申诉 V1：小红 驳回，还等您的意见")
    await room.owner.says("同意申诉 V1", private=True)
    assert told(room, "群主")[-1] == "记下了：您同意申诉 V1。还要一位管理员的意见（共 2 位），到期前可以改。"
    await other.says("驳回申诉 V1 下次注意", private=True)
    assert told(room, "小刚")[-1] == "申诉 V1（小明）驳回，处理维持，已经告诉对方。"
    assert told(room, "小明")[-1] == (
        "V1 的申诉看过了，这次处理维持不变。原因：群里说好不提；下次注意。"
        "这次警告 周四 12-31 09:00 自动作废。还有疑问可以直接和群主聊，谢谢理解。"
    )
    assert await done(room, 1) == ["warn", "appeal", "appeal", "appeal", "dismiss"]


async def test_nobody_answers_and_the_deadline_is_for_the_member(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.texts()
    room.clock.advance(hours=25)
    assert await room.texts() == [REMINDER]
    room.clock.advance(hours=24)
    assert sorted(await room.texts()) == [
        "V1 的申诉通过了：到期没有人提出不同意见，这次处理已经撤销，警告 S1 不再算数。打扰您了，抱歉。",
        "申诉 V1（小明）到期通过，处理已撤销，已经告诉对方。",
    ]


async def test_one_of_two_dismissed_in_time_and_that_counts(room: SimulatedRoom) -> None:
    await room.member("小红", Role.ADMIN).says("在")
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.owner.says("驳回申诉 V1 群规写了", private=True)
    room.clock.advance(hours=49)
    assert any(text.startswith("V1 的申诉看过了，这次处理维持不变。原因：群规写了。") for text in await room.texts())


async def test_a_crash_does_not_lose_the_deadline_nor_decide_twice(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.crash(hours=60)
    assert sum("的申诉通过了" in text for text in told(room, "小明")) == 1
    await room.crash(hours=1)
    assert sum("的申诉通过了" in text for text in told(room, "小明")) == 1


async def test_the_reason_is_asked_for(room: SimulatedRoom) -> None:
    ming = await warned(room)
    assert await ming.says("申诉", private=True) == [
        "请用一句话说说 V1 哪里不对（出现「胡萝卜」）。不申诉了就发「算了」。"
    ]
    said = await ming.says("我说的是自家的菜", private=True)
    assert said[0].startswith("收到 V1 的申诉")
    assert await ming.says("申诉 V1 再说一遍", private=True) == ["V1 的申诉已经在处理，最迟 周四 12-03 09:00 有结果。"]


async def test_thinking_better_of_it_makes_no_appeal(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1", private=True)
    await ming.says("算了", private=True)
    assert await done(room, 1) == ["warn"]


async def test_in_the_room_the_answer_goes_to_private(room: SimulatedRoom) -> None:
    ming = await warned(room)
    said = await ming.says("申诉 V1 我说的是自家的菜")
    assert "小明" + NOTE in said
    assert said[0].startswith("收到 V1 的申诉") or said[1].startswith("收到 V1 的申诉")


async def test_the_word_alone_among_people_is_chat(room: SimulatedRoom) -> None:
    ming = await warned(room)
    assert await ming.says("申诉 好像很麻烦的样子") == []
    assert await ming.says("申诉了半天") == []
    assert await ming.says("同意申诉") == []


async def test_several_cases_are_offered_by_number(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await room.clock.advance(hours=1)
    await ming.says("胡萝卜炖肉")
    said = await ming.says("申诉", private=True)
    assert said == ["要申诉哪一条？回复数字：\n1. V2 「胡萝卜炖肉」\n2. V1 「我家的胡萝卜熟了」"]
    assert (await ming.says("2", private=True))[0].startswith("请用一句话说说 V1 哪里不对")


async def test_reviewers_decide_from_the_list_by_bare_numbers(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    said = await room.owner.says("申诉", private=True)
    assert said[0].endswith("1. 同意，撤销处理\n2. 驳回，维持处理")
    assert await room.owner.says("2", private=True) == ["请写一句驳回 V1 的理由，对方会看到。先不驳回就发「算了」。"]
    await room.owner.says("群规写了", private=True)
    assert told(room, "群主")[-1] == "申诉 V1（小明）驳回，处理维持，已经告诉对方。"


async def test_a_bare_number_answers_the_notice(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.owner.says("1", private=True)
    assert told(room, "群主")[-1] == "申诉 V1（小明）通过，处理已撤销，已经告诉对方。"
    assert "申诉 V1" not in "".join(await room.owner.says("1", private=True))


@pytest.mark.parametrize("typed", ["同意 申诉 V1", "同意v1", "通过 V1，说得对", "同意申诉V1"])
async def test_votes_are_understood_as_people_type_them(room: SimulatedRoom, typed: str) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.owner.says(typed, private=True)
    assert told(room, "群主")[-1] == "申诉 V1（小明）通过，处理已撤销，已经告诉对方。"


async def test_two_asks_for_the_reason(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    assert await room.owner.says("2", private=True) == ["请写一句驳回 V1 的理由，对方会看到。先不驳回就发「算了」。"]


async def test_numbers_of_others_are_not_votes(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await ming.says("1", private=True)
    assert await done(room, 1) == ["warn", "appeal"]


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("申诉 V9 没有这条", "没有找到您的案卷 V9，发「我的违规」看看编号。"),
        ("申诉 V1 不是我的", "没有找到您的案卷 V1，发「我的违规」看看编号。"),
        ("同意申诉 V1", "没有 V1 的申诉，发「申诉」看看有哪些等处理。"),
        ("申诉", "您没有可以申诉的处理，放心。"),
    ],
)
async def test_others_have_nothing_to_appeal(room: SimulatedRoom, typed: str, answered: str) -> None:
    await warned(room)
    assert await room.member("小红").says(typed, private=True) == [answered]


async def test_members_do_not_review(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    assert await room.member("小红").says("同意申诉 V1", private=True) == [
        "申诉由群主和这个群的管理员处理，谢谢您的热心。"
    ]
    assert await ming.says("同意申诉 V1", private=True) == ["这是您自己的申诉，请等其他管理员处理。"]


async def test_after_a_week_it_is_too_late(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await room.clock.advance(days=8)
    assert await ming.says("申诉 V1 才看到", private=True) == ["V1 已经过了 7 天的申诉期，有疑问可以直接和群主聊。"]


@pytest.mark.parametrize("word", ["撤销 V1", "误判 V1"])
async def test_what_is_undone_otherwise_needs_no_decision(room: SimulatedRoom, word: str) -> None:
    ming = await warned(room)
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.owner.says(word, private=True)
    assert "V1 已经撤销" in told(room, "小明")[-1]
    await room.texts()
    room.clock.advance(days=3)
    assert await room.texts() == []
    assert await room.owner.says("同意申诉 V1", private=True) == ["V1 的申诉已经通过，处理撤销了。"]


async def test_who_was_removed_is_invited_back(room: SimulatedRoom) -> None:
    ming = await warned(room)
    await room.owner.says("移除 V1", private=True)
    assert [act.to for act in room.said if act.act is Act.REMOVE] == ["小明"]
    await ming.says("申诉 V1 我说的是自家的菜", private=True)
    await room.owner.says("同意申诉 V1", private=True)
    assert [act.to for act in room.said if act.act is Act.INVITE] == ["小明"]
    assert told(room, "小明")[-1].startswith("V1 的申诉通过了：这次处理已经撤销，警告 S1 不再算数，已经邀请您回群。")


async def test_where_nobody_can_be_written_to_the_room_reads_the_result(room: SimulatedRoom) -> None:
    room.gateway.lose(can_send_private=False)
    ming = room.member("小明")
    await ming.says("大家好")
    await ming.says("我家的胡萝卜熟了")
    said = await ming.says("申诉 V1 我说的是自家的菜")
    assert said == [f"{TAKEN}当前通道发不了私聊，请群主在群里发「同意申诉 V1」或「驳回申诉 V1 理由」。"]
    said = await room.owner.says("同意申诉 V1")
    assert sorted(said) == [
        "V1 的申诉通过了：这次处理已经撤销，警告 S1 不再算数。打扰您了，抱歉。",
        "申诉 V1（小明）通过，处理已撤销，已经告诉对方。",
    ]
