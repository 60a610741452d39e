from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.attendance.model import Attendance, Presence
from bot.plugins.attendance.rules import (
    Admission,
    Guesses,
    Phase,
    add_wrong,
    admit,
    close,
    find_meant,
    is_late,
    locked_for,
    make_roster,
    phase_of,
    split_hosts,
)
from bot.plugins.attendance.settings import AttendanceSettings
from bot.plugins.training.model import RegistrationState, TrainingSession
from bot.testing import TOPIC
from tests.plugins.attendance.kit import STARTS, registration, session

SETTINGS = AttendanceSettings()
MINUTE = timedelta(minutes=1)


def came(name: str, place: int = 1, **changed: object) -> Attendance:
    facts: dict[str, object] = {"is_late": False, "is_walk_in": False} | changed
    return Attendance(session_id="fastapi-101", member_id=name, name=name, at=STARTS, place=place, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "phase"),
    [(-16, Phase.EARLY), (-15, Phase.OPEN), (0, Phase.OPEN), (119, Phase.OPEN), (120, Phase.OVER), (999, Phase.OVER)],
)
def test_signing_in_opens_before_the_start_and_closes_at_the_end(minutes: int, phase: Phase) -> None:
    assert phase_of(session(), STARTS + minutes * MINUTE, SETTINGS) is phase


def test_ten_minutes_are_forgiven() -> None:
    assert not is_late(session(), STARTS + 10 * MINUTE, SETTINGS)
    assert is_late(session(), STARTS + 11 * MINUTE, SETTINGS)


FREE, PAID, FOR_MEMBERS = session(), session(price_fen=9900), session(access="member")
STRICT = AttendanceSettings(allow_walk_in=False)


@pytest.mark.parametrize(
    ("about", "state", "topics", "settings", "admission"),
    [
        (PAID, RegistrationState.REGISTERED, (), SETTINGS, Admission.REGISTERED),
        (FOR_MEMBERS, RegistrationState.REGISTERED, (), STRICT, Admission.REGISTERED),
        (PAID, RegistrationState.HELD, (TOPIC,), SETTINGS, Admission.UNPAID),
        (FREE, None, (TOPIC,), SETTINGS, Admission.WALK_IN),
        (FREE, RegistrationState.WAITING, (TOPIC,), SETTINGS, Admission.WALK_IN),
        (FREE, RegistrationState.CANCELLED, (TOPIC,), SETTINGS, Admission.WALK_IN),
        (FREE, None, (), SETTINGS, Admission.WALK_IN),
        (FREE, None, ("别的群",), SETTINGS, Admission.UNREGISTERED),
        (session(rooms=()), None, (), SETTINGS, Admission.WALK_IN),
        (FREE, None, (TOPIC,), STRICT, Admission.UNREGISTERED),
        (PAID, None, (TOPIC,), SETTINGS, Admission.UNREGISTERED),
        (PAID, RegistrationState.OFFERED, (TOPIC,), SETTINGS, Admission.UNREGISTERED),
        (FOR_MEMBERS, None, (TOPIC,), SETTINGS, Admission.UNREGISTERED),
    ],
)
def test_who_is_let_in(
    about: TrainingSession,
    state: RegistrationState | None,
    topics: tuple[str, ...],
    settings: AttendanceSettings,
    admission: Admission,
) -> None:
    theirs = registration("小明", state=state) if state else None
    assert admit(about, theirs, topics, settings) is admission


def test_five_wrong_codes_lock_for_ten_minutes() -> None:
    guesses = Guesses()
    for number in range(5):
        assert not locked_for(guesses, STARTS, SETTINGS)
        guesses = add_wrong(guesses, STARTS, SETTINGS)
        assert guesses.wrong == number + 1
    assert locked_for(guesses, STARTS, SETTINGS) == 10 * MINUTE
    assert locked_for(guesses, STARTS + 9 * MINUTE, SETTINGS) == MINUTE
    assert not locked_for(guesses, STARTS + 10 * MINUTE, SETTINGS)
    assert add_wrong(guesses, STARTS + 10 * MINUTE, SETTINGS).wrong == 1


