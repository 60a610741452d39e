"""The files are dealt out so that no core waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import spread

MARKS = {"quick": "", "long": "slow", "meaning": "encoder", "started": "process"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(spread, "ROOT", tmp_path)
    spread._read.cache_clear()
    for name, mark in [
        ("quick", ""),
        ("long", "slow"),
        ("meaning", "encoder"),
        ("started", "process"),
    ]:
        (tmp_path / f"{name}.py").write_text(f"pytestmark = pytest.mark.{mark}\n" if mark else "", "utf-8")
    yield tmp_path
    spread._read.cache_clear()


@pytest.mark.usefixtures("folder")
def test_files_with_long_tests_are_dealt_out_first() -> None:
    files = ["quick.py", "long.py", "quick.py", "started.py", "meaning.py"]
    assert spread.put_in_order(files) == ["meaning.py", "long.py", "started.py", "quick.py"]


@pytest.mark.usefixtures("folder")
def test_files_with_the_encoder_stay_together() -> None:
    assert spread.needs_encoder("meaning.py")
    assert not spread.needs_encoder("long.py")
