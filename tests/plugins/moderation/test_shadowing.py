"""New rules only observe: what they would have done is shown, told at the end, and then they act."""

from __future__ import annotations

import pytest

from bot.model import Role
from bot.testing import SimulatedRoom
from tests.plugins.moderation.fair_kit import CARROT, done, rewrite, told

pytestmark = pytest.mark.slow

NEW = """
plugins:
  moderation:
    rules:
      carrot: {kind: words, words: [胡萝卜], text: 不提胡萝卜, action: warn}
commands: {cooldown: 0s}
"""
WIDER = """
plugins:
  moderation:
    rules:
      carrot: {kind: words, words: [胡萝卜, 白菜], text: 不提胡萝卜, action: remind}
commands: {cooldown: 0s}
"""
TWO = """
plugins:
  moderation:
    rules:
      carrot: {kind: words, words: [胡萝卜], text: 不提胡萝卜, action: warn}
      cabbage: {kind: words, words: [白菜], text: 不提白菜, action: remind}
commands: {cooldown: 0s}
"""
BEGUN = (
    "群规「不提胡萝卜」是新写或改过的，先观察 3 天，只记不罚，周五 12-04 09:00 起生效。"
    "发「群规 观察」看会命中什么，「群规 试跑 30天」用以前的消息试，「群规 应用」马上生效，「群规 放弃」不用。"
)
ENDED = (
    "群规「不提胡萝卜」观察结束，现在起生效。观察期间会警告 2 条。\n· 小红：「胡萝卜怎么炒」\n"
    "· 小明：「我家的胡萝卜熟了」\n觉得管得太宽，发「案卷」看看，或在 bot.yaml 里改这条规则。"
)


@pytest.fixture
def room_config() -> str:
    return NEW


