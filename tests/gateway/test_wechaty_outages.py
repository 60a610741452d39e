"""The service goes away and comes back, or never was there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.errors import GatewayUnavailable
from bot.gateway.wechaty_settings import Timings, TlsSettings
from bot.model import (
    Conversation,
    GatewayLost,
    GatewayRestored,
    MessageReceived,
)
from tests.gateway.conftest import QUICK, ROOM, Bot, expect_recovery, furnish, say
from tests.gateway.node_gateway import FOLDER, NodeGateway, free_port
from tests.patience import PATIENCE, PROMPTLY

pytestmark = pytest.mark.node
Connect = Callable[..., AbstractAsyncContextManager[Bot]]
HERE = Conversation(room_id=ROOM)


async def kill_and_bring_back(
    own_node: NodeGateway, connect: Connect, away: float, timings: Timings, within: float = PATIENCE
) -> None:
    async with connect(own_node.endpoint, timings=timings) as bot:
        await own_node.kill()
        await bot.seen.next_of(GatewayLost)
        with pytest.raises(GatewayUnavailable):
            await bot.gateway.send_text(HERE, "有人吗")
        await asyncio.sleep(away)
        await own_node.start()
        await furnish(own_node)
        await expect_recovery(own_node, bot, within)


async def test_a_killed_gateway_that_is_back_is_found_again(own_node: NodeGateway, connect: Connect):
    await kill_and_bring_back(own_node, connect, away=1.0, timings=QUICK)


@pytest.mark.soak
@pytest.mark.parametrize("away", [5, 90])
async def test_a_gateway_killed_for_longer_is_found_within_fifteen_seconds(
    own_node: NodeGateway, connect: Connect, away: float
):
    await kill_and_bring_back(own_node, connect, away=away, timings=Timings(), within=15)


async def test_a_gateway_that_is_down_at_the_start_is_found_when_it_comes(own_node: NodeGateway, connect: Connect):
    await own_node.kill()
    async with connect(own_node.endpoint, logged_in=False) as bot:
        lost = await bot.seen.next_of(GatewayLost)
        assert not lost.is_permanent
        await own_node.start()
        await furnish(own_node)
        await bot.seen.next_of(GatewayRestored)
        await say(own_node, "早")
        await bot.seen.until(lambda: bot.seen.texts == ["早"])


async def test_a_frozen_gateway_is_noticed_and_found_again_when_it_thaws(own_node: NodeGateway, connect: Connect):
    async with connect(own_node.endpoint) as bot:
        own_node.freeze()
        await bot.seen.next_of(GatewayLost)
        await asyncio.sleep(1)
        own_node.thaw()
        await expect_recovery(own_node, bot)


@pytest.mark.soak
async def test_a_gateway_frozen_for_a_minute_is_noticed_within_forty_five_seconds(
    own_node: NodeGateway, connect: Connect
):
    async with connect(own_node.endpoint, timings=Timings()) as bot:
        own_node.freeze()
        began = time.monotonic()
        await bot.seen.next_of(GatewayLost, within=45)
        await asyncio.sleep(60 - (time.monotonic() - began))
        own_node.thaw()
        await expect_recovery(own_node, bot, within=15)


@pytest.mark.parametrize("state", ["connected", "frozen", "away"])
async def test_it_stops_within_two_seconds_and_delivers_nothing_after(
    own_node: NodeGateway, connect: Connect, state: str
):
    async with connect(own_node.endpoint, timings=Timings()) as bot:
        if state == "frozen":
            own_node.freeze()
        if state == "away":
            await own_node.kill()
            await bot.seen.next_of(GatewayLost)
        else:
            await own_node.do("burst", count=200, rooms=[ROOM], members=["ming"]) if state == "connected" else None
        began = time.monotonic()
        await bot.gateway.stop()
        assert time.monotonic() - began < PROMPTLY
        delivered = len(bot.seen.events)
        await asyncio.sleep(0.1)
        assert len(bot.seen.events) == delivered
        own_node.thaw() if state == "frozen" else None


async def test_tls_works_with_the_authority_of_the_service(node_packages: None, connect: Connect, tmp_path: Path):
    source = (FOLDER / "node_modules/wechaty-puppet-service/src/auth/ca.ts").read_text()
    authority = tmp_path / "ca.pem"
    authority.write_text(source.partition("const TLS_CA_CERT = `")[2].partition("`")[0])
    secure = NodeGateway(tls=True)
    await secure.start()
    try:
        await furnish(secure)
        async with connect(secure.endpoint, tls=TlsSettings(ca_file=authority, server_name="insecure")) as bot:
            await say(secure, "悄悄话")
            await bot.seen.until(lambda: bot.seen.texts == ["悄悄话"])
            await bot.gateway.send_text(HERE, "收到")
            assert secure.told("messageSendText") == [[ROOM, "收到", []]]
        async with connect(secure.endpoint, tls=TlsSettings(server_name="insecure"), logged_in=False) as stranger:
            assert "CERTIFICATE_VERIFY_FAILED" in (await stranger.seen.next_of(GatewayLost)).reason
    finally:
        await secure.kill()


async def test_two_gateways_live_in_one_process(own_node: NodeGateway, connect: Connect):
    other = NodeGateway()
    await other.start()
    try:
        await furnish(other)
        async with connect(own_node.endpoint) as first, connect(other.endpoint) as second:
            await own_node.do("rename", contact="ming", name="甲")
            await say(own_node, "一")
            await say(other, "二")
            one = await first.seen.next_of(MessageReceived)
            two = await second.seen.next_of(MessageReceived)
            assert [(one.text, one.talker.name), (two.text, two.talker.name)] == [("一", "甲"), ("二", "小明")]
    finally:
        await other.kill()


async def test_an_address_where_nobody_will_ever_listen_is_no_hurdle_to_stopping(connect: Connect):
    async with connect(f"127.0.0.1:{free_port()}", logged_in=False) as bot:
        await bot.seen.next_of(GatewayLost)
        with pytest.raises(GatewayUnavailable):
            await bot.gateway.rooms()
