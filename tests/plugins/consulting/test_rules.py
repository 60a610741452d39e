from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.plugins.consulting.model import Booking, BookingState, SlotTime
from bot.plugins.consulting.rules import bookable, hold_until, may_change, meant_slot, read_slot_time, slots_between
from bot.plugins.consulting.settings import ConsultingSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # Tuesday 09:00 in Shanghai


def make_settings(*hours: dict[str, Any], **others: Any) -> ConsultingSettings:
    slots = [{"every": "周三 20:00–21:00", "host": "老王", **one} for one in hours or ({},)]
    return ConsultingSettings.model_validate({"slots": slots, **others})


def starts(settings: ConsultingSettings, *bookings: Booking, now: datetime = NOW) -> list[str]:
    found = bookable(settings, bookings, now, SHANGHAI)
    return [f"{one.starts_at.astimezone(SHANGHAI):%m-%d %H:%M}" for one in found]


def make_booking(settings: ConsultingSettings, place: int = 0, state: BookingState = BookingState.BOOKED) -> Booking:
    slot = bookable(settings, [], NOW, SHANGHAI)[place]
    return Booking(number=1, slot=slot, member_id="m", name="小明", room_id="", state=state)


def test_hours_are_cut_into_consultations() -> None:
    assert starts(make_settings({"length": "30m"})) == ["12-02 20:00", "12-02 20:30", "12-09 20:00", "12-09 20:30"]
    assert starts(make_settings({"length": "25m"}))[:2] == ["12-02 20:00", "12-02 20:25"]
    assert starts(make_settings()) == ["12-02 20:00", "12-09 20:00"]


@pytest.mark.parametrize(
    ("written", "first", "minutes"),
    [
        ("周三 20:00–21:00", "12-02 20:00", 60),
        ("工作日 9:00-11:30", "12-02 09:00", 150),
        ("每天 20:00 到 21:00", "12-01 20:00", 60),
        ("周六、周日 14点至16点", "12-05 14:00", 120),
        ("每周三晚上8点半~21:30", "12-02 20:30", 60),
    ],
)
def test_hours_are_written_in_plain_words(written: str, first: str, minutes: int) -> None:
    settings = make_settings({"every": written})
    assert starts(settings)[0] == first
    assert settings.slots[0].every.length == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"every": "周三 20:00"}, "看不出几点到几点"),
        ({"every": "周三 21:00–20:00"}, "比开始晚"),
        ({"every": "周八 20:00–21:00"}, "不认识「周八」"),
        ({"every": "每月 1 日 20:00–21:00"}, "按星期写"),
        ({"length": "2h"}, "比整段时间还长"),
        ({"length": "1m"}, "5 分钟到 8 小时"),
        ({"price": "1.234"}, "最多两位小数"),
        ({"account": "老李"}, "请写微信号"),
    ],
)
def test_what_is_written_wrong_is_told(hours: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_settings(hours)


def test_what_begins_soon_or_late_is_not_offered() -> None:
    settings = make_settings({"length": "30m"}, ahead="8d", least_notice="2h")
    at = datetime(2026, 12, 2, 10, 15, tzinfo=UTC)  # 18:15 in Shanghai
    assert starts(settings, now=at) == ["12-02 20:30", "12-09 20:00", "12-09 20:30"]


def test_a_taken_time_is_gone_until_it_is_given_back() -> None:
    settings = make_settings({"length": "30m"})
    for state in BookingState:
        is_taken = state in {BookingState.BOOKED, BookingState.HELD}
        assert ("12-02 20:00" in starts(settings, make_booking(settings, 0, state))) != is_taken


def test_a_host_is_in_one_place_at_a_time_whatever_the_file_says_now() -> None:
    before, after = make_settings(), make_settings({"length": "30m"}, {"every": "周三 20:30–21:30", "host": "老李"})
    booking = make_booking(before)
    assert [s for s in starts(after, booking) if s.startswith("12-02")] == ["12-02 20:30"]


def test_two_hosts_have_their_own_times() -> None:
    settings = make_settings({}, {"host": "老李"})
    found = slots_between(settings, NOW, NOW + timedelta(days=7), SHANGHAI)
    assert [one.host for one in found] == ["老李", "老王"]


@pytest.mark.parametrize(("hours", "may"), [(25, True), (24, True), (23.99, False), (-1, False)])
def test_it_may_be_changed_until_a_day_before(hours: float, may: bool) -> None:
    booking = make_booking(make_settings())
    assert may_change(booking, booking.slot.starts_at - timedelta(hours=hours), timedelta(hours=24)) is may


def test_a_hold_never_outlasts_the_beginning() -> None:
    slot = make_booking(make_settings()).slot
    assert hold_until(slot, NOW, timedelta(hours=2)) == NOW + timedelta(hours=2)
    assert hold_until(slot, slot.starts_at - timedelta(minutes=5), timedelta(hours=2)) == slot.starts_at


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2", SlotTime(place=2)),
        ("第 2 个", SlotTime(place=2)),
        ("周三 20:30", SlotTime(at=datetime(2026, 12, 2, 12, 30, tzinfo=UTC))),
        ("12-09 晚上8点", SlotTime(at=datetime(2026, 12, 9, 12, 0, tzinfo=UTC))),
        ("周三", SlotTime(day=date(2026, 12, 2))),
        ("0", None),
        ("一下", None),
        ("怎么报名", None),
    ],
)
def test_a_time_is_read_from_a_place_or_words(text: str, meant: SlotTime | None) -> None:
    assert read_slot_time(text, NOW.astimezone(SHANGHAI)) == meant


def test_what_is_meant_is_what_is_offered() -> None:
    slots = bookable(make_settings({"length": "30m"}), [], NOW, SHANGHAI)
    assert meant_slot(SlotTime(place=2), slots) is slots[1]
    assert meant_slot(SlotTime(place=5), slots) is None
    assert meant_slot(SlotTime(at=slots[3].starts_at), slots) is slots[3]
    assert meant_slot(SlotTime(at=slots[3].starts_at + timedelta(minutes=1)), slots) is None
