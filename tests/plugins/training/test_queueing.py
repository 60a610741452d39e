"""Who gets a place, who waits and who is offered one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plugins.training.model import Registration, RegistrationState, TrainingSession
from bot.plugins.training.queueing import (
    admit,
    hold_until,
    next_offers,
    offer_until,
    overlapping,
    place_in_line,
    places_left,
)

STARTS = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
NOW = STARTS - timedelta(days=3)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LETTERS = {
    "R": RegistrationState.REGISTERED,
    "H": RegistrationState.HELD,
    "O": RegistrationState.OFFERED,
    "W": RegistrationState.WAITING,
}


def session(capacity: int | None = 2, price: int = 0, **changes) -> TrainingSession:
    values = {"id": "a", "entry": "a", "starts_at": STARTS, "ends_at": STARTS + HOUR, "timezone": "Asia/Shanghai"}
    return TrainingSession(**values | {"title": "A", "capacity": capacity, "price_fen": price} | changes)


def queue(letters: str) -> list[Registration]:
    """Return registrations in the order in which members came: m1, m2, …"""
    return [
        Registration(
            session_id="a", member_id=f"m{at}", room_id="", name="", position=at, state=LETTERS[letter]
        )
        for at, letter in enumerate(letters, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("capacity", "letters", "left"),
    [(None, "RRR", None), (2, "", 2), (2, "R", 1), (3, "RHO", 0), (3, "RHOWW", 0), (2, "RRR", 0), (2, "RWW", 1)],
)
def test_held_and_offered_places_are_taken_and_waiting_takes_none(capacity, letters, left):
    assert places_left(capacity, queue(letters)) == left


@pytest.mark.parametrize(
    ("capacity", "price", "letters", "state"),
    [
        (2, 0, "R", "R"),
        (2, 9900, "R", "H"),
        (2, 0, "RR", "W"),
        (2, 9900, "RH", "W"),
        (2, 0, "RO", "W"),
        (3, 0, "RRW", "W"),
        (None, 0, "R" * 50, "R"),
        (1, 0, "RR", "W"),
    ],
)
def test_nobody_passes_those_who_wait(capacity, price, letters, state):
    assert admit(session(capacity, price), queue(letters)) is LETTERS[state]


@pytest.mark.parametrize(
    ("capacity", "letters", "offered"),
    [
        (2, "RWW", ["m2"]),
        (3, "WRWW", ["m1", "m3"]),
        (2, "ROWW", []),
        (5, "RWW", ["m2", "m3"]),
        (None, "WW", ["m1", "m2"]),
        (1, "RRW", []),
    ],
)
def test_free_places_are_offered_to_the_first_in_line(capacity, letters, offered):
    assert [one.member_id for one in next_offers(session(capacity), queue(letters), NOW)] == offered


def test_the_line_goes_by_position_whatever_the_order_of_the_rows():
    assert [one.member_id for one in next_offers(session(1), queue("WW")[::-1], NOW)] == ["m1"]
    assert place_in_line(queue("RWW")[::-1], "m3") == 2
    assert place_in_line(queue("RWW"), "m1") == 0


@pytest.mark.parametrize("changes", [{"is_cancelled": True}, {"starts_at": NOW}])
def test_nothing_is_offered_once_it_began_or_was_called_off(changes):
    assert next_offers(session(5, **changes), queue("W"), NOW) == []


@pytest.mark.parametrize(("before", "lasts"), [(DAY, 30 * MINUTE), (10 * MINUTE, 10 * MINUTE)])
def test_an_offer_is_over_at_the_start_at_the_latest(before, lasts):
    now = STARTS - before
    assert offer_until(session(), now, 30 * MINUTE) == now + lasts


@pytest.mark.parametrize(
    ("before", "lasts"), [(3 * DAY, DAY), (5 * HOUR, 5 * HOUR), (10 * MINUTE, 30 * MINUTE), (-HOUR, 30 * MINUTE)]
)
def test_a_place_is_held_until_the_start_but_not_shorter_than_an_offer(before, lasts):
    now = STARTS - before
    assert hold_until(session(), now, DAY, 30 * MINUTE) == now + lasts


@pytest.mark.parametrize(
    ("shift", "is_told"), [(0 * HOUR, True), (30 * MINUTE, True), (HOUR, False), (-HOUR, False), (-59 * MINUTE, True)]
)
def test_sessions_that_touch_do_not_overlap(shift, is_told):
    other = session(id="b", starts_at=STARTS + shift, ends_at=STARTS + shift + HOUR)
    assert (overlapping(session(), [other]) == [other]) is is_told


def test_a_session_overlaps_neither_itself_nor_one_that_was_called_off():
    assert overlapping(session(), [session(), session(id="b", is_cancelled=True)]) == []
