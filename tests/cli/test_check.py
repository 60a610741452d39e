"""`check`: every fault of both files, and the next dates."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.caring import check as check_command
from bot.cli.check import run_check
from bot.errors import Fault

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def check(folder: Path, config: str | None, schedules: str | None) -> tuple[list[Fault], list[str]]:
    paths: list[Path | None] = []
    for name, text in (("bot.yaml", config), ("schedules.yaml", schedules)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
        paths.append(folder / name if text is not None else None)
    return run_check(paths[0], paths[1], now=NOW, env={}, plugins={})


def test_the_sample_files_of_the_repository_pass_with_three_dates() -> None:
    root = Path(__file__).parents[2]
    faults, lines = run_check(root / "bot.yaml", root / "schedules.yaml", now=NOW, env={})
    assert faults == []
    assert [line.count("18:00") for line in lines] == [0, 3]


def test_the_faults_of_both_files_are_told(tmp_path: Path) -> None:
    faults, lines = check(tmp_path, "timezone: Beijing\nplugins: {x: {}}\n", "announcements: 5\n")
    assert [(Path(fault.file).name, fault.line) for fault in faults] == [
        ("bot.yaml", 1), ("bot.yaml", 2), ("schedules.yaml", 1),
    ]  # fmt: skip
    assert lines == []


def test_schedules_without_a_zone_take_the_configured_one(tmp_path: Path) -> None:
    schedules = "announcements:\n  - {id: a, room: 甲群, text: 早, every: 每天 08:00}\n"
    _, lines = check(tmp_path, "timezone: Asia/Tokyo\n", schedules)
    assert "Asia/Tokyo" in lines[0]


def test_good_schedules_are_previewed_beside_a_bad_configuration(tmp_path: Path) -> None:
    schedules = "announcements:\n  - {id: a, room: 甲群, text: 早, every: 每天 08:00}\n"
    faults, lines = check(tmp_path, "nmae: x\n", schedules)
    assert (len(faults), len(lines)) == (1, 1)


def test_advice_is_told_beside_the_dates(tmp_path: Path) -> None:
    schedules = "announcements:\n  - {id: a, room: 甲群, text: 晚安, every: 每天 23:30}\n"
    advice, lines = check(tmp_path, None, schedules)
    assert [(one.line, one.is_advice) for one in advice] == [(2, True)]
    assert str(advice[0]).endswith(":2:40: 提示：23:30 会吵到睡觉的人（23:00 到 07:00），最近的是 22:00")
    assert lines[0].count("23:30") == 3


def test_only_faults_make_the_check_fail(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    for every, code, last in (
        ("每天 23:30", 0, "没有错误，有 1 处提示。"),
        ("每天 22:30", 0, "没有错误。"),
        ("每天", 1, ""),
    ):
        file.write_text(f"announcements:\n  - {{id: a, room: 甲群, text: 晚安, every: {every}}}\n", encoding="utf-8")
        result = CliRunner().invoke(check_command, ["--schedules", str(file)])
        assert (result.exit_code, last in result.output.splitlines() or not last) == (code, True)


def test_without_files_there_is_nothing_to_complain_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_check(None, None, now=NOW, env={}) == ([], [])


def test_a_missing_file_that_was_asked_for_is_a_fault(tmp_path: Path) -> None:
    faults, _ = run_check(tmp_path / "a.yaml", tmp_path / "b.yaml", now=NOW, env={})
    assert ["找不到" in fault.message for fault in faults] == [True, True]
