from __future__ import annotations

import pytest

from bot.testing import SimulatedRoom
from tests.plugins.attendance.kit import Class, session


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


@pytest.fixture
async def fastapi(room: SimulatedRoom) -> Class:
    """FastAPI 入门实战 on Saturday at eight; it is Tuesday."""
    return await Class(room, session()).put()
