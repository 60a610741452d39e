"""Commands, lists, confirmations and help as the group sees them, in the simulated room."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.model import Role
from bot.plugin import Plugin
from bot.testing import SimulatedRoom
from tests.test_router import make_courses

pytestmark = pytest.mark.slow  # whole conversations


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return [make_courses()]


@pytest.fixture
def room_config(tmp_path: Path) -> str:
    return f"knowledge: {tmp_path / 'empty'}"


async def test_a_command_is_heard_in_every_spelling_of_the_group(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for raw in ("报名 fastapi-101", "報名fastapi-101", "／报名　ｆａｓｔａｐｉ－１０１", "/报名 fastapi-101"):
        assert await ming.says(raw) == ["小明 报名了 fastapi-101。"]
    assert await ming.says("@小知\u2005报名 fastapi-101") == ["小明 报名了 fastapi-101。"]
    for raw in ("报名了吗？", "报名的人好多", "我已经报名 fastapi-101 了", "报明 fastapi-101"):
        assert await ming.says(raw) == []


async def test_a_list_is_answered_by_a_bare_number_for_two_minutes(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    assert await ming.says("场次") == ["回复数字报名：\n1. FastAPI\n2. Redis"]
    assert await hong.says("2") == []
    assert await ming.says("２") == ["小明 报名了 fastapi-redis。"]
    await ming.says("场次")
    await room.clock.advance(minutes=2)
    assert await ming.says("1") == []


async def test_a_yes_is_still_understood_after_a_crash(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("取消 fastapi-101") == ["要取消 fastapi-101 吗？回复 是"]
    await room.crash()
    assert await ming.says("是") == ["取消了 fastapi-101。"]
    assert await ming.says("是") == []


async def test_help_is_for_the_person_and_the_place(room: SimulatedRoom) -> None:
    ming, boss = room.member("小明"), room.member("老板", Role.ADMIN)
    (for_member,), (for_admin,) = await ming.says("帮助"), await boss.says("帮助")
    (in_private,) = await ming.says("帮助", private=True)
    assert ("警告" in for_member, "警告" in for_admin) == (False, True)
    assert ("我的数据" in for_member, "我的数据" in in_private) == (False, True)
    assert await ming.says("帮助 报名") == ["报名 <场次>\n例如：报名 fastapi-101"]
    assert await ming.says("帮助别人") == []
    assert all(len(line) < 60 for line in for_admin.splitlines())


async def test_a_cooldown_is_told_once_and_by_why(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("抽奖") == ["没中。"]
    (told,) = await ming.says("抽奖")
    assert told.startswith("「抽奖」请")
    assert await ming.says("抽奖") == []
    (why,) = await ming.says("@小知 为什么")
    assert "冷却剩" in why


async def test_a_near_miss_is_asked_about(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("/报明 fastapi-101") == ["您要找的是不是「报名」？"]
    assert await ming.says("好的") == ["小明 报名了 fastapi-101。"]


async def test_a_wish_in_free_text_is_confirmed(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("我想参加 fastapi-101", private=True) == ["要报名「fastapi-101」吗？回复 是"]
    assert await ming.says("1", private=True) != ["小明 报名了 fastapi-101。"]
    assert await ming.says("是", private=True) == ["小明 报名了 fastapi-101。"]
