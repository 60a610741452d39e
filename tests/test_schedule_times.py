"""Times as owners write them."""

from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule_cron import next_wall, parse_cron
from bot.schedule_times import (
    WEEKDAYS,
    CronRule,
    parse_day,
    parse_day_range,
    parse_every,
    parse_repetition,
    parse_wall,
)


def fields(rule: CronRule) -> str:
    return f"{rule.minute} {rule.hour} {rule.day} {rule.month} {rule.day_of_week}"


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("周五 18:00", "0 18 * * fri"),
        ("每周五18:00", "0 18 * * fri"),
        ("星期天 下午3点", "0 15 * * sun"),
        ("每周一、三 20:00", "0 20 * * mon,wed"),
        ("周一三五 晚上8点半", "30 20 * * mon,wed,fri"),
        ("周一至周五 09:00", "0 9 * * mon,tue,wed,thu,fri"),
        ("周六到周一 8:00", "0 8 * * mon,sat,sun"),
        ("工作日 9点", "0 9 * * mon,tue,wed,thu,fri"),
        ("周末 10：00", "0 10 * * sat,sun"),
        ("周5 18:05", "5 18 * * fri"),
        ("每天 09:00", "0 9 * * *"),
        ("每天凌晨12点", "0 0 * * *"),
        ("每日中午12点", "0 12 * * *"),
        ("天天 晚上10点20", "20 22 * * *"),
        ("每月 1 日 09:00", "0 9 1 * *"),
        ("每月15号 晚上8点", "0 20 15 * *"),
        ("每月最后一天 20:00", "0 20 last * *"),
        ("fri 18:00", "0 18 * * fri"),
        ("every friday at 6pm", "0 18 * * fri"),
        ("Mon,Wed 20:00", "0 20 * * mon,wed"),
        ("mon-fri 9:30", "30 9 * * mon,tue,wed,thu,fri"),
        ("daily 12am", "0 0 * * *"),
        ("sat and sun 12 pm", "0 12 * * sat,sun"),
        ("weekdays 09:00", "0 9 * * mon,tue,wed,thu,fri"),
        ("周五 １８：００", "0 18 * * fri"),
        ("every friday 8pm", "0 20 * * fri"),
        ("Fridays at 8:30 p.m.", "30 20 * * fri"),
        ("mondays and thursdays 8 pm", "0 20 * * mon,thu"),
        ("every weekday at noon", "0 12 * * mon,tue,wed,thu,fri"),
        ("every day at midnight", "0 0 * * *"),
        ("monthly 1 09:00", "0 9 1 * *"),
        ("monthly on the 1st at 9am", "0 9 1 * *"),
        ("every month on the 15th at 9:30am", "30 9 15 * *"),
        ("2nd of every month 10:00", "0 10 2 * *"),
        ("last day of the month 18:00", "0 18 last * *"),
        ("monthly last 18:00", "0 18 last * *"),
    ],
)
def test_repetitions_are_read_in_plain_chinese_and_english(text: str, cron: str) -> None:
    assert fields(parse_every(text)) == cron


