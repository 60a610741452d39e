"""Avatars over the wire: what the Wechaty client gets of the embedded service, in both generations of the protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import GatewayRefused, NotSupported
from bot.gateway import LARGEST_AVATAR
from bot.gateway.simulated import SimulatedGateway
from bot.model import LoggedIn

pytestmark = pytest.mark.slow  # whole gateways

Connect = Callable[..., AbstractAsyncContextManager[Any]]
PICTURE = bytes(range(256)) * 40
GENERATIONS = ["OLD", "NEW", "BOTH"]


@asynccontextmanager
async def served(connect: Connect, generation: str = "BOTH") -> AsyncIterator[tuple[Any, SimulatedGateway, str]]:
    """Yield the client, the gateway behind the service, and the contact id of 小明."""
    from bot.gateway.puppet_server import PuppetServer  # it imports the Wechaty packages
    from bot.gateway.puppet_server_wire import Fields
    from bot.gateway.simulated_group import World

    world = World(SystemClock())
    behind = SimulatedGateway(world, world.add_contact("小知"), SystemClock())
    ming = world.add_contact("小明")
    server = PuppetServer(behind, "loopback", fields=Fields[generation])
    await server.start()
    async with connect(server.endpoint, token="loopback") as running:
        await running.seen.next_of(LoggedIn)
        yield running.gateway, behind, ming
    await server.stop()


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("size", [len(PICTURE), 50 * len(PICTURE)], ids=["inside the box", "by reference"])
async def test_an_avatar_comes_whole(connect: Connect, generation: str, size: int) -> None:
    picture = (PICTURE * 50)[:size]
    async with served(connect, generation) as (gateway, behind, ming):
        behind.world.set_avatar(ming, picture)
        assert await gateway.avatar(ming) == picture


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_who_has_none_has_none(connect: Connect, generation: str) -> None:
    async with served(connect, generation) as (gateway, _, ming):
        assert await gateway.avatar(ming) is None


async def test_what_is_too_large_or_unknown_is_refused(connect: Connect) -> None:
    async with served(connect) as (gateway, behind, ming):
        behind.world.contacts[ming].avatar = bytes(LARGEST_AVATAR + 1)
        with pytest.raises(GatewayRefused):
            await behind.avatar(ming)
        with pytest.raises(GatewayRefused):
            await gateway.avatar(ming)
        with pytest.raises(GatewayRefused):
            await gateway.avatar("nobody")
        assert gateway.capabilities.shows_avatars


async def test_a_service_without_avatars_is_asked_once(connect: Connect) -> None:
    async with served(connect) as (gateway, behind, ming):
        behind.lose(shows_avatars=False)
        assert gateway.capabilities.shows_avatars
        with pytest.raises(NotSupported):
            await gateway.avatar(ming)
        assert "shows_avatars" in gateway.capabilities.missing()
        with pytest.raises(NotSupported):
            await gateway.avatar(ming)
