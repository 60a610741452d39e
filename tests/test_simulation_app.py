"""The whole bot under a script: what is promised in the outbox is sent once, through crashes and outages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.clock import Clock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.plugin import Context, Plugin, Settings
from bot.simulation import Simulation
from bot.simulation_script import parse_script, read_script
from bot.simulation_steps import Step
from bot.simulation_transcript import JsonReporter, TextReporter, find_column

pytestmark = pytest.mark.slow  # days of conversation

DATA = Path(__file__).parent / "data" / "simulation"
ZONE = ZoneInfo("Asia/Shanghai")


def make_plugin() -> Plugin[Settings]:
    plugin = Plugin("parrot")

    @plugin.command("学舌")
    async def repeat(ctx: Context[Settings]) -> str:
        """学舌：说一声。"""
        return f"{ctx.talker_name} 说了"

    return plugin


async def run(steps: list[Step], folder: Path, reporter: Any, schedules: str = "", **options: Any) -> None:
    file = folder / "schedules.yaml"
    file.write_text(schedules, encoding="utf-8")

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        config = Config(knowledge=str(folder / "knowledge"))
        return App(
            config,
            gateway,
            clock,
            data_dir=folder,
            schedules_path=file,
            plugins=[make_plugin()],
            encoder="hashing",
        )

    await Simulation(steps, make_bot, reporter, zone=ZONE, schedules=file, **options).run()


async def test_announcements_come_once_through_a_crash_and_an_outage(tmp_path: Path) -> None:
    text: list[str] = []
    steps = read_script(DATA / "week.txt")
    reporter = TextReporter(text.append, ZONE, "小知", find_column(steps, "小知"))
    await run(steps, tmp_path, reporter, (DATA / "week.schedules.yaml").read_text(encoding="utf-8"))
    group = [line for line in text if "→ 老王" not in line]  # what the owner is told has its own tests
    assert group == (DATA / "week.transcript").read_text(encoding="utf-8").splitlines()


async def test_two_scripts_on_the_same_data_are_two_days_of_one_bot(tmp_path: Path) -> None:
    lines: list[str] = []
    for number, script in enumerate(("小明: 学舌", "小明: 学舌\n@crash\n小明 -> 小知: 学舌")):
        steps = parse_script(f"@group 群\n@members 小明\n@at 2026-12-0{number + 1} 09:00\n{script}")
        await run(steps, tmp_path, JsonReporter(lines.append, ZONE), id_prefix=f"run{number}-")
    told = [line for line in map(json.loads, lines) if line["to"] != "群主"]
    assert [(line["room"], line["to"], line["text"]) for line in told] == [
        ("群", None, "小明 说了"),
        ("群", None, "小明 说了"),
        (None, "小明", "小明 说了"),
    ]


async def test_what_the_owner_saves_is_in_force_at_once_and_faults_are_told(tmp_path: Path) -> None:
    weekly = (DATA / "week.schedules.yaml").read_text(encoding="utf-8")
    daily, wrong = weekly.replace("周五 18:00", "每天 19:00"), weekly.replace("周五", "周八")
    script = f"@schedules <<完\n{daily}完\n+2d\n@schedules <<完\n{wrong}完\n+1d"
    steps = parse_script(f"@group Python学习群 owner=老王\n@members 小明\n@at 2026-12-01 18:00\n小明: 早\n{script}")
    lines: list[str] = []
    await run(steps, tmp_path, JsonReporter(lines.append, ZONE), weekly)
    told = [json.loads(line) for line in lines]
    assert [line["at"][:16] for line in told if line["room"]] == [f"2026-12-0{day}T19:00" for day in (1, 2, 3)]
    assert "改期通知「friday-review」" in told[0]["text"]
    assert "schedules.yaml 第 5 行" in told[3]["text"]
