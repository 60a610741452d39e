"""Closes messages: one write for all that were decided while the last one was on its way."""

from __future__ import annotations

import asyncio
import logging
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


class Closings:
    """Writes closings down.

    Args:
        core: the parts.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[Closing] = []
        self._written: asyncio.Future[None] | None = None
        self._is_writing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, closing: Closing, *, may_wait: bool = False) -> asyncio.Future[None]:
        """Begin to write a closing; the future, one for all that are written together, is done when they are on disk.

        What cannot be written is logged; its message stays open on disk.

        Args:
            closing: what to write.
            may_wait: more are about to come, so that they are worth waiting for until the loop's next turn.
        """
        loop = asyncio.get_running_loop()
        if self._written is None:
            self._written = loop.create_future()
            if may_wait:
                loop.call_soon(self.flush)
        written = self._written
        self._waiting.append(closing)
        if not may_wait or len(self._waiting) >= _LARGEST_BATCH:
            self.flush()
        return written

    def flush(self) -> None:
        """Begin to write what waits, unless a write is on its way: then that is done when it has ended."""
        if self._is_writing or self._written is None:
            return
        closings, written = self._waiting, self._written
        self._waiting, self._written, self._is_writing = [], None, True

        def write(db: Database) -> None:
            close_all(db, closings)

        try:
            writing = self._core.storage.submit(self._core.community, write)
        except QunzhiError:
            log.exception("could not close messages=%d", len(closings))
            self._end(written)
            return
        writing.add_done_callback(lambda done: self._on_written(done, closings, written))

    def drop(self) -> None:
        """Give up what was not handed to the database yet."""
        self._waiting, self._written = [], None
        for task in self._tasks:
            task.cancel()

    def _on_written(
        self, writing: asyncio.Future[None], closings: list[Closing], written: asyncio.Future[None]
    ) -> None:
        if writing.cancelled() or writing.exception() is None:
            self._end(written)
            return
        task = spawn(self._write_apart(closings, written), "closings")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write_apart(self, closings: list[Closing], written: asyncio.Future[None]) -> None:
        """Write each closing alone: one message that cannot be closed must not take the others with it."""
        for closing in closings:
            try:
                await self._core.storage.run(self._core.community, close_all, [closing])
            except Exception:  # whatever a plugin wants kept may be no JSON, or the disk is full
                log.exception("could not close a message message=%s", closing.message_id)
        self._end(written)

    def _end(self, written: asyncio.Future[None]) -> None:
        self._is_writing = False
        if not written.done():  # cancelled by a lane that was given up
            written.set_result(None)
        self.flush()
