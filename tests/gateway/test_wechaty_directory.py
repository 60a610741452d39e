"""What is remembered of contacts, rooms and members, and when it is read anew."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from bot.clock import VirtualClock
from bot.errors import GatewayRefused, GatewayUnavailable
from bot.gateway.wechaty_directory import MAX_AGE, Directory
from bot.gateway.wechaty_wire import DirtyCode
from bot.model import Contact, RoomInfo

ROOM = "r@chatroom"


class Service:
    """A service whose names can change and whose reads can be counted, delayed and failed."""

    def __init__(self) -> None:
        self.names = {"ming": "小明"}
        self.aliases = {"ming": "明哥"}
        self.reads: list[str] = []
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def _read(self, what: str, **fields: Any) -> Any:
        self.reads.append(what)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return SimpleNamespace(**fields)

    async def contact_payload(self, contact_id: str) -> Any:
        return await self._read(
            "contact", id=contact_id, name=self.names.get(contact_id, ""), alias="", weixin="", friend=True
        )

    async def room_payload(self, room_id: str) -> Any:
        return await self._read("room", id="", topic="学习群", owner_id="wang", admin_ids=["", "hong"])

    async def member(self, room_id: str, contact_id: str) -> Any:
        return await self._read(
            "member", name=self.names.get(contact_id, ""), room_alias=self.aliases.get(contact_id, "")
        )

    async def forget(self, code: int, key: str) -> None:
        self.reads.append("forget")


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))


@pytest.fixture
def directory(service: Service, clock: VirtualClock) -> Directory:
    return Directory(lambda: service, clock)  # type: ignore[arg-type, return-value]


async def test_a_talker_is_read_once_and_then_remembered(directory: Directory, service: Service):
    expected = Contact(id="ming", name="小明", room_alias="明哥", is_friend=True)
    assert [await directory.talker(ROOM, "ming") for _ in range(3)] == [expected] * 3
    assert service.reads == ["contact", "member"]


async def test_a_room_gets_its_id_and_loses_empty_admins(directory: Directory):
    assert await directory.place(ROOM) == RoomInfo(id=ROOM, topic="学习群", owner_id="wang", admin_ids=("hong",))


async def test_readers_at_the_same_time_share_one_read(directory: Directory, service: Service):
    contacts = await asyncio.gather(*(directory.contact("ming") for _ in range(10)))
    assert len(set(contacts)) == 1
    assert service.reads == ["contact"]


async def test_what_is_called_dirty_is_read_anew(directory: Directory, service: Service):
    await directory.talker(ROOM, "ming")
    service.names["ming"], service.aliases["ming"] = "大明", "明老师"
    directory.mark_stale(DirtyCode.CONTACT, "ming")
    talker = await directory.talker(ROOM, "ming")
    assert (talker.name, talker.room_alias) == ("大明", "明老师")


async def test_dirty_members_of_a_room_are_read_anew(directory: Directory, service: Service):
    await directory.talker(ROOM, "ming")
    service.aliases["ming"] = "明老师"
    directory.mark_stale(DirtyCode.ROOM_MEMBER, ROOM)
    assert (await directory.talker(ROOM, "ming")).room_alias == "明老师"


async def test_a_change_during_a_read_is_not_covered_up_by_the_old_value(directory: Directory, service: Service):
    service.gate = asyncio.Event()
    early = asyncio.create_task(directory.contact("ming"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    directory.mark_stale(DirtyCode.CONTACT, "ming")
    service.gate.set()
    await early
    service.names["ming"] = "大明"
    assert (await directory.contact("ming")).name == "大明"


async def test_what_is_old_is_read_anew_although_nobody_said_so(
    directory: Directory, service: Service, clock: VirtualClock
):
    await directory.contact("ming")
    service.names["ming"] = "大明"
    await clock.advance(seconds=MAX_AGE + 1)
    assert (await directory.contact("ming")).name == "大明"


async def test_fresh_facts_are_asked_of_the_service_anew(directory: Directory, service: Service):
    await directory.contact("ming")
    await directory.contact("ming", fresh=True)
    assert service.reads == ["contact", "forget", "contact"]


async def test_a_refused_read_falls_back_to_the_last_known(directory: Directory, service: Service):
    await directory.talker(ROOM, "ming")
    directory.mark_stale(DirtyCode.CONTACT, "ming")
    service.error = GatewayRefused("no such contact")
    assert (await directory.talker(ROOM, "ming")).name == "小明"
    assert (await directory.talker(ROOM, "nobody")) == Contact(id="nobody", name="")
    assert await directory.place("gone@chatroom") == RoomInfo(id="gone@chatroom", topic="")


async def test_a_gateway_that_is_away_is_told_and_not_papered_over(directory: Directory, service: Service):
    service.error = GatewayUnavailable("away")
    with pytest.raises(GatewayUnavailable):
        await directory.talker(ROOM, "ming")
    service.error = None
    assert (await directory.talker(ROOM, "ming")).name == "小明"
