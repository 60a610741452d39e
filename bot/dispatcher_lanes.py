"""One bounded queue and worker per room or private chat: order inside, concurrency between; idle workers end."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.clock import Clock, Hold
from bot.dispatcher_core import spawn

log = logging.getLogger(__name__)

_LONGEST_QUEUE = 500
_MOST_UNFINISHED = 64


@dataclass(slots=True)
class Lane:
    """What happens in one place, one after another.

    Attributes:
        key: the place.
        jobs: what waits.
        has_space: set while the queue is not full.
        unfinished: writes on their way to the disk, by the member they are about; the next job need not wait for
            those of others.
        latest: of the writes, that which began last.
        task: the worker; None while nothing waits.
    """

    key: str
    jobs: deque[tuple[Job, Hold]] = field(default_factory=deque)
    has_space: asyncio.Event = field(default_factory=asyncio.Event)
    unfinished: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    latest: asyncio.Future[None] | None = None
    task: asyncio.Task[None] | None = None

    async def wait_for(self, member_id: str) -> None:
        """Return when the write about a member is done, and not too many others are on their way."""
        if (write := self.unfinished.get(member_id)) is not None:
            await asyncio.wait([write])
        if len(self.unfinished) >= _MOST_UNFINISHED:
            await asyncio.wait(list(self.unfinished.values()), return_when=asyncio.FIRST_COMPLETED)

    def finish(self, member_id: str, write: asyncio.Future[None]) -> None:
        """Let a write go on while the next job begins."""
        if write is not self.latest:  # several may be written together
            self.latest = write
            write.add_done_callback(self._forget)
        self.unfinished[member_id] = write

    async def drain(self) -> None:
        """Return when all writes are done."""
        if self.unfinished:
            await asyncio.wait(list(self.unfinished.values()))

    def _forget(self, write: asyncio.Future[None]) -> None:
        for member_id in [member_id for member_id, one in self.unfinished.items() if one is write]:
            del self.unfinished[member_id]
        if not write.cancelled() and (error := write.exception()) is not None:
            log.error("could not close a message lane=%s: %s", self.key, error, exc_info=error)


Job = Callable[[Lane], Awaitable[None]]


class Lanes:
    """All places where something waits.

    Args:
        clock: knows that waiting jobs are work.
        longest: jobs a lane holds before `put` waits.
    """

    def __init__(self, clock: Clock, longest: int = _LONGEST_QUEUE) -> None:
        self._clock = clock
        self._longest = longest
        self._lanes: dict[str, Lane] = {}

    @property
    def waiting(self) -> int:
        """How many jobs wait in all lanes."""
        return sum(len(lane.jobs) for lane in self._lanes.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nobody works."""
        return not self._lanes

    async def put(self, key: str, job: Job) -> None:
        """Queue a job behind the others of its place; waits while the queue is full."""
        lane = self._lanes.setdefault(key, Lane(key))
        while len(lane.jobs) >= self._longest:
            lane.has_space.clear()
            await lane.has_space.wait()
            lane = self._lanes.setdefault(key, lane)
        lane.jobs.append((job, self._clock.hold()))
        if lane.task is None:
            lane.task = spawn(self._work(lane), f"lane {key}")

    async def stop(self, seconds: float) -> None:
        """Let what waits be done for at most that many real seconds, then give it up."""
        if tasks := [lane.task for lane in self._lanes.values() if lane.task]:
            await asyncio.wait(tasks, timeout=seconds)
        tasks = self.drop()
        await asyncio.gather(*tasks, return_exceptions=True)

    def drop(self) -> list[asyncio.Task[None]]:
        """Give up at once whatever waits or is being done; return the workers that are ending."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for lane in self._lanes.values():
            while lane.jobs:
                lane.jobs.popleft()[1].release()
            for write in lane.unfinished.values():
                write.cancel()
        for task in tasks:
            task.cancel()
        self._lanes.clear()
        return tasks

    async def _work(self, lane: Lane) -> None:
        with self._clock.busy():
            while lane.jobs:
                job, hold = lane.jobs.popleft()
                lane.has_space.set()
                hold.release()
                await _do(job, lane)
                if not lane.jobs:
                    await lane.drain()
        lane.task = None
        if self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]


async def _do(job: Job, lane: Lane) -> None:
    try:
        await job(lane)
    except Exception:  # a fault of the core itself in one job must not end the lane; the row stays open on disk
        log.exception("job failed lane=%s", lane.key)
