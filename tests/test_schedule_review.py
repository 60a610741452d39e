"""What is told of schedules.yaml to one who looks at it today: trainings at one time, and what is hardly meant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.schedule_model import Schedules
from bot.schedule_reload import ScheduleSource
from bot.schedule_review import Review, review_schedules

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)  # a Sunday noon in Shanghai
SESSION = "sessions:\n  - id: a\n    title: T\n    room: 甲群\n"
ANNOUNCEMENT = "announcements:\n  - id: a\n    room: 甲群\n    text: 你好\n"


def review(text: str, now: datetime = NOW, timezone: str = "Asia/Shanghai") -> Review:
    return review_schedules("s", text.encode(), timezone, now)


def advice(text: str, now: datetime = NOW, timezone: str = "Asia/Shanghai") -> list[str]:
    found = review(text, now, timezone)
    assert found.faults == []
    return list(map(str, found.advice))


def hosted(first: str, second: str, host: str = "老王") -> list[str]:
    head = "sessions:\n  - {id: a, title: A, room: 甲群, host: 老王, " + first + "}\n"
    return [str(one) for one in review(head + f"  - {{id: b, title: B, room: 乙群, host: {host}, {second}}}\n").faults]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("starts: 2026-12-05 20:00, duration: 2h", "starts: 2026-12-05 21:59"),
        ("starts: 2026-12-05 21:00", "starts: 2026-12-05 19:30, duration: 2h"),
        ("starts: 2026-12-04 20:00", "every: 周五 20:30"),
        ("every: 周五 20:00, duration: 2h", "every: [周一 9:00, 周五 21:00]"),
        ("starts: 2026-12-05 20:00", "starts: 2026-12-05 07:30, timezone: America/New_York"),
        ("starts: 2026-11-22 11:30", "starts: 2026-11-22 12:15"),
    ],
)
def test_a_host_cannot_hold_two_trainings_at_a_time(first: str, second: str) -> None:
    assert len(hosted(first, second)) == 1


@pytest.mark.parametrize(
    ("first", "second", "host"),
    [
        ("starts: 2026-12-05 20:00, duration: 2h", "starts: 2026-12-05 22:00", "老王"),
        ("starts: 2026-12-05 20:00, duration: 2h", "starts: 2026-12-05 20:00", "小李"),
        ("every: 周五 20:00", "every: 周六 20:00", "老王"),
        ("starts: 2026-11-01 20:00", "starts: 2026-11-01 20:00", "老王"),  # over, so there is nothing to mend
        ("starts: 2027-12-03 20:00", "every: 周五 20:00", "老王"),  # far away: the weekly one may have ended by then
    ],
)
def test_a_host_may_hold_one_after_the_other_and_the_past_is_past(first: str, second: str, host: str) -> None:
    assert hosted(first, second, host) == []


def test_two_trainings_at_a_time_are_told_once_with_the_place_and_the_next_free_time() -> None:
    place = "s:3:50: 老王 在 2026-11-27 周五 20:00 到 22:00 已有「a」（第 2 行）"
    clash = f"{place}，最近可以改到 22:00；同一场发到几个群，请把 room 写成列表"
    assert hosted("every: 周五 20:00, duration: 2h", "every: 周五 21:00") == [clash]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            SESSION + "    starts: 2026-11-22 11:00\n",
            "s:5:13: 提示：开始 2026-11-22 11:00 刚过去，是 2026-11-23 11:00 吗？",
        ),
        (
            SESSION + "    starts: 2025-12-05 20:00\n",
            "s:5:13: 提示：开始 2025-12-05 20:00 已经过去，是 2026-12-05 20:00 吗？办过的留着不要紧",
        ),
        (
            SESSION + "    starts: 2062-12-05 20:00\n",
            "s:5:13: 提示：开始 2062-12-05 20:00 还有两年多，年份是 2026-12-05 吗？",
        ),
        (
            ANNOUNCEMENT + "    every: 每天 23:30\n",
            "s:5:12: 提示：23:30 会吵到睡觉的人（23:00 到 07:00），最近的是 22:00",
        ),
        (
            ANNOUNCEMENT + "    cron: 0 6 * * fri\n",
            "s:5:11: 提示：06:00 会吵到睡觉的人（23:00 到 07:00），最近的是 07:00",
        ),
        (
            SESSION + "    starts: 2026-12-05 09:00\n    remind: [1d, 3h]\n",
            "s:6:18: 提示：remind 的 3h 前是 06:00，会吵到睡觉的人（23:00 到 07:00），可以写 11h",
        ),
        (
            SESSION + "    every: 周六 07:15\n    announce: []\n    remind: 30m\n",
            "s:7:13: 提示：remind 的 30m 前是 06:45，会吵到睡觉的人（23:00 到 07:00），可以写 9h15m",
        ),
        (
            SESSION
            + "    every: 周五 20:00\n    moved: {2026-12-04: 2026-12-05 20:00, 2026-12-10: 2026-12-11 20:00}\n",
            "s:6:55: 提示：2026-12-10 本来就没有这一场，这样会多办一场，请核对日子",
        ),
        (
            ANNOUNCEMENT + "    every: 每天 07:30\n    skip_holidays: yes\n    from: 2097-12-31\n",
            "s:6:20: 提示：节假日只知道到",
        ),
    ],
)
def test_what_is_probably_not_meant_is_told_with_its_place_and_the_nearest_right_value(text: str, told: str) -> None:
    found = advice(text)
    assert len(found) == 1
    assert found[0].startswith(told)


@pytest.mark.parametrize(
    "text",
    [
        SESSION + "    starts: 2026-12-05 20:00\n    remind: [1d, 30m]\n",
        SESSION + "    starts: 2026-06-05 20:00\n    recording: https://example.com\n",
        SESSION + "    starts: 2024-03-05 20:00\n",
        SESSION + "    starts: 2026-12-05 07:00\n    duration: 2h\n",
        ANNOUNCEMENT + "    every: [每天 07:00, 每天 22:59]\n",
        ANNOUNCEMENT + "    every: 每天 09:00\n    skip_holidays: true\n    until: 2026-12-31\n",
    ],
)
def test_what_is_meant_is_not_remarked_on(text: str) -> None:
    assert advice(text) == []


def test_an_hour_that_the_zone_skips_is_told_a_year_ahead() -> None:
    text = ANNOUNCEMENT.replace("你好", "夜班") + "    every: 周日 02:30\n"
    found = advice(text, timezone="America/New_York")
    assert found[0] == ("s:5:12: 提示：02:30 会吵到睡觉的人（23:00 到 07:00），最近的是 07:00")
    assert found[1] == ("s:5:12: 提示：2027-03-14 02:30 因夏令时不存在，那天会改到 03:30；想每次一样，就写 03:30")
    assert len(advice(text)) == 1


async def test_advice_does_not_keep_a_file_from_being_put_in_force_and_a_clash_does(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    source = ScheduleSource(file, Schedules(), VirtualClock(NOW), lambda: "Asia/Shanghai")
    file.write_text(ANNOUNCEMENT + "    every: 每天 23:30\n", encoding="utf-8")
    assert await source.poll()
    assert [one.line for one in source.advice] == [5]
    twice = "".join(f"  - {{id: {name}, title: T, room: 甲群, host: 老王, every: 周五 20:00}}\n" for name in "ab")
    file.write_text("sessions:\n" + twice, encoding="utf-8")
    told: list[int] = []

    async def on_faults(faults: list[object]) -> None:
        told.append(len(faults))

    source.subscribe(on_faults=on_faults)
    assert not await source.poll()
    assert told == [1]
    assert source.value.announcements[0].id == "a"


def test_a_duration_is_that_of_one_training() -> None:
    for written, told in (("0m", "不能是 0"), ("30d", "超过 7 天")):
        assert told in str(review(SESSION + f"    every: 周五 20:00\n    duration: {written}\n").faults[0])


def test_what_is_left_of_a_start_does_not_depend_on_the_day_of_the_leap_year() -> None:
    assert "2028-02-29" in advice(SESSION + "    starts: 2024-02-29 20:00\n", datetime(2028, 1, 1, tzinfo=UTC))[0]
    assert advice(SESSION + "    starts: 2024-02-29 20:00\n", NOW + timedelta(days=1)) == []
