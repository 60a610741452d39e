"""Plays a script of tests/data/simulation and returns what members read, beside what was recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import App
from bot.clock import Clock
from bot.config import load
from bot.config_model import Config
from bot.config_types import Person
from bot.gateway import Gateway
from bot.gateway.simulated_facts import make_id
from bot.simulation import Simulation
from bot.simulation_script import read_script
from bot.simulation_transcript import TextReporter, find_column

_DATA = Path(__file__).parent / "data" / "simulation"
_ZONE = ZoneInfo("Asia/Shanghai")
_SAID = re.compile(r"(?P<head>\d\d:\d\d 小知 (?:→ (?=\S))?)(?:(?<=→ )(?P<to>\S+(?: 等 \d+ 人)?))? *(?P<text>.*)")
_CODE = re.compile(r"(签到码?[ ：])\d{6}|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_FEW = 3  # of people who are told the same, named


async def play(name: str, folder: Path, *, is_paced: bool = True, owner: str = "") -> list[str]:
    """Return the lines of a day without any knowledge to begin with, on `NAME.schedules.yaml` and `NAME.yaml` if any.

    Args:
        name: of the script, without its ending.
        folder: for the bot's data.
        is_paced: whether sending takes its time, which is not the same at every run.
        owner: who is named in `bot.yaml`, and so is known before the rooms are.
    """

    known = (Person("contact", make_id("wxid", owner, ())),) if owner else ()
    config = _read_config(name).model_copy(update={"knowledge": str(folder / "knowledge"), "owner": known})
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


def _read_config(name: str) -> Config:
    file = _DATA / f"{name}.yaml"
    return load(file, {}) if file.exists() else Config()


def recorded(name: str) -> list[str]:
    """Return the lines of the day as they were recorded."""
    return (_DATA / f"{name}.transcript").read_text(encoding="utf-8").splitlines()


def masked(lines: Sequence[str]) -> list[str]:
    """Return a transcript without the codes and certificate numbers, which are others at every run."""
    return [_CODE.sub(lambda found: f"{found[1]}······" if found[1] else "····-····", line) for line in lines]


def folded(lines: Sequence[str]) -> list[str]:
    """Return a transcript with what is told to many at a time, each in private, written once."""
    met = {name: at for at, name in reversed(list(enumerate(_names_in(lines))))}
    written: list[str] = []
    for run in _runs(lines):
        left = list(run)
        while left:
            same = [act for act in left if act.to and left[0].to and act.text == left[0].text]
            told = sorted(same, key=lambda act: met[act.to]) or [left[0]]
            left = [act for act in left if act not in told]
            written += _write(told)
    return written


def ordered(lines: Sequence[str]) -> list[list[str]]:
    """Return what was said, and what the bot said in one minute as a set: it serves people and rooms side by side."""
    return [sorted("\n".join(act.lines) for act in run) for run in _runs(lines)]


@dataclass(frozen=True, eq=False)
class _Act:
    """One entry of a transcript.

    Attributes:
        lines: as written.
        head: who says it and when, as written, up to the one who is told in private; empty for people.
        to: who is told in private; empty for a room.
        text: without the name of who is told.
    """

    lines: list[str]
    head: str = ""
    to: str = ""
    text: str = ""


def _runs(lines: Sequence[str]) -> Iterator[list[_Act]]:
    """Yield acts: what the bot says without anybody else in between, in the same minute, belongs together."""
    for _, group in groupby(_acts(lines), key=lambda act: act.head[:5] or act):
        yield list(group)


def _acts(lines: Sequence[str]) -> Iterator[_Act]:
    blocks: list[list[str]] = []
    for line in lines:
        if line.startswith(" ") and blocks:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    for first, *rest in blocks:
        said = _SAID.fullmatch(first)
        if said is None:
            yield _Act([first, *rest])
            continue
        to = said["to"] or ""
        text = "\n".join([said["text"], *rest])
        yield _Act([first, *rest], said["head"], to, text.replace(to, "…") if to else text)


def _write(acts: Sequence[_Act]) -> list[str]:
    first, *rest = acts[0].lines
    if len(acts) == 1:
        return [first, *rest]
    names = [act.to for act in acts]
    more = f" 等 {len(names)} 人" if len(names) > _FEW else ""
    said = _SAID.fullmatch(first)
    assert said
    return [f"{said['head']}{'、'.join(names[:_FEW])}{more} {said['text']}", *rest]


def _names_in(lines: Sequence[str]) -> Iterator[str]:
    """Yield everybody who is told something in private, those who spoke first before the others."""
    told = {act.to for act in _acts(lines) if act.to}
    spoken = [word[6:].split(" ")[0] for word in lines]
    yield from (name for name in spoken if name in told)
    yield from sorted(told)
