"""schedules.yaml: read, refused with advice, and turned into the times at which things fire."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import VirtualClock
from bot.errors import ConfigError
from bot.schedule_model import ScheduleEntry, Schedules
from bot.schedule_reload import ScheduleSource, describe_schedule_changes
from bot.schedules import load_schedules, next_fires, occurrences, preview, read_schedules, schedules_schema

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


def read(text: str, timezone: str = "Asia/Shanghai") -> Schedules:
    schedules, faults = read_schedules("schedules.yaml", text.encode(), timezone)
    assert schedules is not None
    assert faults == []
    return schedules


def announcement(when: str, timezone: str = "Asia/Shanghai") -> ScheduleEntry:
    text = f"announcements:\n  - id: a\n    room: 甲群\n    text: 你好\n    {when}\n"
    return read(text, timezone).announcements[0]


def shown(entry: ScheduleEntry, after: datetime, count: int = 3) -> list[str]:
    return [fire.isoformat(timespec="minutes") for fire in next_fires(entry, after, count)]


def test_the_sample_file_of_the_repository_is_the_example_of_the_design() -> None:
    schedules = load_schedules(Path(__file__).parents[1] / "schedules.yaml")
    session, review = schedules.sessions[0], schedules.announcements[0]
    assert (session.id, session.host, session.price, session.capacity) == ("fastapi-101", "老王", 9900, 30)
    assert session.remind == (timedelta(days=1), timedelta(minutes=30))
    assert (session.access, session.missed, session.within) == ("member", "send", timedelta(hours=2))
    assert session.ends(next_fires(session, datetime(2026, 11, 1, tzinfo=UTC), 1)[0]).hour == 22
    where = "（Python学习群，Asia/Shanghai）"
    assert preview(schedules, datetime(2026, 11, 21, tzinfo=UTC)) == [
        f"fastapi-101{where}：2026-12-05 周六 20:00",
        f"friday-review{where}：2026-11-27 周五 18:00、2026-12-04 周五 18:00、2026-12-11 周五 18:00",
    ]
    assert review.rooms == ("Python学习群",)


def test_without_a_file_there_is_nothing_to_fire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_schedules(None).entries == ()
    with pytest.raises(ConfigError, match="找不到"):
        load_schedules("absent.yaml")


def test_a_one_off_fires_once_and_never_again() -> None:
    entry = announcement("starts: 2026-12-05 20:00")
    at = datetime(2026, 12, 5, 20, 0, tzinfo=SHANGHAI)
    assert next_fires(entry, at - timedelta(seconds=1), 3) == [at]
    assert next_fires(entry, at, 3) == []
    assert preview(Schedules(announcements=(entry,)), at)[0].endswith("已经过去，不会再触发")


def test_several_rules_fire_in_order_and_a_shared_moment_once() -> None:
    entry = announcement("every: [周一 20:00, 周四 19:00, 每天 20:00]")
    assert shown(entry, datetime(2026, 12, 2, 13, 0, tzinfo=UTC), 4) == [
        "2026-12-03T19:00+08:00", "2026-12-03T20:00+08:00", "2026-12-04T20:00+08:00", "2026-12-05T20:00+08:00",
    ]  # fmt: skip


def test_bounds_and_exceptions_are_minded() -> None:
    entry = announcement(
        "every: 每天 09:00\n    from: 2026-12-01\n    until: 2026-12-08\n"
        "    except: [2026-12-02..2026-12-06, 2026-12-07]"
    )
    assert shown(entry, datetime(2026, 11, 1, tzinfo=UTC), 9) == ["2026-12-01T09:00+08:00", "2026-12-08T09:00+08:00"]


def test_a_schedule_whose_days_are_all_excepted_ends_quickly() -> None:
    entry = announcement("cron: '* * * * *'\n    except: 2026-01-01..2999-12-31")
    assert next_fires(entry, datetime(2026, 12, 1, tzinfo=UTC), 1) == []
    assert "没有下一次" in preview(Schedules(announcements=(entry,)), datetime(2026, 12, 1, tzinfo=UTC))[0]


MOVED = (
    "every: 周五 20:00\n    until: 2026-12-18\n    moved: {2026-12-04: 2026-12-05 15:00, 2026-12-11: 2027-03-01 20:00}"
)


def test_one_time_of_a_series_is_moved_and_stays_known_by_its_day() -> None:
    entry, after = announcement(MOVED), datetime(2026, 12, 1, tzinfo=UTC)
    assert shown(entry, after, 9) == ["2026-12-05T15:00+08:00", "2026-12-18T20:00+08:00", "2027-03-01T20:00+08:00"]
    soon = occurrences(entry, after, 9, until=datetime(2026, 12, 31, tzinfo=UTC))
    assert [(f"{one.day:%m-%d}", f"{one.start:%m-%d %H:%M}") for one in soon] == [
        ("12-04", "12-05 15:00"),
        ("12-18", "12-18 20:00"),
        ("12-11", "03-01 20:00"),  # however late: it was promised
    ]


def test_what_was_moved_onto_another_time_of_the_series_is_a_second_one() -> None:
    entry = announcement("every: 周五 20:00\n    moved: {2026-12-04: 2026-12-11 20:00}\n    until: 2026-12-11")
    assert shown(entry, datetime(2026, 12, 1, tzinfo=UTC), 9) == ["2026-12-11T20:00+08:00"]
    both = occurrences(entry, datetime(2026, 12, 1, tzinfo=UTC), 9)
    assert [f"{one.day:%m-%d}" for one in both] == ["12-04", "12-11"]


def test_an_excepted_day_is_left_out_wherever_it_was_moved() -> None:
    entry = announcement(MOVED + "\n    except: 2026-12-04")
    assert shown(entry, datetime(2026, 12, 1, tzinfo=UTC), 1) == ["2026-12-18T20:00+08:00"]


def test_a_move_is_written_as_days_and_times() -> None:
    assert told(REPEATED + "    moved: {2026-12-04: 周六 20:00}\n").startswith("s:6:25: 时间 '周六 20:00' 看不懂")
    assert told(REPEATED + "    moved: {周五: 2026-12-05 20:00}\n").startswith("s:6:13: ")


def days_of(when: str, after: datetime, count: int) -> list[str]:
    return [f"{fire:%m-%d}" for fire in next_fires(announcement(when), after, count)]


def test_every_other_week_is_counted_from_the_first_time_since_its_from() -> None:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert days_of("every: 隔周五 20:00\n    from: 2026-12-04", now, 4) == ["12-04", "12-18", "01-01", "01-15"]
    assert days_of("every: 隔周一 20:00\n    from: 2026-12-01", now, 3) == ["12-07", "12-21", "01-04"]  # a Tuesday
    assert days_of("every: 隔周 周一、周五 20:00\n    from: 2026-12-01", now, 4) == ["12-04", "12-14", "12-18", "12-28"]


def test_every_other_week_goes_on_after_exceptions_holidays_and_beside_other_rules() -> None:
    later = datetime(2027, 3, 1, tzinfo=UTC)
    assert days_of("every: 隔周五 20:00\n    from: 2026-12-04", later, 2) == ["03-12", "03-26"]
    excepted = "every: 隔周五 20:00\n    from: 2026-12-04\n    except: 2026-12-18"
    assert days_of(excepted, datetime(2026, 12, 5, tzinfo=UTC), 2) == ["01-01", "01-15"]
    eve = datetime(2026, 9, 1, tzinfo=UTC)
    assert days_of("every: 隔周五 9点\n    from: 2026-09-04\n    skip_holidays: true", eve, 4) == [
        "09-04", "09-18", "10-16", "10-30",
    ]  # fmt: skip
    both = "every: [隔周五 20:00, 周六 9点]\n    from: 2026-12-04"
    assert days_of(both, datetime(2026, 12, 4, tzinfo=UTC), 4) == ["12-04", "12-05", "12-12", "12-18"]


def test_public_holidays_are_left_out_when_asked_and_working_weekends_count_for_working_days() -> None:
    eve = datetime(2026, 9, 29, 12, tzinfo=SHANGHAI)  # National Day is 10-01 to 10-07, Saturday 10-10 is worked
    assert days_of("every: 工作日 9点\n    skip_holidays: true", eve, 6) == [
        "09-30", "10-08", "10-09", "10-10", "10-12", "10-13",
    ]  # fmt: skip
    assert days_of("every: 工作日 9点", eve, 4) == ["09-30", "10-01", "10-02", "10-05"]
    assert days_of("every: 周一至周五 9点\n    skip_holidays: true", eve, 4) == ["09-30", "10-08", "10-09", "10-12"]
    assert days_of("every: 周六 9点\n    skip_holidays: true", eve, 2) == ["10-10", "10-17"]
    assert days_of("cron: '0 9 1,2,9 10 *'\n    skip_holidays: true", eve, 1) == ["10-09"]


def test_in_a_year_whose_holidays_are_not_out_yet_an_entry_fires_as_if_there_were_none() -> None:
    assert days_of("every: 每天 9点\n    skip_holidays: true", datetime(2999, 1, 30, tzinfo=UTC), 2) == [
        "01-30",
        "01-31",
    ]
    eve = datetime(2098, 12, 30, 12, tzinfo=SHANGHAI)
    assert days_of("every: 工作日 9点\n    skip_holidays: true", eve, 3) == ["12-31", "01-01", "01-02"]


def test_the_wall_clock_time_is_kept_over_a_clock_change() -> None:
    entry = announcement("every: 周日 20:00", "America/New_York")
    assert shown(entry, datetime(2026, 10, 20, tzinfo=UTC)) == [
        "2026-10-25T20:00-04:00", "2026-11-01T20:00-05:00", "2026-11-08T20:00-05:00",
    ]  # fmt: skip


def test_an_entry_in_the_repeated_hour_fires_once() -> None:
    entry = announcement("every: 每天 01:30", "America/New_York")
    assert shown(entry, datetime(2026, 10, 31, 12, tzinfo=UTC)) == [
        "2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00", "2026-11-03T01:30-05:00",
    ]  # fmt: skip
    between = datetime(2026, 11, 1, 5, 45, tzinfo=UTC)  # 01:45 the first time; 01:30 comes again in 45 minutes
    assert shown(entry, between, 1) == ["2026-11-02T01:30-05:00"]


def test_a_time_in_the_skipped_hour_moves_behind_it_and_the_preview_says_so() -> None:
    entry = announcement("every: 每天 02:30", "America/New_York")
    before = datetime(2027, 3, 13, 12, tzinfo=UTC)
    assert shown(entry, before) == ["2027-03-14T03:30-04:00", "2027-03-15T02:30-04:00", "2027-03-16T02:30-04:00"]
    assert "（03-14 02:30 因夏令时不存在，改到 03:30）" in preview(Schedules(announcements=(entry,)), before)[0]


def test_moved_times_stay_in_order_with_the_others() -> None:
    entry = announcement("cron: '*/30 1-4 * * *'", "America/New_York")
    fires = next_fires(entry, datetime(2027, 3, 14, 5, 50, tzinfo=UTC), 6)
    assert [f"{fire:%H:%M}" for fire in fires] == ["01:00", "01:30", "03:00", "03:30", "04:00", "04:30"]


def test_a_day_that_a_zone_left_out_fires_once_with_the_next() -> None:
    entry = announcement("every: 每天 10:00", "Pacific/Apia")  # 2011-12-30 was skipped at the date line
    assert shown(entry, datetime(2011, 12, 29, 12, tzinfo=UTC)) == [
        "2011-12-29T10:00-10:00",
        "2011-12-31T10:00+14:00",
        "2012-01-01T10:00+14:00",
    ]
    assert shown(entry, datetime(2011, 12, 30, 12, tzinfo=UTC), 1) == ["2011-12-31T10:00+14:00"]


def test_fires_after_the_asked_for_moment_are_not_looked_for() -> None:
    entry = announcement("every: 每天 09:00")
    nine = datetime(2026, 12, 3, 9, 0, tzinfo=SHANGHAI)
    assert next_fires(entry, nine - timedelta(days=2), 2000, until=nine) == [nine - timedelta(days=1), nine]
    assert next_fires(entry, nine, 2000, until=nine) == []


def test_an_entry_may_name_its_own_zone() -> None:
    schedules = read("""
