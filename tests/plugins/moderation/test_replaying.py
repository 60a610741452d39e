"""群规 试跑: rules on trial beside those before them, on what was said."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom
from tests.plugins.moderation.fair_kit import CARROT, rewrite

pytestmark = pytest.mark.slow

WIDER = CARROT.replace("[胡萝卜]", "[白菜, 萝卜干]").replace("warn, shadow: 0d", "remind")


@pytest.fixture
def room_config() -> str:
    return CARROT


async def talk(room: SimulatedRoom) -> None:
    for name, text in (
        ("小明", "大家好"),
        ("小明", "胡萝卜熟了"),
        ("小红", "白菜也熟了"),
        ("小刚", "萝卜干真香"),
        ("小红", "白菜炖豆腐"),
    ):
        await room.member(name).says(text)
        await room.clock.advance(hours=1)


async def test_a_change_is_tried_on_what_was_said(room: SimulatedRoom) -> None:
    await talk(room)
    await rewrite(room, WIDER)
    said = await room.owner.says("群规 试跑 30天", private=True)
    assert said[-1].splitlines() == [
        "用最近 30 天的 5 条消息试了群规「不提胡萝卜」：",
        "会多提醒 3 条，少 1 条。",
        "多的：",
        "· 小刚 12-01：「萝卜干真香」",
        "· 小红 12-01：「白菜也熟了」",
        "少的：",
        "· 小明 12-01：「胡萝卜熟了」",
        "这些人平时说话不多或者违规过，没有看出误判。",
        "马上生效发「群规 应用」，不要了发「群规 放弃」。",
    ]


async def test_old_hands_without_a_case_may_be_false_alarms(room: SimulatedRoom) -> None:
    await talk(room)
    for number in range(30):
        await room.member("小红").says(f"第 {number} 个问题是这样的")
        await room.clock.advance(hours=1)
    await rewrite(room, WIDER)
    said = await room.owner.says("群规 试跑", private=True)
    assert "其中 2 条是平时没违规的老成员说的，可能是误判（每 1,000 条约 57 条），请看看再定。" in said[-1]


async def test_a_span_leaves_out_what_is_older(room: SimulatedRoom) -> None:
    await talk(room)
    await room.clock.advance(days=2)
    await room.member("小明").says("大家早")
    await rewrite(room, WIDER)
    said = await room.owner.says("群规 试跑 1天", private=True)
    assert said[-1].startswith("用最近 1 天的 1 条消息试了群规「不提胡萝卜」：\n和现在没有差别。")


async def test_when_nothing_observes_the_rules_in_force_are_tried(room: SimulatedRoom) -> None:
    await talk(room)
    said = await room.owner.says("群规 试跑 30天 carrot", private=True)
    assert said[0].splitlines() == [
        "用最近 30 天的 5 条消息试了群规「不提胡萝卜」：",
        "会警告 1 条。",
        "命中的：",
        "· 小明 12-01：「胡萝卜熟了」",
        "这些人平时说话不多或者违规过，没有看出误判。",
    ]


async def test_a_trial_in_a_room_is_of_that_room(room: SimulatedRoom) -> None:
    await talk(room)
    said = await room.owner.says("群规 试跑 carrot")
    assert said[-1] == "群主，已私聊回复您。" or said[0] == "群主，已私聊回复您。"
    assert any("会警告 1 条。" in text for text in said)


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("群规 试跑 30天 没有这条", "没有叫「没有这条」的群规，发「群规」看看有哪些。"),
        ("群规 试跑 三十天吧", "没有叫「三十天吧」的群规，发「群规」看看有哪些。"),
    ],
)
async def test_an_unknown_rule_is_said_so(room: SimulatedRoom, typed: str, answered: str) -> None:
    await talk(room)
    assert await room.owner.says(typed, private=True) == [answered]


async def test_nothing_on_record_is_said_so(room: SimulatedRoom) -> None:
    assert await room.owner.says("群规 试跑 30天", private=True) == ["最近 30 天没有记下的消息，没有可以试的。"]


async def test_advert_rules_are_tried_by_the_scores_on_record(room: SimulatedRoom) -> None:
    await talk(room)
    await room.member("小明").says("专业代开各类发票，当天出票，需要的联系微信 fapiao6666")
    await room.clock.advance(hours=1)
    said = await room.owner.says("群规 试跑 30天 adverts", private=True)
    assert "会报告 1 条。" in said[-1]
    assert "专业代开各类发票" in said[-1]
