"""A plugin asks to be called at a time, and is, once, whatever happens until then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StorageError
from bot.plugin import Context, Database, Deadline, Plugin, SchedulesChanged, UserError
from bot.testing import SimulatedRoom, simulated_room
from tests.dispatcher_harness import Group, running, until

pytestmark = pytest.mark.slow  # days of conversation

SCHEDULES = "timezone: Asia/Shanghai\nannouncements:\n  - {id: a, room: Python学习群, every: 每天 %s, text: 精华}\n"


class Kitchen:
    """A plugin that boils eggs, and what its handler is to do besides."""

    def __init__(self) -> None:
        self.plugin: Plugin[Any] = Plugin("eggs", title="煮蛋")
        self.fault: Exception | None = None
        self.reached, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.calls: list[str] = []
        self.missed = "run"
        self.plugin.command("煮蛋")(self.boil)
        self.plugin.command("不煮了")(self.stop)
        self.plugin.deadline("done")(self.call)

    async def boil(self, ctx: Context[Any]) -> str:
        """煮蛋：十分钟后叫您。"""
        await ctx.db(self.set, ctx, 10)
        return "好，十分钟后叫您。"

    def set(self, db: Database, ctx: Context[Any], minutes: float, name: str = "done") -> None:
        ctx.set_deadline(
            db, name, key=ctx.member.id if ctx.member else "", at=ctx.now + timedelta(minutes=minutes), group="pot",
            data={"who": ctx.member.name if ctx.member else ""}, room_id=ctx.room.id, missed=self.missed,
        )  # fmt: skip

    async def stop(self, ctx: Context[Any]) -> str:
        """不煮了：关火。"""
        await ctx.db(lambda db: ctx.drop_deadline(db, "eggs.done", ctx.talker.id))
        return "关火了。"

    async def call(self, ctx: Context[Any], due: Deadline) -> str:
        self.calls.append(due.data["who"])
        number = await ctx.db(lambda db: db.next_number("eggs"))
        self.reached.set()
        await self.gate.wait()
        if self.fault:
            raise self.fault
        assert ctx.cause not in {"", due.key}
        return f"{due.data['who']}，第 {number} 个蛋好了。"


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


@pytest.fixture
async def room(kitchen: Kitchen, tmp_path: Path) -> AsyncIterator[SimulatedRoom]:
    async with simulated_room(plugins=[kitchen.plugin], folder=tmp_path) as made:
        yield made


async def left_over(room: SimulatedRoom) -> int:
    """Return how many deadlines and steps are still on record."""

    def count(db: Database) -> int:
        rows = db.query(
            "select (select count(*) from deadlines where community = :community and plugin <> 'moderation')"
            " + (select count(*) from steps where community = :community) as n"
        )
        return int(rows[0]["n"])

    return await room.app.storage.read("default", count)


async def test_the_handler_is_called_once_at_its_time(room: SimulatedRoom) -> None:
    assert await room.member("小明").says("煮蛋") == ["好，十分钟后叫您。"]
    await room.texts()
    await room.clock.advance(minutes=9, seconds=59)
    assert await room.texts() == []
    await room.clock.advance(seconds=1)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]
    await room.clock.advance(days=1)
    assert await room.texts() == []
    assert await left_over(room) == 0


async def test_set_again_it_is_moved_and_dropped_it_does_not_fire(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("煮蛋")
    await hong.says("煮蛋")
    await room.clock.advance(minutes=5)
    await ming.says("煮蛋")
    assert await hong.says("不煮了") == ["关火了。"]
    assert await hong.says("不煮了") == ["关火了。"]
    await room.texts()
    await room.clock.advance(minutes=9)
    assert await room.texts() == []
    await room.clock.advance(minutes=1)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]


async def test_a_restart_in_between_loses_nothing(room: SimulatedRoom) -> None:
    await room.member("小明").says("煮蛋")
    await room.texts()
    await room.crash()
    await room.clock.advance(minutes=10)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]


async def advance_into_handler(room: SimulatedRoom, kitchen: Kitchen) -> asyncio.Task[None]:
    """Let ten minutes pass until the handler has done its step and stands still."""
    kitchen.gate.clear()

    async def let_pass() -> None:
        await room.clock.advance(minutes=10)

    passing = asyncio.create_task(let_pass())
    await kitchen.reached.wait()
    return passing


async def test_after_a_crash_in_the_handler_its_first_step_counts(room: SimulatedRoom, kitchen: Kitchen) -> None:
    await room.member("小明").says("煮蛋")
    await room.texts()
    passing = await advance_into_handler(room, kitchen)
    kitchen.gate = asyncio.Event()
    kitchen.gate.set()
    await room.crash()
    await asyncio.gather(passing, return_exceptions=True)  # it waited for the bot that died
    assert await room.texts() == ["小明，第 1 个蛋好了。"]
    assert kitchen.calls == ["小明", "小明"]
    assert await left_over(room) == 0


async def test_what_is_moved_while_it_fires_fires_again_later(room: SimulatedRoom, kitchen: Kitchen) -> None:
    ming = room.member("小明")
    await ming.says("煮蛋")
    passing = await advance_into_handler(room, kitchen)
    boiling = asyncio.ensure_future(ming.says("煮蛋"))
    await until(lambda: "好，十分钟后叫您。" in [act.text for act in room.said[1:]])
    kitchen.gate.set()
    await passing
    await boiling
    assert [act.text for act in room.said][-1] == "小明，第 1 个蛋好了。"
    await room.texts()
    await room.clock.advance(minutes=10)
    assert await room.texts() == ["小明，第 2 个蛋好了。"]


async def test_what_is_dropped_while_it_fires_is_done_to_its_end(room: SimulatedRoom, kitchen: Kitchen) -> None:
    ming = room.member("小明")
    await ming.says("煮蛋")
    passing = await advance_into_handler(room, kitchen)
    stopping = asyncio.ensure_future(ming.says("不煮了"))
    await until(lambda: "关火了。" in [act.text for act in room.said])
    kitchen.gate.set()
    await passing
    await stopping
    assert [act.text for act in room.said][-1] == "小明，第 1 个蛋好了。"


async def jump(room: SimulatedRoom, **delta: float) -> None:
    """Set the system's clock."""
    room._clock._now += timedelta(**delta)
    room.app.scheduler.refresh()
    await room.app.drain()


