"""A filter that goes on from marks: what it may move, and what keeps normal talk where it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.moderation import adverts_background, adverts_background_building
from bot.moderation.adverts import AdvertFilter, Mark
from bot.moderation.adverts_background import Background
from bot.moderation.adverts_continuing import _Task, continue_filter
from bot.moderation.adverts_learning import PLACES, Table
from bot.moderation.adverts_marks import MARKS
from bot.moderation.adverts_texts import write_texts
from bot.moderation.adverts_training import LIGHTLY, SHIPPED, Lesson, prepare
from bot.moderation.revealing import reveal

pytestmark = pytest.mark.slow

AT = datetime(2026, 12, 1, tzinfo=UTC)
KIND = tuple(
    f"{animal}{service}，{offer}"
    for animal in ("赛鸽", "信鸽", "锦鲤", "斗鸡", "蜜蜂")
    for service in ("配种", "种苗出让", "寄养驯化")
    for offer in ("血统证书齐全，看货议价", "开春第一批，先到先选", "老养殖户，全国空运")
)


def marks(*texts: str, is_advert: bool = True) -> list[Mark]:
    return [Mark(text, is_advert, AT) for text in texts]


def is_flagged(judge: AdvertFilter, text: str) -> bool:
    return judge.score(reveal(text)).is_advert


@pytest.fixture(scope="module")
def shipped() -> AdvertFilter:
    return AdvertFilter.shipped()


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    written = write_texts(1)[::6]
    return prepare([one.text for one in written], [one.is_advert for one in written])


def test_normal_talk_stays_below_the_threshold_when_a_kind_is_learnt(shipped: AdvertFilter) -> None:
    background = Background.shipped()

    taught = shipped.continued(marks(*KIND[:30]))

    change = taught.dense - shipped.dense
    after = background.odds + background.dense @ change + taught.bias - shipped.bias
    limit = shipped.limit_at(shipped.false_alarms)
    assert taught.limit_at(taught.false_alarms) == limit
    assert np.mean(after >= limit) <= np.mean(background.odds >= limit) + 0.001
    assert sum(is_flagged(taught, text) for text in KIND[30:]) >= sum(is_flagged(shipped, text) for text in KIND[30:])


def test_a_piece_that_one_mark_alone_holds_stays(shipped: AdvertFilter) -> None:
    taught = shipped.continued(marks(KIND[0]))

    assert np.allclose(taught.pieces, shipped.pieces * np.float32(shipped.unit))


def test_one_wrong_mark_among_thirty_spares_what_it_says(shipped: AdvertFilter) -> None:
    taught = shipped.continued(marks(*KIND[:29], "周五晚上一起吃火锅吗"))

    assert not is_flagged(taught, "周六晚上一起吃火锅吧")
    assert sum(is_flagged(taught, text) for text in KIND[30:]) >= 10


def test_a_marked_false_alarm_stays_none_beside_marked_advertisements(shipped: AdvertFilter) -> None:
    text = "训练营直播课只要 9.9 元，扫码进群领资料，名额有限"
    assert is_flagged(shipped, text)

    taught = shipped.continued([*marks(*KIND[:30]), *marks(text, is_advert=False)])

    assert not is_flagged(taught, text)


def test_signs_of_shape_that_the_filter_ignores_are_not_learnt(shipped: AdvertFilter) -> None:
    taught = shipped.continued(marks(*KIND[:10]))

    for mark in SHIPPED.ignored:
        assert taught.dense[MARKS.index(mark)] == 0.0


def test_a_background_holds_no_meaning_that_could_be_read_back(lesson: Lesson) -> None:
    made = adverts_background_building.gather(lesson, LIGHTLY)

    assert len(made.odds) == np.count_nonzero(~lesson.labels)
    meaning, blurred = lesson.table.dense[:, len(MARKS) :], made.dense[:, len(MARKS) :]
    nearest = [np.min(np.linalg.norm(meaning - row, axis=1)) for row in blurred]
    apart = np.linalg.norm(meaning[:, None] - meaning[None], axis=2)
    assert np.median(nearest) > 0.5 * np.median(apart)  # a row lies about as near to others as to its own message


def test_a_background_is_saved_as_the_same_bytes_and_read_again(tmp_path: Path) -> None:
    made = Background(np.array([[0.0, 1.0], [0.5, -1.0], [1.0, 0.0]]), np.array([-3.0, -1.0, 0.5]))
    for name in ("one", "other"):
        adverts_background.save(made, tmp_path / name)

    read = adverts_background._load(tmp_path / "one")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert np.allclose(read.dense, made.dense, atol=0.01)
    assert np.allclose(read.odds, made.odds)


def test_the_rise_is_that_of_the_most_suspicious_talk() -> None:
    background = Background(np.zeros((1000, 1)), np.repeat([-5.0, 0.0], [900, 100]))

    assert background.rise(np.zeros(1000), 0.01) == 0.0
    assert background.rise(np.repeat([4.0, 2.0], [900, 100]), 0.01) == pytest.approx(2.0)


def beside(rows: NDArray[np.float64], odds: NDArray[np.float64]) -> _Task:
    """Return the task of learning one direction from twenty marked advertisements, beside some normal talk."""
    count = 20
    marked = np.random.default_rng(2).normal([1.5, 0.0, 0.0], 0.5, (count, 3))
    table = Table(np.arange(count), np.ones(count, int), np.zeros(count, int), marked, np.arange(count))
    return _Task(
        table=table, odds=np.full(count, -2.0), labels=np.ones(count, bool), importance=np.full(count, 5.0),
        marked=count, dense=rows, background=odds, eases=np.zeros(PLACES), is_heeded=np.ones(3, bool),
    )  # fmt: skip


def test_how_far_unseen_talk_rises_is_told_as_if_learnt_without_it() -> None:
    chance = np.random.default_rng(1)
    rows, odds = chance.normal(0.0, 1.0, (60, 3)), chance.normal(-2.0, 1.0, 60)
    task = beside(rows, odds)
    seen = rows @ task.solve().dense + task.solve().bias
    left_out = [beside(np.delete(rows, one, 0), np.delete(odds, one)).solve() for one in range(len(rows))]
    unseen = np.array([row @ change.dense + change.bias for row, change in zip(rows, left_out, strict=True)])

    told = task.move_unseen(task.solve())

    assert np.abs(told - unseen).mean() < 0.2 * np.abs(seen - unseen).mean()


def test_our_own_talk_and_the_background_alone_change_nothing() -> None:
    chance = np.random.default_rng(1)
    task = beside(chance.normal(0.0, 1.0, (60, 3)), chance.normal(-2.0, 1.0, 60))

    change = replace(task, marked=0).solve()

    assert np.allclose([*change.dense, change.bias], 0.0)


def test_another_background_makes_another_filter(shipped: AdvertFilter) -> None:
    quiet = Background(Background.shipped().dense[:200], np.full(200, -9.0))

    assert continue_filter(shipped, marks(*KIND[:5]), quiet).bias != shipped.continued(marks(*KIND[:5])).bias
