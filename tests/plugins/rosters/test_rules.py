from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.rosters.model import Doubt, Removal, RemovalState, Seat, SeatState, Standing
from bot.plugins.rosters.people import Occupant
from bot.plugins.rosters.rules import (
    MOST_TRIES,
    compare,
    doubt_about,
    find_leavers,
    is_as_noted,
    is_settled,
    is_too_many,
    next_hour,
    removal_hour,
    seat_now,
)
from tests.plugins.rosters.kit import VIP

pytestmark = pytest.mark.slow

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 12, 5, 4, 0, tzinfo=UTC)
SEAT = Seat(room_id="r", member_id="m")
LATER = NOON + timedelta(days=31)

people = st.frozensets(st.sampled_from("abcdefgh"))


@given(people, people, people)
def test_everybody_is_on_the_side_they_belong(
    wanted: frozenset[str], present: frozenset[str], spared: frozenset[str]
) -> None:
    found = compare(wanted, present, spared)
    assert found.inside | found.missing == wanted
    assert found.inside == wanted & present
    assert found.extra == {one for one in present if one not in wanted and one not in spared}


def test_a_hundred_thousand_members_are_compared() -> None:
    wanted = {f"m{number}" for number in range(100_000)}
    present = {f"m{number}" for number in range(1_000, 101_000)}
    found = compare(wanted, present, {"m100999"})
    assert (len(found.inside), len(found.missing), len(found.extra)) == (99_000, 1_000, 999)


