"""Edits of schedules.yaml in a running group: effects first, then the owner's word, then everybody is told once."""

from __future__ import annotations

import hashlib

import pytest

from bot.plugins.training.api import note_confirmed
from bot.plugins.training.sessions_store import get_session, list_sessions
from bot.testing import TOPIC, SimulatedRoom
from tests.plugins.training.kit import LINK, sent

pytestmark = pytest.mark.slow  # days of conversation

FASTAPI = f"""  - id: fastapi-101
    title: FastAPI 入门实战
    host: 老王
    room: {TOPIC}
    starts: 2026-12-05 20:00
    duration: 2h
    capacity: 2
    announce: 1d
"""
REDIS = f"""  - id: redis
    title: Redis 排查
    room: {TOPIC}
    starts: 2026-12-20 20:00
    announce: 1d
"""
WEEKLY = f"""  - id: go
    title: Go 周会
    room: {TOPIC}
    every: 周五 20:00
    announce: []
"""
HEAD = "sessions:\n"
BOTH = HEAD + FASTAPI + REDIS
MOVED = BOTH.replace("12-05 20:00", "12-06 20:00")
ASKED = (
    "schedules.yaml 改了，有人已经报名，先问您一声：\n"
    "改期 1 场（影响 1 位已报名者，将逐一通知）。\n"
    "· fastapi-101《FastAPI 入门实战》周六 12-05 20:00 → 周日 12-06 20:00，1 位已报名\n"
    "发「应用」就照改并通知大家，发「放弃」保持原样，发「改动」再看一遍。"
)


@pytest.fixture
def room_schedules() -> str:
    return BOTH


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def start_of(room: SimulatedRoom, session_id: str) -> str:
    found = await room.app.storage.read(room.app.config.community, get_session, session_id)
    return f"{found.local_start:%m-%d %H:%M}" + ("（取消）" if found.is_cancelled else "") if found else ""


async def in_force(room: SimulatedRoom) -> list[str]:
    found = await room.app.storage.read(room.app.config.community, list_sessions, room.clock.now())
    return [one.id for one in found if not one.is_cancelled]


async def test_what_the_file_says_at_the_start_is_in_force_without_a_word(room: SimulatedRoom) -> None:
    assert room.said == []
    assert await in_force(room) == ["fastapi-101", "redis"]
    await room.crash()
    assert room.said == []


async def test_what_affects_nobody_is_done_at_once_and_told_in_one_line(room: SimulatedRoom) -> None:
    assert await room.edits_schedules(MOVED + WEEKLY) == [
        (
            "场次已生效：新增 4 场、改期 1 场。\n"
            "· go 12-04《Go 周会》周五 12-04 20:00\n"
            "· fastapi-101《FastAPI 入门实战》周六 12-05 20:00 → 周日 12-06 20:00\n"
            "· go 12-11《Go 周会》周五 12-11 20:00\n"
            "· go 12-18《Go 周会》周五 12-18 20:00\n"
            "· go 12-25《Go 周会》周五 12-25 20:00"
        )
    ]
    assert await start_of(room, "fastapi-101") == "12-06 20:00"
    assert await room.edits_schedules(HEAD + FASTAPI) != []
    assert await in_force(room) == ["fastapi-101"]


