"""A day on which members share by quoting, in several messages, twice the same, with consent, and take things back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded_days import play, recorded

pytestmark = pytest.mark.slow


async def test_a_day_of_sharing_reads_as_recorded(tmp_path: Path) -> None:
    assert await play("sharing", tmp_path) == recorded("sharing")
