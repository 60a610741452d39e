import json
from pathlib import Path

import pytest

from bot.search.evaluation import Labelled, evaluate, fuse_by_rank, run_systems, summarise
from bot.search.model import Findings, Hit


def _findings(*scores: tuple[str, float]) -> Findings:
    hits = tuple(Hit(name, "", "", "", score, score, 0.0) for name, score in scores)
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


def test_a_question_without_any_hit_counts_as_missed() -> None:
    assert summarise([Labelled("a", frozenset({"1"}))], [_findings()])["recall@5"] == 0.0


def test_hits_are_divided_by_the_thresholds() -> None:
    found = _findings(("1", 0.9), ("2", 0.4), ("3", 0.1))
    assert [hit.document_id for hit in found.answers] == ["1"]
    assert [hit.document_id for hit in found.related] == ["2"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = [{"id": "1", "title": "", "text": "Redis 卡住"}, {"id": "2", "title": "Git", "text": "撤销提交"}]
    queries = [{"query": "redis 卡住", "relevant": ["1"]}, {"query": "量子力学", "relevant": []}]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    return tmp_path


async def test_the_parts_are_measured_in_the_same_run(folder: Path) -> None:
    queries, systems = await run_systems(folder, "hashing", lambda _text: None)
    assert list(systems) == ["own", "bm25", "dense", "rrf"]
    assert all(len(found) == len(queries) for found in systems.values())
    own, words, meaning, both = ({hit.document_id: hit for hit in systems[name][0].hits} for name in systems)
    assert words.keys() == {"1"}
    assert meaning.keys() == {"1", "2"}
    assert words["1"].score == own["1"].keyword
    assert meaning["1"].score == own["1"].dense
    assert both["1"].score == pytest.approx(2 / 61)
    assert "ms_p50" in summarise(queries, systems["own"])
    assert "ms_p50" not in summarise(queries, systems["rrf"])


def test_ranks_are_fused_by_the_formula() -> None:
    first, second = _findings(("a", 9.0), ("b", 8.0)).hits, _findings(("b", 0.2), ("c", 0.1)).hits
    fused = {hit.document_id: hit.score for hit in fuse_by_rank([first, second])}
    assert list(fused) == ["b", "a", "c"]
    assert fused["b"] == pytest.approx(1 / 62 + 1 / 61)


def test_a_folder_is_evaluated_through_the_real_search(folder: Path) -> None:
    result = evaluate(folder, "hashing")
    assert (result["recall@1"], result["no_answer_auc"]) == (1.0, 1.0)
