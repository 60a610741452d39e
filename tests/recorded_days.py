"""Plays a script of tests/data/simulation and returns what members read, beside what was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import App
from bot.clock import Clock
from bot.config_model import Config
from bot.config_types import Person
from bot.gateway import Gateway
from bot.gateway.simulated_facts import make_id
from bot.simulation import Simulation
from bot.simulation_script import read_script
from bot.simulation_transcript import TextReporter, find_column

_DATA = Path(__file__).parent / "data" / "simulation"
_ZONE = ZoneInfo("Asia/Shanghai")
_TOLD = re.compile(r"(?P<at>\d\d:\d\d 小知 → )(?P<name>\S+) *(?P<text>.*)")
_CODE = re.compile(r"(签到码?[ ：])\d{6}|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_FEW = 3  # of people who are told the same, named


async def play(name: str, folder: Path, *, is_paced: bool = True, owner: str = "") -> list[str]:
    """Return the lines of a day without any knowledge to begin with, on `NAME.schedules.yaml` if there is one.

    Args:
        name: of the script, without its ending.
        folder: for the bot's data.
        is_paced: whether sending takes its time, which is not the same at every run.
        owner: who is named in `bot.yaml`, and so is known before the rooms are.
    """

    known = (Person("contact", make_id("wxid", owner, ())),) if owner else ()
    config = Config(knowledge=str(folder / "knowledge"), owner=known)
    file, given, schedules = _DATA / f"{name}.txt", _DATA / f"{name}.schedules.yaml", folder / "schedules.yaml"
    schedules.write_bytes(given.read_bytes() if given.exists() else b"")

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        return App(
            config, gateway, clock, data_dir=folder, schedules_path=schedules, encoder="hashing", is_paced=is_paced
        )

    steps, text = read_script(file), list[str]()
    reporter = TextReporter(text.append, _ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, make_bot, reporter, zone=_ZONE, file=file, schedules=schedules).run()
    return text


def recorded(name: str) -> list[str]:
    """Return the lines of the day as they were recorded."""
    return (_DATA / f"{name}.transcript").read_text(encoding="utf-8").splitlines()


def masked(lines: Sequence[str]) -> list[str]:
    """Return a transcript without the codes and certificate numbers, which are others at every run."""
    return [_CODE.sub(lambda found: f"{found[1]}······" if found[1] else "····-····", line) for line in lines]


def folded(lines: Sequence[str]) -> list[str]:
    """Return a transcript with what is told to many in a row, each in private, written once."""
    written: list[str] = []
    for (_, is_told, _), group in groupby(_acts(lines), key=lambda act: (act[0], bool(act[1]), act[2])):
        acts = list(group)
        first, *rest = acts[0][3]
        if is_told and len(acts) > 1:
            names = [act[1] for act in acts]
            more = f" 等 {len(names)} 人" if len(names) > _FEW else ""
            told = _TOLD.fullmatch(first)
            assert told
            first = f"{told['at']}{'、'.join(names[:_FEW])}{more} {told['text']}"
        written += [first, *rest] if is_told else [line for act in acts for line in act[3]]
    return written


def _acts(lines: Sequence[str]) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield when, to whom in private, what without their name, and the lines of each act."""
    blocks: list[list[str]] = []
    for line in lines:
        if line.startswith(" ") and blocks:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    for first, *rest in blocks:
        told = _TOLD.fullmatch(first)
        name = told["name"] if told else ""
        text = "\n".join([told["text"] if told else first, *rest])
        yield first[:5], name, text.replace(name, "…") if name else text, [first, *rest]
