"""`eval moderation` and `bench moderation`: what they print of small files, and what they say of wrong ones."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from bot.__main__ import main
from bot.cli import bench_moderation
from bot.moderation import adverts_evaluation, adverts_training
from bot.moderation.adverts_baselines import BASELINES, split_at_spaces, split_bigrams
from bot.moderation.adverts_evaluation import Labelled, Trial, measure, measure_evasions, summarise
from bot.moderation.adverts_learning import Table
from bot.moderation.adverts_texts import write_texts
from bot.moderation.adverts_training import Lesson, Recipe

pytestmark = pytest.mark.slow

ROWS = [
    ("急用钱找我，无抵押当天放款，加微信 daikuan8866", "ad", "loan"),
    ("招手机兼职，日结 300，不收押金，有意私聊", "ad", "job"),
    ("asyncio 怎么限制并发？", "ok", "question"),
    ("哈哈，今晚一起吃饭吗", "ok", "chat"),
]


def write(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    lines = [json.dumps({"text": text, "label": label, "kind": kind}, ensure_ascii=False) for text, label, kind in rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.slow
def test_a_small_file_is_judged_by_the_shipped_filter(tmp_path: Path) -> None:
    result = run("eval", "moderation", str(write(tmp_path / "few.jsonl", ROWS)))

    assert result.exit_code == 0, result.output
    found = json.loads(result.output.splitlines()[-1])
    assert {"precision", "recall", "f1", "fpr", "messages_per_s"} <= set(found)
    assert (found["precision"], found["recall"], found["fpr"], found["folds"]) == (1.0, 1.0, 0.0, 0)
    assert found["kinds"]["loan"] == {"recall": 1.0}
    assert found["kinds"]["chat"] == {"false_alarms": 0.0}
    assert "用自带的过滤器" in result.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"text": "a"}', ":2: 每行要写成"),
        ("[1, 2]", ":2: 每行要写成"),
        ("not json", ":2: 每行要写成"),
        ('{"text": "a", "label": "spam"}', ":2: label 要写 ad 或 ok"),
        ('{"text": 5, "label": "ok"}', ":2: label 要写 ad 或 ok"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "wrong.jsonl"
    file.write_text('{"text": "你好", "label": "ok"}\n' + line, "utf-8")

    result = run("eval", "moderation", str(file))

    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.slow
def test_an_empty_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_text("\n\n", "utf-8")

    assert "没有消息" in run("eval", "moderation", str(file)).output


def made_rows() -> list[Labelled]:
    written = write_texts(1, seed=3)
    adverts = [Labelled(one.text, True, one.kind) for one in written if one.is_advert][::3]
    talk = [Labelled(one.text, False, one.kind) for one in written if not one.is_advert][::2]
    return adverts + talk


@pytest.mark.slow
def test_a_file_with_enough_messages_is_judged_in_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    own = adverts_training.prepare(["加微信领红包", "今晚吃什么"], [True, False])
    monkeypatch.setattr(adverts_training, "prepare_own", lambda *, wide: own)
    monkeypatch.setattr(adverts_evaluation, "prepare_own", lambda *, wide: own)

    trial = Trial(made_rows(), 0.02, shipped=False)
    found = measure(trial)

    assert (found["folds"], found["cuts"]) == (5, 5)
    assert found["recall"] > 0.6
    assert found["fpr"] < 0.1
    assert measure_evasions(Trial(made_rows()[:3], 0.02, shipped=True), lambda _: None)["full-width"] > 0.5


class Learnt:
    """Stands for weights and for a filter: it knows which messages it has seen."""

    def __init__(self, lesson: Lesson, everyone: NDArray[np.int64]) -> None:
        self.has_seen = np.isin(everyone, lesson.folds)

    def weigh_messages(self, _: Table, __: int) -> NDArray[np.float64]:
        return np.where(self.has_seen, np.nan, 1.0)

    def at(self, _: float) -> Learnt:
        return self


def test_no_message_is_judged_by_what_has_seen_it(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = made_rows()
    everyone = np.array([zlib.crc32(row.text.encode()) for row in rows])

    def train(lesson: Lesson, _: Recipe, odds: Sequence[NDArray[np.float64]]) -> Learnt:
        assert [found.tolist() for found in odds] == [[1.0] * len(lesson.labels)]
        return Learnt(lesson, everyone)

    monkeypatch.setattr(adverts_evaluation, "prepare_own", lambda *, wide: None)
    monkeypatch.setattr(adverts_evaluation, "learn_with_own", lambda lesson, *_: Learnt(lesson, everyone))
    monkeypatch.setattr(adverts_evaluation, "train", train)
    trial = Trial(rows, 0.02, shipped=False)

    for number in range(len(rows)):
        judges = cast("list[Learnt]", trial.filters_of(number))
        assert len(judges) == 5
        assert not any(judge.has_seen[number] for judge in judges)
        assert min(judge.has_seen.sum() for judge in judges) > 0.7 * len(rows)


def test_shares_are_counted_by_hand() -> None:
    rows = [Labelled("a", True), Labelled("b", True), Labelled("c", False), Labelled("d", False)]

    assert summarise(rows, [1.0, 0.5, 0.5, 0.0]) == {"precision": 0.75, "recall": 0.75, "f1": 0.75, "fpr": 0.25}
    assert summarise(rows, [True, False, True, False]) == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "fpr": 0.5}
    assert summarise(rows, [False] * 4) == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "fpr": 0.0}


def test_every_baseline_tells_the_easy_ones() -> None:
    rows = [Labelled(f"加微信 领 红包 {number}", True) for number in range(9)]
    rows += [Labelled(f"今晚 吃 什么 {number}", False) for number in range(9)]

    for trainer in BASELINES.values():
        scorer = trainer(rows)
        assert scorer("加微信 领 红包 99") > scorer("今晚 吃 什么 99")


def test_texts_are_cut_as_others_do() -> None:
    assert split_at_spaces("加微信 abc") == ["加微信", "abc"]
    assert split_bigrams("加微信") == ["加微", "微信"]
    assert split_bigrams("加") == ["加"]


@pytest.mark.slow
def test_the_bench_reports_cost_memory_and_the_worst() -> None:
    found: dict[str, Any] = bench_moderation.bench_moderation(100, 50)

    assert found["messages"] == 100
    assert 0.0 < found["us_p50"] <= found["us_p99"]
    assert set(found["worst_ms"]) == {one.name for one in bench_moderation.HOSTILE}
    assert found["rss_mb"] > 0