@given(st.lists(st.integers(0, 1200), min_size=1, max_size=60))
def test_nobody_tries_more_than_five_codes_in_ten_minutes(waits: list[int]) -> None:
    guesses, now, tried = Guesses(), STARTS, []
    for seconds in waits:
        now += timedelta(seconds=seconds)
        if not locked_for(guesses, now, SETTINGS):
            guesses = add_wrong(guesses, now, SETTINGS)
            tried.append(now)
    assert all(sixth - first >= 10 * MINUTE for first, sixth in zip(tried, tried[5:], strict=False))


def test_several_hosts_are_told_apart() -> None:
    assert split_hosts("老王、小李, Zhang San") == ["老王", "小李", "Zhang San"]
    assert split_hosts("") == []


def test_the_roster_has_places_first_then_those_without_then_the_waitlist() -> None:
    waiting = RegistrationState.WAITING
    rows = [
        registration("小明", 1),
        registration("小红", 2),
        registration("候补甲", 3, state=waiting),
        registration("欠款", 4, state=RegistrationState.HELD),
        registration("小刚", 5),
    ]
    there = [came("小红", 1, is_late=True), came("路人", 2, is_walk_in=True), came("小明", 3)]

    def read(*absent: str) -> list[tuple[str, Presence]]:
        return [(line.name, line.presence) for line in make_roster(rows, there, absent)]

    assert read("小刚") == [
        ("小明", Presence.CAME),
        ("小红", Presence.LATE),
        ("欠款", Presence.UNPAID),
        ("小刚", Presence.ABSENT),
        ("路人", Presence.WALK_IN),
        ("候补甲", Presence.WAITING),
    ]
    assert ("小刚", Presence.EXPECTED) in read()


def test_who_waited_and_came_is_listed_once() -> None:
    rows = [registration("小明", state=RegistrationState.WAITING)]
    (line,) = make_roster(rows, [came("小明", is_walk_in=True)], absent=())
    assert line.presence is Presence.WALK_IN


def test_the_end_counts_who_came_and_names_who_did_not() -> None:
    rows = [registration("小明", 1), registration("小红", 2), registration("候补", 3, state=RegistrationState.WAITING)]
    there = [came("小明", is_late=True), came("路人", 2, is_walk_in=True)]
    closing, absent = close("fastapi-101", rows, there, members=50)
    counts = (closing.registered, closing.came, closing.late, closing.walk_in, closing.absent, closing.members)
    assert counts == (2, 2, 1, 1, 1, 50)
    assert [one.name for one in absent] == ["小红"]


def test_where_nobody_signed_in_nobody_is_absent() -> None:
    closing, absent = close("fastapi-101", [registration("小明")], [], members=50)
    assert (closing.absent, closing.is_taken, absent) == (0, False, [])


def weekly(day: int) -> TrainingSession:
    starts_at = STARTS.replace(day=day)
    return session(id=f"go-weekly/2026-12-{day:02d}", entry="go-weekly", title="Go 周会", starts_at=starts_at)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("fastapi-101", ["fastapi-101"]),
        ("FASTAPI-101", ["fastapi-101"]),
        ("ｆastapi-101", ["fastapi-101"]),
        ("《FastAPI 入门实战》", ["fastapi-101"]),
        ("入门", ["fastapi-101"]),
        ("go-weekly", ["go-weekly/2026-12-04"]),
        ("go-weekly 12-11", ["go-weekly/2026-12-11"]),
        ("go-weekly 12月11日", ["go-weekly/2026-12-11"]),
        ("go-weekly/2026-12-11", ["go-weekly/2026-12-11"]),
        ("go-weekly 2025-12-11", []),
        ("周会 12.11", ["go-weekly/2026-12-11"]),
        ("rust", []),
        ("12-11", ["go-weekly/2026-12-11"]),
        ("12月4日", ["go-weekly/2026-12-04"]),
        ("13-45", []),
    ],
)
def test_the_session_meant_is_found(typed: str, found: list[str]) -> None:
    sessions = [session(), weekly(4), weekly(11), weekly(18)]
    assert [one.id for one in find_meant(sessions, typed, STARTS)] == found


def test_what_may_be_several_sessions_is_not_decided() -> None:
    sessions = [session(), session(id="fastapi-102", entry="fastapi-102", title="FastAPI 进阶")]
    assert {one.id for one in find_meant(sessions, "fastapi", STARTS)} == {"fastapi-101", "fastapi-102"}
