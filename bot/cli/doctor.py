"""`doctor`: looks at everything a start depends on and says in one line each what is wrong and what to do."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.app import DATABASE_FILE
from bot.cli.doctor_afdian import check_afdian
from bot.cli.doctor_gateway import check_service
from bot.cli.doctor_language_model import check_language_model
from bot.cli.doctor_payments import check_payments
from bot.cli.finding import Finding
from bot.clock import Clock, SystemClock
from bot.config import ENDPOINT_VARIABLE, TOKEN_VARIABLE
from bot.config_model import Config
from bot.errors import StorageError
from bot.search.embedded_build import default_cache
from bot.storage import Storage

Inspect = Callable[[Path], dict[str, Any]]
"""Looks at a database file without changing it: integrity, sqlite_version, tables."""

_LOCK_FILE: Final = Path(__file__).resolve().parents[2] / "deploy" / "requirements-slim.txt"
_OLDEST_PYTHON: Final = (3, 11)
_LEAST_FREE: Final = 100 << 20  # bytes; below this a backup does not fit
_ENOUGH_FREE: Final = 1 << 30
_FIRST_YEAR, _LAST_YEAR = 2025, 2100  # a clock outside was never set
_CLOCK_SLACK: Final = timedelta(minutes=2)
_CONNECT_SECONDS: Final = 3.0
_MARKS: Final = {"ok": "✓", "warn": "!", "fail": "✗"}
_MOST_NAMED: Final = 5


def run_doctor(
    config: Config, *, clock: Clock | None = None, encoder_cache: Path | None = None, lock_file: Path = _LOCK_FILE
) -> list[Finding]:
    """Look at everything; nothing is changed.

    Args:
        config: with the secrets of the environment.
        clock: the real one, if None.
        encoder_cache: where the embedded encoder is built; its usual place, if None.
        lock_file: the versions that were tested.
    """
    database = Path(config.data) / DATABASE_FILE
    return [
        check_python(),
        check_packages(lock_file),
        *check_disk(Path(config.data)),
        check_clock((clock or SystemClock()).now(), database),
        check_zone(config.timezone),
        *check_gateway(config),
        *check_owner(config),
        *check_database(database, Storage.inspect),
        check_encoder(config.encoder, encoder_cache or default_cache()),
        *check_language_model(config.language_model),
        *check_payments(config),
        *check_afdian(config),
    ]


def format_findings(findings: list[Finding]) -> str:
    """Return the findings for a terminal, one line each, and the sum."""
    lines = [f"{_MARKS[finding.state]} {finding.name}：{finding.text}" for finding in findings]
    failed = sum(finding.state == "fail" for finding in findings)
    warned = sum(finding.state == "warn" for finding in findings)
    total = f"有 {failed} 项要先修好。" if failed else "可以启动" + (f"，有 {warned} 项请留意。" if warned else "。")
    return "\n".join([*lines, total])


def findings_json(findings: list[Finding]) -> str:
    """Return the findings for a machine."""
    checks = [asdict(finding) for finding in findings]
    return json.dumps({"ok": is_healthy(findings), "checks": checks}, ensure_ascii=False)


def is_healthy(findings: list[Finding]) -> bool:
    """Tell whether the bot can start."""
    return all(finding.state != "fail" for finding in findings)


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Look at the Python that runs."""
    shown = ".".join(map(str, version))
    if version < _OLDEST_PYTHON:
        return Finding("fail", "Python", f"{shown} 太旧了，请装 3.11 或更新的")
    return Finding("ok", "Python", shown)


def check_packages(lock_file: Path) -> Finding:
    """Compare what is installed with what was tested."""
    if not lock_file.is_file():
        return Finding("ok", "依赖", "没有版本锁定文件，未比较")
    other, missing = [], []
    for name, tested in _read_lock(lock_file):
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if installed != tested:
            other.append(f"{name} {installed}（测试过的是 {tested}）")
    if missing:
        return Finding("fail", "依赖", f"缺少 {_some(missing)}，请运行 make setup")
    if other:
        return Finding("warn", "依赖", f"版本不同：{_some(other)}")
    return Finding("ok", "依赖", "和测试过的版本一致")


def _read_lock(lock_file: Path) -> Iterator[tuple[str, str]]:
    for line in lock_file.read_text(encoding="utf-8").splitlines():
        name, pinned, version = line.partition("#")[0].partition("==")
        if pinned:
            yield name.strip(), version.partition(";")[0].strip()


def _some(names: list[str]) -> str:
    return "、".join(names[:_MOST_NAMED]) + (f" 等 {len(names)} 个" if len(names) > _MOST_NAMED else "")


def check_disk(folder: Path) -> list[Finding]:
    """Look whether the data folder can be written and has room."""
    existing = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free
    except OSError as error:
        return [Finding("fail", "数据目录", f"{folder} 写不进去：{error.strerror}，请检查权限")]
    shown = f"{free / (1 << 30):.1f} GB" if free >= _ENOUGH_FREE else f"{free >> 20} MB"
    if free < _LEAST_FREE:
        return [Finding("fail", "磁盘", f"{folder} 只剩 {shown}，请先清理")]
    state: Literal["ok", "warn"] = "ok" if free >= _ENOUGH_FREE else "warn"
    return [Finding("ok", "数据目录", f"{folder} 可写"), Finding(state, "磁盘", f"剩 {shown}")]


