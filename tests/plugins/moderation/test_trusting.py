"""A rule whose cases are undone counts less, and more again when one is confirmed."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom
from tests.plugins.moderation.fair_kit import weight

pytestmark = pytest.mark.slow

REPORTS = """
plugins:
  moderation:
    rules:
      carrot: {kind: words, words: [胡萝卜], text: 不提胡萝卜, action: report, shadow: 0d}
commands: {cooldown: 0s}
"""


@pytest.fixture
def room_config() -> str:
    return REPORTS


async def report(room: SimulatedRoom, name: str) -> None:
    await room.clock.advance(hours=1)
    await room.member(name).says(f"{name}家的胡萝卜熟了")


async def test_confirmed_reports_give_the_weight_back(room: SimulatedRoom) -> None:
    await report(room, "小明")
    await room.owner.says("误判 V1", private=True)
    assert await weight(room, "carrot") == 0.8
    await report(room, "小红")
    await room.owner.says("警告 V2", private=True)
    assert await weight(room, "carrot") == 0.85
    await report(room, "小刚")
    await room.owner.says("移除 V3", private=True)
    assert await weight(room, "carrot") == 0.9


async def test_the_next_strike_has_the_weight_of_then(room: SimulatedRoom) -> None:
    for number, name in enumerate(("小明", "小红"), 1):
        await report(room, name)
        await room.owner.says(f"误判 V{number}", private=True)
    await report(room, "小刚")
    assert "记 0.64 分" in "".join(await room.owner.says("警告 V3", private=True))


async def test_what_a_person_began_changes_no_rule(room: SimulatedRoom) -> None:
    await room.member("小明").says("大家好")
    await room.owner.says("警告 @小明 说话太冲")
    await room.owner.says("误判 V1", private=True)
    assert await weight(room, "carrot") == 1.0
