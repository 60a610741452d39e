"""A members' room as its people and the owner read it, over three weeks, with three crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded_days import ordered, play, recorded


@pytest.mark.slow
async def test_three_weeks_of_a_members_room_read_as_recorded(tmp_path: Path) -> None:
    lines = await play("rosters", tmp_path, is_paced=False, owner="老王")
    assert ordered(lines) == ordered(recorded("rosters"))
