"""Who is new, and when too many come at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plugins.moderation.arrivals_store import Arrival, Wave
from bot.plugins.moderation.arriving import came_in_wave, describe_wave
from bot.testing import SimulatedRoom

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
WAVE = Wave("r", NOW - timedelta(minutes=8), NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("joined", "asked", "is_in"),
    [
        (-8, 1, True),
        (-9, 1, False),
        (30, 31, True),
        (60, 61, False),
        (-5, -1, False),  # nobody had noticed it then
        (-5, 24 * 60, False),  # a day later nobody is under suspicion any more
    ],
)
def test_who_came_in_a_wave(joined: int, asked: int, is_in: bool) -> None:
    joined_at, at = NOW + timedelta(minutes=joined), NOW + timedelta(minutes=asked)
    assert came_in_wave([WAVE], "r", joined_at, at) is is_in
    assert not came_in_wave([WAVE], "other", joined_at, at)


def test_a_wave_is_described_by_who_invited() -> None:
    came = [
        Arrival(room_id="r", member_id=str(n), name=f"人{n}", inviter="甲" if n else "乙", at=NOW) for n in range(3)
    ]
    said = describe_wave(came, timedelta(minutes=10))
    assert said == "10 分钟里进来了 3 人：人0、人1、人2；邀请人：甲 2 位、乙 1 位。"


@pytest.mark.slow
async def test_the_owner_is_told_of_a_wave_once(room: SimulatedRoom) -> None:
    for number in range(14):
        await room.stranger(f"新人{number}").joins()
    told = [act.text for act in room.said if act.to == room.owner.name]
    assert len(told) == 1
    assert told[0].startswith("「Python学习群」10 分钟里进来了 10 人：新人0、")
    await room.clock.advance(hours=2)
    for number in range(14, 30):
        await room.stranger(f"新人{number}").joins()
    assert len([act for act in room.said if act.to == room.owner.name]) == 2
