"""The rules of the house hold, and the test that says so can fail."""

from __future__ import annotations

import re
import shutil
import statistics
from pathlib import Path

import pytest

from tests import architecture

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_sources_keep_the_rules_of_the_house() -> None:
    assert architecture.faults_in(ROOT) == []


@pytest.mark.parametrize(
    ("module", "line", "words"),
    [
        ("bot/storage.py", "from bot.outbox import enqueue", "the arrow points the other way"),
        ("bot/dispatcher.py", "from bot.plugins.help import plugin", "the core names plugins only by string"),
        ("bot/plugins/help/__init__.py", "from bot.storage import Storage", "a plugin may import bot.plugin"),
        ("bot/outbox.py", "import wechaty", "only the Wechaty gateway may"),
        ("bot/router.py", 'SQL = "select * from messages where id = 1"', "holds SQL outside a store module"),
        ("bot/inbox.py", "import time\nNOW = time.time()", "calls time.time"),
        ("bot/sender.py", "import os\nHOME = os.environ", "reads os.environ"),
    ],
)
def test_a_seeded_fault_is_found(tmp_path: Path, module: str, line: str, words: str) -> None:
    source = tmp_path / module
    source.parent.mkdir(parents=True)
    shutil.copy(ROOT / module, source)
    assert architecture.faults_in(tmp_path) == []
    source.write_text(source.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    found = architecture.faults_in(tmp_path)
    assert found
    assert all(words in fault for fault in found)


@pytest.mark.slow
def test_functions_are_short() -> None:
    lengths = architecture.function_lengths(ROOT)
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 30


def test_nothing_in_the_sources_is_left_for_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    found = [str(p) for p in (ROOT / "bot").rglob("*.py") if unfinished.search(p.read_text(encoding="utf-8"))]
    assert found == []