@pytest.mark.parametrize(
    ("text", "is_for_workdays"),
    [
        ("工作日 9点", True),
        ("weekdays 9:00", True),
        ("工作日、周六 9点", True),
        ("周一至周五 9点", False),
        ("周末 9点", False),
    ],
)
def test_working_days_are_told_from_monday_to_friday(text: str, *, is_for_workdays: bool) -> None:
    assert parse_every(text).is_for_workdays is is_for_workdays


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("周五", "周五 18:00"),
        ("18:00", "每天 18:00"),
        ("fryday 18:00", "是 friday 18:00 吗"),
        ("周八 18:00", "每天 18:00"),
        ("周五 25:00", "小时 0 到 23"),
        ("周五 24:00", "第二天的 00:00"),
        ("每月 31 日 9:00", "每月最后一天"),
        ("", "18:00"),
        ("每月 32 日 9:00", "1 到 28"),
        ("每两周 周五 18:00", "两周"),
        ("周五 18:61", "分钟 0 到 59"),
        ("周五 18", "缺少几点"),
        ("5 20:00", "是 周五 20:00 吗"),
        ("1-5 20:00", "是 周一-周五 20:00 吗"),
        ("0 20:00", "是 周日 20:00 吗"),
        ("every other friday 20:00", "这里还写不了，请写成每周"),
        ("monthly 31 09:00", "每月最后一天"),
    ],
)
def test_a_bad_repetition_is_answered_with_the_nearest_right_one(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_every(text)


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("0 20 * * fri", "0 20 * * fri"),
        ("*/15 9-17 * * MON-FRI", "*/15 9-17 * * mon,tue,wed,thu,fri"),
        ("0 9 * * fri-mon", "0 9 * * mon,fri,sat,sun"),
        ("0 0 1 jan *", "0 0 1 1 *"),
        ("0 9 ? * sun", "0 9 * * sun"),
        ("0 0 29 2 *", "0 0 29 2 *"),
        ("30 8 1,15 * *", "30 8 1,15 * *"),
    ],
)
def test_cron_takes_day_names(text: str, cron: str) -> None:
    assert fields(parse_cron(text)) == cron


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("0 20 * * 5", "5 是 fri 吗"),
        ("0 20 * * 0", "0 是 sun 吗"),
        ("0 20 * * 7", "7 是 sun 吗"),
        ("0 20 * * 1-5", "1-5 是 mon-fri 吗"),
        ("0 20 * * friday", "friday 是 fri 吗"),
        ("0 20 * * fr", "mon-fri"),
        ("0 20 1 * fri", "不能同时写"),
        ("0 0 20 * * fri", '是 "0 20 \\* \\* fri" 吗'),
        ("0 20 * *", "现在是 4 段"),
        ("@daily", '"0 0 \\* \\* \\*"'),
        ("60 1 * * *", "0 到 59"),
        ("0 24 * * *", "0 到 23"),
        ("0 0 0 * *", "1 到 31"),
        ("0 0 * 13 *", "1 到 12"),
        ("*/0 * * * *", "步长"),
        ("0 5-2 * * *", "是 2-5 吗"),
        ("0 0 31 2 *", "永远不会到"),
        ("x * * * *", "看不懂"),
    ],
)
def test_bad_cron_is_answered_with_the_nearest_right_one(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_cron(text)


@pytest.mark.parametrize(
    "text", ["2026-12-05 20:00", "2026-12-05T20:00", "2026-12-05  20:00:00", "２０２６-12-05 20：00"]
)
def test_a_moment_is_a_date_and_a_time_without_zone(text: str) -> None:
    assert parse_wall(text) == datetime(2026, 12, 5, 20, 0)  # noqa: DTZ001 - by the wall clock


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("2026-12-05", "2026-12-05 20:00"),
        ("2026/12/5 20:00", "是 2026-12-05 20:00 吗"),
        ("2026年12月5日 晚上8点", "是 2026-12-05 20:00"),
        ("2026-13-05 20:00", "不存在，是 2026-05-13 吗"),
        ("2026-02-30 20:00", "不存在，那个月最后一天是 2026-02-28"),
        ("2026-12-05 20:00+08:00", "timezone"),
        ("20:00", "every"),
        ("2026-12-05 20:00Z", "timezone"),
        ("明天", "2026-12-05 20:00"),
        ("0206-12-05 20:00", "2006"),
        ("2026-12-31 24:00", "第二天的 2027-01-01 00:00"),
    ],
)
def test_a_bad_moment_is_answered_with_the_nearest_right_one(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        parse_wall(text)


def test_days_and_ranges_of_days() -> None:
    assert parse_day("2026-12-31") == date(2026, 12, 31)
    week = parse_day_range("2026-10-01 至 2026-10-07")
    assert (str(week), date(2026, 10, 7) in week, date(2026, 10, 8) in week) == ("2026-10-01..2026-10-07", True, False)
    assert str(parse_day_range("2026-10-01")) == "2026-10-01"
    with pytest.raises(ValueError, match=r"2026-10-01\.\.2026-10-07"):
        parse_day_range("2026-10-07..2026-10-01")
    with pytest.raises(ValueError, match="2026-01-05"):
        parse_day("2026.1.5")


@given(
    st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    st.integers(0, 23),
    st.integers(0, 59),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - by the wall clock
)
def test_the_next_time_of_a_rule_is_on_its_day_at_its_time_within_a_week(
    days: set[str], hour: int, minute: int, after: datetime
) -> None:
    wall = next_wall(parse_every(f"{','.join(days)} {hour}:{minute:02d}"), after)
    assert wall is not None
    assert (WEEKDAYS[wall.weekday()] in days, wall.hour, wall.minute) == (True, hour, minute)
    assert timedelta(0) <= wall - after <= timedelta(days=7)


@given(st.text("周一五天日月号每mon fri-,、:：0123456789半点晚上amp*/", max_size=16))
def test_no_text_makes_the_readers_fail_otherwise_than_by_advice(text: str) -> None:
    for read in (parse_every, parse_cron, parse_wall, parse_day_range):
        with suppress(ValueError):
            assert read(text) is not None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("隔周五 20:00", "fri"),
        ("每两周 周五 20:00", "fri"),
        ("每隔周的周五晚上8点", "fri"),
        ("隔周一三 晚上8点", "mon,wed"),
        ("every other friday 8pm", "fri"),
        ("every 2 weeks on fri 20:00", "fri"),
        ("fortnightly on friday 20:00", "fri"),
    ],
)
def test_every_other_week_is_read(text: str, days: str) -> None:
    rule = parse_repetition(text)
    assert (rule.weeks, rule.day_of_week, rule.hour, rule.minute, str(rule)) == (2, days, "20", "0", text)


def test_every_week_is_read_as_before() -> None:
    assert parse_repetition("周五 18:00") == parse_every("周五 18:00")


@pytest.mark.parametrize("text", ["每两周 每天 20:00", "隔周 每月 1 日 20:00"])
def test_every_other_week_wants_a_day_of_the_week(text: str) -> None:
    with pytest.raises(ValueError, match="后面要写星期几"):
        parse_repetition(text)
