"""The ladder as the group sees it: reminders, warnings, reports, removals, and what owners answer."""

from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom

FLOOD = [f"刷屏第 {number} 条，大家看看我" for number in range(12)]


async def test_a_flood_is_reminded_once(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    said = [text for line in FLOOD for text in await ming.says(line)]
    assert said == ["提醒一下，本群群规：不刷屏，几句话请合成一条。谢谢理解。"]
