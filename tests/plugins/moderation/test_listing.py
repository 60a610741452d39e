"""Whom the owner wants in none of the rooms."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow


def told(room: SimulatedRoom) -> list[str]:
    """Return what the owner was told in private."""
    return [act.text for act in room.said if act.room is None and act.to == room.owner.name]


async def test_who_is_listed_and_comes_back_is_shown_to_the_owner(room: SimulatedRoom) -> None:
    cheat = room.member("骗子")
    await cheat.says("大家好")
    said = await room.owner.says("黑名单 @骗子 借钱不还")
    assert "好的，骗子 进了黑名单，在任何一个群里出现我都会告诉您。这位现在在：Python学习群。" in said
    await cheat.leaves()
    await cheat.joins()
    assert any("黑名单里的 骗子 进了「Python学习群」（借钱不还）" in text for text in told(room))


async def test_the_list_survives_a_restart_and_is_shown(room: SimulatedRoom) -> None:
    cheat = room.member("骗子")
    await cheat.says("大家好")
    await room.owner.says("黑名单 @骗子")
    await room.crash()
    said = await room.owner.says("黑名单", private=True)
    assert said[0].startswith("黑名单 1 位：\n骗子：群主没有写原因（")
    await cheat.leaves()
    await cheat.joins()
    assert any("黑名单里的 骗子 进了" in text for text in told(room))


async def test_who_is_taken_off_is_like_everybody(room: SimulatedRoom) -> None:
    cheat = room.member("骗子")
    await cheat.says("大家好")
    await room.owner.says("黑名单 @骗子 借钱不还")
    assert "好的，骗子 不在黑名单里了。" in await room.owner.says("移出黑名单 @骗子")
    before = len(told(room))
    await cheat.leaves()
    await cheat.joins()
    assert len(told(room)) == before


async def test_the_owner_cannot_be_listed(room: SimulatedRoom) -> None:
    assert "群主和管理员不能进黑名单。" in await room.owner.says("黑名单 @群主")


async def test_members_have_no_such_command(room: SimulatedRoom) -> None:
    room.member("小刚")
    said = await room.member("小红").says("/黑名单 @小刚")
    assert not any("进了黑名单" in text for text in said)


async def test_who_is_listed_and_breaks_a_rule_is_reported_with_the_list(room: SimulatedRoom) -> None:
    cheat = room.member("骗子")
    await cheat.says("大家好")
    await room.owner.says("黑名单 @骗子 借钱不还")
    before = len(told(room))
    assert await cheat.says("今天天气不错") == []
    for _ in range(6):
        await cheat.says("快来看看我新开的店，全场五折哦")
    (shown,) = told(room)[before:]
    assert "在黑名单里：借钱不还" in shown
