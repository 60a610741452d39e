"""Members report messages and people; several of them make it count, liars do not."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow


def told(room: SimulatedRoom, name: str) -> list[str]:
    """Return what somebody was told in private."""
    return [act.text for act in room.said if act.room is None and act.to == name]


async def test_a_first_report_is_shown_to_the_owner_and_counts_nothing(room: SimulatedRoom) -> None:
    gang = room.member("小刚")
    await gang.says("你们都是废物")
    said = await room.member("小红").quotes("废物", "举报 骂人")
    assert "收到，谢谢您。群主会看，处理前不会告诉对方是谁举报的。" in said
    (shown,) = told(room, "群主")
    assert "1 位成员举报 小刚的同一条消息，理由「骂人」" in shown
    assert "小红" not in shown
    assert told(room, "小刚") == []


async def test_the_same_member_cannot_count_twice(room: SimulatedRoom) -> None:
    gang = room.member("小刚")
    await gang.says("你们都是废物")
    red = room.member("小红")
    for _ in range(3):
        said = await red.quotes("你们都是废物", "举报", of=gang)
    assert said[0] == "这件事您已经举报过了，群主会看的。"
    assert told(room, "小刚") == []


async def test_three_members_make_it_a_strike(room: SimulatedRoom) -> None:
    gang = room.member("小刚")
    await gang.says("你们都是废物")
    for name in ("小红", "小明", "小丽"):
        await room.member(name).quotes("你们都是废物", "举报", of=gang)
    assert any("已有 3 位成员举报 小刚的同一条消息，记了 1 分" in text for text in told(room, "群主"))
    assert len(told(room, "小刚")) == 1


async def test_soliciting_is_reported_in_private_and_needs_two(room: SimulatedRoom) -> None:
    room.member("老张")
    first = await room.member("小红").says("举报 老张 加我带你炒股稳赚", private=True)
    assert first[0] == "收到，谢谢您。群主会看，处理前不会告诉对方是谁举报的。"
    assert told(room, "老张") == []
    await room.member("小明").says("举报 @老张 拉我进他的群", private=True)
    assert any("已有 2 位成员举报 老张 私聊推销" in text for text in told(room, "群主"))
    assert len(told(room, "老张")) == 1


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("举报", "想举报一条消息：引用它"),
        ("举报 不存在的人 骂人", "没有找到「不存在的人」"),
        ("举报 小红 自己", "这是您自己"),
        ("举报 群主 太凶", "这是群主或管理员"),
    ],
)
async def test_what_leads_nowhere_is_answered_kindly(room: SimulatedRoom, typed: str, answer: str) -> None:
    room.member("小明")
    said = await room.member("小红").says(typed, private=True)
    assert answer in said[0]
    assert told(room, "群主") == []


async def test_who_reports_too_much_is_asked_to_stop(room: SimulatedRoom) -> None:
    red = room.member("小红")
    for number in range(6):
        room.member(f"某{number}")
        said = await red.says(f"举报 某{number} 看着不顺眼", private=True)
    assert said == ["您今天举报得够多了，明天再来；着急的事请直接找群主。"]


async def test_false_reporters_are_thanked_and_not_heard(room: SimulatedRoom) -> None:
    red, gang = room.member("小红"), room.member("小刚")
    for number in range(3):
        await gang.says(f"这是第 {number} 句平常话")
        await red.quotes(f"第 {number} 句", "举报", of=gang)
        await room.owner.says(f"误判 V{number + 1}", private=True)
    await room.clock.advance(hours=25)
    await gang.says("又一句平常话")
    before = len(told(room, "群主"))
    said = await red.quotes("又一句平常话", "举报", of=gang)
    assert "收到，谢谢您。群主会看，处理前不会告诉对方是谁举报的。" in said
    assert len(told(room, "群主")) == before


async def test_a_newcomer_of_today_does_not_make_the_number_full(room: SimulatedRoom) -> None:
    gang = room.member("小刚")
    await gang.says("你们都是废物")
    new = room.stranger("新来的")
    await new.joins()
    await new.quotes("你们都是废物", "举报", of=gang)
    for name in ("小红", "小明"):
        await room.member(name).quotes("你们都是废物", "举报", of=gang)
    assert told(room, "小刚") == []
