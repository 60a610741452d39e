"""What a service may do wrong while it is there, and that the bot takes it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain
from bot.gateway.wechaty_settings import Timings
from bot.model import (
    Conversation,
    GatewayLost,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    RoomJoined,
    ScanRequired,
)
from tests.gateway.collector import Collector
from tests.gateway.conftest import QUICK, ROOM, Bot, expect_recovery, say
from tests.gateway.node_gateway import TOKEN, NodeGateway, free_port
from tests.gateway.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]
Connect = Callable[..., AbstractAsyncContextManager[Bot]]
HERE = Conversation(room_id=ROOM)


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(node: NodeGateway) -> AsyncIterator[TcpProxy]:
    relay = TcpProxy(node.port)
    await relay.start()
    yield relay
    await relay.stop()


async def test_an_ended_event_stream_is_opened_again(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint) as bot:
        await stop_the_stream(node)
        await expect_recovery(node, bot)


async def stop_the_stream(node: NodeGateway) -> None:
    """Do what a second client does: Stop ends the stream of the first."""
    from bot.gateway.wechaty_client import PuppetClient  # as in conftest
    from bot.gateway.wechaty_stub import find_peer

    intruder = PuppetClient(find_peer(node.endpoint, TOKEN, None), QUICK)
    await intruder.say_stop(is_open=True)
    intruder.close()


async def test_a_cut_connection_is_made_again(node: NodeGateway, proxy: TcpProxy, connect: Connect):
    async with connect(proxy.endpoint) as bot:
        proxy.cut()
        await expect_recovery(node, bot)
        assert proxy.connections == 2


async def test_a_wrong_token_is_said_plainly_and_not_tried_again(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint, token="puppet_wrong_secret", logged_in=False) as bot:
        lost = await bot.seen.next_of(GatewayLost)
        assert lost.is_permanent
        assert "WECHATY_PUPPET_SERVICE_TOKEN" in lost.reason
        assert "secret" not in lost.reason
        with pytest.raises(GatewayRefused):
            await bot.gateway.send_text(HERE, "喂")
        await asyncio.sleep(0.5)
        assert len(bot.seen.events) == 1
    assert node.told("start") == []


async def test_nothing_that_is_malformed_ends_the_stream(node: NodeGateway, connect: Connect):
    kinds = (
        "message friendship room-invite room-join room-leave room-topic scan login logout dong ready heartbeat error"
    )
    async with connect(node.endpoint) as bot:
        before = len(bot.seen.events)
        wrong = {"messageId": 5, "roomId": None, "contactId": {}, "payloadType": "x", "timestamp": "soon"}
        for kind in [*kinds.split(), "dirty", "post"]:
            for payload in ({}, [], None, "text", 7, wrong):
                await node.do("event", name=kind, payload=payload)
        await node.do("event", name="message", payload={"messageId": "gone"})
        await node.do("event", name="room-join", payload={"roomId": ROOM, "inviteeIdList": "ming", "inviterId": 3})
        await say(node, "还在")
        await bot.seen.until(lambda: bot.seen.texts == ["还在"])
        assert {type(event) for event in bot.seen.events[before:]} <= {MessageReceived, LoggedOut}
        assert bot.seen.of(GatewayLost) == []
        await bot.gateway.send_text(HERE, "我也在")
        assert (await bot.seen.next_of(MessageReceived, count=2)).from_self


async def test_a_second_client_is_refused_and_the_first_one_undisturbed(
    node: NodeGateway, connect: Connect, tmp_path: Path
):
    async with connect(node.endpoint) as bot:
        program = (
            "import asyncio, sys; from pathlib import Path; from bot.clock import SystemClock;"
            "from bot.gateway.wechaty import WechatyGateway;"
            "gateway = WechatyGateway(sys.argv[1], sys.argv[2], SystemClock(), lock_folder=Path(sys.argv[3]));"
            "asyncio.run(gateway.start(None))"
        )
        second = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program, node.endpoint, TOKEN, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert "GatewayRefused: another client of this gateway is running" in second.stderr
        await say(node, "没事")
        await bot.seen.until(lambda: bot.seen.texts == ["没事"])
        assert len(node.told("start")) == 1


async def test_a_payload_that_fails_twice_is_had_at_the_third_try(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint) as bot:
        await node.do("fault", method="messagePayload", error="not yet", times=2)
        await say(node, "难取")
        await say(node, "易取")
        await bot.seen.until(lambda: len(bot.seen.texts) == 2)
        assert bot.seen.texts == ["难取", "易取"]


async def test_a_send_without_an_answer_is_uncertain_and_said_once(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint, timings=replace(QUICK, call=0.3)) as bot:
        await node.do("fault", method="messageSendText", after=True, times=1)
        with pytest.raises(SendUncertain):
            await bot.gateway.send_text(HERE, "到了吗")
        echo = await bot.seen.next_of(MessageReceived)
        assert (echo.text, echo.from_self) == ("到了吗", True)
        assert len(node.told("messageSendText")) == 1


async def test_a_send_whose_connection_breaks_is_uncertain(node: NodeGateway, proxy: TcpProxy, connect: Connect):
    async with connect(proxy.endpoint) as bot:
        await node.do("fault", method="messageSendText", ms=60_000, times=1)
        sending = asyncio.create_task(bot.gateway.send_text(HERE, "断了"))
        await node.until_told("messageSendText")
        proxy.cut()
        with pytest.raises(SendUncertain):
            await sending


async def test_errors_of_the_puppet_are_told_apart(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint) as bot:
        with pytest.raises(GatewayRefused):
            await bot.gateway.send_text(Conversation(room_id="nowhere@chatroom"), "?")
        await node.do("fault", method="messageSendText", error="connect ETIMEDOUT 1.2.3.4:443", times=1)
        with pytest.raises(SendUncertain):
            await bot.gateway.send_text(HERE, "?")
        await node.do("fault", method="roomAnnounce", error="Wechaty Puppet Unsupported API Error.")
        assert bot.gateway.capabilities.can_set_notice
        with pytest.raises(NotSupported, match="can_set_notice"):
            await bot.gateway.set_notice(ROOM, "公告")
        assert bot.gateway.capabilities.missing() == ["can_set_notice"]
        with pytest.raises(NotSupported):
            await bot.gateway.set_notice(ROOM, "公告")
        assert len(node.told("roomAnnounce")) == 1


async def test_a_puppet_without_message_ids_and_echoes_is_known_as_such(node: NodeGateway, connect: Connect):
    await node.do("set", echo=False, returnsIds=False, version="1.14.14 wechat4u")
    async with connect(node.endpoint) as bot:
        assert not bot.gateway.capabilities.can_mention
        assert await bot.gateway.send_text(HERE, "在", mentions=["ming"]) is None
        assert node.told("messageSendText") == [[ROOM, "@小明\u2005在", []]]
        assert not bot.gateway.capabilities.returns_message_id


async def test_a_logout_stops_sending_until_the_next_login(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint) as bot:
        await node.do("logout", reason="phone logged in elsewhere")
        assert (await bot.seen.next_of(LoggedOut)).reason == "phone logged in elsewhere"
        await node.do("scan", status=2, qrcode="https://login.weixin.qq.com/l/abc")
        assert (await bot.seen.next_of(ScanRequired)).qr_code == "https://login.weixin.qq.com/l/abc"
        with pytest.raises(GatewayUnavailable):
            await bot.gateway.send_text(HERE, "在吗")
        await node.do("login")
        await bot.seen.next_of(LoggedIn, count=2)
        await bot.gateway.send_text(HERE, "在")
        assert node.told("messageSendText") == [[ROOM, "在", []]]


async def burst(node: NodeGateway, connect: Connect, count: int) -> None:
    """Messages of 50 members in 5 rooms: none lost, none repeated, in order."""
    members = [f"member{number}" for number in range(50)]
    rooms = [f"room{number}@chatroom" for number in range(5)]
    for contact_id in members:
        await node.do("contact", id=contact_id, name=contact_id)
    for room_id in rooms:
        await node.do("room", id=room_id, topic=room_id, members=members)
    async with connect(node.endpoint, timings=Timings()) as bot:
        sent = await node.do("burst", count=count, rooms=rooms, members=members)
        await bot.seen.until(lambda: len(bot.seen.of(MessageReceived)) >= count)
        await asyncio.sleep(0.2)
        got = [(message.id, message.room and message.room.id) for message in bot.seen.of(MessageReceived)]
        assert got == [tuple(pair) for pair in sent]
        assert bot.seen.of(GatewayLost) == []


async def test_a_burst_of_a_thousand_arrives_whole_and_in_order(node: NodeGateway, connect: Connect):
    await burst(node, connect, 1_000)


@pytest.mark.soak
async def test_a_burst_of_five_thousand_arrives_whole_and_in_order(node: NodeGateway, connect: Connect):
    await burst(node, connect, 5_000)


async def test_events_are_handed_over_one_after_another(node: NodeGateway, tmp_path: Path):
    from bot.gateway.wechaty import WechatyGateway

    busy = most = 0
    seen = Collector()

    async def slow(event: object) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        await seen(event)  # type: ignore[arg-type]

    gateway = WechatyGateway(node.endpoint, TOKEN, SystemClock(), lock_folder=tmp_path, timings=QUICK)
    await gateway.start(slow)
    try:
        await seen.next_of(LoggedIn)
        for number in range(50):
            await say(node, str(number))
        await node.do("join", room=ROOM, ids=["qiang"], inviter="ming")
        await seen.next_of(RoomJoined)
        assert seen.texts == [str(number) for number in range(50)]
        assert most == 1
    finally:
        await gateway.stop()


async def test_a_look_at_the_service_tells_its_version_and_does_not_disturb_the_bot(
    node: NodeGateway, connect: Connect
):
    from bot.gateway.wechaty_check import check_service

    async with connect(node.endpoint) as bot:
        assert await check_service(node.endpoint, TOKEN, timings=QUICK) == "harness"
        with pytest.raises(GatewayRefused, match="token"):
            await check_service(node.endpoint, "wrong", timings=QUICK)
        with pytest.raises(GatewayUnavailable):
            await check_service(f"127.0.0.1:{free_port()}", TOKEN, timings=QUICK)
        await say(node, "没事")
        await bot.seen.until(lambda: bot.seen.texts == ["没事"])
    assert len(node.told("start")) == 1


async def dings(node: NodeGateway) -> int:
    """Return how often the gateway was asked whether it lives."""
    return int((await node.do("counts")).get("ding", 0))


async def test_a_service_too_busy_to_answer_a_ding_but_not_other_calls_is_alive(node: NodeGateway, connect: Connect):
    async with connect(node.endpoint, timings=replace(QUICK, ding_every=0.05, ding=0.5)) as bot:
        await node.do("fault", method="ding", ms=60_000)
        before = await dings(node)
        while await dings(node) < before + 4:  # three of them have gone unanswered
            await bot.gateway.rooms()
        assert bot.seen.of(GatewayLost) == []
        await bot.seen.next_of(GatewayLost)
