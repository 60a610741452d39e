from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.plugins.attendance import erase_member, export_member
from bot.plugins.attendance.api import no_shows
from bot.plugins.attendance.closings_store import get_closing, list_closings, put_closing, remove_no_show
from bot.plugins.attendance.model import Attendance, Closing, NoShow
from bot.plugins.attendance.people_store import (
    add_host,
    forget_guesses,
    forget_old_guesses,
    get_guesses,
    hosts_of,
    is_host,
    list_hosts,
    remove_host,
    set_guesses,
)
from bot.plugins.attendance.rules import Guesses
from bot.plugins.attendance.store import (
    add_attendance,
    attendances_by,
    attendances_of,
    find_certificate,
    get_attendance,
    migrations,
    remove_attendance,
    set_certificate,
)
from bot.storage import Storage
from tests.plugins.attendance.kit import STARTS

MINGS = Attendance(session_id="s", member_id="ming", name="小明", at=STARTS, place=9, is_late=True)
CLOSING = Closing(session_id="s", registered=3, came=2, late=1, walk_in=0, absent=1, members=40)
GONE = NoShow(session_id="s", member_id="hong", name="小红")


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(tmp_path / "qunzhi.db", VirtualClock(STARTS), [migrations])
    yield opened
    await opened.close()


async def test_places_are_given_in_order_and_once(storage: Storage) -> None:
    assert await storage.run("c", add_attendance, MINGS) == 1
    assert await storage.run("c", add_attendance, replace(MINGS, member_id="hong")) == 2
    assert await storage.run("c", add_attendance, replace(MINGS, is_late=False)) == 1
    assert await storage.run("c", add_attendance, replace(MINGS, session_id="t")) == 1
    assert await storage.run("other", add_attendance, replace(MINGS, member_id="gang")) == 1
    found = await storage.read("c", attendances_of, "s")
    assert [(one.member_id, one.place, one.is_late) for one in found] == [("ming", 1, True), ("hong", 2, True)]
    assert [one.session_id for one in await storage.read("c", attendances_by, "ming")] == ["s", "t"]


async def test_an_attendance_taken_back_is_gone(storage: Storage) -> None:
    await storage.run("c", add_attendance, MINGS)
    assert await storage.run("c", remove_attendance, "s", "ming")
    assert not await storage.run("c", remove_attendance, "s", "ming")
    assert await storage.read("c", get_attendance, "s", "ming") is None


async def test_a_certificate_is_found_by_its_number_and_belongs_to_one(storage: Storage) -> None:
    await storage.run("c", add_attendance, MINGS)
    await storage.run("c", add_attendance, replace(MINGS, member_id="hong"))
    assert await storage.read("c", find_certificate, "") is None
    await storage.run("c", set_certificate, "s", "ming", "7K2M9Q4T")
    found = await storage.read("c", find_certificate, "7K2M9Q4T")
    assert found is not None
    assert found.member_id == "ming"
    assert await storage.read("other", find_certificate, "7K2M9Q4T") is None
    with pytest.raises(sqlite3.IntegrityError):
        await storage.run("c", set_certificate, "s", "hong", "7K2M9Q4T")


async def test_a_session_ends_once(storage: Storage) -> None:
    assert await storage.run("c", put_closing, CLOSING, [GONE], STARTS)
    assert not await storage.run("c", put_closing, replace(CLOSING, came=99), [replace(GONE, member_id="x")], STARTS)
    assert await storage.read("c", get_closing, "s") == CLOSING
    assert await storage.read("c", list_closings) == [CLOSING]
    assert await storage.read("c", no_shows, "hong") == 1
    assert await storage.read("c", no_shows, "x") == 0
    assert await storage.run("c", remove_no_show, "s", "hong")
    assert await storage.read("c", no_shows, "hong") == 0


async def test_wrong_codes_are_remembered_over_a_restart(storage: Storage, tmp_path: Path) -> None:
    later = Guesses(3, STARTS + timedelta(minutes=1))
    await storage.run("c", set_guesses, "ming", Guesses(2, STARTS))
    await storage.run("c", set_guesses, "ming", later)
    await storage.close()
    again = Storage.open(tmp_path / "qunzhi.db", VirtualClock(STARTS), [migrations])
    assert await again.read("c", get_guesses, "ming") == later
    assert await again.run("c", forget_old_guesses, STARTS + timedelta(seconds=59)) == 0
    assert await again.read("c", get_guesses, "ming") == later
    assert await again.run("c", forget_old_guesses, STARTS + timedelta(minutes=2)) == 1
    await again.run("c", set_guesses, "ming", later)
    await again.run("c", forget_guesses, "ming")
    assert await again.read("c", get_guesses, "ming") == Guesses()
    await again.close()


async def test_one_of_several_hosts_is_known_in_any_case(storage: Storage) -> None:
    await storage.run("c", add_host, "Zhang San", "m1")
    await storage.run("c", add_host, "老王", "m2")
    assert await storage.read("c", is_host, "老李、zhang san", "m1")
    assert not await storage.read("c", is_host, "老李", "m1")
    assert not await storage.read("c", is_host, "", "m1")
    assert await storage.read("c", hosts_of, "老王,Zhang San") == ["m1", "m2"]
    assert await storage.run("c", remove_host, "m1") == 1
    assert await storage.read("c", list_hosts) == [("老王", "m2")]


async def test_a_member_is_shown_and_erased_in_every_table(storage: Storage) -> None:
    await storage.run("c", add_attendance, replace(MINGS, member_id="hong"))
    await storage.run("c", add_attendance, MINGS)
    await storage.run("c", put_closing, CLOSING, [GONE], STARTS)
    await storage.run("c", set_guesses, "hong", Guesses(1, STARTS))
    await storage.run("c", add_host, "小红", "hong")
    everything = dict.fromkeys(("attendances", "no_shows", "wrong_codes", "session_hosts"), 1)
    shown = await storage.read("c", export_member, "hong")
    assert {table: len(rows) for table, rows in shown.items()} == everything
    assert await storage.run("c", erase_member, "hong") == everything
    assert not any((await storage.read("c", export_member, "hong")).values())
    assert [one.member_id for one in await storage.read("c", attendances_of, "s")] == ["ming"]
    assert await storage.read("c", get_closing, "s") == CLOSING  # the counts name nobody
