"""Every gateway does what the protocol promises: simulated, and the embedded service seen by the Wechaty client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.model import LoggedIn
from tests.gateway.conformance import CHECKS, Check, Stage
from tests.gateway.stages import WorldStage

pytestmark = pytest.mark.slow  # whole gateways

Connect = Callable[..., AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def simulated(connect: Connect) -> AsyncIterator[Stage]:
    stage = WorldStage(World(SystemClock()))
    gateway = SimulatedGateway(stage.world, stage.people.bot, SystemClock())
    stage.gateway = gateway
    await gateway.start(stage.seen)
    await stage.seen.next_of(LoggedIn)
    yield stage
    await gateway.stop()


@asynccontextmanager
async def embedded(connect: Connect) -> AsyncIterator[Stage]:
    from bot.gateway.puppet_server import PuppetServer  # it imports the Wechaty packages

    stage = WorldStage(World(SystemClock()))
    server = PuppetServer(SimulatedGateway(stage.world, stage.people.bot, SystemClock()), "loopback")
    await server.start()
    async with connect(server.endpoint, token="loopback") as running:
        stage.gateway, stage.seen = running.gateway, running.seen
        yield stage
    await server.stop()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make_stage", [simulated, embedded], ids=["simulated", "embedded"])
async def test_a_gateway_keeps_the_promise_that(
    make_stage: Callable[[Connect], AbstractAsyncContextManager[Stage]], check: Check, connect: Connect
):
    async with make_stage(connect) as stage:
        await check(stage)
