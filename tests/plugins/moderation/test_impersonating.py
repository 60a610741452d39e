"""Who calls themselves like the owner is shown to the owner, and the room is warned when money comes up."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow


def told(room: SimulatedRoom) -> list[str]:
    """Return what the owner was told in private."""
    return [act.text for act in room.said if act.room is None and act.to == room.owner.name]


async def test_a_disguised_name_is_shown_to_the_owner_when_it_comes_in(room: SimulatedRoom) -> None:
    await room.stranger("群\u200b主").joins()
    (shown,) = told(room)
    assert "和「群主」看起来一样。" in shown


async def test_the_room_is_warned_once_when_a_suspect_talks_of_money(room: SimulatedRoom) -> None:
    fake = room.member("群主-客服")
    assert await fake.says("大家好呀") == told(room)
    warned = "提醒一下：「群主-客服」不是群主、管理员，也不是我。说到转账、加微信，请先找群主本人确认。"
    assert await fake.says("报名费转 账给我就行") == [warned]
    assert await fake.says("转账给我就行啊快点") == []


async def test_who_renames_to_the_bot_is_noticed(room: SimulatedRoom) -> None:
    someone = room.member("普通人")
    assert await someone.says("大家好呀") == []
    someone.renames(f"{room.app.config.name}助手")
    (shown,) = await someone.says("我来帮大家")
    assert f"和「{room.app.config.name}」只多了称呼" in shown


async def test_what_the_owner_finds_harmless_is_not_warned_of(room: SimulatedRoom) -> None:
    fake = room.member("群主-客服")
    await fake.says("大家好呀")
    await room.owner.says("误判 V1", private=True)
    assert await fake.says("报名费转账给我就行") == []


async def test_leaders_and_ordinary_names_are_left_alone(room: SimulatedRoom) -> None:
    assert await room.owner.says("今天转账的截图我收到了") == []
    assert await room.member("群主的小迷弟").says("转账了吗各位") == []
    assert told(room) == []
