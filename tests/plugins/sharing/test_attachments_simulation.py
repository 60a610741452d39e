"""A day on which members share files and links, as they read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded_days import play, recorded


@pytest.mark.process
async def test_a_day_of_files_and_links_reads_as_recorded(tmp_path: Path) -> None:
    text = await play("documents", tmp_path)
    group = [line for line in text if "→ 老王" not in line]  # what the owner is told has its own tests
    assert group == recorded("documents")