def check_clock(now: datetime, database: Path) -> Finding:
    """Look whether the system time can be right: not before the last write of the database."""
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        return Finding("fail", "时钟", f"系统时间是 {now:%Y-%m-%d %H:%M} UTC，请先校准（timedatectl set-ntp true）")
    files = [database, database.with_name(database.name + "-wal")]
    written = [datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files if file.exists()]
    if written and max(written) > now + _CLOCK_SLACK:
        return Finding("warn", "时钟", f"数据库最后写于 {max(written):%Y-%m-%d %H:%M} UTC，比现在还晚，时钟可能倒退了")
    return Finding("ok", "时钟", f"{now:%Y-%m-%d %H:%M} UTC")


def check_zone(name: str) -> Finding:
    """Look whether the zone's data is installed."""
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return Finding("fail", "时区", f"系统里没有 {name} 的数据，请 pip install tzdata")
    return Finding("ok", "时区", name)


def check_gateway(config: Config) -> list[Finding]:
    """Look whether the gateway's token and address are there, and it answers and takes them."""
    if config.gateway.kind == "simulated":
        return [Finding("ok", "网关", "内置模拟群，不需要微信")]
    findings = []
    if config.gateway_token is None:
        findings.append(Finding("fail", "网关密钥", f"没有设置环境变量 {TOKEN_VARIABLE}；想先试用请运行 demo"))
    else:
        findings.append(Finding("ok", "网关密钥", "已设置"))
    if config.gateway.endpoint is None:
        return [*findings, Finding("fail", "网关地址", f"没有设置环境变量 {ENDPOINT_VARIABLE}，比如 127.0.0.1:8788")]
    reachable = check_reachable(config.gateway.endpoint)
    is_worth_asking = reachable.state == "ok" and config.gateway_token is not None
    return [*findings, reachable, *([check_service(config)] if is_worth_asking else [])]


def check_reachable(endpoint: str) -> Finding:
    """Look whether somebody listens at `host:port`."""
    host, _, port = endpoint.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS):
            return Finding("ok", "网关", f"{endpoint} 能连上")
    except TimeoutError:
        return Finding("fail", "网关", f"{endpoint} {_CONNECT_SECONDS:g} 秒没有回应，请检查防火墙和地址")
    except OSError as error:
        return Finding("fail", "网关", f"{endpoint} 连不上（{error.strerror or error}），请检查网关是否在运行")


def check_owner(config: Config) -> list[Finding]:
    """Look whether the owner is named by an id; a name anybody can take grants nothing."""
    if any(person.is_strong for person in config.owner):
        return [Finding("ok", "群主", "、".join(map(str, config.owner)))]
    if config.owner:
        return [Finding("warn", "群主", "只写了昵称，昵称谁都能改，请写成 weixin:微信号")]
    return [Finding("warn", "群主", "没有写 owner，只能靠网关告诉谁是群主；请写 owner: weixin:微信号")]


def check_database(path: Path, inspect: Inspect) -> list[Finding]:
    """Look whether the database is whole and the ballast for a full disk is there."""
    if not path.exists():
        return [Finding("ok", "数据库", "还没有，第一次启动时会建好")]
    try:
        facts = inspect(path)
    except StorageError as error:
        advice = "" if "cannot be written" in str(error) else "，请用 restore 恢复备份"
        return [Finding("fail", "数据库", f"打不开（{error}）{advice}")]
    if facts["integrity"] != "ok":
        return [Finding("fail", "数据库", f"有损坏（{facts['integrity']}），请用 restore 恢复备份")]
    rows = sum(facts["tables"].values())
    whole = Finding("ok", "数据库", f"完好，{len(facts['tables'])} 张表 {rows} 行，SQLite {facts['sqlite_version']}")
    if not path.with_suffix(".ballast").exists():
        return [whole, Finding("warn", "备用空间", "压舱文件没了，说明磁盘满过；清理后重启会补上")]
    return [whole, Finding("ok", "备用空间", "压舱文件在")]


def check_encoder(encoder: str, cache: Path) -> Finding:
    """Look whether the encoder is there, without loading it."""
    if encoder == "none":
        return Finding("ok", "编码器", "按设置不用，只按关键词找")
    if encoder == "embedded":
        if cache.is_dir() and any(cache.iterdir()):
            return Finding("ok", "编码器", "内置编码器已生成")
        return Finding("warn", "编码器", "内置编码器还没生成，第一次启动会多花几秒")
    try:
        version = importlib.metadata.version("sentence-transformers")
    except importlib.metadata.PackageNotFoundError:
        return Finding("fail", "编码器", f"{encoder} 要先装 sentence-transformers，或者改回 encoder: embedded")
    model = encoder.partition(":")[2]
    if os.sep in model and model.startswith((".", os.sep)) and not Path(model).is_dir():
        return Finding("fail", "编码器", f"找不到模型目录 {model}")
    return Finding("ok", "编码器", f"{model}（sentence-transformers {version}）")
