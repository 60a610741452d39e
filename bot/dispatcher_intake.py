"""Takes messages over: one write for all that arrived while the last one was on its way, in arrival order."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bot import inbox, members
from bot.dispatcher_core import Core, spawn
from bot.errors import QunzhiError
from bot.inbox import Accepted
from bot.members import Identity
from bot.model import MessageReceived
from bot.storage import Database

log = logging.getLogger(__name__)

_LARGEST_BATCH = 64  # so that one group commit serves others too


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is on disk.

    Attributes:
        accepted: the people and the room behind it, and whether it is new; None for the bot's own echo.
        identities: what points to the talker, for the role.
    """

    accepted: Accepted | None
    identities: tuple[Identity, ...] = ()


class Intake:
    """Writes arriving messages down.

    Args:
        core: the parts.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._waiting: list[tuple[MessageReceived, asyncio.Future[Arrival]]] = []
        self._task: asyncio.Task[None] | None = None

    def submit(self, event: MessageReceived) -> asyncio.Future[Arrival]:
        """Begin to write a message down; the future is done when it is on disk."""
        future: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, future))
        if self._task is None:
            self._task = spawn(self._work(), "intake")
        return future

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_LARGEST_BATCH], self._waiting[_LARGEST_BATCH:]
                await self._write(batch)
        finally:
            self._task = None

    async def _write(self, batch: list[tuple[MessageReceived, asyncio.Future[Arrival]]]) -> None:
        try:
            arrivals = await self._run([event for event, _ in batch])
        except (QunzhiError, ValueError, LookupError, TypeError) as error:
            if len(batch) > 1:  # one message that cannot be stored must not take the others with it
                for one in batch:
                    await self._write([one])
                return
            log.exception("message not stored message=%s", batch[0][0].id)
            _answer(batch[0][1], error)
            return
        for (_, future), arrival in zip(batch, arrivals, strict=True):
            _answer(future, arrival)

    async def _run(self, events: list[MessageReceived]) -> list[Arrival]:
        core = self._core
        account, stable_ids = core.account, core.gateway.capabilities.stable_ids
        return await core.storage.run(
            core.community, lambda db: [take_in(db, account, event, stable_ids=stable_ids) for event in events]
        )


def take_in(db: Database, account: str, event: MessageReceived, *, stable_ids: bool) -> Arrival:
    """Store one message, or settle the doubt about an own one.

    Args:
        db: a write transaction.
        account: contact id of the bot's account.
        event: the message.
        stable_ids: whether the gateway's ids survive a login.
    """
    if event.from_self or event.talker.id == account:
        inbox.accept_own(db, account, event, stable_ids)  # what a person types on the bot's account is no command
        return Arrival(None)
    accepted = inbox.accept(db, account, event, stable_ids)
    return Arrival(accepted, tuple(members.identities_of(db, accepted.talker.id)) if accepted.is_new else ())


def _answer(future: asyncio.Future[Arrival], result: Arrival | Exception) -> None:
    if future.done():  # the dispatcher was stopped meanwhile; the message stays open on disk
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
