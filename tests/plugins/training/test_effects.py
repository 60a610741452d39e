"""What an edit of schedules.yaml does is known before it is done, and who is asked follows from whom it affects."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.plugins.training import effects_texts as texts
from bot.plugins.training.effects import Change, Effects, Heads, Kind, compare, sort_effects
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.session_texts import what_changed
from tests.plugins.training.kit import STARTS, make_session

NOW = STARTS - timedelta(days=3)
SEATED = Heads(seats=12)
HOUR = timedelta(hours=1)


def in_force(*sessions: TrainingSession) -> dict[str, TrainingSession]:
    return {one.id: one for one in sessions}


def effects_of(
    known: TrainingSession | None, wanted: TrainingSession | None, heads: Heads | None = None, **options: Any
) -> Effects:
    names = {(known or wanted).id: heads} if heads else {}  # type: ignore[union-attr]
    changes = compare(in_force(*([known] if known else [])), in_force(*([wanted] if wanted else [])), names, NOW)
    return sort_effects(changes, **options)


SESSION = make_session(capacity=30, place="三楼", materials="", recording="")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"starts_at": STARTS + HOUR, "ends_at": STARTS + 3 * HOUR}, Kind.MOVED),
        ({"ends_at": STARTS + 3 * HOUR}, Kind.MOVED),
        ({"timezone": "Asia/Tokyo"}, Kind.MOVED),
        ({"title": "FastAPI 进阶"}, Kind.CHANGED),
        ({"host": "小李"}, Kind.CHANGED),
        ({"place": "四楼"}, Kind.CHANGED),
        ({"place": ""}, Kind.CHANGED),
        ({"link": "https://meeting.example/j/43"}, Kind.CHANGED),
        ({"price_fen": 9900}, Kind.CHANGED),
        ({"capacity": 11}, Kind.CHANGED),
        ({"access": "member"}, Kind.CHANGED),
        ({"rooms": ("别的群",)}, Kind.CHANGED),
    ],
)
def test_what_affects_those_who_registered_waits_and_else_is_done_at_once(changes: dict[str, Any], kind: Kind) -> None:
    wanted = replace(SESSION, **changes)
    asked, done = effects_of(SESSION, wanted, SEATED), effects_of(SESSION, wanted)
    assert ([one.kind for one in asked.waiting], asked.harmless) == ([kind], ())
    assert ([one.kind for one in done.harmless], done.waiting) == ([kind], ())
    assert bool(effects_of(SESSION, wanted, Heads(waiting=1)).waiting) is ("capacity" not in changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": 40},
        {"capacity": None},
        {"capacity": 12},
        {"announce": (timedelta(days=1),)},
        {"remind": ()},
        {"missed": "skip"},
        {"materials": "https://example.com/a.pdf"},
        {"recording": "https://example.com/a.mp4"},
        {"rooms": (*SESSION.rooms, "别的群")},
    ],
)
def test_what_takes_nothing_from_anybody_is_done_at_once(changes: dict[str, Any]) -> None:
    effects = effects_of(SESSION, replace(SESSION, **changes), Heads(seats=12, waiting=2, paid=3, paid_fen=3))
    assert ([one.kind for one in effects.harmless], effects.waiting) == ([Kind.CHANGED], ())


@pytest.mark.parametrize("name", ["place", "link", "host"])
def test_what_was_missing_may_be_added(name: str) -> None:
    known = replace(SESSION, **{name: ""})
    effects = effects_of(known, SESSION, SEATED)
    assert [one.told_fields for one in effects.harmless] == [(name,)]


def test_a_session_that_nobody_has_registered_for_may_go() -> None:
    assert [one.kind for one in effects_of(SESSION, None).harmless] == [Kind.REMOVED]
    assert [one.kind for one in effects_of(SESSION, None, Heads(paid=1, paid_fen=9900)).waiting] == [Kind.REMOVED]


def test_an_emptied_file_is_rather_a_slip() -> None:
    assert [one.kind for one in effects_of(SESSION, None, is_emptied=True).waiting] == [Kind.REMOVED]


def test_what_is_the_same_has_no_effects() -> None:
    assert effects_of(SESSION, replace(SESSION, revision=7, secret="s"), SEATED) == Effects()


def test_what_has_begun_is_not_taken_away_and_what_is_over_is_not_made_anew() -> None:
    running = replace(SESSION, starts_at=NOW - HOUR, ends_at=NOW + HOUR)
    assert effects_of(running, None, SEATED) == Effects()
    assert effects_of(None, replace(SESSION, starts_at=NOW - 2 * HOUR, ends_at=NOW - HOUR)) == Effects()


def test_after_its_end_a_session_gets_materials_and_nothing_else() -> None:
    over = replace(SESSION, starts_at=NOW - 3 * HOUR, ends_at=NOW - HOUR)
    effects = effects_of(over, replace(over, recording="https://example.com/a.mp4", title="别的"), SEATED)
    assert [(one.kind, one.fields) for one in effects.harmless] == [(Kind.FILLED, ("recording",))]


def test_the_id_of_a_session_that_is_over_is_not_given_to_another_one() -> None:
    over = replace(SESSION, starts_at=NOW - 3 * HOUR, ends_at=NOW - HOUR)
    (change,) = compare(in_force(over), in_force(SESSION), {}, NOW)
    assert change.kind is Kind.REUSED
    assert sort_effects([change]) == Effects()


def test_one_that_was_called_off_comes_back_as_a_new_one() -> None:
    effects = effects_of(replace(SESSION, is_cancelled=True), SESSION)
    assert [one.kind for one in effects.harmless] == [Kind.NEW]


def test_what_an_edit_puts_in_the_place_of_what_people_lose_waits_with_it() -> None:
    other = replace(SESSION, id="fastapi-102", entry="fastapi-102")
    unrelated = replace(SESSION, id="redis", entry="redis", title="Redis")
    changes = compare(in_force(SESSION), in_force(other, unrelated), {SESSION.id: SEATED}, NOW)
    effects = sort_effects(changes)
    assert {one.session.id for one in effects.waiting} == {"fastapi-101", "fastapi-102"}
    assert {one.session.id for one in effects.harmless} == {"redis"}
    assert len(effects.items) == 1


def test_a_change_is_the_same_one_whoever_has_registered_meanwhile() -> None:
    moved = replace(SESSION, starts_at=STARTS + HOUR)
    few, many = (Change(Kind.MOVED, SESSION, moved, ("starts_at",), Heads(seats=n)) for n in (1, 2))
    later = Change(Kind.MOVED, SESSION, replace(moved, starts_at=STARTS + 2 * HOUR), ("starts_at",))
    assert few.item == many.item != later.item


def test_the_effects_are_told_in_one_line() -> None:
    moved = replace(SESSION, starts_at=STARTS + timedelta(days=1), ends_at=STARTS + timedelta(days=1, hours=2))
    paid = replace(SESSION, id="redis", entry="redis", title="Redis")
    changes = [
        Change(Kind.NEW, None, replace(SESSION, id="a", entry="a")),
        Change(Kind.NEW, None, replace(SESSION, id="b", entry="b")),
        Change(Kind.MOVED, SESSION, moved, ("starts_at", "ends_at"), SEATED),
        Change(Kind.REMOVED, paid, None, (), Heads(seats=3, paid=3, paid_fen=29700)),
    ]
    assert texts.summary(changes) == (
        "新增 2 场、改期 1 场（影响 12 位已报名者，将逐一通知）、删除 1 场（3 人已付款，需退款）"
    )
    assert [texts.detail(one) for one in changes[2:]] == [
        "fastapi-101《FastAPI 入门实战》周六 12-05 20:00 → 周日 12-06 20:00，12 位已报名",
        "redis《Redis》周六 12-05 20:00 取消，3 位已报名，3 人共付了 297 元，要退",
    ]


def test_another_start_and_another_length_are_both_told() -> None:
    longer = replace(SESSION, starts_at=STARTS + HOUR, ends_at=STARTS + 4 * HOUR)
    told = what_changed(SESSION, longer, {"starts_at", "ends_at"})
    assert "21:00" in told
    assert "时长从 2 小时 改成 3 小时" in told
    (line,) = texts.differences(effects_of(SESSION, longer, SEATED).waiting[0])
    assert "21:00" in line
    assert "时长 2 小时 → 3 小时" in line


def test_fewer_places_than_are_taken_throw_nobody_out_and_the_line_says_so() -> None:
    change = Change(Kind.CHANGED, SESSION, replace(SESSION, capacity=10), ("capacity",), SEATED)
    assert texts.detail(change) == (
        "fastapi-101《FastAPI 入门实战》名额 30 → 10（已有 12 人，不会请出任何人），12 位已报名"
    )


def test_the_way_back_names_what_to_write() -> None:
    moved = replace(SESSION, starts_at=STARTS + HOUR, price_fen=100)
    change = Change(Kind.MOVED, SESSION, moved, ("starts_at", "price_fen"), SEATED)
    assert "fastapi-101 改回 starts: 2026-12-05 20:00，price: 免费" in texts.declined([change])
    assert "把 fastapi-101 这一条加回去" in texts.declined([Change(Kind.REMOVED, SESSION, None, (), SEATED)])
