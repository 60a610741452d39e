"""The bench of members measures what the plugin itself would say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.bench_members import bench_members


@pytest.mark.slow
def test_a_made_community_is_counted_whole(tmp_path: Path) -> None:
    told: list[str] = []
    found = bench_members(tmp_path, 200, told.append)
    assert told == ["200 位成员已写好"]
    assert (found["members"], found["state_s"] > 0, found["may_use_ms_p50"] > 0) == (200, True, True)
    assert 190 < found["counted"] <= 200
    assert 40 < found["in_force"] < 120
