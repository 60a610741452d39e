"""Sessions are announced, reminded of and previewed: each message once, from the facts of the moment."""

from __future__ import annotations

import pytest

from bot.model import Act
from bot.testing import TOPIC, SimulatedRoom
from tests.plugins.training.kit import LINK, sent

pytestmark = pytest.mark.slow  # days of conversation

HEAD = "sessions:\n"
ANNOUNCEMENT = (
    "【课程】FastAPI 入门实战\n"
    "时间：周六 12-05 20:00（三天后），2 小时\n"
    "主讲：老王\n"
    "地点：线上，链接私聊发给报名的人\n"
    "费用：免费，还有 2 个名额\n"
    "报名请发「报名 fastapi-101」，或引用本条回复 +1。"
)


def entry(name: str = "fastapi-101", title: str = "FastAPI 入门实战", **changes: str) -> str:
    values = {
        "room": TOPIC,
        "starts": "2026-12-05 20:00",
        "duration": "2h",
        "host": "老王",
        "capacity": "2",
        "link": LINK,
        "announce": "3d",
        "remind": "[1d, 30m]",
    } | changes
    lines = [f"    {key}: {value}\n" for key, value in values.items() if value]
    return f"  - id: {name}\n    title: {title}\n{''.join(lines)}"


@pytest.fixture
def room_schedules() -> str:
    return HEAD + entry()


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def go_down(room: SimulatedRoom, **delta: float) -> None:
    """Kill the bot and start it again on the same data after a while."""
    room.app.crash()
    room.gateway.drop()
    await room._clock.advance(**delta)
    room.app = room._rebuild()
    await room.app.start()
    await room._finish()


def in_room(room: SimulatedRoom, before: int = 0) -> list[str]:
    return [act.text for act in room.said[before:] if act.act is Act.TEXT and not act.to]


async def test_a_session_is_announced_once_at_its_time(room: SimulatedRoom) -> None:
    await room.clock.advance(days=1, hours=10, minutes=59)
    assert in_room(room) == []
    await room.clock.advance(minutes=1)
    assert in_room(room) == [ANNOUNCEMENT]
    await room.crash()
    await room.clock.advance(hours=20)
    assert in_room(room) == [ANNOUNCEMENT]


async def test_quoting_the_announcement_registers(room: SimulatedRoom) -> None:
    await room.clock.advance(days=1, hours=11)
    (said, *_) = await room.member("小明").quotes("【课程】FastAPI", "+1")
    assert said.startswith("小明 报名成功：《FastAPI 入门实战》")


async def test_what_is_full_is_announced_with_the_waitlist(room: SimulatedRoom) -> None:
    for name in ("小明", "小红"):
        await room.member(name).says("报名 fastapi-101")
    before = len(room.said)
    await room.clock.advance(days=1, hours=11)
    (said,) = in_room(room, before)
    assert said.splitlines()[-2:] == [
        "费用：免费，名额已满",
        "想来可以排候补：发「候补 fastapi-101」，有空位按顺序通知。",
    ]


