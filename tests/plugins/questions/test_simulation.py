"""A week of questions, as members read it."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.clock import Clock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.simulation import Simulation
from bot.simulation_script import read_script
from bot.simulation_transcript import TextReporter, find_column

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "data" / "simulation"
ZONE = ZoneInfo("Asia/Shanghai")


async def test_a_week_of_questions_reads_as_recorded(tmp_path: Path) -> None:
    def make_bot(gateway: Gateway, clock: Clock) -> App:
        config = Config(knowledge=str(tmp_path / "knowledge"))
        return App(config, gateway, clock, data_dir=tmp_path, encoder="hashing")

    file = DATA / "questions.txt"
    steps, text = read_script(file), list[str]()
    reporter = TextReporter(text.append, ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, make_bot, reporter, zone=ZONE, file=file).run()
    assert text == (DATA / "questions.transcript").read_text(encoding="utf-8").splitlines()
