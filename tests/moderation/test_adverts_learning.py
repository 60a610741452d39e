"""What the filter learns: from texts in training, and from what a room's people mark."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.moderation import adverts_training
from bot.moderation.adverts import AdvertFilter, Mark, save
from bot.moderation.adverts_features import BITS, MARKS
from bot.moderation.adverts_learning import minimise
from bot.moderation.adverts_texts import fill, write_texts
from bot.moderation.adverts_training import prepare
from bot.moderation.revealing import reveal

pytestmark = pytest.mark.slow

AT = datetime(2026, 12, 1, tzinfo=UTC)
# A kind of advertisement that is in no training text: drones for spraying fields.
UNKNOWN_KIND = tuple(
    f"{crop}{verb}，{machine}{offer}"
    for crop, verb, machine, offer in zip(
        ("水稻", "小麦", "玉米", "果园", "棉花", "茶园", "大豆", "油菜", "柑橘", "甘蔗") * 4,
        ("飞防打药", "植保作业", "喷洒施肥", "播种撒肥") * 10,
        ("无人机植保队", "植保飞手", "农业无人机", "飞防大队", "植保机组") * 8,
        ("每亩十块，随叫随到", "承接跨区作业", "按亩结算，可包年", "本县可上门", "提前预约排期") * 8,
        strict=True,
    )
)
TALK = ("无人机拍的视频真清楚", "老家的水稻快收了", "这个 API 每天调用多少次", "周末去果园摘柑橘吗", "玉米好吃")


def marks(texts: tuple[str, ...], *, is_advert: bool = True) -> list[Mark]:
    return [Mark(text, is_advert, AT + timedelta(minutes=number)) for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def shipped() -> AdvertFilter:
    return AdvertFilter.shipped()


def recall(judge: AdvertFilter, texts: tuple[str, ...]) -> float:
    return sum(judge.score(reveal(text)).is_advert for text in texts) / len(texts)


def test_thirty_marks_teach_a_kind_that_nobody_knew(shipped: AdvertFilter) -> None:
    taught = shipped.continued(marks(UNKNOWN_KIND[:30]))

    assert recall(shipped, UNKNOWN_KIND[30:]) < 0.5
    assert recall(taught, UNKNOWN_KIND[30:]) >= recall(shipped, UNKNOWN_KIND[30:]) + 0.25
    assert recall(taught, TALK) == 0.0


def test_what_was_known_before_is_known_after(shipped: AdvertFilter) -> None:
    written = [one for one in write_texts(1, seed=99) if one.is_advert]
    texts = tuple(one.text for one in written)

    assert recall(shipped.continued(marks(UNKNOWN_KIND[:30])), texts) >= recall(shipped, texts) - 0.03


def test_a_false_alarm_that_is_marked_is_none_any_more(shipped: AdvertFilter) -> None:
    text = "训练营直播课只要 9.9 元，扫码进群领资料，名额有限"
    assert recall(shipped, (text,)) == 1.0

    taught = shipped.continued(marks((text,), is_advert=False))

    assert recall(taught, (text,)) == 0.0
    assert recall(taught, ("急用钱找我，无抵押当天放款，加微信 daikuan8866",)) == 1.0


def test_a_few_wrong_marks_do_little(shipped: AdvertFilter) -> None:
    right = marks(UNKNOWN_KIND[:30])
    wrong = [Mark(text, True, AT) for text in ("哈哈哈", "收到，谢谢大佬", "今晚开会吗")]

    taught = shipped.continued([*right, *wrong])

    assert recall(taught, ("好的收到", "谢谢", "今晚有课吗", "哈哈", "开会几点")) == 0.0
    assert recall(taught, UNKNOWN_KIND[30:]) >= recall(shipped.continued(right), UNKNOWN_KIND[30:]) - 0.2


def test_the_last_decision_about_a_text_counts(shipped: AdvertFilter) -> None:
    text = UNKNOWN_KIND[0]
    changed_mind = [Mark(text, True, AT), Mark(text, False, AT + timedelta(days=1))]

    taught = shipped.continued(changed_mind)

    assert taught.score(reveal(text)).score == shipped.continued(changed_mind[1:]).score(reveal(text)).score


def test_the_same_marks_in_any_order_make_the_same_filter(shipped: AdvertFilter) -> None:
    given = marks(UNKNOWN_KIND[:12])
    shuffled = random.Random(1).sample(given, len(given))

    one, other = shipped.continued(given), shipped.continued(shuffled)

    assert np.array_equal(one.pieces, other.pieces)
    assert np.array_equal(one.dense, other.dense)


def test_without_marks_nothing_changes(shipped: AdvertFilter) -> None:
    assert shipped.continued([]) is shipped


def test_written_texts_are_the_same_every_time_and_hold_no_pattern() -> None:
    written = write_texts(3)

    assert written == write_texts(3)
    assert len({one.text for one in written if one.is_advert}) > 600
    assert len({one.kind for one in written if one.is_advert}) >= 20
    assert not any("{$" in one.text or "{#" in one.text for one in written)


def test_wide_texts_are_added_to_the_others_and_no_text_is_both_an_advertisement_and_talk() -> None:
    written, wide = write_texts(2), write_texts(2, wide=True)

    assert set(written) < set(wide)
    assert len(wide) > 3 * len(written)
    assert not any("{$" in one.text or "{#" in one.text for one in wide)
    adverts = {one.text for one in wide if one.is_advert}
    assert not adverts & {one.text for one in wide if not one.is_advert}


def test_a_pattern_chooses_and_keeps_other_braces() -> None:
    chance = random.Random(1)

    assert fill("{a|a}{$x} if (b) { return; }", {"$x": "c|c"}, chance) == "ac if (b) { return; }"


def test_a_file_trains_a_filter_that_is_saved_as_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write_texts(1)
    own = prepare([one.text for one in written[::9]], [one.is_advert for one in written[::9]])
    lesson = prepare([one.text for one in written[1::5]], [one.is_advert for one in written[1::5]])
    monkeypatch.setattr(adverts_training, "prepare_own", lambda *, wide: own)

    made = adverts_training.train(lesson, adverts_training.LIGHTLY)
    save(made, tmp_path / "one.npz")
    save(adverts_training.train(lesson, adverts_training.LIGHTLY), tmp_path / "other.npz")

    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    adverts, talk = (
        [made.score(reveal(one.text)).score for one in written[2::5] if one.is_advert == wanted]
        for wanted in (True, False)
    )
    assert np.median(adverts) > 0.8
    assert np.median(talk) < 0.2


def test_signs_of_shape_that_a_recipe_ignores_weigh_nothing() -> None:
    for mark in adverts_training.SHIPPED.ignored:
        assert AdvertFilter.shipped().dense[MARKS.index(mark)] == 0.0


def test_the_shipped_tables_are_small() -> None:
    folder = Path(__file__).parents[2] / "bot" / "moderation" / "data"

    assert sum(file.stat().st_size for file in folder.glob("adverts*.npz")) < 2_000_000
    assert AdvertFilter.shipped().pieces.nbytes == 1 << BITS


def test_the_least_of_a_bowl_is_found() -> None:
    centre = np.array([3.0, -2.0, 0.5])
    steepness = np.array([1.0, 30.0, 400.0])

    found = minimise(lambda at: (float(steepness @ (at - centre) ** 2), 2.0 * steepness * (at - centre)), np.zeros(3))

    assert np.allclose(found, centre, atol=1e-3)