async def test_the_room_gets_a_short_reminder_and_members_theirs_with_the_link(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.clock.advance(days=2, hours=11)
    await room.clock.advance(days=1)
    before, told = len(room.said), len(sent(room, "小明"))
    await room.clock.advance(days=1)
    assert in_room(room, before) == [
        (
            "《FastAPI 入门实战》30 分钟后开始（周六 12-05 20:00），报名的朋友请看私聊里的提醒，"
            "还没报名的发「报名 fastapi-101」。"
        )
    ]
    assert sent(room, "小明")[told:] == [
        (
            "提醒您：《FastAPI 入门实战》30 分钟后开始（周六 12-05 20:00）。\n"
            f"链接：{LINK}（只发给报名的人，请不要转发）\n"
            "来不了请发「取消 fastapi-101」，名额会让给别人。"
        )
    ]
    assert not any(LINK in text for text in in_room(room))


async def test_a_reminder_of_the_day_before_says_tomorrow(room: SimulatedRoom) -> None:
    await room.clock.advance(days=3, hours=11)
    assert (
        in_room(room)[-1]
        == "《FastAPI 入门实战》明天 20:00 开始（周六 12-05 20:00），还没报名的发「报名 fastapi-101」。"
    )


async def test_what_was_called_off_is_not_announced(room: SimulatedRoom) -> None:
    await room.edits_schedules(HEAD + entry("redis", "Redis", starts="2026-12-30 20:00"))
    before = len(room.said)
    await room.clock.advance(days=6)
    assert in_room(room, before) == []


async def test_one_that_is_near_when_it_is_published_is_announced_at_once_and_only_once(room: SimulatedRoom) -> None:
    near = entry("redis", "Redis 排查", starts="2026-12-03 20:00", remind="", capacity="", link="", host="")
    await room.edits_schedules(HEAD + entry() + near)
    await room.clock.advance(minutes=1)
    announced = [
        (
            "【课程】Redis 排查\n时间：周四 12-03 20:00（后天），2 小时\n费用：免费\n"
            "报名请发「报名 redis」，或引用本条回复 +1。"
        )
    ]
    assert in_room(room) == announced
    await room.crash()
    await room.clock.advance(hours=20)
    assert in_room(room) == announced


async def test_several_that_are_published_together_are_one_message(room: SimulatedRoom) -> None:
    near = [entry(f"s{day}", f"第 {day} 讲", starts=f"2026-12-0{day} 20:00", remind="") for day in (2, 3)]
    await room.edits_schedules(HEAD + entry() + "".join(near))
    await room.clock.advance(minutes=1)
    assert in_room(room) == [
        (
            "【课程】新开 2 场：\n"
            "《第 2 讲》周三 12-02 20:00，余 2 位，免费，发「报名 s2」\n"
            "《第 3 讲》周四 12-03 20:00，余 2 位，免费，发「报名 s3」\n"
            "发「课表」看全部，想来就报名。"
        )
    ]


async def test_none_is_announced_when_none_is_wanted(room: SimulatedRoom) -> None:
    await room.edits_schedules(HEAD + entry("quiet", "静悄悄", starts="2026-12-02 20:00", announce="[]", remind=""))
    await room.clock.advance(days=2)
    assert [text for text in in_room(room) if "静悄悄" in text] == []


async def test_an_announcement_missed_too_long_ago_is_only_counted(room: SimulatedRoom) -> None:
    await go_down(room, days=1, hours=14)
    assert in_room(room) == []
    await room.clock.advance(minutes=2)
    assert in_room(room) == []
    assert any("过期 1 条" in text for text in sent(room, "群主"))


async def test_one_missed_a_little_is_sent_late_with_the_facts_of_then(room: SimulatedRoom) -> None:
    await go_down(room, days=1, hours=12)
    await room.clock.advance(minutes=2)
    assert in_room(room) == [ANNOUNCEMENT]
    assert any("补发 1 条" in text for text in sent(room, "群主"))


async def test_a_reminder_that_comes_after_the_start_says_so(room: SimulatedRoom) -> None:
    await room.member("小明").says("报名 fastapi-101")
    await room.clock.advance(days=4)
    await go_down(room, hours=11, minutes=5)
    await room.clock.advance(minutes=2)
    assert in_room(room)[-1] == "《FastAPI 入门实战》已经开始了，报名的朋友请看私聊里的提醒。"
    assert sent(room, "小明")[-1] == (
        f"《FastAPI 入门实战》已经开始了（周六 12-05 20:00）。\n链接：{LINK}（只发给报名的人，请不要转发）"
    )


async def test_missed_ones_of_a_session_are_merged_when_the_entry_says_so(room: SimulatedRoom) -> None:
    merged = entry(announce="[3d, 71h, 70h]", remind="", missed="merge", within="5h")
    await room.edits_schedules(HEAD + merged)
    await go_down(room, days=1, hours=13, minutes=30)
    await room.clock.advance(minutes=2)
    assert len(in_room(room)) == 1
    assert any("补发 1 条" in text and "跳过 2 条" in text for text in sent(room, "群主")), sent(room, "群主")


async def test_a_paused_room_hears_of_it_when_the_bot_speaks_again(room: SimulatedRoom) -> None:
    await room.owner.says("暂停")
    before = len(room.said)
    await room.clock.advance(days=1, hours=11, minutes=10)
    assert in_room(room, before) == []
    await room.owner.says("恢复")
    before = len(room.said)
    await room.clock.advance(minutes=20)
    assert [text.splitlines()[0] for text in in_room(room, before)] == ["【课程】FastAPI 入门实战"]
    await room.clock.advance(hours=3)
    assert len(in_room(room, before)) == 1


async def test_a_room_the_bot_is_not_in_is_told_to_the_owner(room: SimulatedRoom) -> None:
    await room.edits_schedules(HEAD + entry(room=f"[{TOPIC}, 没有的群]"))
    assert "场次「fastapi-101」要发到「没有的群」，但我不在这个群里，请核对 schedules.yaml 里的群名。" in sent(
        room, "群主"
    )
    await room.clock.advance(days=1, hours=12)
    assert in_room(room) == [ANNOUNCEMENT]


async def test_each_of_several_rooms_hears_of_it(room: SimulatedRoom) -> None:
    room.world.add_room("Go群", room.owner.contact_id, [room.bot_id])
    await room.edits_schedules(HEAD + entry(room=f"[{TOPIC}, Go群]"))
    await room.crash()
    await room.clock.advance(days=1, hours=12)
    assert in_room(room) == [ANNOUNCEMENT] * 2


async def test_the_hour_is_the_sessions_own(room: SimulatedRoom) -> None:
    await room.edits_schedules(HEAD + entry(timezone="America/New_York", starts="2026-12-05 08:00"))
    await room.clock.advance(days=1, hours=12)
    (said,) = in_room(room)
    assert said.splitlines()[1] == "时间：周六 12-05 08:00（三天后），2 小时"


async def test_the_plan_shows_what_will_be_said_in_order(room: SimulatedRoom) -> None:
    text = f"announcements:\n  - {{id: fri, room: {TOPIC}, every: 周五 18:00, text: 周末愉快}}\n"
    await room.edits_schedules(HEAD + entry() + text)
    (plan,) = await room.owner.says("预览", private=True)
    assert plan.splitlines() == [
        "接下来 7 天会发 4 条：",
        "周三 12-02",
        f"20:00 {TOPIC}：【课程】FastAPI 入门实战 时间：周六 12-05 20:00（三天后），……",
        "周五 12-04",
        f"18:00 {TOPIC}：周末愉快",
        f"20:00 {TOPIC}：《FastAPI 入门实战》明天 20:00 开始（周六 12-05 20:00……",
        "周六 12-05",
        f"19:30 {TOPIC}：《FastAPI 入门实战》30 分钟后开始（周六 12-05 20:00），还……",
    ]


@pytest.mark.parametrize(
    ("asked", "head"),
    [
        ("预览 下周", "下周会发 1 条："),
        ("预览 1天", "接下来 1 天没有要发的消息。"),
        ("预览 12-04", "周五 12-04 会发 2 条："),
        ("预览 明天", "明天会发 1 条："),
        ("预览 昨天", "这一天已经过去了，可以写「预览 明天」或「预览 下周」。"),
        ("预览 900天", "最长看 92 天，请写短一些，比如「预览 30天」。"),
        ("/预览 随便", "用法：预览 [下周|3天|日期]"),
    ],
)
async def test_the_plan_takes_a_span(room: SimulatedRoom, asked: str, head: str) -> None:
    text = f"announcements:\n  - {{id: fri, room: {TOPIC}, every: 周五 18:00, text: 周末愉快}}\n"
    await room.edits_schedules(HEAD + entry() + text)
    said = await room.owner.says(asked, private=True)
    assert head in said[0].splitlines()[0]


async def test_the_plan_is_the_owners(room: SimulatedRoom) -> None:
    assert await room.member("小明").says("预览") == []
    assert await room.member("小明").says("/预览") == ["「预览」要管理员才能用。"]


async def test_a_series_is_in_the_plan_before_it_is_open(room: SimulatedRoom) -> None:
    series = entry("go", "Go 周会", starts="", every="周五 20:00", announce="1d", remind="")
    await room.edits_schedules(HEAD + series)
    (plan,) = await room.owner.says("预览 60天", private=True)
    assert plan.count("【课程】Go 周会") == 9