async def test_a_clock_set_ahead_a_day_and_back_repeats_and_loses_nothing(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("煮蛋")
    await room.texts()
    await jump(room, days=1)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]
    await jump(room, days=-1)
    await hong.says("煮蛋")
    await room.texts()
    await room.clock.advance(minutes=10)
    assert await room.texts() == ["小红，第 2 个蛋好了。"]
    await room.clock.advance(days=2)
    assert await room.texts() == []


async def test_a_clock_set_back_only_puts_it_off(room: SimulatedRoom) -> None:
    await room.member("小明").says("煮蛋")
    await room.texts()
    await jump(room, days=-1)
    await room.clock.advance(hours=23)
    assert await room.texts() == []
    await room.clock.advance(hours=2)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]


@pytest.mark.parametrize(
    ("missed", "hours", "texts"),
    [
        ("run", 30, ["小明，第 1 个蛋好了。", "小红，第 2 个蛋好了。"]),
        ("send", 1, ["错过定时 2 条：补发 2 条。", "小明，第 1 个蛋好了。", "小红，第 2 个蛋好了。"]),
        ("send", 30, ["错过定时 2 条：过期 2 条。"]),
        ("skip", 1, ["错过定时 2 条：跳过 2 条。"]),
        ("merge", 1, ["错过定时 2 条：补发 1 条，跳过 1 条。", "小红，第 1 个蛋好了。"]),
    ],
)
async def test_after_a_downtime_what_was_missed_goes_by_its_policy(
    room: SimulatedRoom, kitchen: Kitchen, missed: str, hours: float, texts: list[str]
) -> None:
    kitchen.missed = missed
    await room.member("小明").says("煮蛋")
    await room.clock.advance(minutes=1)
    await room.member("小红").says("煮蛋")
    await room.texts()
    await room.crash(hours=hours)
    assert {text for text in await room.texts() if "离线" not in text} == set(texts)
    assert await left_over(room) == 0


async def test_the_owner_is_told_in_one_line_what_was_missed_of_everything(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.missed = "send"
    async with simulated_room(plugins=[kitchen.plugin], folder=tmp_path, schedules=SCHEDULES % "09:30") as room:
        await room.member("小明").says("煮蛋")
        await room.texts()
        await room.crash(hours=1)
        texts = await room.texts()
        assert [text for text in texts if "错过" in text] == ["错过定时 2 条：补发 2 条（a）。"]
        assert {"精华", "小明，第 1 个蛋好了。"} < set(texts)


async def test_a_handler_that_fails_is_tried_at_three_starts_and_then_given_up(
    room: SimulatedRoom, kitchen: Kitchen
) -> None:
    kitchen.fault = ValueError()
    await room.member("小明").says("煮蛋")
    await room.texts()
    await room.clock.advance(minutes=10)
    [told] = await room.texts()
    assert told.startswith("插件「煮蛋」在「Python学习群」出错了：ValueError")
    await room.clock.advance(hours=1)
    assert await room.texts() == []
    await room.crash()
    assert len(kitchen.calls) == 2
    await room.texts()
    await room.crash()
    texts = await room.texts()
    assert any(text.startswith("插件「煮蛋」的定时「done") and "出错 3 次，不再重试" in text for text in texts)
    await room.crash()
    assert len(kitchen.calls) == 3
    assert await left_over(room) == 0


async def test_a_handler_that_is_mended_is_called_at_the_next_start(room: SimulatedRoom, kitchen: Kitchen) -> None:
    kitchen.fault = ValueError()
    await room.member("小明").says("煮蛋")
    await room.clock.advance(minutes=10)
    await room.texts()
    kitchen.fault = None
    await room.crash()
    assert "小明，第 1 个蛋好了。" in await room.texts()


async def test_a_full_disk_puts_it_off_without_blame(room: SimulatedRoom, kitchen: Kitchen) -> None:
    kitchen.fault = StorageError("the disk is full")
    await room.member("小明").says("煮蛋")
    await room.texts()
    await room.clock.advance(minutes=10, seconds=12)
    assert await room.texts() == []
    assert len(kitchen.calls) == 3
    kitchen.fault = None
    await room.clock.advance(seconds=5)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]


