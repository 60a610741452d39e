from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import deadlines_store, members
from bot.clock import VirtualClock
from bot.model import Contact
from bot.plugins.rosters import erase_member, export_member
from bot.plugins.rosters.endings_store import all_endings, endings_of, put_ending, remove_ending
from bot.plugins.rosters.model import Doubt, Ending, Mode, Removal, RemovalState, RoomRecord, Seat, SeatState
from bot.plugins.rosters.people import Link
from bot.plugins.rosters.people_store import add_exception, links_of, links_to, list_exceptions, remove_exception
from bot.plugins.rosters.removals_store import (
    forget_removals,
    get_removal,
    open_rooms,
    put_removal,
    removals_in,
    removals_of,
)
from bot.plugins.rosters.store import (
    get_room_record,
    migrations,
    put_room_record,
    put_seat,
    remove_seat,
    seats_in,
)
from bot.storage import Storage

NOW = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
SEAT = Seat(room_id="r", member_id="m", state=SeatState.INVITED, tries=2, next_at=NOW, until=NOW + timedelta(days=9))
REMOVAL = Removal(
    room_id="r", member_id="m", ends_at=NOW, name="小红", state=RemovalState.LISTED, remove_at=NOW + timedelta(days=1)
)
ENDING = Ending(member_id="m", line="member", ends_at=NOW, noted_at=NOW - timedelta(days=31), told=3)


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Any]:
    storage = Storage.open(
        tmp_path / "qunzhi.db", VirtualClock(NOW), [members.migrations, deadlines_store.migrations, migrations]
    )

    async def run(fn: Any, *args: Any, community: str = "c") -> Any:
        return await storage.run(community, fn, *args)

    yield run
    await storage.close()


async def test_rooms_and_seats_come_back_as_they_were(run: Any) -> None:
    assert await run(get_room_record, "r") == RoomRecord(room_id="r")
    record = RoomRecord(
        room_id="r", mode=Mode.RUNNING, people=30, doubt=Doubt.HALVED, is_held=True, checked_at=NOW, compared_at=NOW
    )
    for one in (record, replace(record, mode=None, doubt=Doubt.NONE, is_held=False)):
        await run(put_room_record, one)
        assert await run(get_room_record, "r") == one
    for seat in (SEAT, replace(SEAT, state=SeatState.JOINED, tries=0, next_at=None, until=None)):
        await run(put_seat, seat)
        assert await run(seats_in, "r") == {"m": seat}
    await run(remove_seat, "r", "m")
    assert await run(seats_in, "r") == {}


async def test_a_removal_is_one_for_each_end(run: Any) -> None:
    kept = replace(REMOVAL, state=RemovalState.KEPT, kept_until=NOW + timedelta(days=30))
    later = replace(REMOVAL, ends_at=NOW + timedelta(days=40), remove_at=NOW + timedelta(days=50))
    for one in (REMOVAL, kept, later):
        await run(put_removal, one)
    assert await run(get_removal, "r", "m", NOW) == kept
    assert await run(removals_of, "m") == [kept, later]
    assert await run(removals_in, "r", {RemovalState.LISTED}) == [later]
    assert await run(open_rooms, NOW) == ["r"]
    assert await run(open_rooms, NOW + timedelta(days=50)) == []
    assert await run(forget_removals, NOW + timedelta(days=20)) == 0
    assert await run(forget_removals, NOW + timedelta(days=31)) == 1
    assert await run(removals_of, "m") == [later]


async def test_ends_come_back_with_what_was_told(run: Any) -> None:
    other = replace(ENDING, line="other", told=None)
    for one in (replace(ENDING, told=7), ENDING, other):
        await run(put_ending, one)
    assert await run(endings_of, "m") == {"member": ENDING, "other": other}
    assert await run(all_endings) == {"m": {"member": ENDING, "other": other}}
    await run(remove_ending, "m", "other")
    assert await run(endings_of, "m") == {"member": ENDING}


async def test_ids_are_found_by_value_and_by_member(run: Any) -> None:
    hong = await run(members.resolve_contact, "bot", Contact("c1", "小红", weixin="xiaohong"), False)
    await run(members.begin_login, "bot")
    await run(members.resolve_contact, "bot", Contact("c2", "小红", weixin="xiaohong"), False)
    many = [f"x{number}" for number in range(1200)]
    assert await run(links_to, "contact", [*many, "c1", "c2"]) == [
        Link("contact", "c1", hong.id, is_strong=False, is_current=False),
        Link("contact", "c2", hong.id, is_strong=False, is_current=True),
    ]
    assert await run(links_of, hong.id) == [
        Link("contact", "c2", hong.id, is_strong=False, is_current=True),
        Link("weixin", "xiaohong", hong.id, is_strong=True, is_current=True),
    ]
    assert await run(links_to, "contact", []) == []


async def test_exceptions_are_made_and_ended_once(run: Any) -> None:
    assert [await run(add_exception, "m", "小红", NOW) for _ in range(2)] == [True, False]
    assert await run(list_exceptions) == {"m": "小红"}
    assert [await run(remove_exception, "m") for _ in range(2)] == [True, False]


async def test_a_member_is_exported_and_erased_and_nobody_else(run: Any) -> None:
    for member_id in ("m", "other"):
        await run(put_seat, replace(SEAT, member_id=member_id))
        await run(put_removal, replace(REMOVAL, member_id=member_id))
        await run(put_ending, replace(ENDING, member_id=member_id))
        await run(add_exception, member_id, member_id, NOW)
    exported = await run(export_member, "m")
    assert {table: len(rows) for table, rows in exported.items()} == {
        "roster_seats": 1, "roster_removals": 1, "roster_exceptions": 1, "membership_endings": 1,
    }  # fmt: skip
    assert await run(erase_member, "m") == dict.fromkeys(exported, 1)
    assert await run(export_member, "m") == {table: [] for table in exported}
    assert await run(export_member, "other") != await run(export_member, "m")


async def test_another_community_sees_nothing(run: Any) -> None:
    await run(put_seat, SEAT)
    await run(put_removal, REMOVAL)
    await run(put_ending, ENDING)
    assert await run(seats_in, "r", community="d") == {}
    assert await run(removals_of, "m", community="d") == []
    assert await run(all_endings, community="d") == {}
