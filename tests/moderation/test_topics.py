"""Talk that left its theme for long is noticed; talk with a little of everything, and talk that came back, is not."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.evaluating_offtopic import offtopic
from bot.moderation import topics, topics_streams, topics_subjects
from bot.moderation.topics import LONGEST_PAUSE, NUDGE, WINDOW, Conversation, Drift, Heard, Theme
from bot.moderation.topics_streams import Labelled, measure_drift
from bot.moderation.topics_subjects import Subjects
from bot.search.embedded import EmbeddedEncoder
from tests.examples import examples

pytestmark = pytest.mark.slow

BEGIN = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "shared/data/moderation/offtopic.jsonl"


@pytest.fixture(scope="module")
def subjects() -> Subjects:
    found = Subjects.shipped(EmbeddedEncoder.fingerprint)
    assert found is not None
    return found


def _rows(subjects: Subjects, *texts: str) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the vectors of shipped sentences: no encoder is needed for them."""
    known = topics_subjects.sentences()
    return subjects.vectors[[known.index(text) for text in texts]]


def _craft(subjects: Subjects) -> Theme:
    return topics.fit_theme(
        _rows(subjects, "这个报错是什么意思，TypeError: 'NoneType' object is not subscriptable"), subjects
    )


def _talk(odds: list[float], *, people: int = 4, gap: timedelta = timedelta(seconds=40)) -> list[Drift | None]:
    talk = Conversation()
    return [
        talk.hear(Heard(str(number), str(number % people), BEGIN + number * gap, one))
        for number, one in enumerate(odds)
    ]


def test_shipped_vectors_fit_the_sentences_and_other_encoders_have_none(subjects: Subjects) -> None:
    assert len(subjects.vectors) == len(topics_subjects.sentences())
    assert np.allclose(np.linalg.norm(subjects.vectors, axis=1), 1, atol=0.01)
    assert Subjects.shipped("another") is None


def test_a_theme_of_the_craft_takes_all_its_subjects(subjects: Subjects) -> None:
    theme = _craft(subjects)
    odds = np.array(theme.judge(subjects.vectors))
    assert (odds[subjects.is_craft] > 0).mean() > 0.95
    assert (odds[~subjects.is_craft] < 0).mean() > 0.97


def test_a_theme_of_anything_else_takes_its_own_subject_only(subjects: Subjects) -> None:
    theme = topics.fit_theme(_rows(subjects, "二十万预算买什么车好", "特斯拉和比亚迪怎么选"), subjects)
    about, other = theme.judge(_rows(subjects, "新买的电车冬天续航掉一半", "中午吃什么，有没有推荐的"))
    assert about > 0 > other
    assert theme.judge(_rows(subjects, "Docker 容器里时区不对"))[0] < 0


def test_posts_of_the_room_widen_its_theme(subjects: Subjects) -> None:
    posts = _rows(subjects, "演唱会门票秒没，黄牛卖三千", "这歌单循环了一下午")
    said = _rows(subjects, "追的动漫终于更新了")
    narrow = topics.fit_theme(_rows(subjects, "二十万预算买什么车好"), subjects).judge(said)[0]
    wide = topics.fit_theme(_rows(subjects, "二十万预算买什么车好"), subjects, posts).judge(said)[0]
    assert wide > narrow


def test_twenty_messages_elsewhere_are_a_drift_and_nineteen_are_none_yet() -> None:
    found = _talk([-2.0] * WINDOW)
    assert found[: WINDOW - 1] == [None] * (WINDOW - 1)
    last = found[-1]
    assert last is not None
    assert last.is_long
    assert last.share > 0.8
    assert last.since == BEGIN


def test_a_fifth_of_other_talk_is_usual() -> None:
    found = _talk([-2.0 if number % 5 == 0 else 2.0 for number in range(200)])
    assert not any(drift.is_long for drift in found if drift)


def test_one_person_alone_is_no_conversation() -> None:
    assert not any(drift.is_long for drift in _talk([-3.0] * 60, people=1) if drift)


def test_who_came_back_is_not_called_back() -> None:
    found = _talk([-3.0] * (WINDOW - 5) + [3.0] * 5)[-1]
    assert found is not None
    assert found.score > NUDGE
    assert not found.is_long


def test_a_long_silence_ends_a_conversation() -> None:
    assert all(drift is None for drift in _talk([-3.0] * 60, gap=LONGEST_PAUSE + timedelta(seconds=1)))


