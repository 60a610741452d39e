"""Timers over crashes, downtime, jumps of the clock, edits and clock changes, on a virtual clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import inbox
from bot.clock import VirtualClock
from bot.config_model import Config
from bot.plugin import Context, Plugin
from bot.schedule_model import Schedules
from bot.scheduler_store import read_marks
from bot.scheduler_timers import CORE
from bot.schedules import read_schedules
from bot.storage import Database
from tests.dispatcher_harness import Bot, Group, running, until

pytestmark = pytest.mark.slow  # days of conversation

TOPIC = "Python学习群"


def schedules(*lines: str, every: str = "每天 18:00", zone: str = "Asia/Shanghai") -> Schedules:
    text = f"timezone: {zone}\nannouncements:\n  - id: review\n    room: {TOPIC}\n    every: {every}\n"
    text += "    text: 精华来啦\n"
    found, faults = read_schedules("schedules.yaml", (text + "".join(f"    {line}\n" for line in lines)).encode())
    assert faults == []
    assert found is not None
    return found


@pytest.fixture
def group() -> Group:
    return Group()


async def away(group: Group, folder: Path, hours: float, table: Schedules) -> list[str]:
    """Crash now, come back after so many hours; return what is said then."""
    async with running(group, folder, [], schedules=table):
        pass
    group.said()
    group.clock._now += timedelta(hours=hours)
    async with running(group, folder, [], schedules=table) as bot:
        return await bot.settle()


async def test_an_announcement_is_sent_once_a_day_at_its_time(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [], schedules=schedules()):
        await group.clock.advance(hours=8, minutes=59)
        assert group.said() == []
        await group.clock.advance(minutes=2)
        assert group.said() == ["精华来啦"]
        await group.clock.advance(days=2)
        assert group.said() == ["精华来啦"] * 2


async def test_one_missed_a_moment_ago_is_sent_late_and_told(group: Group, tmp_path: Path) -> None:
    said = await away(group, tmp_path, 10, schedules())
    assert "精华来啦" in said
    assert "错过定时 1 条：补发 1 条（review）。" in said


async def test_one_missed_too_long_ago_is_given_up_and_told(group: Group, tmp_path: Path) -> None:
    said = await away(group, tmp_path, 12, schedules())
    assert "精华来啦" not in said
    assert "错过定时 1 条：过期 1 条（review）。" in said


async def test_one_that_says_skip_is_skipped_and_told(group: Group, tmp_path: Path) -> None:
    said = await away(group, tmp_path, 10, schedules("missed: skip"))
    assert "精华来啦" not in said
    assert "错过定时 1 条：跳过 1 条（review）。" in said


async def test_several_missed_ones_merge_into_the_latest(group: Group, tmp_path: Path) -> None:
    said = await away(group, tmp_path, 72, schedules("missed: merge", "within: 5d"))
    assert said.count("精华来啦") == 1
    assert "错过定时 3 条：补发 1 条（review），跳过 2 条（review）。" in said


async def test_several_missed_ones_are_all_sent_when_the_owner_wants_so(group: Group, tmp_path: Path) -> None:
    said = await away(group, tmp_path, 72, schedules("within: 5d"))
    assert said.count("精华来啦") == 3


async def test_a_crash_right_after_firing_repeats_nothing(group: Group, tmp_path: Path) -> None:
    bot = Bot(group, tmp_path, [], schedules=schedules())
    await bot.start()
    await group.clock.advance(hours=9)
    assert group.said() == ["精华来啦"]
    await bot.crash()
    async with running(group, tmp_path, [], schedules=schedules()):
        await group.clock.advance(hours=1)
        assert group.said() == []


async def test_a_clock_set_back_repeats_nothing(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [], schedules=schedules()) as bot:
        await group.clock.advance(hours=9, minutes=1)
        assert group.said() == ["精华来啦"]
        group.clock._now -= timedelta(hours=2)
        bot.scheduler.refresh()
        await group.clock.advance(hours=3)
        assert group.said() == []


async def test_a_clock_that_was_years_ahead_does_not_silence_the_schedule(group: Group, tmp_path: Path) -> None:
    clock = group.clock
    clock._now += timedelta(days=400)
    async with running(group, tmp_path, [], schedules=schedules()):
        await clock.advance(days=1)
    clock._now -= timedelta(days=401)
    group.said()
    async with running(group, tmp_path, [], schedules=schedules("within: 1h")):
        await clock.advance(days=1)
        assert "精华来啦" in group.said()


async def test_a_schedule_edited_to_an_hour_that_has_passed_waits_for_tomorrow(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [], schedules=schedules()) as bot:
        await group.clock.advance(hours=3)  # noon
        bot.schedules = schedules(every="每天 10:00")
        bot.scheduler.refresh()
        await group.clock.advance(hours=12)
        assert group.said() == []
        await group.clock.advance(hours=12)
        assert group.said() == ["精华来啦"]


async def test_an_edited_text_is_what_is_sent(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [], schedules=schedules()) as bot:
        entry = bot.schedules.announcements[0].model_copy(update={"text": "新的内容"})
        bot.schedules = bot.schedules.model_copy(update={"announcements": (entry,)})
        bot.scheduler.refresh()
        await group.clock.advance(hours=10)
        assert group.said() == ["新的内容"]


@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
async def test_the_day_of_a_clock_change_fires_once(tmp_path: Path, day: datetime) -> None:
    group = Group()
    group.clock = VirtualClock(day - timedelta(hours=6))
    group.world.clock = group.clock
    config = Config(timezone="Europe/Berlin")
    table = schedules(every="每天 02:30", zone="Europe/Berlin")
    async with running(group, tmp_path, [], config, schedules=table):
        await group.clock.advance(hours=20)
        assert group.said() == ["精华来啦"]


@pytest.mark.parametrize(
    ("day", "new_york_utc"),
    [
        (datetime(2026, 3, 6, tzinfo=UTC), (1, 0)),
        (datetime(2026, 10, 30, tzinfo=UTC), (0, 1)),
    ],  # EST 20:00 is 01:00 UTC
)
async def test_two_zones_fire_at_the_hour_written_over_a_clock_change(
    tmp_path: Path, day: datetime, new_york_utc: tuple[int, int]
) -> None:
    """America's clocks change on a Sunday night between the two; China's never."""
    group = Group()
    group.clock = VirtualClock(day)
    group.world.clock = group.clock
    text = "announcements:\n"
    for zone in ("Asia/Shanghai", "America/New_York"):
        text += f"  - {{id: {zone[:4]}, room: {TOPIC}, timezone: {zone}, every: 每天 20:00, text: {zone}}}\n"
    table, faults = read_schedules("schedules.yaml", text.encode())
    assert faults == []
    async with running(group, tmp_path, [], schedules=table):
        await group.clock.advance(days=3, hours=20)
    hours: dict[str, list[tuple[int, int]]] = {}
    for act in group.world.acts:
        local = act.at.astimezone(ZoneInfo(act.text))
        assert (local.hour, local.minute, local.second) == (20, 0, 0)
        hours.setdefault(act.text, []).append((local.day, act.at.astimezone(UTC).hour))
    assert [hour for _, hour in hours["Asia/Shanghai"]] == [12] * 4
    assert len({d for d, _ in hours["America/New_York"]}) == len(hours["America/New_York"]) == 4
    assert list(dict.fromkeys(hour for _, hour in hours["America/New_York"])) == list(new_york_utc)


async def test_a_room_the_bot_is_not_in_is_told_to_the_owner(group: Group, tmp_path: Path) -> None:
    table = schedules()
    entry = table.announcements[0].model_copy(update={"room": ("不存在的群",)})
    table = table.model_copy(update={"announcements": (entry,)})
    async with running(group, tmp_path, [], schedules=table):
        said = ["定时「review」要发到「不存在的群」，但我不在这个群里，请核对 schedules.yaml 里的群名。"]
        assert group.said() == said


def make_job(runs: list[str]) -> Plugin[Any]:
    plugin: Plugin[Any] = Plugin("weekly")

    @plugin.job("ranking", cron="0 20 * * sun")
    async def rank(ctx: Context[Any]) -> str:
        number = await ctx.db(lambda db: runs.append(ctx.room.topic) or db.next_number("ranking"))
        return f"第 {number} 期排行"

    return plugin


async def test_a_job_runs_in_every_room_its_plugin_is_on_in(tmp_path: Path) -> None:
    group = Group((TOPIC, "前端群", "安静群"))
    config = Config.model_validate({"rooms": {"安静群": {"plugins": {"weekly": False}}}})
    runs: list[str] = []
    async with running(group, tmp_path, [make_job(runs)], config):
        await group.clock.advance(days=7)
        assert sorted(runs) == sorted([TOPIC, "前端群"])
        assert sorted(group.said()) == ["第 1 期排行", "第 2 期排行"]


async def test_a_job_that_fails_is_reported_and_does_not_stop_the_timers(group: Group, tmp_path: Path) -> None:
    plugin: Plugin[Any] = Plugin("bad")

    @plugin.job("daily", cron="0 12 * * *")
    async def run(ctx: Context[Any]) -> str:
        raise ValueError

    async with running(group, tmp_path, [plugin], schedules=schedules()):
        await group.clock.advance(hours=10)
        said = group.said()
        assert "精华来啦" in said
        assert any("插件「bad」" in text for text in said)


async def test_a_job_that_takes_long_delays_no_announcement(group: Group, tmp_path: Path) -> None:
    plugin: Plugin[Any] = Plugin("slow")
    reached, gate = asyncio.Event(), asyncio.Event()

    @plugin.job("daily", cron="0 12 * * *")
    async def run(ctx: Context[Any]) -> str:
        reached.set()
        await gate.wait()
        return "终于好了"

    async with running(group, tmp_path, [plugin], schedules=schedules()) as bot:
        passing = asyncio.create_task(group.clock.advance(hours=4))
        await reached.wait()
        group.clock._now += timedelta(hours=6)
        bot.scheduler.refresh()
        await until(lambda: "精华来啦" in [act.text for act in group.world.acts])
        gate.set()
        await passing
        assert [text for text in group.said() if "错过" not in text] == ["精华来啦", "终于好了"]


async def test_a_job_that_was_cut_off_and_is_not_made_up_for_leaves_no_step(group: Group, tmp_path: Path) -> None:
    plugin: Plugin[Any] = Plugin("cut")
    reached = asyncio.Event()

    @plugin.job("daily", cron="0 12 * * *", within_minutes=60)
    async def run(ctx: Context[Any]) -> str:
        await ctx.db(lambda db: db.next_number("n"))
        reached.set()
        await asyncio.Event().wait()
        return "做完了"

    def steps(db: Database) -> list[str]:
        return [row["cause"] for row in db.query("select cause from steps where community = :community")]

    async with running(group, tmp_path, [plugin]) as bot:
        passing = asyncio.create_task(group.clock.advance(hours=4))
        await reached.wait()
        assert len(await bot.storage.read("default", steps)) == 1
        passing.cancel()
    group.clock._now += timedelta(hours=3)
    async with running(group, tmp_path, [plugin]) as bot:
        await bot.settle()
        assert await bot.storage.read("default", steps) == []


async def test_a_paused_room_gets_nothing_and_nothing_is_sent_after_it(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [], schedules=schedules()) as bot:
        await bot.loader.pause()
        await group.clock.advance(hours=10)
        await bot.loader.resume()
        await group.clock.advance(hours=1)
        assert group.said() == []


async def test_old_messages_are_purged_at_night(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, []) as bot:
        message_id = group.say("小明", "早")
        await group.clock.advance(days=29)
        assert await bot.storage.read("default", inbox.get, message_id)
        await group.clock.advance(days=3)
        assert await bot.storage.read("default", inbox.get, message_id) is None


async def test_a_timer_that_is_gone_leaves_no_mark(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [], schedules=schedules()):
        pass
    async with running(group, tmp_path, []) as bot:
        marks = await bot.storage.read("default", read_marks)
        assert {key.kind for key in marks} == {CORE}


async def test_a_room_that_gets_the_right_name_gets_the_announcement(group: Group, tmp_path: Path) -> None:
    room_id = group.rooms[TOPIC]
    group.world.rename_room(room_id, "旧群名")
    async with running(group, tmp_path, [], schedules=schedules()):
        group.said()
        group.world.rename_room(room_id, TOPIC, group.people["老王"])
        await group.clock.advance(hours=10)
        assert group.said() == ["精华来啦"]


async def test_a_room_the_bot_comes_into_later_gets_the_announcement(group: Group, tmp_path: Path) -> None:
    table = schedules()
    entry = table.announcements[0].model_copy(update={"room": ("新群",)})
    table = table.model_copy(update={"announcements": (entry,)})
    async with running(group, tmp_path, [], schedules=table):
        group.rooms["新群"] = group.world.add_room("新群", group.people["老王"], [group.bot_id])
        group.say("老王", "大家好", "新群")
        await group.clock.advance(hours=10)
        assert "精华来啦" in group.said()
