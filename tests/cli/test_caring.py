"""Looking after the data from the command line: what an owner reads there, and what is refused."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main
from bot.cli.new_plugin import create
from bot.cli.status_lines import describe_status

pytestmark = pytest.mark.slow  # whole databases

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def test_check_knows_the_plugins_of_the_folders_the_file_names(tmp_path: Path) -> None:
    create(Path("plugins"), "notes")
    Path("bot.yaml").write_text("plugin_folders: plugins\nplugins:\n  notes:\n    most_notes: 3\n", encoding="utf-8")
    assert run("check").output == "没有错误。\n"
    Path("bot.yaml").write_text("plugin_folders: plugins\nplugins:\n  notes:\n    most_note: 3\n", encoding="utf-8")
    checked = run("check")
    assert (checked.exit_code, checked.output) == (1, "bot.yaml:4:5: 不认识「most_note」，是 most_notes 吗？\n")


def test_status_is_read_by_people() -> None:
    assert run("status").output.splitlines() == [
        "数据库：data/qunzhi.db，完好",
        "数量：群 0，成员 0，消息 0，文章 0，片段 0，向量 0",
        "发送：还没有发过",
    ]


def test_status_names_what_waits_and_what_went_wrong() -> None:
    facts = {
        "database": "data/qunzhi.db",
        "integrity": "page 3 is never used",
        "by_state": {"pending": 3, "sent": 40, "uncertain": 1},
        "waiting": {"answer": 2},
        "later": 1,
        "oldest": datetime(2026, 12, 1, 1, 5, tzinfo=UTC),
        "tables": {"members": 7},
    }
    assert describe_status(facts) == [
        "数据库：data/qunzhi.db，有损坏（page 3 is never used），请用 restore 恢复备份",
        "数量：成员 7",
        "发送：待发 3，已发 40，没有等到确认 1",
        "排队：2 条，最早的写于 2026-12-01 01:05 UTC",
        "定时：1 条还没到时间",
    ]


def test_a_backup_is_restored_and_the_old_data_kept_beside() -> None:
    run("status")
    assert run("backup", "copy.db").output == "已备份到 copy.db，校验通过。\n"
    restored = run("restore", "copy.db")
    assert (restored.exit_code, restored.output) == (
        0,
        "已恢复到 data/qunzhi.db。原来的数据在 data/qunzhi.db.old-1。\n",
    )
    assert Path("data/qunzhi.db.old-1").is_file()


def test_a_backup_never_replaces_the_database_and_is_not_made_of_nothing() -> None:
    assert "data/qunzhi.db does not exist" in run("backup", "copy.db").stderr
    assert not Path("copy.db").exists()
    run("status")
    refused = run("backup", "data/qunzhi.db")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "数据库错误：data/qunzhi.db is the database itself: give the backup another name\n",
    )
    assert run("backup", "data").exit_code == 1


@pytest.mark.parametrize(
    "command", ["status", "ask 你好", "backup x.db", "export 小明", "forget 小明", "simulate day.txt --data data"]
)
def test_a_damaged_database_is_said_in_one_line(command: str) -> None:
    Path("data").mkdir()
    Path("data/qunzhi.db").write_bytes(b"no database " * 1000)
    Path("day.txt").write_text("@group 群 owner=老王\n@at 2026-12-01 09:00\n老王: 你好\n", encoding="utf-8")
    refused = run(*command.split())
    assert refused.exit_code == 1
    advice = "stop the bot and run `python -m bot restore BACKUP`"
    assert refused.stderr == f"数据库错误：data/qunzhi.db is damaged: {advice}\n"


def test_doctor_looks_at_the_data_it_is_shown() -> None:
    run("status", "--data", "elsewhere")
    assert "elsewhere" in run("doctor", "--data", "elsewhere").output


def test_what_is_no_backup_is_not_restored() -> None:
    run("status")
    before = Path("data/qunzhi.db").read_bytes()
    Path("notes.txt").write_text("asyncio", encoding="utf-8")
    refused = run("restore", "notes.txt")
    assert refused.exit_code == 1
    assert refused.stderr == "错误：notes.txt 不是完好的备份，现在的数据没有动\n"
    assert Path("data/qunzhi.db").read_bytes() == before


def test_an_error_says_which_part_it_came_from() -> None:
    refused = run("run")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("网关错误：没有网关令牌")
    assert run("new-plugin", "json").stderr.startswith("插件错误：")
    assert run("new-plugin", "qa").stderr == "插件错误：插件名「qa」是自带插件的名字，请换一个，比如 my_qa\n"


def test_what_the_system_refuses_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = run("new-plugin", "lottery", "--in", "file/plugins")
    assert refused.exit_code == 1
    assert refused.stderr == "系统错误：file/plugins/lottery：Not a directory\n"


def test_the_wrong_python_is_told_what_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "bot", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert re.fullmatch(r"缺少 \w+。先运行 make setup，.*\n", done.stderr)


def test_a_slip_is_answered_with_the_nearest_subcommand() -> None:
    assert "您要找的是不是 demo？" in run("dmeo").output


def test_every_subcommand_and_every_option_is_explained_in_chinese() -> None:
    commands = dict(main.commands)
    for group in ("bench", "eval", "encoder"):
        commands |= {f"{group} {name}": command for name, command in commands[group].commands.items()}  # type: ignore[attr-defined]
    mute = {name for name, command in commands.items() if not any(char >= "\u4e00" for char in command.help or "")}
    assert mute == set()
    unexplained = {
        f"{name} {option.opts[0]}"
        for name, command in commands.items()
        for option in command.params
        if option.param_type_name == "option" and not getattr(option, "help", None)
    }
    assert unexplained == set()
