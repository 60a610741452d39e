"""Membership as members and the owner read it, over a month, with two crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded_days import ordered, play, recorded


@pytest.mark.slow
async def test_a_month_of_membership_reads_as_recorded(tmp_path: Path) -> None:
    lines = await play("membership", tmp_path, is_paced=False, owner="老王")
    assert ordered(lines) == ordered(recorded("membership"))