async def test_a_new_rule_observes_three_days_and_then_acts(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await ming.says("我家的胡萝卜熟了") == [BEGUN]
    assert await room.member("小红").says("胡萝卜怎么炒") == []
    said = await room.owner.says("群规 观察", private=True)
    assert said[0].splitlines()[:3] == [
        "「不提胡萝卜」（carrot）观察到 周五 12-04 09:00，到现在会警告 2 条。",
        "· 小红：「胡萝卜怎么炒」",
        "· 小明：「我家的胡萝卜熟了」",
    ]
    await room.texts()
    room.clock.advance(days=3, seconds=1)
    assert await room.texts() == [ENDED]
    assert "不太合群规：不提胡萝卜" in (await ming.says("胡萝卜又熟了"))[0]
    assert await done(room) == ["rule", "rule", "warn"]


async def test_the_end_is_told_once_though_the_bot_was_away(room: SimulatedRoom) -> None:
    await room.member("小明").says("我家的胡萝卜熟了")
    await room.crash(days=4)
    await room.crash(days=1)
    assert sum("观察结束" in text for text in told(room, "群主")) == 1


async def test_applied_it_acts_at_once(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("我家的胡萝卜熟了")
    assert await room.owner.says("群规 应用", private=True) == ["好的，「不提胡萝卜」现在起生效。"]
    assert "不太合群规：不提胡萝卜" in (await ming.says("胡萝卜又熟了"))[0]
    assert await room.owner.says("群规 观察", private=True) == ["现在没有在观察的群规，都已经生效了。"]
    room.clock.advance(days=4)
    assert not [text for text in await room.texts() if "观察结束" in text]
    assert await done(room) == ["rule", "rule", "warn"]


async def test_dropped_it_never_acts(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("我家的胡萝卜熟了")
    assert await room.owner.says("群规 放弃", private=True) == [
        "好的，「不提胡萝卜」不用了。bot.yaml 里也可以删掉或改写。"
    ]
    await room.clock.advance(days=4)
    assert await ming.says("胡萝卜又熟了") == []
    await room.crash()
    assert await ming.says("还有胡萝卜") == []


async def test_the_rule_before_a_change_goes_on_meanwhile(room: SimulatedRoom) -> None:
    await rewrite(room, CARROT)
    ming = room.member("小明")
    await ming.says("大家好")
    await rewrite(room, WIDER)
    assert await ming.says("白菜也熟了") == [BEGUN]
    assert "私聊回复「申诉 V1 您的理由」" in (await ming.says("胡萝卜熟了"))[0]
    await room.clock.advance(days=3, seconds=1)
    assert "本群群规：不提胡萝卜。" in (await room.member("小红").says("白菜真好吃"))[0]


async def test_a_dropped_change_leaves_the_rule_before_it(room: SimulatedRoom) -> None:
    await rewrite(room, CARROT)
    ming = room.member("小明")
    await ming.says("大家好")
    await rewrite(room, WIDER)
    await ming.says("白菜也熟了")
    assert await room.owner.says("群规 放弃 carrot", private=True) == [
        "好的，「不提胡萝卜」不用了，原来的写法继续生效。bot.yaml 里也可以删掉或改写。"
    ]
    await room.clock.advance(days=4)
    assert await ming.says("白菜真好吃") == []
    assert "不太合群规：不提胡萝卜" in (await ming.says("胡萝卜熟了"))[0]


async def test_of_several_one_is_chosen_by_number(room: SimulatedRoom) -> None:
    await rewrite(room, TWO)
    await room.member("小明").says("大家好")
    assert await room.owner.says("群规 应用", private=True) == [
        "应用哪一条？回复数字：\n1. 不提白菜（cabbage）\n2. 不提胡萝卜（carrot）\n3. 全部"
    ]
    assert await room.owner.says("1", private=True) == ["好的，「不提白菜」现在起生效。"]
    assert await room.member("小明").says("胡萝卜熟了") == []
    assert "不提白菜" in (await room.member("小明").says("白菜熟了"))[0]


async def test_what_the_owner_applied_is_not_told_at_the_end_of_another(room: SimulatedRoom) -> None:
    await rewrite(room, TWO)
    await room.member("小明").says("大家好")
    await room.owner.says("群规 应用 carrot", private=True)
    await room.texts()
    room.clock.advance(days=3, seconds=1)
    [ended] = await room.texts()
    assert "不提白菜" in ended
    assert "不提胡萝卜" not in ended


async def test_all_are_applied(room: SimulatedRoom) -> None:
    await rewrite(room, TWO)
    await room.member("小明").says("大家好")
    assert await room.owner.says("群规 应用 全部", private=True) == ["好的，「不提白菜」、「不提胡萝卜」现在起生效。"]


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("群规 应用 萝卜糕", "没有叫「萝卜糕」的群规在观察，发「群规 观察」看看有哪些。"),
        ("群规 放弃 萝卜糕", "没有叫「萝卜糕」的群规在观察，发「群规 观察」看看有哪些。"),
    ],
)
async def test_an_unknown_rule_is_said_so(room: SimulatedRoom, typed: str, answered: str) -> None:
    await room.member("小明").says("大家好")
    assert await room.owner.says(typed, private=True) == [answered]


async def test_members_chat_about_rules(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    assert await ming.says("群规 观察") == []
    assert await ming.says("群规 应用") == []
    assert await ming.says("群规 写得真好") == []
    assert await ming.says("群规 观察", private=True) == ["「群规 观察」要群主和管理员才能用，发「群规」看现在的规则。"]
    assert await room.member("小红", Role.ADMIN).says("群规 放弃治疗") == []


async def test_the_words_are_understood_without_a_space(room: SimulatedRoom) -> None:
    await room.member("小明").says("大家好")
    assert "观察到 周五 12-04 09:00" in (await room.owner.says("群规观察", private=True))[0]
    assert await room.owner.says("群规应用", private=True) == ["好的，「不提胡萝卜」现在起生效。"]


async def test_a_rule_of_one_room_says_where_it_is(room: SimulatedRoom) -> None:
    own = "{cabbage: {kind: words, words: [白菜], text: 不提白菜}}"
    await rewrite(room, f"{CARROT}rooms: {{Python学习群: {{plugins: {{moderation: {{rules: {own}}}}}}}}}\n")
    said = await room.member("小明").says("大家好")
    assert said[0].startswith("「Python学习群」的群规「不提白菜」是新写或改过的")
    assert (await room.owner.says("群规 观察", private=True))[0].startswith(
        "「Python学习群」的「不提白菜」（cabbage）观察到 周五 12-04 09:00"
    )
    await room.texts()
    room.clock.advance(days=3, seconds=1)
    assert (await room.texts())[0].startswith("「Python学习群」的群规「不提白菜」观察结束")
    assert "不提胡萝卜" in (await room.member("小明").says("胡萝卜熟了"))[0]


async def test_the_message_after_an_edit_is_judged_by_it(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    await room.clock.advance(hours=1)
    await rewrite(room, TWO.replace("action: remind", "shadow: 0d"))
    assert "本群群规：不提白菜" in (await ming.says("白菜熟了"))[0]


async def test_an_observation_that_is_made_shorter_ends_sooner(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("大家好")
    await rewrite(room, CARROT)
    assert "不太合群规：不提胡萝卜" in (await ming.says("胡萝卜熟了"))[0]


async def test_no_shadow_at_all_acts_at_once(room: SimulatedRoom) -> None:
    await rewrite(room, NEW.replace("    rules:", "    shadow: 0d\n    rules:"))
    assert "不太合群规" in (await room.member("小明").says("胡萝卜熟了"))[0]


async def test_shipped_rules_act_from_the_start(room: SimulatedRoom) -> None:
    await rewrite(room, "name: 小知\n")
    said = [text for number in range(12) for text in await room.member("小明").says(f"第 {number} 条，快看")]
    assert said == ["提醒一下，本群群规：不刷屏，几句话请合成一条。谢谢理解。"]
