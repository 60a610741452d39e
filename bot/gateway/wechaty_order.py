"""Delivery in arrival order: payloads are fetched concurrently, events are handed over one after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import GatewayError
from bot.gateway import Deliver
from bot.gateway.wechaty_events import WireEvent
from bot.model import Event

log = logging.getLogger(__name__)

WINDOW = 16  # payloads fetched at a time: those in the queue, one awaited, one waiting to get in
CROWDED = 10_000  # waiting events from which on the log says so


class OrderedDelivery:
    """Takes wire events in, hands the bot's events out in the same order.

    Args:
        translate: fetches the payloads of one event; None when there is nothing to tell.
        deliver: takes one event over.
    """

    def __init__(self, translate: Callable[[WireEvent], Awaitable[Event | None]], deliver: Deliver) -> None:
        self._translate = translate
        self._deliver = deliver
        self._arrived: asyncio.Queue[WireEvent] = asyncio.Queue()
        self._window: asyncio.Queue[asyncio.Task[Event | None]] = asyncio.Queue(
            WINDOW - 2
        )  # one more is awaited, one more waits to get in
        self._news: asyncio.Queue[Event] = asyncio.Queue()
        self._one_at_a_time = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to deliver."""
        workers = (self._fetch_ahead(), self._hand_over(), self._tell_news())
        self._tasks = [asyncio.create_task(worker) for worker in workers]

    async def stop(self) -> None:
        """Stop; what was not handed over is dropped."""
        while not self._window.empty():
            self._window.get_nowait().cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def put(self, event: WireEvent) -> None:
        """Add an event from the stream; never blocks, so that the stream is always read and seen alive."""
        self._arrived.put_nowait(event)
        if self._arrived.qsize() % CROWDED == 0:
            log.warning("%d events of the gateway wait to be handled", self._arrived.qsize())

    def put_news(self, event: Event) -> None:
        """Add an event about the connection itself: it does not wait behind messages whose payload cannot be had."""
        self._news.put_nowait(event)

    async def _fetch_ahead(self) -> None:
        while True:
            event = await self._arrived.get()
            await self._window.put(asyncio.create_task(self._translate_safely(event)))

    async def _hand_over(self) -> None:
        while True:
            task = await self._window.get()
            try:
                event = await task
            finally:
                task.cancel()
            if event is not None:
                await self._deliver_safely(event)

    async def _tell_news(self) -> None:
        while True:
            await self._deliver_safely(await self._news.get())

    async def _translate_safely(self, event: WireEvent) -> Event | None:
        try:
            return await self._translate(event)
        except GatewayError as error:  # as after an outage, when the service has forgotten what it had told of
            log.warning("event of kind %s is lost: %s", event.code, error)
            return None
        except Exception:  # the event boundary: one malformed or lost event must not end the stream
            log.exception("event of kind %s is skipped, keys %s", event.code, sorted(event.data))
            return None

    async def _deliver_safely(self, event: Event) -> None:
        async with self._one_at_a_time:
            try:
                await self._deliver(event)
            except Exception:  # the event boundary: an error of the bot must not stop later events
                log.exception("%s could not be handled", type(event).__name__)