def test_who_does_not_come_is_invited_on_days_0_1_and_3_and_then_given_up() -> None:
    seat, invited = SEAT, []
    for hour in range(24 * 10):
        now = NOON + timedelta(hours=hour)
        seat, invites = seat_now(seat, is_present=False, is_reachable=True, until=LATER, now=now)
        invited += [hour // 24] if invites else []
    assert invited == [0, 1, 3]
    assert (seat.state, seat.tries) == (SeatState.STUCK, MOST_TRIES)


@pytest.mark.parametrize("state", list(SeatState))
def test_who_is_there_has_joined_whatever_was_before(state: SeatState) -> None:
    seat = replace(SEAT, state=state, tries=2, next_at=LATER)
    now, invites = seat_now(seat, is_present=True, is_reachable=False, until=LATER, now=NOON)
    assert (now.state, now.tries, now.next_at, invites) == (SeatState.JOINED, 0, None, False)


def test_who_goes_out_again_is_left_in_peace_until_they_buy_more() -> None:
    joined = replace(SEAT, state=SeatState.JOINED, until=LATER)
    left, invites = seat_now(joined, is_present=False, is_reachable=True, until=LATER, now=NOON)
    assert (left.state, invites) == (SeatState.LEFT, False)
    again, invites = seat_now(left, is_present=False, is_reachable=True, until=LATER, now=LATER)
    assert (again.state, invites) == (SeatState.LEFT, False)
    more, invites = seat_now(left, is_present=False, is_reachable=True, until=LATER + timedelta(days=31), now=NOON)
    assert (more.state, more.tries, invites) == (SeatState.INVITED, 1, True)
    ever, invites = seat_now(left, is_present=False, is_reachable=True, until=None, now=NOON)
    assert (ever.until, invites) == (None, True)


@pytest.mark.parametrize("state", list(SeatState))
def test_nothing_is_concluded_from_the_absence_of_somebody_who_cannot_be_told_from_others(state: SeatState) -> None:
    seat = replace(SEAT, state=state)
    assert seat_now(seat, is_present=False, is_reachable=False, until=LATER, now=NOON) == (seat, False)


@pytest.mark.parametrize(
    ("state", "is_there", "next_at", "quiet"),
    [
        (SeatState.JOINED, True, None, True),
        (SeatState.JOINED, False, None, False),
        (SeatState.INVITED, False, LATER, True),
        (SeatState.INVITED, False, NOON, False),
        (SeatState.INVITED, True, LATER, False),
        (SeatState.LEFT, False, None, True),
        (SeatState.STUCK, True, None, False),
    ],
)
def test_as_long_as_nobody_moves_there_is_nothing_to_compare(
    state: SeatState, *, is_there: bool, next_at: datetime | None, quiet: bool
) -> None:
    seat = replace(SEAT, state=state, next_at=next_at)
    assert is_as_noted([seat], {"m"} if is_there else set(), NOON) is quiet


@pytest.mark.parametrize(
    ("people", "known", "doubt"),
    [
        (0, 0, Doubt.EMPTY), (0, 50, Doubt.EMPTY), (25, 50, Doubt.HALVED), (26, 50, Doubt.NONE), (1, 2, Doubt.HALVED),
        (2, 3, Doubt.NONE), (1, 0, Doubt.NONE), (500, 50, Doubt.NONE),
    ],
)  # fmt: skip
def test_an_empty_or_halved_list_is_not_believed(people: int, known: int, doubt: Doubt) -> None:
    assert doubt_about(people, known) is doubt


@pytest.mark.parametrize(
    ("removals", "people", "too_many"),
    [
        (0, 100, False), (1, 3, False), (2, 39, True), (2, 40, False), (5, 100, False), (6, 100, True),
        (10, 500, False), (11, 500, True), (11, 10_000, True),
    ],
)  # fmt: skip
def test_more_than_ten_or_five_percent_need_the_owners_word(removals: int, people: int, *, too_many: bool) -> None:
    assert is_too_many(removals, people) is too_many


def occupant(name: str, **changed: bool) -> Occupant:
    return replace(Occupant(contact_id=f"c-{name}", name=name, member_id=name, is_sure=True), **changed)


def standing(name: str, **changed: object) -> Standing:
    return replace(Standing(member_id=name, ended={VIP: NOON - timedelta(days=4)}), **changed)  # type: ignore[arg-type]


def leavers(one: Occupant, *standings: Standing) -> tuple[list[str], list[str]]:
    found = find_leavers([one], {each.member_id: each for each in standings}, VIP)
    return [each.name for each, _ in found.sure], [each.name for each, _ in found.unsure]


def test_only_who_was_entitled_once_and_is_surely_known_leaves() -> None:
    assert leavers(occupant("小红"), standing("小红")) == (["小红"], [])
    assert leavers(occupant("小红"), standing("小红", opens=frozenset({VIP}))) == ([], [])
    assert leavers(occupant("小红"), standing("小红", is_paused=True)) == ([], [])
    assert leavers(occupant("小红"), standing("小红", ended={"别的群": NOON})) == ([], [])
    assert leavers(occupant("小红")) == ([], [])
    assert leavers(occupant("小红", is_protected=True), standing("小红")) == ([], [])
    assert leavers(occupant("小红", is_sure=False), standing("小红")) == ([], ["小红"])
    assert leavers(replace(occupant("小红"), member_id=""), standing("")) == ([], [])


def test_the_earliest_end_stands_first_on_the_list() -> None:
    early, late = standing("小刚", ended={VIP: NOON - timedelta(days=9)}), standing("小红")
    found = find_leavers([occupant("小红"), occupant("小刚")], {"小红": late, "小刚": early}, VIP)
    assert [one.name for one, _ in found.sure] == ["小刚", "小红"]


def removal(state: RemovalState, **changed: object) -> Removal:
    about = Removal(room_id="r", member_id="m", ends_at=NOON, name="小红", state=state, remove_at=NOON)
    return replace(about, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "settled"),
    [
        (None, False),
        (removal(RemovalState.SPARED), False),
        (removal(RemovalState.REMOVED), True),
        (removal(RemovalState.LISTED), False),
        (removal(RemovalState.LISTED, remove_at=NOON + timedelta(hours=1)), True),
        (removal(RemovalState.TOLD, remove_at=NOON + timedelta(hours=1)), True),
        (removal(RemovalState.KEPT, kept_until=LATER), True),
        (removal(RemovalState.KEPT, kept_until=NOON), False),
    ],
)
def test_an_end_is_dealt_with_once(known: Removal | None, *, settled: bool) -> None:
    assert is_settled(known, NOON, NOON + timedelta(days=1)) is settled


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def test_the_hour_is_on_the_next_day_of_the_room() -> None:
    assert removal_hour(local(5, 20), 12, SHANGHAI) == local(6, 12)
    assert removal_hour(local(5, 0), 12, SHANGHAI) == local(6, 12)


@pytest.mark.parametrize(
    ("now", "goes_on"),
    [
        (local(5, 21), local(6, 12)),
        (local(6, 11), local(6, 12)),
        (local(6, 11, 30), local(6, 12, 30)),
        (local(6, 15), local(6, 16)),
        (local(6, 21), local(7, 12)),
        (local(7, 3), local(8, 12)),
    ],
)
def test_what_had_stopped_goes_on_as_said_or_an_hour_later_by_day(now: datetime, goes_on: datetime) -> None:
    assert next_hour(now, local(6, 12), 12, SHANGHAI) == goes_on
