"""What an owner may write of strikes and patience, and what is told of a mistake, with its place in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import make_loader
from bot.clock import SystemClock
from bot.config import load
from bot.config_model import Config
from bot.errors import ConfigError

HEAD = "plugins:\n  moderation:\n"


def faults(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    """Return line and text of every fault of a file."""
    file = tmp_path / "bot.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    loader = make_loader(Config, SystemClock())
    loader.load_all()
    try:
        load(file, {}, loader.models())
    except ConfigError as error:
        return [(fault.line, fault.message) for fault in error.faults]
    return []


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ("    strikes: {warn_at: 5, report_at: 4}", 3, "要一个比一个大，是 4、5 吗？"),
        ("    strikes: {remove_at: 3}", 3, "要一个比一个大，是 2、3、4 吗？"),
        ("    strikes:\n      expire: 1h", 4, "要在 1 天到 1 年之间，一般是 30d"),
        ("    remind_every: 2d", 3, "要在 1 分钟到 1 天之间，一般是 10m"),
        ("    keep: 3d", 3, "要在 30 天到 10 年之间，一般是 365d"),
        ("    strike: {expire: 30d}", 3, "strikes"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_advice(tmp_path: Path, text: str, line: int, advice: str) -> None:
    found = faults(tmp_path, text)
    assert len(found) == 1
    assert found[0][0] == line
    assert advice in found[0][1]


def test_sensible_settings_are_taken(tmp_path: Path) -> None:
    assert faults(tmp_path, "    strikes: {warn_at: 1, report_at: 3, remove_at: 3, expire: 7d}") == []
