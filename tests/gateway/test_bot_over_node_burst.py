"""A flood of messages through the whole bot, judged by what the Node gateway was told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import pytest

from bot import outbox
from bot.storage import Database
from tests.gateway.conftest import QUICK, furnish
from tests.gateway.node_gateway import NodeGateway
from tests.gateway.whole_bot import make_app, online, until

pytestmark = pytest.mark.node
ROOMS = [f"9000{number}@chatroom" for number in range(5)]
MEMBERS = [f"member{number}" for number in range(50)]


def answers(node: NodeGateway) -> list[tuple[str, int]]:
    """Return (room, serial number) of each answer the gateway was told to send, in its order."""
    found = [(room, re.search(r"dong (\d+)", text)) for room, text, _ in node.told("messageSendText")]
    return [(room, int(match[1])) for room, match in found if match]


async def furnish_rooms(node: NodeGateway) -> None:
    for member in MEMBERS:
        await node.do("contact", id=member, name=member)
    for room in ROOMS:
        await node.do("room", id=room, topic=f"群 {room}", members=MEMBERS, owner=MEMBERS[0])


def accepted_texts(db: Database) -> list[str]:
    """Return what was taken on and is done."""
    return [
        str(row["text"])
        for row in db.query("select text from messages where community = :community and state = 'done'")
    ]


async def flood(node: NodeGateway, folder: Path, count: int, within: float) -> None:
    await furnish_rooms(node)
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
    await flood(own_node, tmp_path, 1_000, within=90)


@pytest.mark.soak
async def test_a_burst_of_five_thousand_is_answered_whole_once_and_in_order(own_node: NodeGateway, tmp_path: Path):
    await flood(own_node, tmp_path, 5_000, within=120)


async def test_a_gateway_killed_in_a_burst_gets_each_answer_once_but_for_those_in_doubt(
    own_node: NodeGateway, tmp_path: Path
):
    await furnish_rooms(own_node)
    async with online(make_app(own_node.endpoint, tmp_path, timings=QUICK, settle_seconds=1.0)) as app:
        await own_node.do("burst", count=200, rooms=ROOMS, members=MEMBERS, text="ding #")
        await until(lambda: len(answers(own_node)) >= 50)
        await own_node.kill()
        await until(lambda: not app.dispatcher.counters.is_online)
        await own_node.start()
        await own_node.do("set", next=10_000)
        await furnish(own_node)
        await furnish_rooms(own_node)
        await until(lambda: app.dispatcher.counters.is_online)
        await until(lambda: app.dispatcher.is_idle)
        accepted = await app.storage.read(app.config.community, accepted_texts)
        with suppress(TimeoutError):  # what is missing is told below
            await until(lambda: len(set(answers(own_node))) >= len(accepted), 20)
        await asyncio.sleep(1.2)  # what was in doubt is settled by now
        await app.drain()
        doubted = {row.text for row in await app.storage.read(app.config.community, outbox.in_doubt)}
    times = Counter(f"dong {number}" for _, number in answers(own_node))
    assert {text.replace("ding", "dong") for text in accepted} == set(times)
    assert {text for text, count in times.items() if count > 1} <= doubted
    assert (max(times.values()) <= 2, len(doubted) <= len(ROOMS)) == (True, True)
    in_room = defaultdict(list)
    for room, number in dict.fromkeys(answers(own_node)):
        in_room[room].append(number)
    assert all(numbers == sorted(numbers) for numbers in in_room.values()), in_room
    print(f"{len(accepted)} of 200 were accepted, {len(doubted)} answers in doubt, {sum(times.values())} told")
