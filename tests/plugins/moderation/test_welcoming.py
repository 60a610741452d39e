"""People who come are greeted together, with the rules, and not at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.plugins.moderation.people_settings import WelcomeSettings
from bot.plugins.moderation.welcoming import end_of_quiet, write_welcome
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow
SHANGHAI = ZoneInfo("Asia/Shanghai")


async def test_who_comes_within_a_minute_is_greeted_once_with_the_rules(room: SimulatedRoom) -> None:
    assert await room.stranger("阿强").joins() == []
    await room.clock.advance(seconds=30)
    assert await room.stranger("阿珍").joins() == []
    await room.clock.advance(seconds=45)
    said = [act.text for act in room.said]
    assert len(said) == 1
    assert said[0].startswith("欢迎 阿强、阿珍 进群！\n群规：\n1. 不发广告\n")
    assert "发「群规」看" in said[0]
    await room.clock.advance(hours=1)
    assert len(room.said) == 1


async def test_who_has_left_again_is_not_greeted(room: SimulatedRoom) -> None:
    passer = room.stranger("路人")
    await passer.joins()
    await passer.leaves()
    await room.clock.advance(minutes=5)
    assert room.said == []


async def test_many_are_counted_not_named(room: SimulatedRoom) -> None:
    for number in range(9):
        await room.stranger(f"新人{number}").joins()
    await room.clock.advance(minutes=2)
    assert [act.text.partition("\n")[0] for act in room.said] == [
        "欢迎 新人0、新人1、新人2、新人3、新人4、新人5 等 9 位 进群！"
    ]


async def test_at_night_nobody_is_greeted_before_the_morning(room: SimulatedRoom) -> None:
    await room.clock.advance(hours=15)  # 00:00 in Shanghai
    await room.stranger("夜猫").joins()
    await room.clock.advance(hours=7, minutes=59)
    assert room.said == []
    await room.clock.advance(minutes=2)
    assert [act.text[:8] for act in room.said] == ["欢迎 夜猫 进群"]


class TestSwitchedOff:
    @pytest.fixture
    def room_config(self) -> str:
        return "plugins:\n  moderation:\n    welcome: {enabled: false}\n"

    async def test_nobody_is_greeted(self, room: SimulatedRoom) -> None:
        await room.stranger("阿强").joins()
        await room.clock.advance(hours=3)
        assert room.said == []


def test_without_rules_only_the_first_line_is_said() -> None:
    assert write_welcome("你好 {names}", ["小红"], 1, "") == "你好 小红"


def test_quiet_time_that_never_ends_puts_a_greeting_off_by_a_day_at_most() -> None:
    quiet = WelcomeSettings.model_validate({"quiet": "00:00-24:00"}).quiet
    at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    assert end_of_quiet(at, quiet, SHANGHAI) == at + timedelta(days=1)


def test_outside_quiet_time_nothing_is_put_off() -> None:
    at = datetime(2026, 12, 1, 1, 2, 3, tzinfo=UTC)
    assert end_of_quiet(at, WelcomeSettings().quiet, SHANGHAI) == at
