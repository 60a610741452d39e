"""What members type finds the session they mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plugins.training.finding import find_session, key_of
from bot.plugins.training.model import TrainingSession

STARTS = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)


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
        ("ｆａｓｔａｐｉ－１０１", "fastapi-101"),
        ("「fastapi-101」", "fastapi-101"),
        ("go-weekly", "go-weekly/2026-12-04"),
        ("go-weekly 12-11", "go-weekly/2026-12-11"),
        ("go-weekly/2026-12-11", "go-weekly/2026-12-11"),
        ("go-weekly12月11日", "go-weekly/2026-12-11"),
        ("go-weekly 12-12", None),
        ("2", "fastapi-101"),
        ("第4场", "redis"),
        ("9", None),
        ("排查", "redis"),
        ("周会", "go-weekly/2026-12-04"),
        ("实战", None),
        ("了吗", None),
    ],
)
def test_what_is_typed_means_one_session_or_none(text, meant):
    found = find_session(SESSIONS, text).session
    assert (found.id if found else None) == meant


@pytest.mark.parametrize(
    ("text", "near"), [("fastapi-102", ["fastapi-101"]), ("实战", ["fastapi-101", "redis"]), ("今晚吃什么", [])]
)
def test_what_is_nearly_right_names_those_that_may_be_meant(text, near):
    assert [one.entry for one in find_session(SESSIONS, text).near] == near


def test_what_members_are_told_to_type_finds_the_session():
    assert [find_session(SESSIONS, key_of(one)).session for one in SESSIONS] == SESSIONS
