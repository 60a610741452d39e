"""Runs the jobs of plugins that are due, those of one room in order, and keeps how far each has come."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot import inbox, outbox
from bot.dispatcher_core import Core
from bot.dispatcher_lanes import Lane, Lanes
from bot.errors import QunzhiError
from bot.model import Outgoing, Priority
from bot.replies import as_reply, to_announcement
from bot.scheduler_store import TimerKey, set_mark
from bot.scheduler_timers import Due, Timer
from bot.storage import Database

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""How long to wait when the database cannot write."""


class JobDesk:
    """Calls the handlers of jobs.

    Args:
        core: the parts.
        lanes: what is done in the rooms.
        on_done: called with what was due, and whether it is done or has to be tried again.

    Attributes:
        in_hand: timers whose handlers wait or run.
    """

    def __init__(self, core: Core, lanes: Lanes, on_done: Callable[[Due, bool], None]) -> None:
        self._core = core
        self._lanes = lanes
        self._on_done = on_done
        self.in_hand: set[TimerKey] = set()

    async def run(self, due: Due) -> None:
        """Call the handler for each time it is due; returns when that is queued."""
        timer = due.timer
        assert timer.room is not None
        self.in_hand.add(timer.key)

        async def act(_: Lane) -> None:
            is_done = await self._try(due)
            self.in_hand.discard(timer.key)
            self._on_done(due, is_done)

        await self._lanes.put(timer.room.id, act)

    async def _try(self, due: Due) -> bool:
        try:
            await self._fire(due)
        except QunzhiError:  # a full disk: the mark stands where it stood
            log.exception("a job waits key=%s", due.timer.key)
            await self._core.clock.sleep(RETRY_SECONDS)
            return False
        return True

    async def _fire(self, due: Due) -> None:
        timer = due.timer
        rows = [row for fire in due.to_send for row in await self._call(timer, fire)]
        causes = [timer.cause(fire) for fire in (*due.skipped, *due.expired, *due.to_send)]

        def write(db: Database) -> None:
            for row in rows:
                outbox.enqueue(db, row)
            for cause in causes:  # of what was missed, too: a kill may have ended it half way
                inbox.forget_steps(db, cause)
            set_mark(db, timer.key, due.mark)

        await self._core.storage.run(self._core.community, write)
        log.info("fired %s times=%d rows=%d", "/".join(causes[-1:]) or timer.key, len(due.to_send), len(rows))

    async def _call(self, timer: Timer, fire: datetime) -> list[Outgoing]:
        core, cause = self._core, timer.cause(fire)
        plugin, job = timer.plugin, timer.job
        assert plugin is not None
        assert job is not None
        ctx = core.make_context(plugin, cause, room=timer.room)
        result = await core.supervisor.call(plugin.name, timer.room, cause, lambda: job.handler(ctx), quiet=True)
        reply = as_reply(result)
        if reply is None:
            return []
        reply = replace(reply, priority=max(reply.priority, Priority.ANNOUNCEMENT))
        return to_announcement(reply, timer.room, None, cause, core.gateway.capabilities)
