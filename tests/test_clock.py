"""The virtual clock wakes sleepers in order and never runs ahead of work."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.clock import VirtualClock
from bot.ids import IdSource
from tests.patience import PATIENCE

START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


async def test_sleepers_wake_in_order_of_their_time() -> None:
    clock, woken = VirtualClock(START), []

    async def sleeper(minutes: int) -> None:
        await clock.sleep(minutes * 60)
        woken.append((minutes, clock.now() - START))

    tasks = [asyncio.create_task(sleeper(m)) for m in (30, 10, 20)]
    await asyncio.sleep(0)
    await clock.advance(minutes=25)
    assert woken == [(10, timedelta(minutes=10)), (20, timedelta(minutes=20))]
    await clock.advance(minutes=5)
    assert [m for m, _ in woken] == [10, 20, 30]
    await asyncio.gather(*tasks)


async def test_time_waits_for_work_that_a_woken_sleeper_starts() -> None:
    clock, log = VirtualClock(START), []

    async def worker(name: str, at: int) -> None:
        await clock.sleep(at)
        with clock.busy():
            await asyncio.sleep(0.01)  # real work, while the virtual clock must stand still
            log.append((name, clock.now()))

    tasks = [asyncio.create_task(worker("a", 1)), asyncio.create_task(worker("b", 2))]
    await asyncio.sleep(0)
    await clock.advance(seconds=10)
    assert log == [("a", START + timedelta(seconds=1)), ("b", START + timedelta(seconds=2))]
    await asyncio.gather(*tasks)


async def test_a_sleep_inside_a_busy_section_counts_as_rest() -> None:
    clock = VirtualClock(START)

    async def paced() -> datetime:
        with clock.busy():
            await clock.sleep(5)
            return clock.now()

    task = asyncio.create_task(paced())
    await asyncio.sleep(0)
    await clock.advance(seconds=5)
    assert await task == START + timedelta(seconds=5)


async def test_a_cancelled_sleep_leaves_the_clock_at_rest() -> None:
    clock = VirtualClock(START)

    async def paced() -> None:
        with clock.busy():
            await clock.sleep(5)

    task = asyncio.create_task(paced())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(clock.settle(), 1)
    assert clock.next_wake is None


async def test_queued_work_holds_the_clock_until_it_is_released() -> None:
    clock = VirtualClock(START)
    hold = clock.hold()
    settled = asyncio.create_task(clock.settle())
    await asyncio.sleep(0.01)
    assert not settled.done()
    hold.release()
    hold.release()  # a second release changes nothing
    await asyncio.wait_for(settled, PATIENCE)


def test_ids_grow_even_when_the_clock_stands_still() -> None:
    ids = IdSource(VirtualClock(START))
    made = [ids.new() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == 5000
    assert {len(i) for i in made} == {22}
