"""Plays a script of tests/data/simulation and returns what members read, beside what was recorded."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import App
from bot.clock import Clock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.simulation import Simulation
from bot.simulation_script import read_script
from bot.simulation_transcript import TextReporter, find_column

_DATA = Path(__file__).parent / "data" / "simulation"
_ZONE = ZoneInfo("Asia/Shanghai")


async def play(name: str, folder: Path) -> list[str]:
    """Return the lines of a day without any knowledge to begin with, on `NAME.schedules.yaml` if there is one.

    Args:
        name: of the script, without its ending.
        folder: for the bot's data.
    """

    config = Config(knowledge=str(folder / "knowledge"))
    file, given, schedules = _DATA / f"{name}.txt", _DATA / f"{name}.schedules.yaml", folder / "schedules.yaml"
    schedules.write_bytes(given.read_bytes() if given.exists() else b"")

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        return App(config, gateway, clock, data_dir=folder, schedules_path=schedules, encoder="hashing")

    steps, text = read_script(file), list[str]()
    reporter = TextReporter(text.append, _ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, make_bot, reporter, zone=_ZONE, file=file, schedules=schedules).run()
    return text


def recorded(name: str) -> list[str]:
    """Return the lines of the day as they were recorded."""
    return (_DATA / f"{name}.transcript").read_text(encoding="utf-8").splitlines()
