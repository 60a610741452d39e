"""Takes messages over: one write for all that arrived while the last one was on its way, in arrival order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from bot import inbox, members
from bot.clock import Clock
from bot.dispatcher_core import Core, spawn
from bot.errors import QunzhiError
from bot.inbox import Accepted
from bot.members import Identity
from bot.model import Contact, MessageReceived, RoomInfo
from bot.storage import Database

log = logging.getLogger(__name__)

_LARGEST_BATCH = 64  # so that one group commit serves others too
_MOST_KNOWN = 10_000
_TRUSTED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that is on disk.

    Attributes:
        accepted: the people and the room behind it, and whether it is new; None for the bot's own echo.
        identities: what points to the talker, for the role.
    """

    accepted: Accepted | None
    identities: tuple[Identity, ...] = ()


class Acquaintances:
    """Who was behind which facts a moment ago, so that people who are talking are not looked up again and again.

    Whatever may change the answer clears it: a login, people coming and going; other processes are trusted for no
    longer than `_TRUSTED`.

    Args:
        clock: ends the trust.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._arrivals: dict[tuple[Contact, RoomInfo | None], Arrival] = {}
        self._until = clock.now()

    def of(self, event: MessageReceived) -> Arrival | None:
        """Return an earlier arrival with the same talker, names and room; None when somebody is mentioned too."""
        if self._clock.now() >= self._until:
            self.clear()
        return None if event.mentions else self._arrivals.get((event.talker, event.room))

    def note(self, event: MessageReceived, arrival: Arrival) -> None:
        """Remember what a stored message told."""
        if arrival.accepted is not None and arrival.accepted.is_new and len(self._arrivals) < _MOST_KNOWN:
            self._arrivals[event.talker, event.room] = arrival

    def clear(self) -> None:
        """Trust nothing any more."""
        self._arrivals.clear()
        self._until = self._clock.now() + _TRUSTED


class Intake:
    """Writes arriving messages down.

    Args:
        core: the parts.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.acquaintances = Acquaintances(core.clock)
        self._waiting: list[tuple[MessageReceived, asyncio.Future[Arrival]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether messages wait to be written down."""
        return self._task is not None

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
        known = [(event, self.acquaintances.of(event)) for event, _ in batch]
        try:
            arrivals = await self._run(known)
        except (QunzhiError, ValueError, LookupError, TypeError) as error:
            if len(batch) > 1:  # one message that cannot be stored must not take the others with it
                for one in batch:
                    await self._write([one])
                return
            log.exception("message not stored message=%s", batch[0][0].id)
            _answer(batch[0][1], error)
            return
        for (event, future), (_, earlier), arrival in zip(batch, known, arrivals, strict=True):
            if earlier is None:
                self.acquaintances.note(event, arrival)
            _answer(future, arrival)

    async def _run(self, known: list[tuple[MessageReceived, Arrival | None]]) -> list[Arrival]:
        core = self._core
        account, stable_ids = core.account, core.gateway.capabilities.stable_ids
        return await core.storage.run(core.community, take_in, account, known, stable_ids)


def take_in(
    db: Database,
    account: str,
    known: Sequence[tuple[MessageReceived, Arrival | None]],
    stable_ids: bool,  # noqa: FBT001 - as inbox.accept
) -> list[Arrival]:
    """Store messages in their order, and settle the doubt about own ones.

    Args:
        db: a write transaction.
        account: contact id of the bot's account.
        known: each message with an earlier arrival of the same talker in the same room, if there was one.
        stable_ids: whether the gateway's ids survive a login.
    """
    arrivals: list[Arrival] = []
    for is_known, run in groupby(known, lambda one: one[1] is not None and not _is_own(one[0], account)):
        if is_known:
            arrivals += _take_in_known(db, account, [(event, earlier) for event, earlier in run if earlier])
        else:
            arrivals += [_take_in_new(db, account, event, stable_ids) for event, _ in run]
    return arrivals


def _is_own(event: MessageReceived, account: str) -> bool:
    return event.from_self or event.talker.id == account


def _take_in_known(db: Database, account: str, known: list[tuple[MessageReceived, Arrival]]) -> Iterator[Arrival]:
    found = [(event, earlier.accepted.talker, earlier.accepted.room) for event, earlier in known if earlier.accepted]
    for accepted, (_, earlier) in zip(inbox.accept_known(db, account, found), known, strict=True):
        yield Arrival(accepted, earlier.identities)


def _take_in_new(db: Database, account: str, event: MessageReceived, stable_ids: bool) -> Arrival:  # noqa: FBT001 - as inbox.accept
    if _is_own(event, account):
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
