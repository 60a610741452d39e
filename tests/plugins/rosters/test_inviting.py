from __future__ import annotations

from bot.model import Act
from bot.testing import SimulatedRoom
from tests.plugins.rosters.kit import VIP, Club, acts_of


async def test_who_becomes_a_member_is_invited_at_once(room: SimulatedRoom, club: Club) -> None:
    hong = room.member("小红")
    await hong.says("大家好")
    await club.gives(hong, 31)
    assert acts_of(club.news(), Act.INVITE) == [(VIP, "小红")]
    assert "小红" in club.people
    assert acts_of(await club.passes(days=2), Act.INVITE) == []
