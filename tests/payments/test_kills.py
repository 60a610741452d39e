"""SIGKILL at the statements of pay → apply → deliver: nothing is lost, granted twice, or said more than once again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.crash


def kill(folder: Path, step: int) -> list[dict[str, Any]]:
    """Kill a bot at every so many statements; return what came of each, that of a run nobody killed first."""
    (folder / "prepared").mkdir()
    command = [sys.executable, "-m", "tests.payments.kill_process", str(folder), str(step)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def check(results: list[dict[str, Any]]) -> None:
    whole, *killed = results
    about_the_bot = ("离线", "schedules.yaml")
    expected = {(to, text) for to, text, times in whole["said"] if times == 1 and not text.startswith(about_the_bot)}
    assert {text[:9] for _, text in expected} >= {"收到 99 元，已", "小明 付了 99 ", "fastapi-1"}
    assert whole["count"] > 150
    facts = ("orders", "books", "memberships", "registrations", "open")
    assert [whole[name] for name in facts] == [
        [["membership", "paid", 1], ["training", "paid", 1]],
        {"assets:bank": 19800, "liabilities:deferred": -19800},
        [["active", "2027-01-01 01:05:00+00:00", 1]],
        [["registered", 2]],
        [],
    ]
    for one in killed:
        where = f"killed at statement {one['kill_at']} of {whole['count']}"
        assert {name: one[name] for name in facts} == {name: whole[name] for name in facts}, where
        said = {(to, text): times for to, text, times in one["said"] if (to, text) in expected}
        assert said.keys() == expected, where
        repeated = {key: times for key, times in said.items() if times > 1}
        assert len(repeated) <= 1, where
        assert set(repeated.values()) <= {2}, where


@pytest.mark.slow
def test_a_kill_anywhere_between_the_money_and_the_message_loses_nothing(tmp_path: Path) -> None:
    results = kill(tmp_path, 10)
    check(results)
    assert len(results) > 15


@pytest.mark.soak
def test_a_kill_at_each_statement_loses_nothing(tmp_path: Path) -> None:
    results = kill(tmp_path, 1)
    check(results)
    assert len(results) == results[0]["count"] + 1
