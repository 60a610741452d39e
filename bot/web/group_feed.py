"""Server-sent events: every open page hears what happens in the group."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from bot.gateway.simulated_group import World
from bot.model import Event
from bot.web.group_view import show_event

_HEARTBEAT_SECONDS = 15.0
_WAITING_SECONDS = 0.4  # how often pages learn how much the bot still has to send
_LONGEST_QUEUE = 500  # a page that is so far behind is cut off; it connects again and reads on


class Feed:
    """Fans happenings out to the pages.

    Args:
        world: the group.
        waiting: returns how many messages of the bot are waiting to be sent.
    """

    def __init__(self, world: World, waiting: Callable[[], int]) -> None:
        self._world = world
        self._waiting = waiting
        self._pages: set[asyncio.Queue[str | None]] = set()
        self._ticker: asyncio.Task[None] | None = None
        self._forget: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to listen."""
        self._forget = self._world.listen(self._on_event)
        self._ticker = asyncio.create_task(self._watch_waiting(), name="group feed")

    def stop(self) -> None:
        """End every page's stream."""
        self._forget()
        if self._ticker is not None:
            self._ticker.cancel()
        for page in tuple(self._pages):
            self._cut(page)

    async def stream(self, after: int) -> AsyncIterator[bytes]:
        """Yield the stream of one page.

        Args:
            after: number of the first happening it does not know.
        """
        page: asyncio.Queue[str | None] = asyncio.Queue(_LONGEST_QUEUE)
        self._pages.add(page)
        try:
            for number in range(max(0, after), len(self._world.history)):
                if missed := self._format(number, self._world.history[number]):
                    yield missed.encode()
            while (text := await self._next(page)) is not None:
                yield text.encode()
        finally:
            self._pages.discard(page)

    async def _next(self, page: asyncio.Queue[str | None]) -> str | None:
        try:
            async with asyncio.timeout(_HEARTBEAT_SECONDS):
                return await page.get()
        except TimeoutError:
            return ": alive\n\n"

    async def _watch_waiting(self) -> None:
        told = 0
        while True:
            await asyncio.sleep(_WAITING_SECONDS)
            count = self._waiting()
            if count != told:
                told = count
                self._tell(_frame("waiting", {"count": count}))

    def _on_event(self, event: Event) -> None:
        if text := self._format(len(self._world.history) - 1, event):
            self._tell(text)

    def _format(self, number: int, event: Event) -> str:
        view = show_event(self._world, number, event)
        return _frame("happened", view, number) if view else ""

    def _tell(self, text: str) -> None:
        for page in tuple(self._pages):
            if page.full():
                self._cut(page)
            else:
                page.put_nowait(text)

    def _cut(self, page: asyncio.Queue[str | None]) -> None:
        self._pages.discard(page)
        while not page.empty():
            page.get_nowait()
        page.put_nowait(None)


def _frame(name: str, data: dict[str, Any], number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