timezone: Europe/Berlin
announcements:
  - {id: a, room: 甲群, text: 早, every: 每天 08:00}
  - {id: b, room: 甲群, text: 早, every: 每天 08:00, timezone: Asia/Tokyo}
""")
    assert [entry.timezone for entry in schedules.announcements] == ["Europe/Berlin", "Asia/Tokyo"]


@given(
    st.sampled_from(
        ["every: 每天 01:30", "every: [周日 02:00, 周日 02:59]", "cron: '*/20 0-3 * * *'", "cron: '0 0 1 * *'"]
    ),
    st.sampled_from(["America/New_York", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone given beside
)
def test_fires_ascend_and_do_not_depend_on_where_one_starts(when: str, zone: str, after: datetime) -> None:
    entry = announcement(when, zone)
    fires = next_fires(entry, after, 6)
    instants = [fire.astimezone(UTC) for fire in fires]
    assert instants == sorted(set(instants))
    assert instants[0] > after
    assert next_fires(entry, fires[1], 4) == fires[2:]


def places(text: str) -> list[tuple[int, int]]:
    _, faults = read_schedules("s", text.encode())
    return [(fault.line, fault.column) for fault in faults]


def told(text: str) -> str:
    _, faults = read_schedules("s", text.encode())
    return "\n".join(map(str, faults))


HEAD = "announcements:\n  - id: a\n    room: 甲群\n    text: 你好\n"


REPEATED = HEAD + "    every: 周五 18:00\n"


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        (HEAD, "s:2:5", "没有写时间，请加上一行，比如 every: 周五 18:00 或 starts: 2026-12-05 20:00"),
        (REPEATED + "    cron: 0 1 * * fri\n", "s:6:5", "「every」和「cron」只能写一个，请删掉一行"),
        (
            HEAD + "    starts: 2026-12-05 20:00\n    until: 2026-12-31\n",
            "s:6:5",
            "只有一次的时间用不着「until」，要重复请把 starts 换成 every",
        ),
        (
            REPEATED + "    from: 2026-12-31\n    until: 2026-12-01\n",
            "s:7:12",
            "until 早于 from（2026-12-31），请改成之后的日期",
        ),
        (
            REPEATED + "  - {id: a, room: 乙群, text: b, every: 每天 9点}\n",
            "s:6:10",
            "编号「a」重复了，第 2 行已经用过，请换一个",
        ),
        (HEAD + "    evry: 周五 18:00\n", "s:5:5", "不认识「evry」，是 every 吗？"),
        (
            HEAD + "    cron: 0 20 * * 5\n",
            "s:5:11",
            "「announcements 第 1 项的 cron」cron 的星期请写名称（mon 到 sun），5 是 fri 吗？",
        ),
        (
            REPEATED + "    missed: resend\n",
            "s:6:13",
            "「announcements 第 1 项的 missed」不能是 'resend'，是 send 吗？可选：send、skip、merge",
        ),
        (
            HEAD.replace("甲群", "no") + "    every: 周五 18:00\n",
            "s:3:11",
            '「announcements 第 1 项的 room」要写文字，不加引号的 no 会被当成真假值，请写 "no"',
        ),
        (
            HEAD.replace("你好", "#标签") + "    every: 周五 18:00\n",
            "s:4:5",
            "「announcements 第 1 项的 text」后面还没有写值；以 # 开头的文字要加引号",
        ),
        (
            "sessions: [{id: a, title: T, room: 甲群, every: 周五 20:00, capacity: 不限}]\n",
            "s:1:67",
            "「sessions 第 1 项的 capacity」要写整数，没有限制就删掉这一行",
        ),
        ("timezone: Beijing\n", "s:1:11", "时区 'Beijing' 不认识，是否 Asia/Shanghai？"),
        ("anouncements: []\n", "s:1:1", "不认识「anouncements」，是 announcements 吗？"),
        (
            "announcements:\n  id: a\n",
            "s:2:3",
            "「announcements」要写列表；现在是一组「名称: 值」，每一项前面要加「- 」",
        ),
    ],
)
def test_a_bad_entry_is_told_with_its_place_and_advice(text: str, place: str, advice: str) -> None:
    assert told(text) == f"{place}: {advice}"


def test_every_fault_of_an_entry_is_told_at_once() -> None:
    text = """
