from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom
from tests.plugins.rosters.kit import CONFIG, Club


@pytest.fixture
def room_config() -> str:
    return CONFIG


@pytest.fixture
async def club(room: SimulatedRoom) -> Club:
    """A members' room, with thirty old friends of the owner in it, that the bot has heard of."""
    found = Club(room, others=30)
    room.world.say(room.owner.contact_id, found.place, "大家好")
    await room.app.drain()
    await room.owner.says("群名单 开始", private=True)
    await found.passes(minutes=1)
    return found
