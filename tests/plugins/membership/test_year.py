"""A community's year, written by `year`: trials, renewals, lapses, refunds, upgrades, crashes, new ids for everybody.

What is asserted is independent of how the bot keeps its books: the money is added up from what the owner was told.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from bot import members
from bot.app import App, core_migrations, make_loader
from bot.clock import Clock, SystemClock
from bot.config import load
from bot.config_model import Config
from bot.gateway import Gateway
from bot.gateway.simulated_facts import SentAct
from bot.ledger.books_store import trial_balance
from bot.model import Act
from bot.payments.model import OrderState
from bot.payments.orders_store import orders_in
from bot.plugins.membership.api import memberships_of
from bot.simulation import Simulation
from bot.simulation_script import parse_script
from bot.simulation_transcript import TextReporter, find_column
from bot.storage import Database, Storage
from bot.units import parse_fen
from tests.plugins.membership.year import Year

T = TypeVar("T")

pytestmark = [pytest.mark.slow]

DATA = Path(__file__).parents[2] / "data" / "simulation"
ZONE = ZoneInfo("Asia/Shanghai")
CONFIRMED = re.compile(r"已确认 D\d+：\S+ ([\d.]+ 元)")
GIVEN_BACK = re.compile(r"已记下：D\d+ 退给 \S+ ([\d.]+ 元)")
REMINDER = re.compile(r"^您的「.+」.*到期")
TRANSCRIPT = DATA / "year.transcript"
SHOWN = ("同学001", "同学002", "同学015")
_HEAD = 24  # columns: who says something to whom
RANDOM = re.compile(r"BD(?:-[0-9A-Z]{4})+|\b[2-9A-Z]{4}-[2-9A-Z]{4}\b|(?<=指纹 )[0-9a-f]{8} [0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a year.

    Attributes:
        acts: what the bot did.
        lines: the transcript.
        folder: where its data is.
    """

    acts: Sequence[SentAct]
    lines: Sequence[str]
    folder: Path

    def told(self, name: str) -> list[str]:
        """Return what somebody was told in private."""
        return [act.text for act in self.acts if act.act is Act.TEXT and act.to == name]

    def sum_told(self, pattern: re.Pattern[str]) -> int:
        """Return the sum of money in what the owner was told, in fen."""
        found = (pattern.search(text) for text in self.told("老王"))
        return sum(parse_fen(match[1]) for match in found if match)

    async def ask(self, fn: Callable[[Database], T]) -> T:
        """Read from what is left on disk."""
        loader = make_loader(Config, SystemClock())
        loader.load_all()
        path = self.folder / "qunzhi.db"
        storage = Storage.open(path, SystemClock(), [*core_migrations(), *loader.migrations()])
        try:
            return await storage.read("default", fn)
        finally:
            await storage.close()


async def play(year: Year, folder: Path) -> Played:
    config = load(DATA / "year.yaml", {}).model_copy(update={"knowledge": str(folder / "knowledge")})
    schedules, steps, lines = folder / "schedules.yaml", parse_script(year.write(), "year"), list[str]()
    schedules.write_bytes(b"")

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        return App(config, gateway, clock, data_dir=folder, schedules_path=schedules, encoder="none", is_paced=False)

    reporter = TextReporter(lines.append, ZONE, "小知", find_column(steps, "小知"))
    acts = await Simulation(steps, make_bot, reporter, zone=ZONE, schedules=schedules).run()
    return Played(acts, lines, folder)


async def check(played: Played) -> None:
    """Assert what must hold of every year."""
    balances = await played.ask(trial_balance)
    paid, back = played.sum_told(CONFIRMED), played.sum_told(GIVEN_BACK)
    assert paid > back > 0
    assert sum(balances.values()) == 0
    assert balances["assets:owner"] == paid - back
    income = sum(fen for account, fen in balances.items() if account.startswith("income:"))
    assert -(income + balances["liabilities:deferred"]) == paid - back
    assert balances.get("liabilities:review", 0) == 0
    kept = await played.ask(lambda db: sum(one.paid_fen for one in orders_in(db, set(OrderState))))
    assert kept == paid - back
    assert any(text.startswith("账本完好：") for text in played.told("老王")[-4:])
    assert reminded_twice(played) == {}
    assert await paying_and_removed(played) == []


def reminded_twice(played: Played) -> dict[tuple[str | None, str], int]:
    """Return the reminders that somebody read more than once: each names its own end."""
    told = Counter((act.to, act.text) for act in played.acts if REMINDER.match(act.text))
    assert len(told) > 3
    return {reminder: count for reminder, count in told.items() if count > 1}


async def paying_and_removed(played: Played) -> list[str]:
    """Return who was removed from a room while the facts say that they might be in it."""
    removed = [act for act in played.acts if act.act is Act.REMOVE]

    def find(db: Database) -> list[str]:
        return [
            f"{act.to} {act.at:%Y-%m-%d}"
            for act in removed
            for member in members.find_by_name(db, act.to or "")
            if any(one.is_in_force for one in memberships_of(db, member.id, act.at))
        ]

    return await played.ask(find)


def shortened(lines: Sequence[str]) -> list[str]:
    """Return what a few of the community said and read, and what happened to all; random codes are hidden."""
    kept, is_kept = list[str](), False
    for line in lines:
        if not line.startswith(" "):
            head = line[:_HEAD]
            is_kept = line.startswith("──") or "·" in head or any(name in head for name in SHOWN)
        if is_kept:
            kept.append(RANDOM.sub("····", line))
    return [line for line, after in pairwise([*kept, "──"]) if not (line.startswith("──") and after.startswith("──"))]


async def test_a_winter_of_ten_comes_out_even(tmp_path: Path) -> None:
    await check(await play(Year(10, 45, seed=1), tmp_path))


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_a_year_of_two_hundred_comes_out_even_and_reads_as_recorded(tmp_path: Path) -> None:
    played = await play(Year(), tmp_path)
    await check(played)
    written = TRANSCRIPT.read_text(encoding="utf-8").splitlines()
    assert sorted(shortened(played.lines)) == sorted(written)  # what is sent at one moment has no order


async def write_transcript(folder: Path) -> None:
    """Record the year anew: `python -m tests.plugins.membership.test_year FOLDER`, and read what has changed."""
    played = await play(Year(), folder)
    TRANSCRIPT.write_text("\n".join(shortened(played.lines)) + "\n", encoding="utf-8")
    await check(played)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(write_transcript(Path(sys.argv[1])))
