"""咨询 in the simulated room: booked, paid for, moved, called off, reminded of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream

from bot.members import find_by_name
from bot.model import Act, Conversation
from bot.payments.model import OrderState
from bot.plugins.consulting import erase_member, export_member
from bot.storage import Database
from bot.testing import SimulatedRoom, Speaker
from tests.plugins.courses.kit import after, order, pay, refund
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

HOURS = "周三 12-02 20:00–20:30"
NAMED = f"一对一咨询（老李）{HOURS}"


@pytest.fixture
def room_config() -> str:
    return """
commands:
  cooldown: 0s
plugins:
  consulting:
    slots:
      - {every: 周三 20:00–21:00, length: 30m, host: 老李, price: 200, account: "weixin:laoli", place: 腾讯会议 42}
      - {every: 周五 12:00-13:00, host: 老王, title: 简历咨询}
"""


@pytest.fixture
async def host(room: SimulatedRoom) -> Speaker:
    contact_id = room.world.add_contact("李老师", weixin="laoli")
    room.world.rooms[room.room_id].member_ids.append(contact_id)
    host = Speaker(room, contact_id)
    await host.says("大家好")
    return host


def told(room: SimulatedRoom, name: str) -> list[str]:
    return [act.text for act in room.said if act.to == name and act.act is Act.TEXT]


def calendars(room: SimulatedRoom, name: str) -> list[tuple[str, Calendar]]:
    """Return the calendar files somebody was sent: their names, and what another parser reads in them."""
    files = [act.file for act in room.said if act.to == name and act.act is Act.FILE and act.file]
    return [(file.name, IcsCalendarStream.calendar_from_ics(file.data.decode())) for file in files]


async def test_free_times_are_listed_and_a_number_books_one(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    (listed,) = await ming.says("咨询", private=True)
    assert listed == (
        "咨询可以约这些时间，回复数字：\n"
        "1. 一对一咨询（老李）周三 12-02 20:00–20:30，200 元\n"
        "2. 一对一咨询（老李）周三 12-02 20:30–21:00，200 元\n"
        "3. 简历咨询（老王）周五 12-04 12:00–13:00，免费\n"
        "4. 一对一咨询（老李）周三 12-09 20:00–20:30，200 元\n"
        "5. 一对一咨询（老李）周三 12-09 20:30–21:00，200 元\n"
        "6. 简历咨询（老王）周五 12-11 12:00–13:00，免费"
    )
    said = await ming.says("3", private=True)
    assert said == [
        (
            "约好了：简历咨询（老王）周五 12-04 12:00–13:00（Z1）。\n"
            "改时间发「改约」，来不了发「取消咨询」，要在开始前 1 天。"
        ),
        "小明 约了 老王：周五 12-04 12:00–13:00（Z1），请转告。",
    ]
    assert told(room, "群主") == said[1:]


async def test_a_time_is_held_until_it_is_paid_for(room: SimulatedRoom, host: Speaker) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    how, note = await ming.says("咨询 周三 20:00")
    assert how == (
        f"{NAMED}，200 元，订单 D1。\n时间为您留到 周二 12-01 11:00，付款后就约好了。"
        "不要了发「取消咨询 Z1」。\n请转账给群主，备注 D1。"
    )
    assert "私聊" in note
    assert await ming.says("咨询 周三 20:00", private=True) == [how]
    assert await hong.says("咨询 周三 20:00", private=True) == [
        "这个时间约不了，可能刚被约走。发「咨询」看看现在有哪些时间。"
    ]
    said = await pay(room, 1)
    assert said == [
        f"约好了：{NAMED}（Z1）。\n地点：腾讯会议 42\n改时间发「改约」，来不了发「取消咨询」，要在开始前 1 天。",
        f"小明 约了您：{HOURS}，一对一咨询，已付款（Z1）。",
        "咨询-Z1.ics",
        "咨询-Z1.ics",
    ]
    assert told(room, "李老师") == said[1:2]
    assert await ming.says("我的咨询", private=True) == [
        f"您约的咨询，改时间发「改约」，来不了发「取消咨询」：\nZ1 {NAMED}"
    ]
    (agenda,) = await host.says("我的咨询", private=True)
    assert agenda.endswith(f"Z1 {HOURS} 老李：小明")


async def test_who_does_not_pay_loses_the_time_and_late_money_has_it_back_while_it_is_free(
    room: SimulatedRoom, host: Speaker
) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("咨询 周三 20:00", private=True)
    await room.clock.advance(hours=2)
    assert "没有等到付款" in told(room, "小明")[-1]
    assert (await order(room, 1)).state is OrderState.CLOSED
    assert (await pay(room, 1))[0].startswith("约好了：")
    await hong.says("咨询 周三 20:30", private=True)
    await room.clock.advance(hours=2)
    await room.member("小刚").says("咨询 周三 20:30", private=True)
    said = await pay(room, 2)
    assert any("已经让给别人或者过去了" in text for text in said)
    assert any("退款 D2" in text for text in said)
    assert (await order(room, 2)).state is OrderState.REFUND_DUE


async def test_both_are_reminded_once(room: SimulatedRoom, host: Speaker) -> None:
    await room.member("小明").says("咨询 周三 20:00", private=True)
    await pay(room, 1)
    before = len(room.said)
    await room.clock.advance(hours=36)
    reminders = [(act.to, act.text) for act in room.said[before:] if "提醒您" in act.text]
    assert (
        reminders
        == [
            ("小明", f"提醒您：{NAMED}。\n地点：腾讯会议 42"),
            ("李老师", f"提醒您：{HOURS} 小明 的一对一咨询（Z1）。"),
        ]
        * 2
    )


async def test_a_consultation_is_moved_until_a_day_before(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    await ming.says("咨询 周三 20:00", private=True)
    await pay(room, 1)
    (asked,) = await ming.says("改约", private=True)
    assert asked.splitlines()[:2] == ["Z1 改到哪个时间？回复数字：", "1. 周三 12-02 20:30–21:00"]
    assert await ming.says("改约 12-04 12:00", private=True) == [
        "只能改到同一位主讲、同样价格的时间。要换，先发「取消咨询 Z1」再约。"
    ]
    said = await ming.says("改约 12-09 20:00", private=True)
    assert said == [
        f"已改约：{HOURS} 改到 一对一咨询（老李）周三 12-09 20:00–20:30（Z1）。",
        f"小明 把 {HOURS} 改约到 周三 12-09 20:00–20:30（Z1）。",
    ]
    before = len(room.said)
    await room.clock.advance(days=8)
    reminders = [(act.at.astimezone().date(), act.to) for act in room.said[before:] if "提醒您" in act.text]
    assert [to for _, to in reminders] == ["小明", "李老师"]
    assert await ming.says("改约", private=True) == ["离开始不到 1 天，不能自己改了，请直接联系 老李（Z1）。"]
    assert await ming.says("取消咨询", private=True) == ["离开始不到 1 天，不能自己改了，请直接联系 老李（Z1）。"]


async def test_member_and_host_have_it_in_their_calendars_until_it_is_cancelled(
    room: SimulatedRoom, host: Speaker
) -> None:
    ming = room.member("小明")
    await ming.says("咨询 周三 20:00", private=True)
    assert calendars(room, "小明") == []
    await pay(room, 1)
    await room.clock.advance(minutes=1)
    await ming.says("改约 12-09 20:00", private=True)
    await room.clock.advance(minutes=1)
    await ming.says("取消咨询 Z1 确定", private=True)
    await room.clock.advance(minutes=1)
    titles = {"小明": "一对一咨询（老李）", "李老师": "一对一咨询（小明）"}
    for name, title in titles.items():
        files = calendars(room, name)
        assert [file for file, _ in files] == ["咨询-Z1.ics", "咨询-Z1.ics", "咨询-Z1-取消.ics"]
        assert [one.method for _, one in files] == ["PUBLISH", "PUBLISH", "CANCEL"]
        events = [one.events[0] for _, one in files]
        assert {(one.uid, one.summary, one.location) for one in events} == {(events[0].uid, title, "腾讯会议 42")}
        assert [f"{one.dtstart:%m-%d %H:%M}" for one in events] == ["12-02 12:00", "12-09 12:00", "12-09 12:00"]
        assert events[0].sequence < events[1].sequence < events[2].sequence
        assert sorted(one.trigger for one in events[0].alarm) == [timedelta(days=-1), timedelta(minutes=-30)]


async def test_what_was_never_paid_for_is_in_no_calendar(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    await ming.says("咨询 周三 20:00", private=True)
    await ming.says("取消咨询 Z1 确定", private=True)
    await room.clock.advance(minutes=1)
    assert calendars(room, "小明") == calendars(room, "李老师") == []


async def test_a_host_without_an_account_gets_no_file(room: SimulatedRoom) -> None:
    await room.member("小明").says("咨询 12-04 12:00", private=True)  # its host has no account here
    await room.clock.advance(minutes=1)
    assert [name for name, _ in calendars(room, "小明")] == ["咨询-Z1.ics"]
    assert calendars(room, "群主") == []


async def test_a_paid_one_is_cancelled_in_time_and_the_money_goes_back(room: SimulatedRoom, host: Speaker) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("咨询 12-09 20:00", private=True)
    await pay(room, 1)
    assert await ming.says("取消咨询", private=True) == [
        "已付的 200 元会退还。要取消 一对一咨询（老李）周三 12-09 20:00–20:30 吗？回复 是"
    ]
    said = await ming.says("是", private=True)
    assert said[0] == "已取消 Z1。已付的 200 元会退还（D1），退好后通知您。"
    assert any("小明 取消了" in text for text in told(room, "李老师"))
    assert any("退款 D1" in text for text in told(room, "群主"))
    assert (await order(room, 1)).state is OrderState.REFUND_DUE
    assert "订单 D2" in (await hong.says("咨询 12-09 20:00", private=True))[0]
    assert await refund(room, 1) == ["周三 12-09 20:00–20:30 咨询的 200 元已退还（D1），请查收。"]


async def test_money_that_goes_back_ends_it_only_when_it_is_all(room: SimulatedRoom, host: Speaker) -> None:
    await room.member("小明").says("咨询 12-09 20:00", private=True)
    await pay(room, 1)
    assert await refund(room, 1, 5000) == ["周三 12-09 20:00–20:30 咨询的 50 元已退还（D1），请查收。"]
    assert await refund(room, 1, 15000, nth=2) == [
        "小明 的 周三 12-09 20:00–20:30 一对一咨询已退款，取消了（Z1）。",
        "周三 12-09 20:00–20:30 咨询的 150 元已退还（D1），请查收。这次咨询取消了，想另约发「咨询」。",
        "咨询-Z1-取消.ics",
        "咨询-Z1-取消.ics",
    ]
    assert "12-09 20:00" in (await room.member("小红").says("咨询", private=True))[0]


async def test_a_day_alone_lists_its_times(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    (listed,) = await ming.says("咨询 周三")
    assert listed.splitlines()[1:] == ["1. 周三 12-02 20:00–20:30", "2. 周三 12-02 20:30–21:00"]
    (listed,) = await ming.says("咨询 后天 老李")
    assert listed.startswith("周四 12-03 没有可以约的时间。\n一对一咨询（老李），一次 30 分钟，200 元，可以约这些时间")


async def test_the_host_calls_it_off_however_late(room: SimulatedRoom, host: Speaker) -> None:
    await room.member("小明").says("咨询 周三 20:00", private=True)
    await pay(room, 1)
    await room.clock.advance(hours=34)
    (asked,) = await host.says("取消咨询 Z1", private=True)
    assert asked == f"已付的 200 元要退还，要取消 小明 的 {HOURS} 吗？回复 是"
    said = await host.says("是", private=True)
    assert "已取消 Z1，已通知 小明。" in said
    assert told(room, "小明")[-1] == (
        f"抱歉，老李 来不了，{HOURS} 的一对一咨询取消了。已付的 200 元会全部退还，退好后通知您。想另约发「咨询」。"
    )
    assert (await order(room, 1)).state is OrderState.REFUND_DUE


async def test_others_can_do_nothing_about_it(room: SimulatedRoom, host: Speaker) -> None:
    await room.member("小明").says("咨询 周三 20:00", private=True)
    hong = room.member("小红")
    for text in ("取消咨询 Z1", "取消咨询 Z1 确定", "改约 Z1 12-09 20:00"):
        assert await hong.says(text, private=True) == ["没有这次咨询，发「我的咨询」看看。"]
    assert await hong.says("取消咨询", private=True) == ["您现在没有约好的咨询，发「咨询」看看有哪些时间。"]


async def test_one_hosts_times_are_listed_alone(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    (listed,) = await ming.says("咨询 老王")
    assert listed.splitlines() == [
        "简历咨询（老王），一次 1 小时，免费，可以约这些时间，回复数字：",
        "1. 周五 12-04 12:00–13:00",
        "2. 周五 12-11 12:00–13:00",
    ]
    assert "小明 的咨询约好了，详情已私聊发给您。" in await ming.says("1")


async def test_only_so_many_at_a_time(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    await ming.says("咨询 1", private=True)
    await ming.says("咨询 12-04 12:00", private=True)
    assert await ming.says("咨询 12-11 12:00", private=True) == ["您已经约了 2 次，先用完再约；来不了发「取消咨询」。"]


async def test_chat_stays_chat(room: SimulatedRoom, host: Speaker) -> None:
    for text in ("咨询一下", "咨询 怎么收费", "咨询 周三 20:00 见", "取消咨询", "改约", "我想咨询个问题"):
        assert await room.member("小明").says(text) == []


async def test_a_crash_books_it_once(room: SimulatedRoom, host: Speaker) -> None:
    ming = room.member("小明")
    with before_the_answer(room):
        room.world.say(ming.contact_id, Conversation(contact_id=room.bot_id), "咨询 周三 20:00")
        await room.app.drain()
    await room.crash(minutes=5)
    (how,) = await ming.says("咨询 周三 20:00", private=True)
    assert "订单 D1。" in how
    assert told(room, "小明") == [how] * len(told(room, "小明"))


async def test_who_is_forgotten_frees_the_time(room: SimulatedRoom, host: Speaker) -> None:
    await room.member("小明").says("咨询 周三 20:00", private=True)

    def forget(db: Database) -> None:
        (member,) = find_by_name(db, "小明")
        assert [row["state"] for row in export_member(db, member.id)["consultations"]] == ["held"]
        assert erase_member(db, member.id) == {"consultations": 1}

    await after(room, forget)
    (listed,) = await room.member("小红").says("咨询", private=True)
    assert f"1. {NAMED}" in listed
