"""Simulations run in virtual time; what the bot does comes out as a transcript or as JSON lines."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clock import Clock, VirtualClock
from bot.gateway import Gateway
from bot.model import Event, FileContent, LoggedIn, MessageReceived, RoomJoined
from bot.simulation import Simulation
from bot.simulation_script import ScriptError, parse_script, read_script
from bot.simulation_transcript import JsonReporter, TextReporter, find_column, width_of

DATA = Path(__file__).parent / "data" / "simulation"
ZONE = ZoneInfo("Asia/Shanghai")


class ParrotBot:
    """Stands in for `App`: repeats what mentions it, greets, and says the time every hour."""

    logins = 0

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        assert isinstance(clock, VirtualClock)
        self.gateway, self.clock = gateway, clock
        self.timer: asyncio.Task[None] | None = None
        self.room: Any = None

    async def start(self) -> None:
        await self.gateway.start(self.deliver)
        self.timer = asyncio.create_task(self.strike())

    async def strike(self) -> None:
        while True:
            hour = self.clock.now().replace(minute=0, second=0) + timedelta(hours=1)
            await self.clock.sleep_until(hour)
            with self.clock.busy():
                if self.room and hour.astimezone(ZONE).hour in (8, 10):
                    await self.gateway.send_text(self.room, f"{hour.astimezone(ZONE):%H} 点了")

    async def deliver(self, event: Event) -> None:
        if isinstance(event, LoggedIn):
            ParrotBot.logins += 1
        if isinstance(event, RoomJoined):
            await self.gateway.send_text(self.room, "欢迎", [one.id for one in event.joined])
        if isinstance(event, MessageReceived) and not event.from_self:
            if event.room:
                self.room = event.conversation
            if event.quote or "@小知" in event.text or event.room is None:
                text = event.text.replace("@小知\u2005", "")
                mentions = [event.talker.id] if event.room else []
                await self.gateway.send_text(event.conversation, f"听到：{text}", mentions)

    async def drain(self) -> None:
        await self.clock.settle()

    async def stop(self) -> None:
        self.crash()

    async def reread_schedules(self) -> None:
        await self.gateway.send_text(self.room, "schedules.yaml 读过了")

    def crash(self) -> None:
        if self.timer:
            self.timer.cancel()


async def run(source: str, tmp_path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Run a script twice: once for people and once for machines."""
    steps = parse_script(source)
    text: list[str] = []
    lines: list[str] = []
    file = tmp_path / "script.txt"
    reporter = TextReporter(text.append, ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, ParrotBot, reporter, zone=ZONE, file=file).run()
    await Simulation(steps, ParrotBot, JsonReporter(lines.append, ZONE), zone=ZONE, file=file).run()
    return text, [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["design"])
async def test_the_transcript_is_as_recorded(name: str) -> None:
    file = DATA / f"{name}.txt"
    steps = read_script(file)
    text: list[str] = []
    reporter = TextReporter(text.append, ZONE, "小知", find_column(steps, "小知"))
    await Simulation(steps, ParrotBot, reporter, zone=ZONE, file=file).run()
    assert text == (DATA / f"{name}.transcript").read_text(encoding="utf-8").splitlines()


async def test_json_lines_have_exactly_the_fields_of_the_contract(tmp_path: Path) -> None:
    script = "@group 群\n@members 小明\n@at 2026-12-01 09:00\n小明: @小知 你好\n小明 -> 小知: 我的"
    _, lines = await run(script, tmp_path)
    nine = "2026-12-01T09:00:00+08:00"
    assert lines == [
        {"at": nine, "kind": "text", "room": "群", "to": None, "mentions": ["小明"], "text": "听到：你好"},
        {"at": nine, "kind": "text", "room": None, "to": "小明", "mentions": [], "text": "听到：我的"},
    ]
    assert list(lines[0]) == ["at", "kind", "room", "to", "mentions", "text"]


async def test_timers_fire_in_order_while_time_passes(tmp_path: Path) -> None:
    script = "@group 群\n@members 小明\n@at 2026-12-01 07:30\n小明: 早\n+3h\n@at 2026-12-02 10:30"
    _, lines = await run(script, tmp_path)
    assert [line["at"][:16] for line in lines] == [
        "2026-12-01T08:00",
        "2026-12-01T10:00",
        "2026-12-02T08:00",
        "2026-12-02T10:00",
    ]


async def test_a_crash_starts_the_bot_again(tmp_path: Path) -> None:
    before = ParrotBot.logins
    text, _ = await run("@group 群\n@members 小明\n小明: 早\n@crash\n小明: @小知 在吗", tmp_path)
    assert ParrotBot.logins - before == 4  # two runs, two lives each
    assert text[-3].endswith("进程崩溃，重新启动")
    assert text[-1].endswith("@小明 听到：在吗")


async def test_after_a_crash_the_bot_may_stay_away_for_a_while(tmp_path: Path) -> None:
    text, lines = await run("@group 群\n@members 小明\n@at 2026-12-01 07:30\n小明: 早\n@crash 1d\n+3h", tmp_path)
    assert text[2:] == ["07:30 ·    进程崩溃", "── 2026-12-02 星期三 ──", "07:30 ·    重新启动"]
    assert lines == []  # neither while it was away nor, as it was told nothing since, later


