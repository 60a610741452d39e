"""A `deliver` that keeps what it gets and lets tests wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.model import Event, MessageReceived
from tests.patience import PATIENCE

E = TypeVar("E", bound=Event)


class Collector:
    """Collects events in the order of delivery."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    async def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def texts(self) -> list[str]:
        """The texts of others' messages, in order."""
        return [event.text for event in self.of(MessageReceived) if not event.from_self]

    async def until(self, holds: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait until something holds of what was collected."""
        async with asyncio.timeout(within):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def next_of(self, kind: type[E], within: float = PATIENCE, *, count: int = 1) -> E:
        """Wait for the `count`-th event of a kind."""
        await self.until(lambda: len(self.of(kind)) >= count, within)
        return self.of(kind)[count - 1]
