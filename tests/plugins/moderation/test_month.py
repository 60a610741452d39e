"""A month of a room of a hundred, written by `month`: adverts, a flood, a wave, a false alarm, a repeat offender.

What everybody read is recorded; `python -m tests.plugins.moderation.test_month` records it anew.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bot.app import App, core_migrations, make_loader
from bot.clock import Clock, SystemClock
from bot.config import load
from bot.config_model import Config
from bot.gateway import Gateway
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_facts import SentAct
from bot.model import Act
from bot.plugins.moderation import audit_store, cases_store
from bot.plugins.moderation.model import AuditEntry, Case, CaseState, Done
from bot.simulation import Simulation
from bot.simulation_script import parse_script
from bot.simulation_transcript import TextReporter, find_column
from bot.storage import Database, Storage
from tests.plugins.moderation.month import AUTHOR, OFFENDER, OWNER, TALK, Month
from tests.recorded_days import _ZONE, ordered

T = TypeVar("T")
DATA = Path(__file__).parents[2] / "data" / "simulation"
NAMES = {False: "moderation_month", True: "moderation_month_by_hand"}
_LEARNT = re.compile(r"；?像广告：(?:「[^」]*」)+；?|（把握 \d+%）")
ADVERTISERS = {"推广小哥", "财务小张", "新人03", "小号0", "小号1", "小号2"}

pytestmark = [pytest.mark.slow]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a month.

    Attributes:
        acts: what the bot did.
        lines: the transcript without the friends' talk.
        cases, log: what is on record.
    """

    acts: Sequence[SentAct]
    lines: Sequence[str]
    cases: Sequence[Case]
    log: Sequence[AuditEntry]

    def of(self, name: str) -> list[Done]:
        """Return what was done about somebody's cases, the first first."""
        return [case.act for case in self.cases if case.name == name]


async def play(*, by_hand: bool, folder: Path) -> Played:
    """Play the month; by hand on a gateway that can remove nobody."""
    config = load(DATA / "moderation_month.yaml", {}).model_copy(update={"knowledge": str(folder / "knowledge")})
    steps, lines, schedules = parse_script(Month(by_hand=by_hand).write(), "month"), list[str](), folder / "s.yaml"
    schedules.write_bytes(b"")

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        if by_hand and isinstance(gateway, SimulatedGateway):
            gateway.lose(can_remove=False)
        return App(config, gateway, clock, data_dir=folder, schedules_path=schedules, encoder="none", is_paced=False)

    reporter = TextReporter(lines.append, _ZONE, "小知", find_column(steps, "小知"))
    acts = await Simulation(steps, make_bot, reporter, zone=_ZONE, schedules=schedules).run()
    cases = await ask(folder, lambda db: cases_store.latest_cases(db, limit=1000)[::-1])
    log = await ask(folder, lambda db: audit_store.latest_entries(db, [], 1000)[::-1])
    return Played(acts, [line for line in lines if not is_talk(line)], cases, log)


def masked(lines: Sequence[str]) -> list[str]:
    """Return a transcript without what the learned filter says: it learns something else when it is trained anew."""
    return [_LEARNT.sub("", line) for line in lines]


def is_talk(line: str) -> bool:
    """Whether a line of the transcript is the friends' talk."""
    return line[6:8] == "同学" and line.split(maxsplit=2)[-1] in TALK


async def ask(folder: Path, fn: Callable[[Database], T]) -> T:
    """Read from what is left on disk."""
    loader = make_loader(Config, SystemClock())
    loader.load_all()
    storage = Storage.open(folder / "qunzhi.db", SystemClock(), [*core_migrations(), *loader.migrations()])
    try:
        return await storage.read("default", fn)
    finally:
        await storage.close()


@pytest.fixture(scope="module", params=[False, True], ids=["removes", "by hand"])
def by_hand(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def played(by_hand: bool) -> Played:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(play(by_hand=by_hand, folder=Path(folder)))


def test_everybody_reads_what_is_recorded(played: Played, by_hand: bool) -> None:
    recorded = (DATA / f"{NAMES[by_hand]}.transcript").read_text(encoding="utf-8").splitlines()
    assert ordered(masked(played.lines)) == ordered(masked(recorded))


def test_every_act_is_in_the_log_with_its_reason(played: Played, by_hand: bool) -> None:
    assert [entry for entry in played.log if not entry.reason.strip()] == []
    removed = [act.to for act in played.acts if act.act is Act.REMOVE]
    assert sorted(entry.name for entry in played.log if entry.done is Done.REMOVE) == sorted(map(str, removed))
    assert bool(removed) is not by_hand
    for case in played.cases:
        done = [entry.done for entry in played.log if entry.case == case.number]
        assert done, case.number
        assert case.act in done or case.act is Done.WARN, case.number


def test_only_those_who_broke_a_rule_ever_hear_of_one(played: Played) -> None:
    assert {case.name for case in played.cases} == {*ADVERTISERS, OFFENDER, AUTHOR, "同学005"}


def test_the_offender_climbs_the_ladder(played: Played, by_hand: bool) -> None:
    last = Done.BY_HAND if by_hand else Done.REMOVE
    assert played.of(OFFENDER) == [Done.REMIND, Done.WARN, Done.WARN, Done.WARN, Done.REPORT, Done.REPORT, last]
    assert "之前还因" in [case for case in played.cases if case.name == OFFENDER][-1].reason


def test_the_false_alarm_is_undone_and_the_rule_counts_less(played: Played) -> None:
    (case,) = [case for case in played.cases if case.name == AUTHOR]
    assert case.state is CaseState.UNDONE
    done = [entry.done for entry in played.log if entry.case == case.number]
    assert done[:2] == [Done.WARN, Done.APPEAL]
    assert {Done.UPHOLD, Done.UNDO} <= set(done)


def test_too_many_removals_stop_the_rules_until_the_owner_lets_them_go_on(played: Played) -> None:
    done = [entry.done for entry in played.log]
    assert done.count(Done.BRAKE) == done.count(Done.LIFT_BRAKE) == 1
    told = [act.text for act in played.acts if act.to == OWNER]
    assert sum("所有群规已改为只观察" in text for text in told) == 1


def test_where_nobody_can_be_removed_the_owner_gets_a_list_each_time(played: Played, by_hand: bool) -> None:
    lists = [act.text for act in played.acts if act.to == OWNER and "请在微信里手动移出" in act.text]
    assert len(lists) == (sum(entry.done is Done.BY_HAND for entry in played.log) if by_hand else 0)
    assert [case for case in played.cases if case.state is CaseState.BY_HAND] == []


def record() -> None:
    """Write down what everybody reads now."""
    for by_hand, name in NAMES.items():
        with tempfile.TemporaryDirectory() as folder:
            played = asyncio.run(play(by_hand=by_hand, folder=Path(folder)))
        (DATA / f"{name}.transcript").write_text("\n".join(played.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
