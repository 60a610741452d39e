"""Closes messages: one write for all that were decided while the last one was on its way."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import inbox
from bot.dispatcher_core import Core, spawn
from bot.errors import QunzhiError
from bot.model import Outgoing
from bot.router_turn import Outcome, store_outcomes
from bot.storage import Database

log = logging.getLogger(__name__)

_LARGEST_BATCH = 64  # so that one group commit serves others too


@dataclass(frozen=True, slots=True)
class Closing:
    """What ends the handling of a message.

    Attributes:
        message_id: which.
        talker_id: whose message it was; their next message waits until this is on disk.
        decision: what was decided, for 为什么.
        rows: what is said.
        outcome: what the router made of it; None when the message did not get so far.
    """

    message_id: str
    talker_id: str
    decision: dict[str, Any]
    rows: list[Outgoing]
    outcome: Outcome | None = None


def close_all(db: Database, closings: Sequence[Closing]) -> None:
    """Write what was decided about messages."""
    store_outcomes(db, [closing.outcome for closing in closings if closing.outcome is not None])
    inbox.finish_all(db, [(closing.message_id, closing.decision, closing.rows) for closing in closings])


@dataclass(frozen=True, slots=True)
class _Batch:
    closings: list[Closing]
    written: asyncio.Future[None]


class Closings:
    """Writes closings down.

    Args:
        core: the parts.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: deque[_Batch] = deque()
        self._is_writing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, closing: Closing, *, may_wait: bool = False) -> asyncio.Future[None]:
        """Begin to write a closing; the future, one for all that are written together, is done when they are on disk.

        What cannot be written is logged; its message stays open on disk.

        Args:
            closing: what to write.
            may_wait: more are about to come, so that they are worth waiting for until the loop's next turn.
        """
        if not self._waiting or len(self._waiting[-1].closings) >= _LARGEST_BATCH:
            loop = asyncio.get_running_loop()
            self._waiting.append(_Batch([], loop.create_future()))
            loop.call_soon(self._begin)
        batch = self._waiting[-1]
        batch.closings.append(closing)
        if not may_wait:
            self._begin()
        return batch.written

    def drop(self) -> None:
        """Give up what was not handed to the database yet."""
        self._waiting.clear()
        for task in self._tasks:
            task.cancel()

    def _begin(self) -> None:
        """Write what waits longest, unless a write is on its way: then that is done when it has ended."""
        if self._is_writing or not self._waiting:
            return
        batch, self._is_writing = self._waiting.popleft(), True

        def write(db: Database) -> None:
            close_all(db, batch.closings)

        try:
            writing = self._core.storage.submit(self._core.community, write)
        except QunzhiError:
            log.exception("could not close messages=%d", len(batch.closings))
            self._end(batch)
            return
        writing.add_done_callback(lambda done: self._on_written(batch, done))

    def _on_written(self, batch: _Batch, writing: asyncio.Future[None]) -> None:
        if writing.cancelled() or writing.exception() is None:
            self._end(batch)
            return
        task = spawn(self._write_apart(batch), "closings")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write_apart(self, batch: _Batch) -> None:
        """Write each closing alone: one message that cannot be closed must not take the others with it."""
        for closing in batch.closings:
            try:
                await self._core.storage.run(self._core.community, close_all, [closing])
            except Exception:  # whatever a plugin wants kept may be no JSON, or the disk is full
                log.exception("could not close a message message=%s", closing.message_id)
        self._end(batch)

    def _end(self, batch: _Batch) -> None:
        self._is_writing = False
        if not batch.written.done():  # cancelled by a lane that was given up
            batch.written.set_result(None)
        self._begin()
