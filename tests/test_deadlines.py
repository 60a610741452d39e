"""A plugin asks to be called at a time, and is, once, whatever happens until then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.plugin import Context, Deadline, Plugin, SchedulesChanged
from bot.testing import SimulatedRoom


def make_eggs() -> Plugin[Any]:
    plugin: Plugin[Any] = Plugin("eggs", title="煮蛋")

    @plugin.command("煮蛋")
    async def boil(ctx: Context[Any]) -> str:
        """煮蛋：十分钟后叫您。"""
        at, room_id = ctx.now + timedelta(minutes=10), ctx.room.id if ctx.room else ""
        data = {"who": ctx.talker_name}
        await ctx.db(lambda db: ctx.set_deadline(db, "done", key=ctx.talker.id, at=at, data=data, room_id=room_id))
        return "好，十分钟后叫您。"

    @plugin.command("不煮了")
    async def stop(ctx: Context[Any]) -> str:
        """不煮了：关火。"""
        await ctx.db(lambda db: ctx.drop_deadline(db, "done", ctx.talker.id))
        return "关火了。"

    @plugin.deadline("done")
    async def call(ctx: Context[Any], due: Deadline) -> str:
        number = await ctx.db(lambda db: db.next_number("eggs"))
        return f"{due.data['who']}，第 {number} 个蛋好了。"

    @plugin.on(SchedulesChanged)
    async def look(ctx: Context[Any], _: SchedulesChanged) -> None:
        count = len(ctx.part("schedules").value.announcements)
        await ctx.db(lambda db: db.take_number("schedules", count))

    return plugin


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return [make_eggs()]


async def test_the_handler_is_called_once_at_its_time(room: SimulatedRoom) -> None:
    assert await room.member("小明").says("煮蛋") == ["好，十分钟后叫您。"]
    await room.clock.advance(minutes=9, seconds=59)
    assert (await room.texts())[1:] == []
    await room.clock.advance(seconds=1)
    assert await room.texts() == ["小明，第 1 个蛋好了。"]
    await room.clock.advance(days=1)
    assert await room.texts() == []


async def test_set_again_it_is_moved_and_dropped_it_does_not_fire(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("煮蛋")
    await hong.says("煮蛋")
    await room.clock.advance(minutes=5)
    await ming.says("煮蛋")
    await hong.says("不煮了")
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


async def test_a_plugin_hears_of_another_schedule(room: SimulatedRoom) -> None:
    text = "announcements:\n  - {id: a, room: Python学习群, every: 每天 18:00, text: 精华}\n"
    await room.edits_schedules(text)
    assert await room.app.storage.run("default", lambda db: db.next_number("schedules")) == 2
