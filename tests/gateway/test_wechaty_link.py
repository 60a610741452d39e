"""The connection that comes back, against the embedded service: quick, without Node."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import GatewayUnavailable
from bot.gateway.puppet_server import PuppetServer
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.gateway.wechaty import WechatyGateway
from bot.model import Conversation, Event, GatewayLost, GatewayRestored, LoggedIn
from tests.gateway.collector import Collector
from tests.gateway.conftest import QUICK
from tests.gateway.node_gateway import free_port
from tests.gateway.tcp_proxy import TcpProxy
from tests.patience import PROMPTLY

pytestmark = pytest.mark.slow

TOKEN = "loopback"
PATIENT = replace(QUICK, backoff_first=60.0, backoff_longest=60.0, knock_every=0.02)
WATCHFUL = replace(QUICK, ding_every=0.03, ding=0.1, backoff_first=0.01)


def make_server() -> PuppetServer:
    world = World(SystemClock())
    return PuppetServer(SimulatedGateway(world, world.add_contact("小知"), SystemClock()), TOKEN)


@pytest.fixture
async def server() -> AsyncIterator[PuppetServer]:
    server = make_server()
    await server.start()
    yield server
    await server.stop()


class LeapingClock(SystemClock):
    """A clock that can be put forward, so that what came before and after is told apart on any machine."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


def is_lost(seen: Collector) -> bool:
    """Return whether the last news of the connection was that it is gone."""
    news = [event for event in seen.events if isinstance(event, GatewayLost | GatewayRestored)]
    return bool(news) and isinstance(news[-1], GatewayLost)


@asynccontextmanager
async def connected(
    endpoint: str, folder: Path, timings: Any, clock: SystemClock | None = None
) -> AsyncIterator[tuple[WechatyGateway, Collector]]:
    gateway = WechatyGateway(endpoint, TOKEN, clock or SystemClock(), lock_folder=folder, timings=timings)
    seen = Collector()
    await gateway.start(seen)
    yield gateway, seen
    await gateway.stop()


async def test_a_long_back_off_ends_when_the_peer_answers_again(tmp_path: Path):
    port = free_port()
    async with connected(f"127.0.0.1:{port}", tmp_path, PATIENT) as (_, seen):
        lost = await seen.next_of(GatewayLost)
        await asyncio.sleep(0.05)
        server = make_server()
        await server.start(port)
        began = time.monotonic()
        restored = await seen.next_of(GatewayRestored)
        assert time.monotonic() - began < PROMPTLY
        assert restored.lost_at <= lost.at
        await server.stop()


async def test_a_peer_that_goes_silent_is_noticed_and_the_gap_begins_at_its_last_sign_of_life(
    server: PuppetServer, tmp_path: Path
):
    began_at = SystemClock().now()
    proxy, clock = TcpProxy(server.port), LeapingClock()
    await proxy.start()
    async with connected(proxy.endpoint, tmp_path, WATCHFUL, clock) as (gateway, seen):
        await seen.next_of(LoggedIn)
        proxy.hold()
        for _ in range(20):  # what had passed is heard
            await asyncio.sleep(0)
        held_at = clock.now()
        clock.ahead = timedelta(hours=1)
        await seen.until(lambda: is_lost(seen))  # a busy machine may have been taken for a silent peer before
        with pytest.raises(GatewayUnavailable):
            await gateway.send_text(Conversation(contact_id="x"), "?")
        proxy.release()
        await seen.until(lambda: not is_lost(seen))
        restored = seen.of(GatewayRestored)[-1]
        assert began_at <= restored.lost_at <= held_at
        assert restored.at - held_at >= clock.ahead
    await proxy.stop()


async def test_an_outage_is_told_once_however_many_attempts_it_takes(tmp_path: Path):
    async with connected(f"127.0.0.1:{free_port()}", tmp_path, replace(WATCHFUL, backoff_longest=0.01)) as (_, seen):
        await seen.next_of(GatewayLost)
        await asyncio.sleep(0.2)
        assert [type(event) for event in seen.events] == [GatewayLost]


async def test_a_defect_of_the_client_stack_does_not_end_the_reconnecting(
    server: PuppetServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    from bot.gateway import wechaty_link

    real, failures = wechaty_link.PuppetClient, iter([RuntimeError("a defect")])

    def make_client(*arguments: Any) -> Any:
        for failure in failures:
            raise failure
        return real(*arguments)

    monkeypatch.setattr(wechaty_link, "PuppetClient", make_client)
    caplog.set_level(logging.CRITICAL, logger="bot.gateway.wechaty_link")
    async with connected(server.endpoint, tmp_path, WATCHFUL) as (_, seen):
        await seen.next_of(GatewayRestored)
        assert "a defect" in seen.of(GatewayLost)[0].reason


async def test_a_stop_in_the_middle_of_connecting_is_quick(tmp_path: Path):
    silent = await asyncio.start_server(lambda reader, writer: reader.read(), "127.0.0.1", 0)
    endpoint = f"127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    events: list[Event] = []

    async def deliver(event: Event) -> None:
        events.append(event)

    gateway = WechatyGateway(endpoint, TOKEN, SystemClock(), lock_folder=tmp_path)
    await gateway.start(deliver)
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await gateway.stop()
    assert time.monotonic() - began < PROMPTLY
    assert events == []
    silent.close()
