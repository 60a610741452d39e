"""What `doctor` finds, one fact at a time."""

import asyncio
import json
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli import doctor_gateway
from bot.cli.doctor import (
    check_clock,
    check_database,
    check_disk,
    check_encoder,
    check_gateway,
    check_owner,
    check_packages,
    check_python,
    check_reachable,
    check_zone,
    findings_json,
    format_findings,
    is_healthy,
    run_doctor,
)
from bot.clock import SystemClock, VirtualClock
from bot.config import read_config
from bot.config_model import Config
from bot.errors import StorageError
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TOKEN = {"WECHATY_PUPPET_SERVICE_TOKEN": "puppet_workpro_0123456789"}


def configured(text: str, env: dict[str, str] | None = None) -> Config:
    config, faults = read_config("bot.yaml", text.encode(), env or {})
    assert config is not None, faults
    return config


def whole(_path: Path) -> dict[str, Any]:
    return {"integrity": "ok", "sqlite_version": "3.45.0", "tables": {"messages": 3, "outbox": 1}, "bytes": 4096}


def test_a_fresh_installation_on_the_simulated_group_is_healthy(tmp_path: Path) -> None:
    config = configured(f"data: {tmp_path}\ngateway: {{kind: simulated}}\nowner: weixin:laowang")
    database = tmp_path / "qunzhi.db"
    findings = run_doctor(config, clock=VirtualClock(NOW), encoder_cache=tmp_path)
    assert is_healthy(findings), format_findings(findings)
    assert "可以启动" in format_findings(findings)
    answer = json.loads(findings_json(findings))
    assert answer["ok"] is True
    assert {check["state"] for check in answer["checks"]} <= {"ok", "warn"}
    assert not database.exists()


def test_a_missing_token_keeps_the_bot_from_starting(tmp_path: Path) -> None:
    token, address = check_gateway(configured("name: 小知"))
    assert (token.state, address.state) == ("fail", "fail")
    assert "WECHATY_PUPPET_SERVICE_TOKEN" in token.text
    assert "有 2 项要先修好" in format_findings([token, address])


def test_what_listens_and_is_no_puppet_service_is_told_and_the_token_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor_gateway, "_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"127.0.0.1:{server.getsockname()[1]}"
        findings = check_gateway(configured(f"gateway: {{endpoint: '{endpoint}'}}", TOKEN))
    assert [finding.state for finding in findings] == ["ok", "ok", "fail"]
    assert "打开 gateway 的 tls 试试" in findings[-1].text
    assert "0123456789" not in format_findings(findings)


@pytest.mark.slow
@pytest.mark.parametrize(("known", "state", "told"), [(*TOKEN.values(), "ok", "有应答"), ("another", "fail", *TOKEN)])
async def test_a_puppet_service_is_asked_whether_it_takes_the_token(known: str, state: str, told: str) -> None:
    from bot.gateway.puppet_server import PuppetServer  # it imports the Wechaty packages

    world = World(SystemClock())
    server = PuppetServer(SimulatedGateway(world, world.add_contact("小知"), SystemClock()), known)
    await server.start()
    try:
        config = configured(f"gateway: {{endpoint: '{server.endpoint}'}}", TOKEN)
        *_, finding = await asyncio.to_thread(check_gateway, config)
    finally:
        await server.stop()
    assert (finding.name, finding.state) == ("网关服务", state)
    assert told in finding.text
    assert "0123456789" not in finding.text


def test_a_gateway_nobody_listens_at_is_named_with_the_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    finding = check_reachable(f"127.0.0.1:{port}")
    assert finding.state == "fail"
    assert f"127.0.0.1:{port}" in finding.text


def test_other_versions_than_the_tested_ones_are_listed(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("# written by a tool\npydantic==0.1\nclick==8.5.1 ; python_version > '3'\n", encoding="utf-8")
    finding = check_packages(lock)
    assert finding.state == "warn"
    assert "pydantic" in finding.text
    lock.write_text("no-such-package==1.0\n", encoding="utf-8")
    assert check_packages(lock).state == "fail"
    assert "no-such-package" in check_packages(lock).text
    assert check_packages(tmp_path / "absent").state == "ok"


def test_an_old_python_is_refused() -> None:
    assert check_python((3, 8, 20)).state == "fail"
    assert check_python((3, 11, 0)).state == "ok"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder", encoding="utf-8")
    assert check_disk(file)[0].state == "fail"
    assert [finding.state for finding in check_disk(tmp_path / "new" / "folder")] == ["ok", "ok"]
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 50 << 20})())
    assert [(finding.state, finding.name) for finding in check_disk(tmp_path)] == [("fail", "磁盘")]


def test_a_clock_that_was_never_set_or_went_back_is_told(tmp_path: Path) -> None:
    database = tmp_path / "qunzhi.db"
    assert check_clock(datetime(1970, 1, 1, tzinfo=UTC), database).state == "fail"
    assert check_clock(NOW, database).state == "ok"
    database.write_bytes(b"")
    later = (NOW + timedelta(hours=5)).timestamp()
    os.utime(database, (later, later))
    assert check_clock(NOW, database).state == "warn"
    assert check_clock(NOW + timedelta(hours=6), database).state == "ok"


def test_a_missing_zone_is_told() -> None:
    assert check_zone("Mars/Olympus").state == "fail"
    assert check_zone("Asia/Shanghai").state == "ok"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("owner: weixin:laowang", "ok"),
        ("owner: 老王", "warn"),
        ("name: 小知", "warn"),
        ("owner: [老王, contact:wxid_1]", "ok"),
    ],
)
def test_an_owner_named_only_by_nickname_is_warned_about(text: str, state: str) -> None:
    assert check_owner(configured(text))[0].state == state


def test_a_damaged_database_and_a_spent_ballast_are_told(tmp_path: Path) -> None:
    database = tmp_path / "qunzhi.db"
    assert check_database(database, whole)[0].state == "ok"
    database.write_bytes(b"x")
    assert [finding.state for finding in check_database(database, whole)] == ["ok", "warn"]
    database.with_suffix(".ballast").write_bytes(b"x")
    assert [finding.state for finding in check_database(database, whole)] == ["ok", "ok"]
    damaged = {**whole(database), "integrity": "row 3 missing from index"}
    assert "row 3" in check_database(database, lambda _path: damaged)[0].text

    def unreadable(_path: Path) -> dict[str, Any]:
        raise StorageError("file is not a database")

    assert check_database(database, unreadable)[0].state == "fail"


def test_an_encoder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert check_encoder("embedded", tmp_path / "absent").state == "warn"
    (tmp_path / "model.onnx").write_bytes(b"x")
    assert check_encoder("embedded", tmp_path).state == "ok"
    assert check_encoder("sentence-transformers:./no/such/model", tmp_path).state == "fail"