async def test_what_a_member_would_be_told_is_announced(room: SimulatedRoom, kitchen: Kitchen) -> None:
    kitchen.fault = UserError("锅不见了。")
    await room.member("小明").says("煮蛋")
    await room.texts()
    await room.clock.advance(minutes=10)
    assert await room.texts() == ["锅不见了。"]
    assert await left_over(room) == 0


async def test_a_plugin_that_is_off_is_called_when_it_is_on_again(room: SimulatedRoom, kitchen: Kitchen) -> None:
    kitchen.missed = "send"
    await room.member("小明").says("煮蛋")
    await room.app.loader.disable("eggs")
    await room.texts()
    await room.clock.advance(minutes=30)
    assert await room.texts() == []
    await room.app.loader.enable("eggs")
    await room.app.drain()
    assert set(await room.texts()) == {"小明，第 1 个蛋好了。", "错过定时 1 条：补发 1 条。"}


async def test_in_a_pause_nothing_fires_until_it_is_over(room: SimulatedRoom) -> None:
    await room.member("小明").says("煮蛋")
    await room.app.loader.pause()
    await room.texts()
    await room.clock.advance(minutes=30)
    assert await room.texts() == []
    await room.app.loader.resume()
    await room.app.drain()
    assert await room.texts() == ["小明，第 1 个蛋好了。"]


async def test_what_nobody_acts_on_is_forgotten_after_a_month(room: SimulatedRoom) -> None:
    await room.member("小明").says("煮蛋")
    await room.app.loader.disable("eggs")
    await room.clock.advance(days=29)
    await room.texts()
    await room.clock.advance(days=3)
    await room.texts()
    assert await left_over(room) == 0


async def test_one_room_does_not_wait_for_the_handler_of_another(kitchen: Kitchen, tmp_path: Path) -> None:
    group = Group(("甲群", "乙群"))
    async with running(group, tmp_path, [kitchen.plugin]) as bot:
        group.say("小明", "煮蛋", "甲群")
        await group.clock.advance(minutes=1)
        group.say("小红", "煮蛋", "乙群")
        await bot.settle()
        kitchen.gate.clear()
        passing = asyncio.create_task(group.clock.advance(minutes=10))
        await kitchen.reached.wait()
        group.clock._now += timedelta(minutes=1)
        bot.scheduler.refresh()
        await until(lambda: kitchen.calls == ["小明", "小红"])
        kitchen.gate.set()
        await passing


async def test_in_one_room_they_are_called_in_the_order_of_their_times(kitchen: Kitchen, tmp_path: Path) -> None:
    group = Group()
    async with running(group, tmp_path, [kitchen.plugin]) as bot:
        for name in ("小红", "小明", "小刚"):
            group.say(name, "煮蛋")
            await group.clock.advance(seconds=1)
        await bot.settle()
        group.clock._now += timedelta(hours=1)
        bot.scheduler.refresh()
        said = await bot.settle()
        assert said == ["小红，第 1 个蛋好了。", "小明，第 2 个蛋好了。", "小刚，第 3 个蛋好了。"]


@pytest.mark.parametrize(("name", "missed", "error"), [("typo", "run", LookupError), ("done", "later", ValueError)])
async def test_a_mistake_in_setting_one_is_told_where_it_is_made(
    room: SimulatedRoom, kitchen: Kitchen, name: str, missed: str, error: type[Exception]
) -> None:
    ctx = room.app.core.make_context(kitchen.plugin, "test")
    with pytest.raises(error):
        await ctx.db(lambda db: ctx.set_deadline(db, name, key="k", at=ctx.now, missed=missed))


async def test_a_plugin_hears_of_another_schedule_also_in_a_pause(kitchen: Kitchen, tmp_path: Path) -> None:
    heard: list[int] = []

    @kitchen.plugin.on(SchedulesChanged)
    async def look(ctx: Context[Any], _: SchedulesChanged) -> None:
        heard.append(len(ctx.part("schedules").value.announcements))

    async with simulated_room(plugins=[kitchen.plugin], folder=tmp_path) as room:
        assert heard == [0]
        assert await room.edits_schedules(SCHEDULES % "18:00") == ["schedules.yaml 已生效：新增通知「a」"]
        assert heard == [0, 1]
        await room.edits_schedules("announcements: 1\n")
        assert heard == [0, 1]
        await room.app.loader.pause()
        await room.edits_schedules("")
        await room.crash()
        assert heard == [0, 1, 0, 0]
