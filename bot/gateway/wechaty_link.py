"""The connection that comes back: connect, listen, notice a dead peer, back off, connect again."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from bot.clock import Clock
from bot.errors import GatewayError, GatewayUnavailable
from bot.gateway.wechaty_client import PuppetClient
from bot.gateway.wechaty_errors import TRANSPORT_ERRORS, TokenRefused, describe
from bot.gateway.wechaty_settings import Timings
from bot.gateway.wechaty_stub import Peer
from bot.gateway.wechaty_wire import EventCode
from bot.model import GatewayLost, GatewayRestored

log = logging.getLogger(__name__)

# What an HTTP/2 client says first, with an empty SETTINGS frame; a living server answers with its own (RFC 9113 §3.4).
_HTTP2_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


class Link:
    """Keeps one connection to a puppet service.

    Args:
        peer: the service.
        clock: tells when the connection broke.
        timings: waiting times.
        on_event: takes each event of the stream, (code, JSON payload).
        on_news: takes `GatewayLost` and `GatewayRestored`, each once an outage.
    """

    def __init__(
        self,
        peer: Peer,
        clock: Clock,
        timings: Timings,
        *,
        on_event: Callable[[int, str], None],
        on_news: Callable[[GatewayLost | GatewayRestored], None],
    ) -> None:
        self._peer = peer
        self._clock = clock
        self._timings = timings
        self._on_event = on_event
        self._on_news = on_news
        self._client: PuppetClient | None = None
        self._up = asyncio.Event()
        self._lost_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._up_since = 0.0
        self._last_event = 0.0
        self._heard_at = clock.now()
        self._answers_dings = False
        self._refused: TokenRefused | None = None

    @property
    def is_up(self) -> bool:
        """Whether events flow."""
        return self._up.is_set()

    def client(self) -> PuppetClient:
        """Return the live connection.

        Raises:
            TokenRefused: the token is wrong, so there will be none.
            GatewayUnavailable: there is none now.
        """
        if self._refused is not None:
            raise self._refused
        if self._client is None or not self._up.is_set():
            raise GatewayUnavailable("the gateway is not connected")
        return self._client

    async def wait_until_up(self) -> None:
        """Return once connected."""
        await self._up.wait()

    def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Say goodbye and disconnect."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        attempt = 0
        while True:
            try:
                await self._session()
                reason = "the gateway ended the event stream"
            except TokenRefused as error:
                self._give_up(error)
                return
            except GatewayError as error:
                reason = str(error)
            except Exception as error:  # a defect of the client stack must not end the loop that reconnects
                log.exception("the connection broke in an unknown way")
                reason = describe(error)
            if self._end_session() >= self._timings.stable_after:
                attempt = 0
            self._tell_lost(reason)
            await self._pause(attempt)
            attempt += 1

    async def _session(self) -> None:
        """Connect and listen until the stream ends.

        Raises:
            GatewayError: what broke it.
        """
        client = PuppetClient(self._peer, self._timings)
        is_open = False
        try:
            await client.open()
            is_open = True
            self._client = client
            self._last_event = self._clock.monotonic()
            self._answers_dings = False
            await self._listen(client)
        except asyncio.CancelledError:
            self._up.clear()
            await client.say_stop(is_open=is_open)
            raise
        finally:
            client.close()

    async def _listen(self, client: PuppetClient) -> None:
        silent = asyncio.get_running_loop().call_later(self._timings.first_event, self._mark_up)
        watchers = {asyncio.create_task(self._read(client)), asyncio.create_task(self._watch(client))}
        try:
            done, _ = await asyncio.wait(watchers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            silent.cancel()
            for task in watchers:
                task.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
        for task in done:
            task.result()

    async def _read(self, client: PuppetClient) -> None:
        async for code, payload in client.events():
            self._mark_up()
            self._last_event = self._clock.monotonic()
            self._heard_at = self._clock.now()
            if code == EventCode.DONG:
                self._answers_dings = True
            self._on_event(code, payload)

    async def _watch(self, client: PuppetClient) -> None:
        """Ask every now and then whether the peer lives; return never.

        Raises:
            GatewayError: it does not.
        """
        while True:
            await asyncio.sleep(self._timings.ding_every)
            await client.ping()
            quiet = self._clock.monotonic() - self._last_event
            if self._answers_dings and quiet > self._timings.silence:
                raise GatewayUnavailable(f"the event stream has been silent for {quiet:.0f} s")

    def _mark_up(self) -> None:
        if self._up.is_set() or self._client is None:
            return
        self._up.set()
        self._up_since = self._clock.monotonic()
        lost_at, self._lost_at = self._lost_at, None
        log.info("connected to the gateway at %s:%d", self._peer.host, self._peer.port)
        if lost_at is not None:
            self._on_news(GatewayRestored(at=self._clock.now(), lost_at=lost_at))

    def _end_session(self) -> float:
        """Note that the connection is gone; return how many seconds it lived."""
        lived = self._clock.monotonic() - self._up_since if self._up.is_set() else 0.0
        self._up.clear()
        self._client = None
        return lived

    def _tell_lost(self, reason: str) -> None:
        if self._lost_at is not None:
            log.info("the gateway is still away (%s)", reason)
            return
        self._lost_at = self._heard_at  # a frozen peer may have lost messages since then
        where = f"{self._peer.host}:{self._peer.port}"
        self._on_news(GatewayLost(at=self._clock.now(), reason=f"no connection to {where} ({reason})"))

    def _give_up(self, error: TokenRefused) -> None:
        self._end_session()
        self._refused = error
        self._on_news(GatewayLost(at=self._clock.now(), reason=str(error), is_permanent=True))

    async def _pause(self, attempt: int) -> None:
        """Wait before the next attempt, less when a peer that could not be reached answers again."""
        longest = min(self._timings.backoff_first * 2.0**attempt, self._timings.backoff_longest)
        loop = asyncio.get_running_loop()
        until = loop.time() + longest * random.uniform(0.8, 1.2)  # noqa: S311  # spreads clients, hides nothing
        was_away = longest > self._timings.knock_every and not await self._answers()
        while (left := until - loop.time()) > 0:
            await asyncio.sleep(min(left, self._timings.knock_every))
            if was_away and await self._answers():
                return

    async def _answers(self) -> bool:
        """Tell whether an HTTP/2 server speaks at the other end; a frozen one accepts connections but is silent."""
        with suppress(*TRANSPORT_ERRORS):
            async with asyncio.timeout(self._timings.knock):
                return await self._knock()
        return False

    async def _knock(self) -> bool:
        peer = self._peer
        reader, writer = await asyncio.open_connection(
            peer.host, peer.port, ssl=peer.context, server_hostname=peer.server_name
        )
        try:
            writer.write(_HTTP2_GREETING)
            return bool(await reader.read(1))
        finally:
            writer.close()
