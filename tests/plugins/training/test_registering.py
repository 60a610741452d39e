"""报名 in the simulated room: places, the waitlist, offers and what everybody is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Outgoing, Role
from bot.plugins.training.model import SessionCancelled, SessionChanged
from bot.testing import SimulatedRoom
from tests.plugins.sharing.crashes import before_the_answer
from tests.plugins.training.kit import LINK, STARTS, files, make_session, put, sent

pytestmark = pytest.mark.slow  # days of conversation

WHEN = "《FastAPI 入门实战》周六 12-05 20:00"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def announce(room: SimulatedRoom, text: str = "周六的课：报名请发「报名 fastapi-101」或引用本条回复 +1") -> None:
    """Let the bot say something in the room by itself."""
    from bot import members, outbox

    def write(db):
        outbox.enqueue(db, Outgoing(room_id=members.rooms(db)[0].id, text=text, cause="test"))

    await room.app.storage.run(room.app.config.community, write)
    await room.app.drain()


async def fill(room: SimulatedRoom, count: int = 2) -> None:
    for number in range(count):
        await room.member(f"同学{number}").says("报名 fastapi-101")


async def test_a_place_is_told_in_the_room_and_the_link_in_private_with_a_calendar_file(room: SimulatedRoom) -> None:
    await put(room, make_session())
    said = await room.member("小明").says("报名 FastAPI-101")
    assert said == [
        f"小明 报名成功：{WHEN}，还剩 1 个名额，详情已私聊发给您。",
        (
            f"{WHEN}，报名成功。\n时长：2 小时\n主讲：老王\n链接：{LINK}（只发给报名的人，请不要转发）\n"
            "来不了请发「取消 fastapi-101」，名额会让给候补的朋友。"
        ),
    ]
    assert [act.text for act in room.said if LINK in act.text and act.room] == []
    assert len(files(room, "小明")) == 1


async def test_who_is_in_is_told_so_and_takes_no_second_place(room: SimulatedRoom) -> None:
    await put(room, make_session())
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    assert await alice.says("报名 fastapi-101") == [f"您已经报名{WHEN}，到时见。"]
    assert "名额满了" in (await room.member("小红").says("报名 fastapi-101"))[0]


async def test_an_id_that_nothing_has_is_told_and_other_words_are_chat(room: SimulatedRoom) -> None:
    await put(room, make_session())
    alice = room.member("小明")
    assert await alice.says("报名 flask-201") == ["没有找到场次「flask-201」，发送「课表」看看有哪些。"]
    assert await alice.says("取消 pre-commit") == []
    assert await alice.says("报名 北京站") == []


async def test_in_private_one_message_says_all(room: SimulatedRoom) -> None:
    await put(room, make_session())
    alice = room.member("小明")
    await alice.says("大家好")
    (said,) = await alice.says("报名 fastapi-101", private=True)
    assert said.startswith(f"{WHEN}，报名成功。")
    assert len(files(room, "小明")) == 1


async def test_who_comes_too_late_waits_in_order(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room)
    assert await room.member("小明").says("报名 fastapi-101") == [
        "《FastAPI 入门实战》名额满了，小明 在候补第 1 位。有空位会按顺序通知，不等了发「取消 fastapi-101」。"
    ]
    assert "第 2 位" in (await room.member("小红").says("候补 fastapi-101"))[0]
    assert await room.member("小明").says("候补 fastapi-101") == [
        "您在《FastAPI 入门实战》候补第 1 位，有空位会通知您。"
    ]


async def test_a_freed_place_is_offered_to_the_first_and_then_to_the_next(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room)
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("报名 fastapi-101")
    await bob.says("报名 fastapi-101")
    assert await room.member("同学0").says("取消 fastapi-101") == [
        "已取消《FastAPI 入门实战》的报名。",
        f"{WHEN}，有空位了，为您留到 周二 12-01 09:30。要来请回复「确认」，不来请发「取消 fastapi-101」。",
    ]
    assert sent(room, "小红") == []
    assert "名额满了" in (await room.member("小刚").says("报名 fastapi-101"))[0]  # the offer keeps the place
    await room.texts()
    room.clock.advance(minutes=31)
    told = await room.texts()
    assert sorted(told) == sorted(
        [
            "《FastAPI 入门实战》的空位没有等到您确认，已经让出。还想等请发「候补 fastapi-101」。",
            f"{WHEN}，有空位了，为您留到 周二 12-01 10:00。要来请回复「确认」，不来请发「取消 fastapi-101」。",
        ]
    )
    assert (await bob.says("确认"))[0] == f"小红 报名成功：{WHEN}，名额满了，详情已私聊发给您。"
    await room.texts()
    room.clock.advance(hours=2)
    assert await room.texts() == []


async def test_an_offer_can_be_taken_in_private_and_declined(room: SimulatedRoom) -> None:
    await put(room, make_session(capacity=1))
    await fill(room, 1)
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("报名 fastapi-101")
    await bob.says("报名 fastapi-101")
    await room.member("同学0").says("取消 fastapi-101")
    said = await alice.says("取消 fastapi-101", private=True)
    assert said[0] == "已取消《FastAPI 入门实战》的报名。"
    assert said[1].startswith(f"{WHEN}，有空位了")
    (said,) = await bob.says("确认", private=True)
    assert said.startswith(f"{WHEN}，报名成功。")


async def test_words_among_people_stay_chat(room: SimulatedRoom) -> None:
    await put(room, make_session())
    alice = room.member("小明")
    for text in ("确认", "取消", "确认一下时间", "报名了吗？", "取消吧", "候补队员", "+1", "我的课本呢"):
        assert await alice.says(text) == [], text


async def test_nothing_named_is_asked_back(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("报名") == ["现在没有可以报名的场次。想听什么，发「想听 题目」告诉大家。"]
    await put(room, make_session(), make_session(id="redis", title="Redis 排查", starts_at=STARTS + timedelta(days=1)))
    assert await alice.says("报名") == [f"要报名哪一场？回复数字：\n1. {WHEN}\n2. 《Redis 排查》周日 12-06 20:00"]
    assert (await alice.says("2"))[0].startswith("小明 报名成功：《Redis 排查》")
    assert await alice.says("取消") == ["要取消《Redis 排查》周日 12-06 20:00 的报名吗？回复 是"]
    assert await alice.says("是") == ["已取消《Redis 排查》的报名。"]


async def test_an_announcement_is_answered_by_plus_one(room: SimulatedRoom) -> None:
    await put(room, make_session(capacity=10))
    await announce(room)
    assert (await room.member("小明").says("+1"))[0].startswith("小明 报名成功")
    assert (await room.member("小红").says("＋１"))[0].startswith("小红 报名成功")
    await room.member("小刚").says("晚上一起吃火锅吗")
    assert await room.member("小美").says("+1") == []
    assert (await room.member("小美").quotes("周六的课", "+1"))[0].startswith("小美 报名成功")
    assert (await room.member("小强").quotes("周六的课", "报名"))[0].startswith("小强 报名成功")
    room.clock.advance(minutes=30)
    assert await room.member("小赵").says("+1") == []


async def test_plus_one_to_several_sessions_asks_which(room: SimulatedRoom) -> None:
    await put(room, make_session(), make_session(id="redis", title="Redis 排查", starts_at=STARTS + timedelta(days=1)))
    await announce(room, "新场次：「报名 fastapi-101」「报名 redis」")
    assert (await room.member("小明").says("+1"))[0].startswith("小明，报哪一场？回复数字：")
    assert (await room.member("小明").says("1"))[0].startswith(f"小明 报名成功：{WHEN}")


async def test_sessions_at_the_same_time_are_told_but_not_refused(room: SimulatedRoom) -> None:
    await put(room, make_session(), make_session(id="redis", title="Redis 排查", starts_at=STARTS + timedelta(hours=1)))
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    assert (await alice.says("报名 redis"))[0].endswith(f"\n注意：和您报的{WHEN} 时间重叠。")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"is_cancelled": True}, "《FastAPI 入门实战》已经取消了，发送「场次」看看还有哪些。"),
        (
            {"starts_at": STARTS - timedelta(days=5)},
            "《FastAPI 入门实战》已经开始，报名截止了，发送「场次」看看还有哪些。",
        ),
        ({"access": "member"}, "《FastAPI 入门实战》是会员场次，发送「套餐」看看怎么开通，有「课票」也可以。"),
        ({"rooms": ("别的群",)}, "《FastAPI 入门实战》只对「别的群」的成员开放，请先进群。"),
    ],
)
async def test_what_cannot_be_registered_for_says_why(room: SimulatedRoom, changes, answer) -> None:
    await put(room, make_session(**changes))
    assert await room.member("小明").says("报名 fastapi-101") == [answer]


async def test_experts_and_the_owner_take_part_in_what_is_for_members(room: SimulatedRoom) -> None:
    await put(room, make_session(access="member"))
    assert "报名成功" in (await room.member("小明", Role.EXPERT).says("报名 fastapi-101"))[0]
    assert "报名成功" in (await room.owner.says("报名 fastapi-101"))[0]


async def test_my_courses_say_how_each_stands_and_the_link_only_in_private(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("我的课") == ["您现在没有报名的场次，发送「场次」看看有哪些。"]
    later = make_session(id="redis", title="Redis 排查", capacity=1, starts_at=STARTS + timedelta(days=1))
    await put(room, make_session(), later)
    await room.member("小红").says("报名 redis")
    await alice.says("报名 redis")
    await alice.says("报名 fastapi-101")
    head = "您报名的场次，回复数字看详情：\n"
    assert await alice.says("我的课") == [f"{head}1. {WHEN}，已报名\n2. 《Redis 排查》周日 12-06 20:00，候补第 1 位"]
    (said,) = await alice.says("我的课", private=True)
    assert f"链接：{LINK}" in said
    room.clock.advance(days=6)
    assert await alice.says("我的课") == [
        "您现在没有报名的场次，发送「场次」看看有哪些。\n以前报过 1 场，最近：《FastAPI 入门实战》12-05。"
    ]


async def test_waiting_for_nothing_named_asks_for_what(room: SimulatedRoom) -> None:
    await put(room, make_session(capacity=1))
    await fill(room, 1)
    assert await room.member("小明").says("候补") == [f"要候补哪一场？回复数字：\n1. {WHEN}"]
    assert "候补第 1 位" in (await room.member("小明").says("1"))[0]


async def test_waiting_while_places_are_free_offers_one(room: SimulatedRoom) -> None:
    await put(room, make_session())
    alice = room.member("小明")
    assert await alice.says("候补 fastapi-101") == ["《FastAPI 入门实战》还有名额，不用候补。要直接报名吗？回复 是"]
    assert (await alice.says("是"))[0].startswith("小明 报名成功")


@pytest.mark.parametrize("text", ["报名 fastapi-101", "取消 fastapi-101", "确认"])
async def test_a_crash_before_the_answer_does_it_once_and_answers_all_the_same(room: SimulatedRoom, text) -> None:
    await put(room, make_session(capacity=1))
    alice, bob = room.member("小明"), room.member("小红")
    if text != "报名 fastapi-101":
        await alice.says("报名 fastapi-101")
        await bob.says("报名 fastapi-101")
    if text == "确认":
        await alice.says("取消 fastapi-101")
    before = len(room.said)
    with before_the_answer(room):
        await (bob if text == "确认" else alice).says(text)
    await room.crash()
    told = [(act.to or act.room, act.text[:9]) for act in room.said[before:]]
    assert len(told) == len(set(told)) > 1
    done = {"报名 fastapi-101": "小明 报名成功：", "取消 fastapi-101": "已取消《Fast", "确认": "小红 报名成功："}[text]
    assert [place for place, said in told if said.startswith(done)] == ["Python学习群"]


async def test_more_places_are_offered_at_once(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room, 4)
    before = len(room.said)
    await put(room, make_session(capacity=3, revision=1), event=SessionChanged("fastapi-101", "名额 3 个"))
    assert [(act.to, act.text[: len(WHEN) + 5]) for act in room.said[before:]] == [("同学2", f"{WHEN}，有空位了")]


async def test_fewer_places_throw_nobody_out_and_free_none(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room, 3)
    await put(room, make_session(capacity=1, revision=1), event=SessionChanged("fastapi-101", "名额 1 个"))
    assert await room.member("同学0").says("取消 fastapi-101") == ["已取消《FastAPI 入门实战》的报名。"]
    assert (await room.member("同学1").says("取消 fastapi-101"))[1].startswith(f"{WHEN}，有空位了")


async def test_a_moved_session_comes_as_a_new_calendar_file_and_an_equal_one_as_none(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room, 1)
    (first,) = files(room, "同学0")
    assert "SEQUENCE:0" in first
    await put(room, make_session(capacity=9, revision=1), event=SessionChanged("fastapi-101", "名额 9 个"))
    assert len(files(room, "同学0")) == 1
    moved = make_session(starts_at=STARTS + timedelta(hours=1), revision=2)
    await put(room, moved, event=SessionChanged("fastapi-101", "改到 21:00"))
    _, second = files(room, "同学0")
    assert "SEQUENCE:2" in second
    assert "DTSTART:20261205T130000Z" in second


async def test_the_calendar_entry_goes_with_the_registration_and_comes_back_with_it(room: SimulatedRoom) -> None:
    await put(room, make_session())
    alice = room.member("小明")
    for text in ("报名 fastapi-101", "取消 fastapi-101", "报名 fastapi-101"):
        await alice.says(text)
    assert [one.split("METHOD:")[1].split()[0] for one in files(room, "小明")] == ["PUBLISH", "CANCEL", "PUBLISH"]
    assert [one.split("SEQUENCE:")[1].split()[0] for one in files(room, "小明")] == ["0", "1", "2"]


async def test_a_session_called_off_closes_registrations_and_takes_the_entries_back(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room, 3)
    off = make_session(is_cancelled=True, revision=1)
    await put(room, off, event=SessionCancelled("fastapi-101"))
    assert "METHOD:CANCEL" in files(room, "同学0")[-1]
    assert files(room, "同学2") == []
    assert await room.member("同学0").says("我的课") == ["您现在没有报名的场次，发送「场次」看看有哪些。"]
    await room.texts()
    room.clock.advance(days=7)
    assert await room.texts() == []


async def test_who_still_waits_at_the_start_is_told_and_nothing_is_offered_after_it(room: SimulatedRoom) -> None:
    await put(room, make_session())
    await fill(room, 3)
    await room.texts()
    room.clock.advance(days=4, hours=11)
    assert await room.texts() == [
        "《FastAPI 入门实战》开始了，这次没有等到空位。下次早点报名，发送「场次」看看还有哪些。"
    ]
    assert await room.member("同学0").says("取消 fastapi-101") == [
        "《FastAPI 入门实战》已经开始，不能取消了，有事请联系群主。"
    ]


async def test_an_offer_that_ran_out_while_the_bot_was_away_is_made_again(room: SimulatedRoom) -> None:
    await put(room, make_session(capacity=1))
    await fill(room, 2)
    await room.member("同学0").says("取消 fastapi-101")
    room.app.crash()
    room.gateway.drop()
    await room._clock.advance_to(room._clock.now() + timedelta(hours=3))
    room.app = room._rebuild()
    await room.app.start()
    await room._finish()
    assert sent(room, "同学1")[-1].startswith(
        f"刚才我不在线，怕您没法确认：{WHEN}，有空位了，为您留到 周二 12-01 12:30"
    )
    room.clock.advance(minutes=31)
    await room.texts()
    assert "没有等到您确认" in sent(room, "同学1")[-1]


async def test_a_gateway_without_private_chats_rings_people_in_the_room(room: SimulatedRoom) -> None:
    from dataclasses import replace

    room.gateway.capabilities = replace(room.gateway.capabilities, can_send_private=False)
    await put(room, make_session(capacity=1))
    assert await room.member("小明").says("报名 fastapi-101") == [f"小明 报名成功：{WHEN}，名额满了，链接请问群主。"]
    await room.member("小红").says("报名 fastapi-101")
    await room.member("小明").says("取消 fastapi-101")
    assert (room.said[-1].room, room.said[-1].mentions) == ("Python学习群", ("小红",))
    assert "有空位了" in room.said[-1].text


async def test_a_person_forgotten_frees_the_place(room: SimulatedRoom) -> None:
    from bot.plugins.training import erase_member, export_member
    from bot.plugins.training.registrations_store import registrations_of

    await put(room, make_session(capacity=1))
    await fill(room, 2)

    def erase(db):
        one = registrations_of(db, "fastapi-101")[0]
        shown = export_member(db, one.member_id)
        return shown, erase_member(db, one.member_id), export_member(db, one.member_id)

    shown, erased, left = await room.app.storage.run(room.app.config.community, erase)
    assert {name: len(rows) for name, rows in shown.items()} == erased
    assert erased == {"registrations": 1, "calendar_files": 1}
    assert not any(left.values())
    await room.app.drain()
    assert "有空位了" in sent(room, "同学1")[-1]