def test_the_farthest_messages_are_named_in_their_order() -> None:
    odds = [-1.0] * WINDOW
    odds[3], odds[11], odds[7] = -3.0, -5.0, -4.0
    found = _talk(odds)[-1]
    assert found is not None
    assert found.farthest == ("3", "7", "11")


def test_what_a_room_was_always_like_is_usual_to_it() -> None:
    assert topics.usual_score([]) == NUDGE
    assert topics.usual_score([2.0] * 200) == NUDGE
    assert NUDGE < topics.usual_score([-2.0] * 200) <= topics.MOST_USUAL


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
@settings(max_examples=examples(25), deadline=None)
def test_conversations_depend_on_what_was_heard_and_on_nothing_else(odds: list[float]) -> None:
    assert _talk(odds) == _talk(odds)
    assert all(0 <= drift.share <= 1 for drift in _talk(odds) if drift)


@pytest.mark.parametrize(
    "text",
    ["哈哈哈哈", "嗯", "[表情]", "[捂脸][捂脸][捂脸]", "收到", "谢谢老师", "好的，谢谢大佬", "666666", "@小明 在吗",
     "1", "？？？", "https://a.cn/x", "ok", "", "hhhhh", "是的是的", "早上好啊大家"],
)  # fmt: skip
def test_fillers_say_nothing_about_a_subject(text: str) -> None:
    assert topics.topic_text(text) == ""


@pytest.mark.timeout(5)
def test_a_long_row_of_fillers_is_not_tried_in_every_way() -> None:
    for filler in ("好的", "h", "早上", "ok", "哈", "是的"):
        assert topics.topic_text(filler * 60 + "接口超时重试") != ""


def test_what_says_something_is_embedded_without_names_and_addresses() -> None:
    assert topics.topic_text("@小明  这个接口\n为什么超时 https://a.cn/x [捂脸]") == "这个接口 为什么超时"
    assert len(topics.topic_text("代码审查怎么做" * 100)) == 200


@pytest.mark.slow
def test_the_measure_finds_what_differs_and_nothing_where_nothing_does(
    subjects: Subjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics_streams, "_DRAWN", 1000)  # a tenth
    monkeypatch.setattr(topics_streams, "_MESSAGES", 1000)
    chance = np.random.default_rng(1)
    theme, is_on = subjects.vectors[:1], np.arange(400) % 2 == 0
    on, off = subjects.vectors[subjects.is_craft], subjects.vectors[~subjects.is_craft]
    rows = np.where(is_on[:, None], chance.choice(on, 400), chance.choice(off, 400))
    found = measure_drift(Labelled(rows, is_on, theme, subjects))
    assert found["auc"] > 0.99
    assert found["found_20"] > 0.99
    mixed = measure_drift(Labelled(chance.choice(subjects.vectors, 400), is_on, theme, subjects))
    assert mixed["found_20"] < 0.3


@pytest.mark.slow
def test_the_command_prints_json_last_and_names_bad_lines(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    rows = [
        {"text": f"{'写代码调试接口' if one % 2 else '今晚吃火锅'}{one}", "on_topic": bool(one % 2)}
        for one in range(120)
    ]
    good.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    bad.write_text('{"text": "x"}', encoding="utf-8")
    saved = tmp_path / "topics.npz"
    run = CliRunner().invoke(offtopic, [str(good), "--encoder", "hashing", "--save", str(saved)])
    assert run.exit_code == 0, run.output
    assert json.loads(run.output.splitlines()[-1])["messages"] == 120
    assert saved.exists()
    failed = CliRunner().invoke(offtopic, [str(bad), "--encoder", "hashing"])
    assert "bad.jsonl:1: 每行要写成" in str(failed.exception)


@pytest.mark.soak
@pytest.mark.skipif(not DATA.exists(), reason="development data is not here")
@pytest.mark.skipif(sys.platform == "win32", reason="the encoder is built elsewhere")
def test_drifting_talk_of_the_development_data_is_found() -> None:
    run = CliRunner().invoke(offtopic, [str(DATA)])
    found = json.loads(run.output.splitlines()[-1])
    assert found["found_20"] >= 0.95
    assert found["found_16"] >= 0.85
    assert found["false_nudges_steady"] <= 1
    assert found["false_nudges_mixed"] <= 1
