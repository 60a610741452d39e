"""A flood of messages through the whole bot, judged by what the Node gateway was told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import pytest

from tests.gateway.node_gateway import NodeGateway
from tests.gateway.whole_bot import make_app, online, until

pytestmark = pytest.mark.node
ROOMS = [f"9000{number}@chatroom" for number in range(5)]
MEMBERS = [f"member{number}" for number in range(50)]


def answers(node: NodeGateway) -> list[tuple[str, int]]:
    """Return (room, serial number) of each answer the gateway was told to send, in its order."""
    found = [(room, re.search(r"dong (\d+)$", text)) for room, text, _ in node.told("messageSendText")]
    return [(room, int(match[1])) for room, match in found if match]


async def flood(node: NodeGateway, folder: Path, count: int, within: float) -> None:
    for member in MEMBERS:
        await node.do("contact", id=member, name=member)
    for room in ROOMS:
        await node.do("room", id=room, topic=f"群 {room}", members=MEMBERS, owner=MEMBERS[0])
    async with online(make_app(node.endpoint, folder)) as app:
        sent = await node.do("burst", count=count, rooms=ROOMS, members=MEMBERS, text="ding #")
        with suppress(TimeoutError):  # what is missing is told below
            await until(lambda: len(answers(node)) >= count, within)
        await app.drain()
        await asyncio.sleep(0.3)  # an answer too many would come now
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
