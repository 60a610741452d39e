"""Time: the only place that reads the system clock, and the virtual clock of simulations and tests."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Protocol

_QUIET_TURNS = 10
_in_busy_section: ContextVar[bool] = ContextVar("in_busy_section", default=False)


class Hold:
    """Work that waits in a queue; until it is released a virtual clock knows that the bot is not at rest."""

    __slots__ = ("_release",)

    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        """Say that the work is done or has been taken over; a second call does nothing."""
        release, self._release = self._release, None
        if release is not None:
            release()


_NO_HOLD = Hold(lambda: None)
_NO_SECTION = nullcontext()


class Clock(Protocol):
    """What the rest of the bot knows of time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back, for measuring durations."""

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds of this clock."""

    async def sleep_until(self, when: datetime) -> None:
        """Wait until this clock shows `when`."""

    def busy(self) -> AbstractContextManager[None]:
        """Mark a section as work, so that a virtual clock does not advance over it."""

    def hold(self) -> Hold:
        """Return a mark for work that will be done by another task."""


class SystemClock:
    """The real time."""

    _LONGEST_SLEEP = 60.0  # so that a changed system time is noticed within a minute

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for real."""
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, when: datetime) -> None:
        """Wait until the wall clock shows `when`, also when the wall clock is set meanwhile."""
        while (left := (when - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time has no event
            await asyncio.sleep(min(left, self._LONGEST_SLEEP))

    def busy(self) -> AbstractContextManager[None]:
        """Do nothing: real time does not wait for work."""
        return _NO_SECTION

    def hold(self) -> Hold:
        """Return a mark without effect."""
        return _NO_HOLD


class VirtualClock:
    """A clock that stands still until it is told to advance; sleeping on it costs no time.

    Args:
        start: first time shown, aware.
    """

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._start = self._now
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None], bool]] = []
        self._order = itertools.count()
        self._busy = 0
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    def now(self) -> datetime:
        """Return the virtual time, aware, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return virtual seconds since the start."""
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was advanced by `seconds`."""
        await self.sleep_until(self._now + timedelta(seconds=max(0.0, seconds)))

    async def sleep_until(self, when: datetime) -> None:
        """Wait until the clock was advanced to `when`; a sleeping busy section counts as at rest."""
        if when <= self._now:
            await asyncio.sleep(0)
            return
        was_busy = _in_busy_section.get()
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (when, next(self._order), future, was_busy))
        if was_busy:
            self._change(-1)
        try:
            await future
        except asyncio.CancelledError:
            if was_busy and not (future.done() and not future.cancelled()):
                self._change(+1)
            raise

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Mark a section as work; nested sections count once."""
        if _in_busy_section.get():
            yield
            return
        token = _in_busy_section.set(True)
        self._change(+1)
        try:
            yield
        finally:
            self._change(-1)
            _in_busy_section.reset(token)

    def hold(self) -> Hold:
        """Return a mark for work that another task will do."""
        self._change(+1)
        return Hold(lambda: self._change(-1))

    @property
    def next_wake(self) -> datetime | None:
        """When the next sleeper is due; None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def settle(self) -> None:
        """Return when no work is under way: everything sleeps on this clock or waits for the outside."""
        quiet = 0
        while quiet < _QUIET_TURNS:  # a woken task needs a few turns of the loop before it marks itself busy
            await self._at_rest.wait()
            await asyncio.sleep(0)
            quiet = quiet + 1 if self._busy == 0 else 0

    async def advance_to(self, when: datetime, settle: Callable[[], Awaitable[None]] | None = None) -> None:
        """Let time pass until `when`; sleepers wake in order, each one's work is finished before the next wakes.

        Args:
            when: aware time, not before now.
            settle: waits for the work of a woken sleeper; by default `self.settle`.
        """
        settle = settle or self.settle
        await settle()
        while (wake := self.next_wake) is not None and wake <= when:
            self._wake_first()
            await settle()
        self._now = max(self._now, when.astimezone(UTC))

    async def advance(self, **delta: float) -> None:
        """Let time pass; the arguments are those of `datetime.timedelta`."""
        await self.advance_to(self._now + timedelta(**delta))

    def _wake_first(self) -> None:
        when, _, future, was_busy = heapq.heappop(self._sleepers)
        self._now = max(self._now, when)
        if was_busy:
            self._change(+1)
        future.set_result(None)

    def _change(self, by: int) -> None:
        self._busy += by
        if self._busy == 0:
            self._at_rest.set()
        else:
            self._at_rest.clear()
