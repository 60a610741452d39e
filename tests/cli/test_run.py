"""`bot run` that cannot begin: one line that says what to do, and exit code 1."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import main

TOKEN, ENDPOINT = "WECHATY_PUPPET_SERVICE_TOKEN", "WECHATY_PUPPET_SERVICE_ENDPOINT"
SOMEWHERE = {TOKEN: "puppet_0123", ENDPOINT: "127.0.0.1:9"}


def run(folder: Path, env: dict[str, str], settings: str = "name: 小知\n", *, data: str = "") -> Result:
    config = folder / "bot.yaml"
    config.write_text(f"knowledge: {folder / 'none'}\n{settings}", encoding="utf-8")
    arguments = ["run", "--config", str(config), "--data", data or str(folder / "data")]
    return CliRunner().invoke(main, arguments, env={TOKEN: None, ENDPOINT: None} | env)


def last_line(result: Result) -> str:
    """Return the line that says why it ended; the log above it may tell of the start."""
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    return result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("env", "beginning"),
    [
        ({}, f"网关错误：没有网关令牌和网关地址：请设置环境变量 {TOKEN} 和 {ENDPOINT}（主机:端口）。"),
        ({TOKEN: "puppet_0123"}, f"网关错误：没有网关地址：请设置环境变量 {ENDPOINT}（主机:端口）。"),
        ({ENDPOINT: "127.0.0.1:9"}, f"网关错误：没有网关令牌：请设置环境变量 {TOKEN}。"),
        ({TOKEN: "x", ENDPOINT: "http://a:1"}, f"{ENDPOINT}:1:1: 地址不写协议，是 a:1 吗？"),
        ({TOKEN: "x", ENDPOINT: "nowhere"}, f"{ENDPOINT}:1:1: 地址 'nowhere' 要写成「主机:端口」"),
    ],
)
def test_what_is_missing_in_the_environment_is_named(tmp_path: Path, env: dict[str, str], beginning: str) -> None:
    result = run(tmp_path, env)
    assert last_line(result).startswith(beginning)
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("token", ["中文", "two words", "two\nlines"])
def test_a_token_that_no_gateway_can_have_is_refused_without_being_shown(tmp_path: Path, token: str) -> None:
    result = run(tmp_path, SOMEWHERE | {TOKEN: token})
    assert last_line(result).startswith(f"网关错误：{TOKEN} is no token")
    assert token not in result.output


def test_a_missing_authority_file_is_named(tmp_path: Path) -> None:
    result = run(tmp_path, SOMEWHERE, "gateway: {tls: true, ca_file: gone.pem}\n")
    assert last_line(result) == "网关错误：the file with the gateway's authority is missing: gone.pem"


def test_every_fault_of_the_settings_is_one_line(tmp_path: Path) -> None:
    result = run(tmp_path, SOMEWHERE, "nam: 小知\nsending:\n  per_minute: viele\n")
    first, second = (line.rpartition("/")[2] for line in result.stderr.splitlines())
    assert first == "bot.yaml:2:1: 不认识「nam」，是 name 吗？"
    assert second == "bot.yaml:4:15: 「sending.per_minute」要写整数，'viele' 看不懂，只写数字就行"
    assert result.exit_code == 1


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    folder = str(tmp_path / "file" / "data")
    last = last_line(run(tmp_path, SOMEWHERE, data=folder))
    assert last == f"数据库错误：the data folder {folder} cannot be written: Not a directory"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "qunzhi.db").write_text("no database", encoding="utf-8")
    assert "qunzhi.db is damaged" in last_line(run(tmp_path, SOMEWHERE))


@pytest.mark.encoder
def test_a_simulation_changes_no_file_of_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.yaml").write_text("name: 小知\nknowledge: none\n", encoding="utf-8")
    text = "timezone: Asia/Shanghai\nannouncements:\n  - {id: a, room: 群, every: 每天 9:30, text: 早}\n"
    Path("schedules.yaml").write_text(text, encoding="utf-8")
    edit = text.replace("9:30", "9:40").replace("早", "晚一点")
    script = f"@group 群\n@members 小明\n@at 2026-12-01 09:00\n小明: 好\n@schedules <<完\n{edit}完\n+1h"
    Path("day.txt").write_text(script, encoding="utf-8")
    result = CliRunner().invoke(main, ["simulate", "day.txt"])
    assert result.exit_code == 0, result.output
    assert "09:40 小知 晚一点" in result.output
    assert Path("schedules.yaml").read_text(encoding="utf-8") == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.yaml", "day.txt", "schedules.yaml"]
