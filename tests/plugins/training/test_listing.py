"""课表 and 场次: what is coming, and one of them in full, with how to register."""

from __future__ import annotations

import pytest

from bot.testing import TOPIC, SimulatedRoom
from tests.plugins.training.kit import LINK

pytestmark = pytest.mark.slow  # days of conversation

SCHEDULES = f"""
sessions:
  - id: fastapi-101
    title: FastAPI 入门实战
    host: 老王
    room: {TOPIC}
    starts: 2026-12-05 20:00
    duration: 2h
    capacity: 1
    link: {LINK}
  - id: go
    title: Go 周会
    room: {TOPIC}
    every: 周五 20:00
    until: 2026-12-11
    price: 99.5
  - id: elsewhere
    title: 别处的课
    room: 别的群
    starts: 2026-12-06 20:00
    materials: https://example.com/slides.pdf
"""


@pytest.fixture
def room_schedules() -> str:
    return SCHEDULES


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def test_the_rooms_sessions_are_a_numbered_list(room: SimulatedRoom) -> None:
    lines = [
        "接下来有 3 场课，回复数字看详情，报名发「报名 编号」：",
        "1. go 12-04 Go 周会 周五 12-04 20:00 99.50 元",
        "2. fastapi-101 FastAPI 入门实战 周六 12-05 20:00 余 1 位 免费",
        "3. go 12-11 Go 周会 周五 12-11 20:00 99.50 元",
    ]
    alice = room.member("小明")
    assert await alice.says("课表") == ["\n".join(lines)]
    assert await alice.says("场次", private=True) == ["\n".join(lines)]
    assert "elsewhere" in (await alice.says("课表 全部"))[0]


async def test_a_number_shows_one_and_a_yes_registers(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("课表")
    assert await alice.says("2") == [
        (
            "fastapi-101《FastAPI 入门实战》\n"
            "时间：周六 12-05 20:00（四天后），2 小时\n"
            "主讲：老王\n"
            "地点：线上，链接私聊发给报名的人\n"
            "费用：免费，还有 1 个名额\n"
            "报名请回复「是」，或发「报名 fastapi-101」。"
        )
    ]
    assert (await alice.says("是"))[0].startswith("小明 报名成功")


async def test_a_full_one_says_how_to_wait(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    (said,) = await room.member("小红").says("场次 fastapi")
    assert said.splitlines()[-2:] == [
        "费用：免费，名额已满",
        "想来可以排候补：发「候补 fastapi-101」，有空位按顺序通知。",
    ]


async def test_who_is_registered_reads_so_and_the_link_in_private_only(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    (here,), (alone,) = await alice.says("场次 fastapi-101"), await alice.says("场次 fastapi-101", private=True)
    assert "您已经报名" in here
    assert LINK not in here
    assert LINK in alone
    (other,) = await room.member("小红").says("场次 fastapi-101", private=True)
    assert LINK not in other


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("场次 go 12-11", "go 12-11《Go 周会》\n时间：周五 12-11 20:00"),
        ("场次 ＧＯ", "go 12-04《Go 周会》"),
        ("课表 周会", "go 12-04《Go 周会》"),
        ("/场次 fastapi-102", "没有场次「fastapi-102」，您要找的是不是「fastapi-101」？发送「课表」看看有哪些。"),
        ("@小知 场次 别扭", "没有找到场次「别扭」，发送「课表」看看有哪些。"),
        ("课表 我的", "您现在没有报名的场次"),
    ],
)
async def test_a_session_is_named_as_people_name_it(room: SimulatedRoom, asked: str, part: str) -> None:
    said = await room.member("小明").says(asked)
    assert part in said[0]


@pytest.mark.parametrize("text", ["场次安排好了吗", "课表 你们看到了吗", "课程 好难啊", "场次 问题不大"])
async def test_chat_about_courses_stays_chat(room: SimulatedRoom, text: str) -> None:
    assert await room.member("小明").says(text) == []


async def test_what_is_over_shows_what_there_is_of_it(room: SimulatedRoom) -> None:
    await room.clock.advance(days=6)
    (said,) = await room.member("小明").says("场次 elsewhere")
    assert said == (
        "elsewhere《别处的课》\n时间：周日 12-06 20:00（已结束），1 小时\n资料：https://example.com/slides.pdf"
    )


async def test_what_goes_on_can_not_be_registered_for_any_more(room: SimulatedRoom) -> None:
    await room.clock.advance(days=4, hours=11, minutes=30)
    (said,) = await room.member("小明").says("场次 fastapi-101")
    assert "（正在进行）" in said
    assert said.endswith("已经开始，报名截止了。")


async def test_with_nothing_to_come_a_wish_is_asked_for(room: SimulatedRoom) -> None:
    await room.clock.advance(days=30)
    assert await room.member("小明").says("课表") == ["现在没有安排课。想听什么发「想听 题目」，想的人多了就会开。"]