sessions:
  - id: fast api
    titel: x
    room: []
    starts: 2026-12-05
    duration: 2
    price: 9.999
    capacity: 0
    access: members
    remind: [1d, soon]
"""
    assert places(text) == [(3, 9), (4, 5), (5, 11), (6, 13), (7, 15), (8, 12), (9, 15), (10, 13), (11, 18)]


def test_the_schema_for_editors_names_the_keys_as_they_are_written() -> None:
    schema = schedules_schema()
    json.dumps(schema)
    keys = schema["$defs"]["Announcement"]["properties"]
    assert {"from", "until", "except", "every", "cron", "starts"} <= keys.keys()
    assert [one["type"] for one in keys["room"]["anyOf"]] == ["array", "string"]


def test_the_schema_for_editors_shows_defaults_as_an_owner_would_write_them() -> None:
    keys = schedules_schema()["$defs"]["SessionEntry"]["properties"]
    assert (keys["announce"]["default"], keys["remind"]["default"]) == (["3 天"], [])
    assert keys["skip_holidays"]["default"] is False


def test_a_session_says_where_it_is_and_when_it_is_announced() -> None:
    head = "sessions:\n  - {id: a, title: T, room: [甲群, 乙群], starts: 2026-12-05 20:00"
    session = read(
        head + ", announce: [], place: 会议室, link: 腾讯会议 123 456 789, materials: https://m}\n"
    ).sessions[0]
    assert (session.announce, session.place, session.link) == ((), "会议室", "腾讯会议 123 456 789")
    assert (session.materials, session.recording, session.rooms) == ("https://m", None, ("甲群", "乙群"))
    assert read(head + "}\n").sessions[0].announce == (timedelta(days=3),)


def test_changes_are_told_by_entry() -> None:
    old = read(HEAD + "    every: 周五 18:00\n  - {id: b, room: 甲群, text: b, every: 每天 9点}\n")
    new = read(HEAD.replace("你好", "大家好") + "    every: 周六 18:00\nsessions:\n"
               "  - {id: c, title: C, room: 甲群, starts: 2026-12-05 20:00}\n")  # fmt: skip
    assert describe_schedule_changes(old, new) == ["删除通知「b」", "新增场次「c」", "改期通知「a」：每、内容"]
    assert describe_schedule_changes(old, old) == []


async def test_an_edited_file_is_put_in_force_and_a_bad_one_is_not(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    source = ScheduleSource(file, Schedules(), VirtualClock(datetime(2026, 12, 1, tzinfo=UTC)), lambda: "Asia/Tokyo")
    file.write_text(HEAD + "    every: 周五 18:00\n", encoding="utf-8")
    assert await source.poll()
    assert source.value.announcements[0].timezone == "Asia/Tokyo"
    file.write_text(HEAD + "    every: 周五 180:00\n", encoding="utf-8")
    assert not await source.poll()
    assert len(source.value.announcements) == 1
