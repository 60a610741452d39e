"""What the owner reads about outages, over the Node gateway, with short waiting times."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.app import App
from bot.gateway.wechaty_settings import Timings
from tests.gateway.conftest import QUICK, ROOM, say
from tests.gateway.node_gateway import TOKEN, NodeGateway
from tests.gateway.whole_bot import make_app, online, until

Outage = Callable[[NodeGateway, App], Awaitable[None]]
pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]


async def freeze_until_noticed(node: NodeGateway, app: App) -> None:
    node.freeze()
    await until(lambda: not app.dispatcher.counters.is_online)
    await asyncio.sleep(0.5)
    node.thaw()


async def end_the_stream(node: NodeGateway, _app: App) -> None:
    """Do what a second client does: its Stop ends the stream of the first."""
    from bot.gateway.wechaty_client import PuppetClient
    from bot.gateway.wechaty_stub import find_peer

    intruder = PuppetClient(find_peer(node.endpoint, TOKEN, None), Timings())
    await intruder.say_stop(is_open=True)
    intruder.close()


def told(node: NodeGateway, place: str) -> list[str]:
    """Return what the gateway was told to say there."""
    return [text for where, text, _ in node.told("messageSendText") if where == place]


async def go_through(outage: Outage, node: NodeGateway, app: App) -> None:
    """Have an outage and wait until the bot is back from it: what is said before, nobody hears."""
    connection: list[bool] = []
    app.dispatcher.on_connection.append(connection.append)
    await outage(node, app)
    await until(lambda: False in connection and connection[-1])


@pytest.mark.parametrize("outage", [freeze_until_noticed, end_the_stream])
async def test_after_an_outage_members_are_answered_once_and_the_owner_reads_one_line(
    node: NodeGateway, tmp_path: Path, outage: Outage
):
    async with online(make_app(node.endpoint, tmp_path, timings=QUICK)) as app:
        await say(node, "ding 1")
        await until(lambda: told(node, ROOM) == ["dong 1"])
        await go_through(outage, node, app)
        await say(node, "ding 2")
        await until(lambda: told(node, ROOM) == ["dong 1", "dong 2"])
        await until(lambda: bool(told(node, "wang")))
        await asyncio.sleep(0.3)
        assert told(node, ROOM) == ["dong 1", "dong 2"]
        assert [text.partition("（")[0][:6] for text in told(node, "wang")] == ["和微信断开了"]


async def test_an_owner_who_was_unknown_reads_of_the_outage_when_they_first_speak(node: NodeGateway, tmp_path: Path):
    async with online(make_app(node.endpoint, tmp_path, owner="weixin:boss_wx", timings=QUICK)) as app:
        await go_through(end_the_stream, node, app)
        assert node.told("messageSendText") == []
        await node.do("contact", id="boss", name="老板", handle="boss_wx")
        await node.do("say", **{"from": "boss", "to": "bot", "text": "ding 1"})
        await until(lambda: len(told(node, "boss")) == 2)
        await node.do("say", **{"from": "boss", "to": "bot", "text": "ding 2"})
        await until(lambda: "dong 2" in told(node, "boss"))
        gaps = [text for text in told(node, "boss") if text.startswith("和微信断开了")]
        assert (len(gaps), len(node.told("messageSendText"))) == (1, 3)


async def test_a_mistyped_owner_does_not_keep_the_rooms_unknown(node: NodeGateway, tmp_path: Path):
    async with online(make_app(node.endpoint, tmp_path, owner="contact:nobody", timings=QUICK)) as app:
        assert [room.topic for room in app.dispatcher.core.facts.rooms()] == ["Python学习群"]