async def test_what_the_bot_said_can_be_said_again(tmp_path: Path) -> None:
    script = "@group 群\n@members 小明\n小明: @小知 代码 482915 编号 D7\n@remember code\n@remember order 编号 (D\\d+)"
    _, lines = await run(f"{script}\n小明: @小知 签到 {{code}} {{order}} {{其他}}", tmp_path)
    assert lines[-1]["text"] == "听到：签到 482915 D7 {其他}"
    with pytest.raises(ScriptError, match=r"script.txt:6: 机器人没有说过「X」这样的话"):
        await run(f"{script}\n@remember other X", tmp_path)


async def test_schedules_are_saved_over_those_of_the_simulation_only(tmp_path: Path) -> None:
    file, other = tmp_path / "schedules.yaml", tmp_path / "moved.yaml"
    other.write_text("timezone: UTC\n", encoding="utf-8")
    head, acts = "@group 群\n@members 小明\n@schedules moved.yaml\n小明: 早\n", list[str]()

    async def play(script: str, schedules: Path | None) -> None:
        reporter = TextReporter(acts.append, ZONE, "小知")
        options: dict[str, Any] = {"zone": ZONE, "file": tmp_path / "script.txt", "schedules": schedules}
        await Simulation(parse_script(script), ParrotBot, reporter, **options).run()

    await play(head, file)
    assert file.read_text(encoding="utf-8") == "timezone: UTC\n"
    await play(f"{head}@schedules <<完\nsessions:\n  []\n完", file)
    assert file.read_text(encoding="utf-8") == "sessions:\n  []\n"
    assert [line[6:] for line in acts[-2:]] == ["·        群主改了 schedules.yaml", "小知     schedules.yaml 读过了"]
    with pytest.raises(ScriptError, match=r"script.txt:5: 没有文件 .*gone.yaml"):
        await play(f"{head}@schedules gone.yaml", file)
    with pytest.raises(ScriptError, match=r"script.txt:3: 这次演练没有可以修改的 schedules.yaml"):
        await play(head, None)


async def test_what_is_said_while_the_gateway_is_down_is_lost(tmp_path: Path) -> None:
    _, lines = await run("@group 群\n@members 小明\n@down\n小明: @小知 一\n@up\n小明: @小知 二", tmp_path)
    assert [line["text"] for line in lines] == ["听到：二"]


async def test_quoting_what_nobody_said_is_a_fault_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"script.txt:3: 没有人说过包含「没有」的话"):
        await run('@group 群\n@members 小明\n@quote 小明 "没有" 收录', tmp_path)


async def test_somebody_who_was_removed_is_noted_and_the_script_goes_on(tmp_path: Path) -> None:
    script = "@group 群 owner=老王\n@members 小明 小红\n@join 阿强\n@rename 小红 阿红\n老王: 早"
    text, _ = await run(script, tmp_path)
    assert text[-1].endswith("早")
    simulation = Simulation(
        parse_script("@group 群\n@members 小明\n群主: 早\n小明: 我还在"),
        ParrotBot,
        TextReporter(text.append, ZONE),
        zone=ZONE,
    )
    simulation.world.listen(lambda event: kick(simulation, event))
    await simulation.run()
    assert text[-1].endswith("第 4 行没有生效：小明 现在做不了这件事")


def kick(simulation: Simulation, event: Event) -> None:
    if isinstance(event, MessageReceived) and event.text == "早":
        room = next(iter(simulation.world.rooms))
        simulation.world.leave(room, simulation.world.find_contact("小明"), simulation.bot_id)


async def test_files_beside_the_script_are_sent(tmp_path: Path) -> None:
    (tmp_path / "讲义.txt").write_text("第一课", encoding="utf-8")
    steps = parse_script("@group 群\n@members 小明\n@file 小明 讲义.txt\n@image 小明 没有.png\n@recall 小明")
    simulation = Simulation(steps, ParrotBot, TextReporter(lambda _: None, ZONE), zone=ZONE, file=tmp_path / "s.txt")
    await simulation.run()
    first, second = simulation.world.files.values()
    assert first == FileContent("讲义.txt", "第一课".encode())
    assert (second.name, second.data[:4]) == ("没有.png", b"\x89PNG")
    assert len(simulation.world.recalled) == 1


async def test_two_rooms_are_told_apart(tmp_path: Path) -> None:
    script = (
        "@group 甲 owner=老王\n@members 小明\n@group 乙 owner=老王\n@members 小明\n小明: @小知 一\n"
        "@room 甲\n小明: @小知 二\n@alias 小明 助教\n@topic 甲组 by 老王\n@friend 路人 你好\n小明 -> 小知: 三"
    )
    text, lines = await run(script, tmp_path)
    assert [line["room"] for line in lines] == ["乙", "甲", None]
    assert "── 甲 ──" in text


def test_chinese_characters_take_two_cells() -> None:
    assert (width_of("小明 a"), width_of("“”"), width_of("，")) == (6, 2, 2)
