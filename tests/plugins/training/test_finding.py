"""What members type finds the session they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plugins.training.finding import match_session
from bot.plugins.training.model import TrainingSession

STARTS = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)
NOW = STARTS - timedelta(days=2)


def session(entry: str, title: str, days: int = 0, *, is_series: bool = False) -> TrainingSession:
    starts = STARTS + timedelta(days=days)
    name = f"{entry}/{starts:%Y-%m-%d}" if is_series else entry
    return TrainingSession(
        id=name,
        entry=entry,
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        timezone="Asia/Shanghai",
        title=title,
    )


SESSIONS = [
    session("go-weekly", "Go 语言周会", 0, is_series=True),
    session("fastapi-101", "FastAPI 入门实战", 1),
    session("go-weekly", "Go 语言周会", 7, is_series=True),
    session("redis", "Redis 排查实战", 9),
]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("fastapi-101", "fastapi-101"),
        ("FastAPI-101", "fastapi-101"),
        ("12-05", "fastapi-101"),
        ("12月5日", "fastapi-101"),
        ("12-06", None),
        ("ｆａｓｔａｐｉ－１０１", "fastapi-101"),
        ("「fastapi-101」", "fastapi-101"),
        ("go-weekly", "go-weekly/2026-12-04"),
        ("go-weekly 12-11", "go-weekly/2026-12-11"),
        ("go-weekly/2026-12-11", "go-weekly/2026-12-11"),
        ("go-weekly12月11日", "go-weekly/2026-12-11"),
        ("周会 12-11", "go-weekly/2026-12-11"),
        ("go-weekly 下周五", "go-weekly/2026-12-11"),
        ("go-weekly 12-12", None),
        ("2", "fastapi-101"),
        ("第4场", "redis"),
        ("9", None),
        ("排查", "redis"),
        ("redis 排查", "redis"),
        ("周会", "go-weekly/2026-12-04"),
        ("实战", None),
        ("了吗", None),
    ],
)
def test_what_is_typed_means_one_session_or_none(text: str, meant: str | None) -> None:
    found = match_session(text, SESSIONS, SESSIONS, NOW).session
    assert (found.id if found else None) == meant


def test_an_entry_means_its_next_session_and_a_day_also_one_that_is_over() -> None:
    later = STARTS + timedelta(hours=2)
    assert match_session("go-weekly", SESSIONS, SESSIONS, later).session == SESSIONS[2]
    assert match_session("go-weekly 12-04", SESSIONS, SESSIONS, later).session == SESSIONS[0]


def test_what_is_nearly_right_names_what_may_be_meant() -> None:
    assert match_session("fastapi-102", SESSIONS, SESSIONS, NOW).near == "fastapi-101"
    assert match_session("今晚吃什么", SESSIONS, SESSIONS, NOW).near == ""
    several = match_session("实战", SESSIONS, SESSIONS, NOW).several
    assert [one.id for one in several] == ["fastapi-101", "redis"]


def test_what_members_are_told_to_type_finds_the_session() -> None:
    assert [match_session(one.key, SESSIONS, SESSIONS, NOW).session for one in SESSIONS] == SESSIONS
