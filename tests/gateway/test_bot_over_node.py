"""`python -m bot run` against the Node gateway: it answers, is told to stop, is not let in, is sent rubbish."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.gateway.bot_process import LOGGED_IN, REPOSITORY, BotProcess, ask_for_help, settings
from tests.gateway.conftest import ROOM
from tests.gateway.node_gateway import NodeGateway
from tests.patience import PROMPTLY

pytestmark = [pytest.mark.node, pytest.mark.process, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def bot(node: NodeGateway, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """A bot that is about to connect."""
    settings(tmp_path)
    process = BotProcess(tmp_path, node.endpoint)
    await process.start()
    yield process
    await process.kill()


async def test_a_question_is_answered_and_sigterm_ends_it_with_the_data_whole(node: NodeGateway, tmp_path: Path):
    settings(tmp_path, knowledge=str(REPOSITORY / "knowledge"))
    bot = BotProcess(tmp_path, node.endpoint)
    await bot.start()
    try:
        await bot.until_said(LOGGED_IN)
        question = {
            "from": "ming",
            "room": ROOM,
            "text": "@小知\u2005asyncio 怎么给 await 加超时？",
            "mentions": ["bot"],
        }
        await node.do("say", **question)
        ((place, text, mentions),) = await node.until_told("messageSendText")
        assert (place, mentions) == (ROOM, ["ming"])
        assert text.startswith("@小明\u2005")
        assert "asyncio.timeout" in text
        code, seconds = await bot.stop()
        print(f"SIGTERM: exit code {code} after {seconds:.2f} s")
        assert (code, seconds < PROMPTLY, bot.integrity()) == (0, True, "ok")
        assert "Traceback" not in bot.output
    finally:
        await bot.kill()


async def test_sigterm_in_the_middle_of_a_flood_ends_it_in_time(node: NodeGateway, bot: BotProcess):
    await bot.until_said(LOGGED_IN)
    members = [f"member{number}" for number in range(50)]
    for member in members:
        await node.do("contact", id=member, name=member)
    await node.do("room", id="20002@chatroom", topic="大群", members=members)
    await node.do("burst", count=500, rooms=["20002@chatroom"], members=members, text="帮助")
    await node.until_told("messageSendText", 3)
    code, seconds = await bot.stop()
    print(f"SIGTERM in a flood: exit code {code} after {seconds:.2f} s")
    assert (code, seconds < PROMPTLY, bot.integrity()) == (0, True, "ok")


async def test_a_wrong_token_ends_it_with_advice(node: NodeGateway, tmp_path: Path):
    settings(tmp_path)
    bot = BotProcess(tmp_path, node.endpoint, "puppet_wrong_token")
    await bot.start()
    try:
        assert await bot.exit_code() == 1
        last = bot.output.splitlines()[-1]
        assert last.startswith("网关错误：")
        assert "WECHATY_PUPPET_SERVICE_TOKEN" in last
        assert "Traceback" not in bot.output
        assert "puppet_wrong_token" not in bot.output
        assert (node.told("start"), bot.integrity()) == ([], "ok")
    finally:
        await bot.kill()


async def test_a_second_bot_is_refused_and_the_first_one_undisturbed(
    node: NodeGateway, bot: BotProcess, tmp_path: Path
):
    await bot.until_said(LOGGED_IN)
    elsewhere = tmp_path / "second"
    elsewhere.mkdir()
    settings(elsewhere)
    second = BotProcess(elsewhere, node.endpoint)
    await second.start()
    try:
        assert await second.exit_code() == 1
        assert second.output.splitlines()[-1].startswith(
            "网关错误：another client of this gateway is running (process "
        )
        assert "Traceback" not in second.output
    finally:
        await second.kill()
    await ask_for_help(node)
    assert (len(node.told("start")), "gateway is lost" in bot.output) == (1, False)


async def test_malformed_events_of_every_kind_do_not_stop_it(node: NodeGateway, bot: BotProcess):
    await bot.until_said(LOGGED_IN)
    kinds = "message friendship room-invite room-join room-leave room-topic scan dong ready heartbeat error dirty post"
    wrong = {"messageId": 5, "roomId": None, "contactId": {}, "payloadType": "x", "timestamp": "soon", "qrcode": 3}
    unknown = {"messageId": "gone", "roomId": "gone", "roomInvitationId": "gone", "friendshipId": "gone"}
    lists = {"inviteeIdList": ["ghost"], "inviterId": "ghost", "removeeIdList": ["ghost"], "newTopic": "群"}
    for kind in [*kinds.split(), "login", "logout"]:
        for payload in ({}, [], None, "text", 7, wrong, unknown, unknown | lists):
            if kind != "logout" or isinstance(payload, list | str | int):
                await node.do("event", name=kind, payload=payload)
    await ask_for_help(node)
    assert "gateway is lost" not in bot.output
    code, seconds = await bot.stop()
    assert (code, seconds < PROMPTLY, bot.integrity()) == (0, True, "ok")
