from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot import members
from bot.clock import VirtualClock
from bot.plugins.study import erase_member, export_member
from bot.plugins.study.check_ins_store import (
    add_check_in,
    add_note,
    count_days,
    days_of,
    is_hidden,
    latest_room,
    reach,
    set_hidden,
    set_shown,
)
from bot.plugins.study.model import CheckIn
from bot.plugins.study.store import migrations
from bot.plugins.study.wishes_store import (
    add_wish,
    add_wisher,
    open_wishes,
    purge_met,
    remove_wisher,
    reopen,
    set_met,
    wishes_met_by,
)
from bot.storage import Database, Storage

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
TODAY, DAY = date(2026, 12, 1), timedelta(days=1)
MING = "member-ming"  # unlike any part of a random id


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    opened = Storage.open(tmp_path / "qunzhi.db", VirtualClock(NOW), [members.migrations, migrations])
    yield opened
    await opened.close()


def wish_of(db: Database, room_id: str, topic: str, *member_ids: str) -> str:
    wish_id = add_wish(db, room_id, topic, NOW)
    for at, member_id in enumerate(member_ids):
        add_wisher(db, wish_id, member_id, NOW + at * DAY)
    return wish_id


async def test_a_wish_is_kept_with_who_wished_it_in_their_order(storage: Storage) -> None:
    k8s = await storage.run("c", wish_of, "r", "K8s", "m2", "m1")
    await storage.run("c", wish_of, "other", "Go", "m1")
    assert [(one.topic, one.wishers) for one in await storage.read("c", open_wishes, "r")] == [("K8s", ("m2", "m1"))]
    assert len(await storage.read("c", open_wishes)) == 2
    assert await storage.read("elsewhere", open_wishes) == []
    assert not await storage.run("c", add_wisher, k8s, "m1", NOW)
    assert await storage.run("c", remove_wisher, k8s, "m1")
    assert not await storage.run("c", remove_wisher, k8s, "m1")
    assert await storage.run("c", remove_wisher, k8s, "m2")
    assert await storage.read("c", open_wishes, "r") == []


async def test_a_wish_is_met_once_and_open_again_when_the_session_is_called_off(storage: Storage) -> None:
    k8s = await storage.run("c", wish_of, "r", "K8s", "m1")
    assert await storage.run("c", set_met, k8s, "k8s-101", NOW)
    assert not await storage.run("c", set_met, k8s, "k8s-102", NOW)
    assert await storage.read("c", open_wishes) == []
    assert [one.id for one in await storage.read("c", wishes_met_by, "k8s-101")] == [k8s]
    assert await storage.run("c", reopen, "k8s-101") == 1
    assert [one.id for one in await storage.read("c", open_wishes)] == [k8s]


async def test_wishes_met_long_ago_are_forgotten(storage: Storage) -> None:
    old, new, unmet = [await storage.run("c", wish_of, "r", topic, "m1") for topic in ("Go", "Rust", "C")]
    await storage.run("c", set_met, old, "go", NOW - DAY)
    await storage.run("c", set_met, new, "rust", NOW)
    assert await storage.run("c", purge_met, NOW) == 1
    assert await storage.read("c", wishes_met_by, "go") == []
    assert len(await storage.read("c", wishes_met_by, "rust")) == 1
    assert [one.id for one in await storage.read("c", open_wishes)] == [unmet]


async def test_a_day_counts_once_and_its_note_is_written_once(storage: Storage) -> None:
    plain, noted = CheckIn("r", "m1", TODAY), CheckIn("r", "m1", TODAY, "第三章")
    assert await storage.run("c", add_check_in, plain, NOW)
    assert not await storage.run("c", add_check_in, noted, NOW)
    assert await storage.run("c", add_note, noted)
    assert not await storage.run("c", add_note, CheckIn("r", "m1", TODAY, "第四章"))
    await storage.run("c", add_check_in, CheckIn("r", "m1", TODAY - DAY), NOW)
    assert await storage.read("c", days_of, "r", "m1") == [TODAY - DAY, TODAY]
    assert (await storage.read("c", export_member, "m1"))["study_check_ins"][1]["note"] == "第三章"


async def test_the_last_room_is_known(storage: Storage) -> None:
    assert await storage.read("c", latest_room, "m1") == ""
    await storage.run("c", add_check_in, CheckIn("r2", "m1", TODAY), NOW + timedelta(hours=1))
    await storage.run("c", add_check_in, CheckIn("r1", "m1", TODAY), NOW)
    assert await storage.read("c", latest_room, "m1") == "r2"


async def test_days_of_a_week_are_counted_without_those_who_hide(storage: Storage) -> None:
    for member_id, offsets in {"m1": (0, 1, 7), "m2": (0,), "m3": (1,)}.items():
        for offset in offsets:
            await storage.run("c", add_check_in, CheckIn("r", member_id, TODAY - offset * DAY), NOW)
    await storage.run("c", add_check_in, CheckIn("other", "m2", TODAY), NOW)
    assert await storage.run("c", set_hidden, "r", "m3", NOW)
    assert not await storage.run("c", set_hidden, "r", "m3", NOW)
    assert await storage.read("c", count_days, "r", TODAY - 6 * DAY, TODAY) == {"m1": 2, "m2": 1}
    assert await storage.read("c", is_hidden, "r", "m3")
    assert await storage.run("c", set_shown, "r", "m3")
    assert not await storage.run("c", set_shown, "r", "m3")
    assert "m3" in await storage.read("c", count_days, "r", TODAY - 6 * DAY, TODAY)


async def test_a_milestone_is_reached_once(storage: Storage) -> None:
    assert await storage.run("c", reach, "r", "m1", 7, TODAY)
    assert not await storage.run("c", reach, "r", "m1", 7, TODAY + DAY)
    assert await storage.run("c", reach, "r", "m1", 30, TODAY)


async def test_a_member_is_shown_and_forgotten_whole(storage: Storage) -> None:
    await storage.run("c", wish_of, "r", "K8s", MING, "m2")
    await storage.run("c", wish_of, "r", "Go", MING)
    await storage.run("c", add_check_in, CheckIn("r", MING, TODAY, "第三章"), NOW)
    await storage.run("c", set_hidden, "r", MING, NOW)
    await storage.run("c", reach, "r", MING, 7, TODAY)
    shown = await storage.read("c", export_member, MING)
    assert {name: len(rows) for name, rows in shown.items()} == {
        "wishes": 2,
        "study_check_ins": 1,
        "study_hidden": 1,
        "study_milestones": 1,
    }
    assert [row["topic"] for row in shown["wishes"]] == ["K8s", "Go"]
    assert MING not in str(shown)
    assert await storage.run("c", erase_member, MING) == {
        "study_wishers": 2,
        "study_wishes": 1,
        "study_check_ins": 1,
        "study_hidden": 1,
        "study_milestones": 1,
    }
    assert not any((await storage.read("c", export_member, MING)).values())
    assert [one.wishers for one in await storage.read("c", open_wishes)] == [("m2",)]
