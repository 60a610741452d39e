from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.search.store import migrations
from bot.storage import Storage


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 3, 1, tzinfo=UTC))


@pytest.fixture
async def storage(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Storage]:
    storage = Storage.open(tmp_path / "search.db", clock, [migrations])
    yield storage
    await storage.close()
