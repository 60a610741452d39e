"""A glance tells ordinary talk, hides nothing that the whole filter flags, and is not asked after marks."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moderation import adverts
from bot.moderation.adverts import AdvertFilter, Mark, save
from bot.moderation.adverts_glance import LIMIT, MOST_DISGUISE, SHORT, Glance
from bot.moderation.adverts_glancing import fit_glance
from bot.moderation.adverts_texts import write_texts
from bot.moderation.evasions import EVASIONS, MIXTURES, evade
from bot.moderation.revealing import reveal
from tests.examples import examples

pytestmark = pytest.mark.slow

TALK = ("今天加班到很晚", "这个函数为什么返回 None", "中午吃什么", "收到，谢谢", "明天几点开会", "哈哈哈哈")


@pytest.fixture(scope="module")
def shipped() -> AdvertFilter:
    return AdvertFilter.shipped()


@pytest.fixture(scope="module")
def glance(shipped: AdvertFilter) -> Glance:
    assert shipped.glance is not None
    return shipped.glance


def whole(judge: AdvertFilter) -> AdvertFilter:
    """The same filter without its glance."""
    return replace(judge, glance=None)


def test_what_the_whole_filter_flags_is_flagged_after_a_glance(shipped: AdvertFilter) -> None:
    chance, names = random.Random(3), [*EVASIONS, *MIXTURES]
    written = [one.text for one in write_texts(1, seed=77) if one.is_advert]
    disguised = [evade(text, [chance.choice(names)], 0.5, chance) for text in written]
    lenient, asked = shipped.at(0.01), [reveal(text) for text in (*written, *disguised)]

    flagged = [revealed for revealed in asked if whole(lenient).score(revealed).is_advert]

    assert len(flagged) > 500
    assert sum(not lenient.score(revealed).is_advert for revealed in flagged) <= len(flagged) // 500


def test_most_talk_is_told_by_a_glance(shipped: AdvertFilter) -> None:
    talk = [reveal(one.text) for one in write_texts(1, seed=77) if not one.is_advert]
    told = sum(shipped.score(one).score != whole(shipped).score(one).score for one in talk)

    assert told > len(talk) * 3 // 4


@pytest.mark.parametrize("text", TALK)
def test_talk_is_below_every_threshold_that_a_rule_may_set(shipped: AdvertFilter, text: str) -> None:
    assert shipped.score(reveal(text)).score < shipped.threshold_at(0.05)


def test_a_filter_that_learned_from_marks_is_asked_whole(shipped: AdvertFilter) -> None:
    taught = shipped.continued([Mark("水稻飞防打药，无人机植保队，每亩十块", True, datetime(2026, 12, 1, tzinfo=UTC))])

    for text in TALK:
        assert taught.score(reveal(text)) == whole(taught).score(reveal(text))


def test_what_is_disguised_is_looked_at_whole(shipped: AdvertFilter) -> None:
    revealed = reveal("今\u200b天\u200b加\u200b班\u200b到\u200b很\u200b晚")

    assert revealed.disguise >= MOST_DISGUISE
    assert shipped.score(revealed) == whole(shipped).score(revealed)


def test_in_a_long_text_the_worst_stretch_counts(glance: Glance) -> None:
    talk, advert = "昨天的球赛你看了吗太精彩了" * 5, "无抵押贷款当天放款加微信办理额度二十万"

    assert glance.estimate(talk) < LIMIT < glance.estimate(talk + advert + talk)


@given(st.text(max_size=100))
@settings(max_examples=examples(150), deadline=None)
def test_any_text_is_estimated(skeleton: str) -> None:
    glance = AdvertFilter.shipped().glance
    assert glance is not None
    assert np.isfinite(glance.estimate(skeleton))


def test_signs_that_nobody_has_seen_are_talk_when_few_and_looked_at_whole_when_many(glance: Glance) -> None:
    unseen = "\U00020000"

    assert glance.estimate("") == pytest.approx(glance.bias)
    assert glance.estimate(unseen * 5) < LIMIT < glance.estimate(unseen * SHORT)
    assert LIMIT < glance.estimate(unseen * (SHORT + 1)) == glance.estimate(unseen * 500)


def test_a_glance_is_fitted_and_kept_in_the_file(shipped: AdvertFilter, tmp_path: Path) -> None:
    written = write_texts(1)[::12]

    fitted = fit_glance(shipped, [one.text for one in written], [one.is_advert for one in written])
    save(replace(shipped, glance=fitted, glanced=shipped.pieces), tmp_path / "one.npz")
    kept = adverts._load(tmp_path / "one.npz").glance

    assert kept is not None
    assert [kept.estimate(text) for text in TALK] == [fitted.estimate(text) for text in TALK]
    assert kept.odds("今天加班") == fitted.odds("今天加班")
