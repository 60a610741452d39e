"""A rush for the places of a session through the whole bot and the Node gateway."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.plugins.training.model import Registration, RegistrationState
from bot.plugins.training.registrations_store import registrations_of
from bot.plugins.training.sessions_store import put_session
from tests.gateway.node_gateway import NodeGateway
from tests.gateway.whole_bot import make_app, online, until
from tests.plugins.training.kit import make_session

pytestmark = pytest.mark.node
COUNT, PLACES = 200, 30
MEMBERS = [f"member{number}" for number in range(COUNT)]


async def rush(node: NodeGateway, folder: Path, rooms: list[str]) -> tuple[list[list[str]], list[Registration]]:
    """Let everybody register in the same moment.

    Returns:
        (name, room) in the order in which they were said, and the registrations in the order of their places.
    """
    for member in MEMBERS:
        await node.do("contact", id=member, name=member)
    for room in rooms:
        await node.do("room", id=room, topic=f"群 {room}", members=MEMBERS, owner=MEMBERS[0])
    starts = datetime.now(UTC) + timedelta(days=3)
    session = make_session(starts_at=starts, capacity=PLACES, rooms=tuple(f"群 {room}" for room in rooms))
    async with online(make_app(node.endpoint, folder)) as app:
        await app.storage.run(app.config.community, put_session, session)
        sent = await node.do("burst", count=COUNT, rooms=rooms, members=MEMBERS, text="报名 fastapi-101")
        with suppress(TimeoutError):  # what is missing is told below
            await until(lambda: len(in_rooms(node)) >= COUNT and len(node.files) >= PLACES, 60)
        await app.drain()
        await asyncio.sleep(0.3)  # an answer too many would come now
        registered = await app.storage.read(app.config.community, registrations_of, session.id)
    said = [[MEMBERS[at * 7 % COUNT], room] for at, (_, room) in enumerate(sent)]
    return said, registered


def in_rooms(node: NodeGateway) -> list[tuple[str, str]]:
    """Return (room, text) of everything said in rooms."""
    return [(room, text) for room, text, _ in node.told("messageSendText") if room.endswith("@chatroom")]


def split(registered: list[Registration]) -> tuple[list[str], list[str]]:
    """Return the names of those who have a place and of those who wait, both in order."""
    by_state = defaultdict(list)
    for one in registered:
        by_state[one.state].append(one.name)
    assert set(by_state) == {RegistrationState.REGISTERED, RegistrationState.WAITING}
    return by_state[RegistrationState.REGISTERED], by_state[RegistrationState.WAITING]


async def test_two_hundred_at_once_get_thirty_places_and_wait_in_the_order_in_which_they_came(
    own_node: NodeGateway, tmp_path: Path
):
    said, registered = await rush(own_node, tmp_path, ["9000@chatroom"])
    seated, waiting = split(registered)
    order = [name for name, _ in said]
    assert (seated, waiting) == (order[:PLACES], order[PLACES:])
    told = [text for _, text in in_rooms(own_node)]
    places = [re.search(r"(member\d+) 在候补第 (\d+) 位", text) for text in told]
    assert [(found[1], int(found[2])) for found in places if found] == list(zip(waiting, range(1, 171), strict=True))
    assert sum("报名成功" in text for text in told) == PLACES
    alone = Counter(to for to, _, _ in own_node.told("messageSendText") if not to.endswith("@chatroom"))
    assert alone == Counter(seated)
    assert len(own_node.files) == PLACES


async def test_two_hundred_at_once_in_five_rooms_get_thirty_places_and_each_room_keeps_its_order(
    own_node: NodeGateway, tmp_path: Path
):
    rooms = [f"900{number}@chatroom" for number in range(5)]
    said, registered = await rush(own_node, tmp_path, rooms)
    seated, waiting = split(registered)
    assert (len(seated), len(waiting), len({*seated, *waiting})) == (PLACES, COUNT - PLACES, COUNT)
    places = {one.name: one.position for one in registered}
    assert max(places[name] for name in seated) < min(places[name] for name in waiting)
    for room in rooms:
        order = [places[name] for name, where in said if where == room]
        assert order == sorted(order)
    assert len(in_rooms(own_node)) == COUNT
