"""A flood of messages through the whole bot, judged by what the Node gateway was told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.app import App
from bot.cli.bench_pipeline import unlimited
from bot.clock import SystemClock
from bot.config_model import Config
from bot.gateway.wechaty_settings import Timings
from bot.plugin import Context, Plugin, Rest, Settings
from tests.gateway.node_gateway import TOKEN, NodeGateway

pytestmark = pytest.mark.node
ROOMS = [f"9000{number}@chatroom" for number in range(5)]
MEMBERS = [f"member{number}" for number in range(50)]

ding_dong: Plugin[Settings] = Plugin("dingdong", title="洪峰测试")


@ding_dong.command("ding", hidden=True)
async def dong(_ctx: Context[Settings], rest: Rest) -> str:
    """ding：回答 dong 和同一个编号。"""
    return f"dong {rest}"


def make_app(endpoint: str, folder: Path) -> App:
    from bot.gateway.wechaty import WechatyGateway

    clock = SystemClock()
    gateway = WechatyGateway(endpoint, TOKEN, clock, lock_folder=folder, timings=Timings())
    config = unlimited(Config(knowledge=str(folder / "no-knowledge")))
    return App(config, gateway, clock, data_dir=folder, plugins=[ding_dong], encoder="hashing", is_paced=False)


async def until(is_so: Callable[[], bool], within: float) -> None:
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 - two processes and no common event
            await asyncio.sleep(0.05)


def answers(node: NodeGateway) -> list[tuple[str, int]]:
    """Return (room, serial number) of each answer the gateway was told to send, in its order."""
    found = [(room, re.search(r"dong (\d+)$", text)) for room, text, _ in node.told("messageSendText")]
    return [(room, int(match[1])) for room, match in found if match]


async def flood(node: NodeGateway, folder: Path, count: int, within: float) -> None:
    for member in MEMBERS:
        await node.do("contact", id=member, name=member)
    for room in ROOMS:
        await node.do("room", id=room, topic=f"群 {room}", members=MEMBERS, owner=MEMBERS[0])
    app = make_app(node.endpoint, folder)
    await app.start()
    try:
        await until(lambda: app.dispatcher.counters.is_online, 10)
        sent = await node.do("burst", count=count, rooms=ROOMS, members=MEMBERS, text="ding #")
        with suppress(TimeoutError):  # what is missing is told below
            await until(lambda: len(answers(node)) >= count, within)
        await app.drain()
        await asyncio.sleep(0.3)  # an answer too many would come now
    finally:
        await app.stop()
    said = answers(node)
    lost = set(range(count)) - {number for _, number in said}
    repeated = [number for number, times in Counter(number for _, number in said).items() if times > 1]
    assert (lost, repeated, len(node.told("messageSendText"))) == (set(), [], count)
    asked, answered = defaultdict(list), defaultdict(list)
    for number, (_, room) in enumerate(sent):
        asked[room].append(number)
    for room, number in said:
        answered[room].append(number)
    assert answered == asked


async def test_a_burst_of_a_thousand_is_answered_whole_once_and_in_order(own_node: NodeGateway, tmp_path: Path):
    await flood(own_node, tmp_path, 1_000, within=30)


@pytest.mark.soak
async def test_a_burst_of_five_thousand_is_answered_whole_once_and_in_order(own_node: NodeGateway, tmp_path: Path):
    await flood(own_node, tmp_path, 5_000, within=120)
