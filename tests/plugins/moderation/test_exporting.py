"""导出案卷: the log as a table in private, in which no cell can act."""

from __future__ import annotations

import csv
import io

import pytest

from bot.model import Act, Role
from bot.testing import SimulatedRoom
from tests.plugins.moderation.fair_kit import CARROT

pytestmark = pytest.mark.slow

WEIGHT = "群规「不提胡萝卜」的分量 1 → 0.8"


@pytest.fixture
def room_config() -> str:
    return CARROT


def table(room: SimulatedRoom, name: str) -> list[dict[str, str]]:
    files = [act.file for act in room.said if act.act is Act.FILE and act.to == name and act.file is not None]
    assert files[-1].data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(files[-1].data.decode("utf-8-sig"))))


async def test_every_act_is_a_row_with_its_reason(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("=HYPERLINK(胡萝卜)")
    await ming.says("申诉 V1 我说的是菜", private=True)
    await room.owner.says("同意申诉 V1 说得对", private=True)
    said = await room.owner.says("导出案卷")
    assert "群主，已私聊回复您。" in said
    rows = table(room, "群主")
    assert [row["处理"] for row in rows] == ["私聊警告", "申诉", "撤销", "群规改动", "申诉成立"]
    assert [row["谁处理"] for row in rows] == ["机器人", "小明", "群主", "机器人", "群主"]
    assert [row["原因"] for row in rows] == ["出现「胡萝卜」", "我说的是菜", "说得对", WEIGHT, "说得对"]
    assert {row["案卷"] for row in rows} == {"V1"}
    assert {row["群规"] for row in rows} == {"不提胡萝卜"}
    assert {row["状态"] for row in rows} == {"已撤销"}
    assert {row["原话"] for row in rows} == {"'=HYPERLINK(胡萝卜)"}
    assert rows[0]["时间"] == "2026-12-01 09:00:00"


async def test_a_span_leaves_out_what_is_older(room: SimulatedRoom) -> None:
    await room.member("小明").says("胡萝卜熟了")
    await room.clock.advance(days=3)
    await room.member("小红").says("胡萝卜又熟了")
    said = await room.owner.says("导出案卷 1天", private=True)
    assert said == ["最近 1 天的处理记录，共 1 条，表格请查收。里面有成员的原话，请不要转发到群里。"]
    assert [row["成员"] for row in table(room, "群主")] == ["小红"]


async def test_nothing_is_said_so(room: SimulatedRoom) -> None:
    assert await room.owner.says("导出案卷", private=True) == ["最近 30 天没有处理过什么，没有可以导出的。"]


async def test_members_export_nothing(room: SimulatedRoom) -> None:
    await room.member("小明").says("胡萝卜熟了")
    assert await room.member("小红").says("导出案卷") == []
    assert await room.member("小红").says("导出案卷", private=True) == ["「导出案卷」要管理员才能用。"]
    assert await room.member("小刚", Role.ADMIN).says("导出案卷 大家看") == []
