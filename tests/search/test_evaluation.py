import json
from pathlib import Path

import pytest

from bot.search.bench import bench_ask, bench_ingest
from bot.search.calibration import choose_thresholds
from bot.search.evaluation import Labelled, evaluate, summarise
from bot.search.model import Findings, Hit


def _findings(*scores: tuple[str, float]) -> Findings:
    hits = tuple(Hit(name, "", "", "", score, score, 0.0, ()) for name, score in scores)
    return Findings(hits, semantic=True, ms=2.0, answer_threshold=0.5, related_threshold=0.3)


def test_the_metrics_are_those_of_the_textbook() -> None:
    queries = [Labelled("a", frozenset({"1"})), Labelled("b", frozenset({"2", "3"})), Labelled("c", frozenset())]
    found = [_findings(("1", 0.9)), _findings(("x", 0.8), ("3", 0.7)), _findings(("1", 0.85))]
    result = summarise(queries, found)
    assert result["recall@1"] == 0.5
    assert result["recall@5"] == 1.0
    assert result["mrr@10"] == 0.75
    assert result["ndcg@10"] == pytest.approx((1 + 0.6309 / 1.6309) / 2, abs=1e-3)
    assert result["no_answer_auc"] == 0.5
    assert (result["ms_p50"], result["ms_p95"]) == (2.0, 2.0)


def test_thresholds_let_only_the_allowed_share_of_unanswerable_questions_through() -> None:
    queries = [Labelled("a", frozenset({"1"}))] * 4 + [Labelled("n", frozenset())] * 20
    found = [_findings(("1", score)) for score in (0.95, 0.9, 0.8, 0.1)]
    found += [_findings(("1", number / 25)) for number in range(20)]
    result = choose_thresholds(queries, found)
    assert (result["answered"], result["wrong"]) == (0.75, 0.05)
    assert 0.72 < result["answer_threshold"] <= 0.76
    assert result["related_threshold"] < result["answer_threshold"]


def test_a_question_without_any_hit_counts_as_missed() -> None:
    assert summarise([Labelled("a", frozenset({"1"}))], [_findings()])["recall@5"] == 0.0


def test_hits_are_divided_by_the_thresholds() -> None:
    found = _findings(("1", 0.9), ("2", 0.4), ("3", 0.1))
    assert [hit.document_id for hit in found.answers] == ["1"]
    assert [hit.document_id for hit in found.related] == ["2"]


def test_a_folder_is_evaluated_through_the_real_search(tmp_path: Path) -> None:
    corpus = [{"id": "1", "title": "", "text": "Redis 卡住"}, {"id": "2", "title": "Git", "text": "撤销提交"}]
    queries = [{"query": "redis 卡住", "relevant": ["1"]}, {"query": "量子力学", "relevant": []}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    result = evaluate(tmp_path, "hashing")
    assert (result["recall@1"], result["no_answer_auc"]) == (1.0, 1.0)


def test_the_benches_measure_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.search.bench._QUESTIONS", 5)
    asked, ingested = bench_ask([30, 60], "hashing"), bench_ingest([20], "hashing")
    assert list(asked) == ["30", "60"]
    assert 0 < asked["60"]["ms_p50"] <= asked["60"]["ms_p95"]
    assert ingested["20"]["passages_per_s"] > 0
    assert ingested["20"]["rss_mb"] > 10
