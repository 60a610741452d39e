"""A day on which members share files and links, as they read it."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.clock import VirtualClock
from bot.config_model import Config
from bot.gateway.simulated import SimulatedGateway
from bot.simulation import Simulation
from bot.simulation_script import read_script
from bot.simulation_transcript import TextReporter, find_column

DATA = Path(__file__).parents[2] / "data" / "simulation"
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.process
async def test_a_day_of_files_and_links_reads_as_recorded(tmp_path: Path) -> None:
    def make_bot(gateway: SimulatedGateway, clock: VirtualClock) -> App:
        config = Config(knowledge=str(tmp_path / "knowledge"))
        return App(config, gateway, clock, data_dir=tmp_path, encoder="hashing")

    file = DATA / "documents.txt"
    steps, text = read_script(file), list[str]()
    reporter = TextReporter(text.append, ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, make_bot, reporter, zone=ZONE, file=file).run()
    group = [line for line in text if "→ 老王" not in line]  # what the owner is told has its own tests
    assert group == (DATA / "documents.transcript").read_text(encoding="utf-8").splitlines()