async def test_who_registered_is_told_only_after_the_owner_said_so(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    assert await room.edits_schedules(MOVED) == [ASKED]
    assert await start_of(room, "fastapi-101") == "12-05 20:00"
    said = await room.owner.says("应用", private=True)
    assert said[0].startswith("场次已生效：改期 1 场（影响 1 位已报名者，已逐一通知）。")
    assert said[1:] == [
        (
            "《FastAPI 入门实战》改期了：时间从 周六 12-05 20:00 改到 周日 12-06 20:00。\n"
            "您的名额还在，来不了请发「取消 fastapi-101」。"
        ),
        (
            "【改期】《FastAPI 入门实战》时间从 周六 12-05 20:00 改到 周日 12-06 20:00。"
            "已报名的不用重新报；还没报名的发「报名 fastapi-101」。"
        ),
    ]
    assert await start_of(room, "fastapi-101") == "12-06 20:00"
    assert await room.owner.says("应用", private=True) == [
        "没有等您决定的改动。schedules.yaml 存盘以后，要问您的我会私聊说。"
    ]


async def test_the_question_stands_over_a_crash_and_is_not_asked_again(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    before = len(room.said)
    await room.crash()
    await room.clock.advance(days=1)
    assert [act.text for act in room.said[before:]] == []
    (shown,) = await room.owner.says("改动", private=True)
    assert shown.endswith("1. 照改，并通知大家\n2. 保持原样")
    await room.owner.says("1", private=True)
    assert await start_of(room, "fastapi-101") == "12-06 20:00"


async def test_what_was_declined_stays_as_it_was_until_the_file_changes_again(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    (said,) = await room.owner.says("放弃", private=True)
    assert "fastapi-101 改回 starts: 2026-12-05 20:00" in said
    await room.crash()
    assert await room.edits_schedules(MOVED + "# nothing\n") == []
    (more,) = await room.edits_schedules(MOVED.replace("12-20", "12-21"))
    assert more.startswith("场次已生效：改期 1 场。\n· redis")
    assert await start_of(room, "fastapi-101") == "12-05 20:00"
    (asked,) = await room.edits_schedules(MOVED.replace("12-06 20:00", "12-06 21:00"))
    assert "→ 周日 12-06 21:00" in asked
    assert len(sent(room, "小明")) == 1


async def test_what_was_declined_may_be_done_after_all(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    await room.owner.says("放弃", private=True)
    (shown,) = await room.owner.says("改动", private=True)
    assert shown.startswith("这些改动您放弃了")
    await room.owner.says("应用", private=True)
    assert await start_of(room, "fastapi-101") == "12-06 20:00"


async def test_a_newer_edit_takes_the_place_of_one_that_waits(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    (asked,) = await room.edits_schedules(MOVED.replace("12-06", "12-07"))
    assert "→ 周一 12-07 20:00" in asked
    await room.owner.says("应用", private=True)
    assert await start_of(room, "fastapi-101") == "12-07 20:00"


async def test_a_file_brought_back_leaves_nothing_to_decide(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    assert await room.edits_schedules(BOTH) == []
    assert "没有等您决定的改动" in (await room.owner.says("应用", private=True))[0]
    assert await room.edits_schedules(MOVED) == [ASKED]


async def test_a_file_with_faults_changes_nothing_of_what_waits(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    (told,) = await room.edits_schedules(MOVED.replace("capacity: 2", "capacity: many"))
    assert told.startswith("schedules.yaml 第 8 行")
    await room.owner.says("应用", private=True)
    assert await start_of(room, "fastapi-101") == "12-06 20:00"


async def test_removing_tells_whoever_paid_that_the_money_comes_back(room: SimulatedRoom) -> None:
    priced = BOTH.replace("capacity: 2", "price: 99")
    await room.edits_schedules(priced)
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("报名 fastapi-101")
    await bob.says("报名 fastapi-101")
    await room.owner.says("确认收款 D1", private=True)
    (asked,) = await room.edits_schedules(HEAD + REDIS)
    assert "删除 1 场（影响 2 位已报名者，将逐一通知；1 人已付款，需退款）" in asked
    assert "2 位已报名，1 人共付了 99 元，要退" in asked
    await room.owner.says("应用", private=True)
    assert sent(room, "小明")[-1] == (
        "很抱歉，《FastAPI 入门实战》周六 12-05 20:00 这一场取消了。"
        "您付的 99 元会退还给您，退好后我会通知您。发「课表」看看别的场次。"
    )
    assert "您付的" not in sent(room, "小红")[-1]
    assert any("请退还" in text for text in sent(room, "群主"))
    assert await start_of(room, "fastapi-101") == "12-05 20:00（取消）"


async def test_fewer_places_than_are_taken_throw_nobody_out(room: SimulatedRoom) -> None:
    for name in ("小明", "小红"):
        await room.member(name).says("报名 fastapi-101")
    (asked,) = await room.edits_schedules(BOTH.replace("capacity: 2", "capacity: 1"))
    assert "名额 2 → 1（已有 2 人，不会请出任何人）" in asked
    await room.owner.says("应用", private=True)
    (full,) = await room.member("小刚").says("报名 fastapi-101")
    assert "候补第 1 位" in full
    assert len(sent(room, "小明")) == 1


async def test_a_link_that_is_added_is_told_to_those_who_registered(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    said = await room.edits_schedules(BOTH.replace("capacity: 2", f"capacity: 2\n    link: {LINK}"))
    assert set(said) == {
        (
            "场次已生效：修改 1 场（影响 1 位已报名者，已逐一通知）。\n"
            f"· fastapi-101《FastAPI 入门实战》链接 无 → {LINK}，1 位已报名"
        ),
        (
            f"《FastAPI 入门实战》有变动：链接改为 {LINK}（只发给报名的人，请不要转发）。\n"
            "您的名额还在，来不了请发「取消 fastapi-101」。"
        ),
    }
    assert not any(LINK in act.text for act in room.said if not act.to)


async def test_an_emptied_file_is_asked_about_even_when_nobody_registered(room: SimulatedRoom) -> None:
    (asked,) = await room.edits_schedules("sessions: []\n")
    assert asked.startswith("schedules.yaml 改了，原来的场次都没有了，先问您一声：\n删除 2 场。")
    assert await in_force(room) == ["fastapi-101", "redis"]


async def test_what_was_confirmed_in_the_chat_is_not_asked_about(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    digest = hashlib.sha256(MOVED.encode()).hexdigest()
    await room.app.storage.run(room.app.config.community, note_confirmed, digest, room.clock.now())
    said = await room.edits_schedules(MOVED)
    assert [text[:17] for text in said] == ["《FastAPI 入门实战》改期了", "【改期】《FastAPI 入门实战"]
    assert await start_of(room, "fastapi-101") == "12-06 20:00"
    (asked,) = await room.edits_schedules(BOTH)
    assert asked.startswith("schedules.yaml 改了")


async def test_what_was_declined_is_not_done_with_what_was_confirmed(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.member("小明").says("报名 redis")
    await room.edits_schedules(MOVED)
    await room.owner.says("放弃", private=True)
    both = MOVED.replace("12-20", "12-21")
    digest = hashlib.sha256(both.encode()).hexdigest()
    await room.app.storage.run(room.app.config.community, note_confirmed, digest, room.clock.now())
    await room.edits_schedules(both)
    assert (await start_of(room, "fastapi-101"), await start_of(room, "redis")) == ("12-05 20:00", "12-21 20:00")


async def test_series_are_opened_for_another_day_every_day_without_a_word(room: SimulatedRoom) -> None:
    await room.edits_schedules(HEAD + WEEKLY)
    before = len(room.said)
    assert (await in_force(room))[-1] == "go/2026-12-25"
    await room.clock.advance(days=3)
    assert (await in_force(room))[-1] == "go/2027-01-01"
    assert [act.text for act in room.said[before:]] == []


async def test_a_day_of_a_series_that_people_registered_for_is_not_left_out_unasked(room: SimulatedRoom) -> None:
    await room.edits_schedules(HEAD + WEEKLY)
    await room.member("小明").says("报名 go 12-11")
    (asked,) = await room.edits_schedules(HEAD + WEEKLY.replace("every: 周五 20:00", "every: 周六 20:00"))
    assert "go 12-11《Go 周会》周五 12-11 20:00 取消，1 位已报名" in asked
    assert "另外" not in asked
    before = len(room.said)
    await room.clock.advance(days=2)
    assert [act.text for act in room.said[before:]] == []
    await room.owner.says("应用", private=True)
    assert (await in_force(room))[:2] == ["go/2026-12-05", "go/2026-12-12"]


async def test_a_recording_is_told_once_to_those_who_registered(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.clock.advance(days=5)
    told = len(sent(room, "小明"))
    url = "https://example.com/recording"
    said = await room.edits_schedules(BOTH.replace("capacity: 2", f"capacity: 2\n    recording: {url}"))
    assert set(said) == {
        (
            "场次已生效：1 场有了资料或回放（已告诉 1 位报名的人）。\n"
            f"· fastapi-101《FastAPI 入门实战》回放 无 → {url}，1 位已报名"
        ),
        f"《FastAPI 入门实战》课后的内容来了：\n回放：{url}",
    }
    await room.crash()
    assert len(sent(room, "小明")) == told + 1
    assert url in (await room.member("小红").says("场次 fastapi-101"))[0]


async def test_an_id_that_was_used_is_not_used_again(room: SimulatedRoom) -> None:
    await room.clock.advance(days=5)
    (told,) = await room.edits_schedules(BOTH.replace("12-05", "12-26"))
    assert "fastapi-101《FastAPI 入门实战》周六 12-05 20:00 已经上过了，再开一次请换一个编号" in told
    assert await start_of(room, "fastapi-101") == "12-05 20:00"
    await room.crash()
    assert await room.edits_schedules(BOTH.replace("12-05", "12-26") + "# again\n") == []


async def test_a_change_made_while_the_bot_was_down_is_found_at_the_start(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    before = len(room.said)
    (room.app._data_dir / "schedules.yaml").write_text(MOVED, encoding="utf-8")
    await room.crash()
    await room.clock.advance(minutes=1)  # the owner may have been unknown at the very start
    assert [act.text for act in room.said[before:]] == [ASKED]


async def test_only_the_owner_decides_and_the_word_among_people_stays_chat(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await room.owner.says("应用") == []
    await alice.says("报名 fastapi-101")
    await room.edits_schedules(MOVED)
    assert await alice.says("应用") == []
    assert await alice.says("/应用") == ["「应用」要管理员才能用。"]
    assert await start_of(room, "fastapi-101") == "12-05 20:00"
    assert "群主，已私聊回复您。" in await room.owner.says("应用")
    assert await start_of(room, "fastapi-101") == "12-06 20:00"


async def test_a_member_who_waits_hears_of_it_too(room: SimulatedRoom) -> None:
    for name in ("小明", "小红", "小刚"):
        await room.member(name).says("报名 fastapi-101")
    (asked,) = await room.edits_schedules(MOVED)
    assert "2 位已报名、1 位在候补" in asked
    await room.owner.says("应用", private=True)
    assert "您还在候补" in sent(room, "小刚")[-1]


async def test_it_is_told_where_it_can_be_when_there_are_no_private_chats(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    room.gateway.lose(can_send_private=False)
    await room.edits_schedules(MOVED)
    said = await room.owner.says("/应用")
    assert any("改期了：时间从" in text for text in said)
    assert await start_of(room, "fastapi-101") == "12-06 20:00"


async def test_terms_follow_the_new_time(room: SimulatedRoom) -> None:
    await room.edits_schedules(MOVED)
    await room.texts()
    await room.clock.advance(days=3, hours=11)
    assert await room.texts() == []  # the old moment has passed: Friday 20:00
    await room.clock.advance(days=1)
    (told,) = await room.texts()
    assert "时间：周日 12-06 20:00（明天）" in told
