"""Calendar files pass a parser that did not write them, with the right times and nothing lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from bot.plugins.training.calendar_file import digest_of, make_file
from bot.plugins.training.model import TrainingSession
from tests.examples import examples

pytestmark = pytest.mark.slow  # properties by the hundred

NOW = datetime(2026, 10, 1, tzinfo=UTC)
STARTS = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
LONG = "从零写一个带登录、权限和后台任务的服务；" * 12


def session(**changes) -> TrainingSession:
    values = {
        "id": "fastapi-101",
        "entry": "fastapi-101",
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(hours=2),
        "timezone": "Asia/Shanghai",
        "title": "FastAPI 入门实战",
        "host": "老王",
        "link": "https://meeting.example/j/42?pwd=a,b;c",
        "remind": (timedelta(days=1), timedelta(minutes=30)),
    }
    return TrainingSession(**values | changes)


def read(one: TrainingSession, *, sequence: int = 0, is_cancelled: bool = False):
    """Return (text, calendar) as the other parser reads it."""
    text = make_file(one, "main", NOW, sequence=sequence, is_cancelled=is_cancelled).data.decode()
    return text, IcsCalendarStream.calendar_from_ics(text)


def test_a_file_says_all_that_a_registered_member_needs():
    text, calendar = read(session(), sequence=3)
    (event,) = calendar.events
    assert (calendar.method, calendar.version, event.uid) == ("PUBLISH", "2.0", "fastapi-101.main@qunzhi")
    assert (event.sequence, event.status, event.summary) == (3, "CONFIRMED", "FastAPI 入门实战")
    assert (event.dtstart, event.dtend) == (STARTS, STARTS + timedelta(hours=2))
    assert (event.location, str(event.url)) == (session().link, session().link)
    assert "主讲：老王" in event.description
    assert sorted(alarm.trigger for alarm in event.alarm) == [timedelta(days=-1), timedelta(minutes=-30)]
    assert text.endswith("END:VCALENDAR\r\n")


def test_a_cancellation_takes_the_same_entry_out_with_a_later_sequence_and_without_alarms():
    _, calendar = read(session(), sequence=4, is_cancelled=True)
    (event,) = calendar.events
    assert (calendar.method, event.status, event.sequence) == ("CANCEL", "CANCELLED", 4)
    assert (event.uid, event.alarm) == ("fastapi-101.main@qunzhi", [])


def test_long_chinese_lines_are_folded_between_characters_and_read_back_whole():
    text, calendar = read(session(title=LONG, place="中关村 1 号楼, 3 层; 左手边"))
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    (event,) = calendar.events
    assert (event.summary, event.location) == (LONG, "中关村 1 号楼, 3 层; 左手边")


@pytest.mark.parametrize("link", ["腾讯会议 123-456-789", "javascript:alert(1)", ""])
def test_a_link_that_is_no_address_is_only_text(link):
    text, calendar = read(session(link=link))
    (event,) = calendar.events
    assert (event.url, event.location or "") == (None, link)
    assert "\r\nURL" not in text


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("America/New_York", (2026, 10, 31, 20), (2026, 11, 1, 0)),
        ("America/New_York", (2026, 11, 1, 20), (2026, 11, 2, 1)),
        ("Asia/Shanghai", (2026, 11, 1, 20), (2026, 11, 1, 12)),
        ("Europe/Berlin", (2027, 3, 28, 20), (2027, 3, 28, 18)),
    ],
)
def test_the_hour_on_the_wall_is_kept_over_a_change_of_clocks(zone, wall, utc):
    starts = datetime(*wall, tzinfo=ZoneInfo(zone))
    _, calendar = read(session(starts_at=starts.astimezone(UTC), ends_at=starts.astimezone(UTC) + timedelta(hours=1)))
    (event,) = calendar.events
    assert event.dtstart == datetime(*utc, tzinfo=UTC)
    assert event.dtstart.astimezone(ZoneInfo(zone)).hour == 20


def test_the_name_of_a_day_of_a_series_is_a_file_name():
    one = session(id="go-weekly/2026-12-05", entry="go-weekly")
    assert make_file(one, "main", NOW, sequence=0).name == "go-weekly-12-05.ics"


def test_only_facts_that_stand_in_the_file_make_it_another():
    same = session(capacity=40, price_fen=9900, recording="https://r.example", revision=5)
    assert digest_of(same) == digest_of(session())
    others = [{"title": "B"}, {"starts_at": STARTS - timedelta(hours=1)}, {"link": ""}, {"place": "三层"}]
    assert len({digest_of(session(**change)) for change in others} | {digest_of(session())}) == 5


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=120)


@given(PRINTABLE, PRINTABLE)
@settings(max_examples=examples(150), deadline=None)
def test_any_title_and_place_are_read_back_as_they_were_written(title, place):
    _, calendar = read(session(title=title, place=place))
    (event,) = calendar.events
    assert (event.summary, event.location) == (title, place)
