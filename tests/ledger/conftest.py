from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ledger.ledger_kit import Books


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    made = Books(tmp_path)
    yield made
    await made.storage.close()
