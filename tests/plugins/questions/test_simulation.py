"""A week of questions, as members read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded_days import play, recorded

pytestmark = pytest.mark.slow


async def test_a_week_of_questions_reads_as_recorded(tmp_path: Path) -> None:
    assert await play("questions", tmp_path) == recorded("questions")
