"""Events on record: delivered after a crash, never twice."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import events
from bot.clock import SystemClock
from bot.model import Contact, RoomInfo, RoomJoined
from bot.plugin import Context, DomainEvent, Plugin
from bot.storage import Storage
from tests.dispatcher_harness import Bot, Group, running

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
JOINED = RoomJoined(at=AT, room=RoomInfo("g1", "群", admin_ids=("a",)), joined=(Contact("c1", "小明"),))


@dataclass(frozen=True)
class OrderPaid(DomainEvent):
    room_id: str
    order: str
    amount_fen: int


async def test_an_event_is_open_until_it_is_finished(tmp_path: Path) -> None:
    storage = Storage.open(tmp_path / "a.db", SystemClock(), [events.migrations])
    await storage.run("c", events.publish, OrderPaid("r1", "A7", 9900))
    [stored] = await storage.read("c", events.open_events, "plugin")
    assert events.read_event(OrderPaid, stored.payload) == OrderPaid("r1", "A7", 9900)
    assert await storage.read("other", events.open_events, "plugin") == []
    await storage.run("c", events.finish, stored.id)
    assert await storage.read("c", events.open_events, "plugin") == []
    await storage.close()


async def test_a_report_of_the_gateway_counts_once_and_is_purged(tmp_path: Path) -> None:
    storage = Storage.open(tmp_path / "a.db", SystemClock(), [events.migrations])
    assert await storage.run("c", events.record, "e1", JOINED, AT)
    assert not await storage.run("c", events.record, "e1", JOINED, AT)
    [stored] = await storage.read("c", events.open_events, "gateway")
    assert events.read_event(RoomJoined, stored.payload) == JOINED
    assert await storage.run("c", events.expire, AT + timedelta(minutes=1)) == ["e1"]
    assert not await storage.run("c", events.record, "e1", JOINED, AT)
    assert await storage.run("c", events.purge, AT + timedelta(days=1)) == 1
    await storage.close()


async def test_an_event_published_before_a_crash_is_delivered_after_it_and_its_step_is_not_repeated(
    tmp_path: Path,
) -> None:
    group, told = Group(), []
    plugin: Plugin[Any] = Plugin("shop")
    alive = False

    @plugin.on(OrderPaid)
    async def on_paid(ctx: Context[Any], event: OrderPaid) -> str:
        number = await ctx.db(lambda db: told.append(1) or db.next_number("paid"))
        if not alive:
            await bot.crash()
        return f"订单 {event.order} 第 {number} 次"

    bot = Bot(group, tmp_path, [plugin])
    await bot.start()
    [room] = bot.core.facts.rooms()
    await bot.storage.run("default", events.publish, OrderPaid(room.id, "A7", 9900))
    while not told:
        await group.clock.settle()
    await group.clock.settle()
    alive = True
    async with running(group, tmp_path, [plugin]) as bot:
        assert await bot.settle() == ["订单 A7 第 1 次"]
        assert len(told) == 1
