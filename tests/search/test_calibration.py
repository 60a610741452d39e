import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.search.calibration import CalibrationError, choose_thresholds, judge_threshold, leave_one_out
from bot.search.encoder import Profile, Thresholds
from bot.search.evaluation import Labelled
from bot.search.hashing import HashingEncoder
from bot.search.model import Document, Findings, Hit

pytestmark = pytest.mark.slow  # many questions

ROOT = Path(__file__).parents[2]


def _findings(*scores: tuple[str, float]) -> Findings:
    hits = tuple(Hit(name, "", "", "", score, score, 0.0) for name, score in scores)
    return Findings(hits, semantic=True, ms=2.0, answer_threshold=0.5, related_threshold=0.3)


def test_thresholds_let_only_the_allowed_share_of_unanswerable_questions_through() -> None:
    queries = [Labelled("a", frozenset({"1"}))] * 4 + [Labelled("n", frozenset())] * 20
    found = [_findings(("1", score)) for score in (0.95, 0.9, 0.8, 0.1)]
    found += [_findings(("1", number / 25)) for number in range(20)]
    result = choose_thresholds(queries, found)
    assert (result["answered"], result["wrong"]) == (0.75, 0.05)
    assert 0.72 < result["answer_threshold"] <= 0.76
    assert result["related_threshold"] < result["answer_threshold"]


def test_an_answer_by_the_wrong_post_is_answered_but_not_right() -> None:
    queries = [Labelled("a", frozenset({"1"})), Labelled("b", frozenset({"2"})), Labelled("n", frozenset())]
    found = [_findings(("1", 0.9)), _findings(("1", 0.9), ("2", 0.8)), _findings(("1", 0.5))]
    assert judge_threshold(queries, found, 0.8) == {"answered": 1.0, "right": 0.5, "wrong": 0.0}


@pytest.mark.parametrize("relevant", [{"1"}, set()])
def test_questions_of_one_kind_say_nothing_about_a_threshold(relevant: set[str]) -> None:
    with pytest.raises(CalibrationError, match="都要有"):
        choose_thresholds([Labelled("a", frozenset(relevant))], [_findings(("1", 0.9))])


def _posts(count: int) -> list[Document]:
    return [
        Document(f"p{n}", f"第{n}号机器怎么重启", f"第{n}号机器：先停服务{n}，再拔电源。", tags=(f"组{n // 2}", "机房"))
        for n in range(count)
    ]


async def test_titles_become_questions_with_and_without_their_post() -> None:
    posts = _posts(24)
    queries, found = await leave_one_out(posts, "hashing", lambda _text: None)
    assert [len(query.relevant) for query in queries] == [1] * 24 + [0] * 24
    assert (
        sum(hits.hits[0].document_id in query.relevant for query, hits in zip(queries[:24], found, strict=False)) >= 20
    )
    for post, hits in zip(posts, found[24:], strict=True):
        assert {hit.document_id for hit in hits.hits}.isdisjoint({post.id})
        assert all(post.tags[0] not in hit.tags for hit in hits.hits)
        assert hits.hits  # what all posts are tagged with tells no subjects apart


async def test_few_posts_are_too_few() -> None:
    with pytest.raises(CalibrationError, match="19 篇，至少要 20 篇"):
        await leave_one_out([*_posts(19), Document("x", "只有标题", " ")], "hashing", lambda _text: None)


def test_an_owners_threshold_moves_both() -> None:
    profile = Profile(thresholds=Thresholds(0.9, 0.85)).with_answer(0.8)
    assert profile.thresholds.answer == 0.8
    assert profile.thresholds.related == pytest.approx(0.75)
    assert HashingEncoder.profile.with_answer(None) is HashingEncoder.profile


@pytest.fixture
def config(tmp_path: Path) -> Path:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    for post in _posts(24):
        (knowledge / f"{post.id}.md").write_text(f"# {post.title}\n\n{post.text}\n", "utf-8")
    file = tmp_path / "bot.yaml"
    settings = {"encoder": "none", "knowledge": str(knowledge), "data": str(tmp_path / "data")}
    file.write_text(json.dumps(settings | {"search": {"answer_threshold": 0.7}}), "utf-8")
    return file


def _calibrate(config: Path, *words: str) -> tuple[list[str], str]:
    result = CliRunner().invoke(main, ["eval", "calibrate", *words, "--config", str(config)])
    assert "Traceback" not in result.output
    return result.stdout.splitlines(), result.stderr


def test_an_owner_gets_a_threshold_and_how_to_set_it(config: Path, tmp_path: Path) -> None:
    rows = [{"query": f"第{n}号机器怎么重启", "relevant": [f"#{n}" if n % 2 else f"p{n}"]} for n in range(1, 5)]
    rows += [{"query": f"晚饭吃什么{n}", "relevant": []} for n in range(4)]
    questions = tmp_path / "q.jsonl"
    questions.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    lines, _ = _calibrate(config, str(questions), "--encoder", "hashing")
    result = json.loads(lines[-1])
    assert lines[0] == "编码器 hashing；问题 8 个，其中 4 个没有答案。"
    assert lines[1].startswith(f"阈值 {result['answer_threshold']:.4f}：没有答案的问题答错 0.0%，有答案的回答 100.0%")
    assert lines[2].startswith("现在 0.7000：")
    assert lines[3].startswith("问题太少")
    assert lines[-3:-1] == ["search:", f"  answer_threshold: {result['answer_threshold']:.4f}"]
    assert result["present"]["answer_threshold"] == 0.7


@pytest.mark.encoder
def test_the_threshold_of_the_embedded_encoder_keeps_its_promise(tmp_path: Path) -> None:
    config = tmp_path / "bot.yaml"
    config.write_text(json.dumps({"knowledge": str(ROOT / "knowledge"), "data": str(tmp_path / "data")}), "utf-8")
    lines, _ = _calibrate(config, str(ROOT / "tests" / "data" / "retrieval" / "questions.jsonl"))
    measured = json.loads(lines[-1])
    for shares in (measured, measured["present"]):
        assert shares["wrong"] <= 0.05
        assert shares["answered"] >= 0.85


def test_without_a_file_the_posts_are_the_questions(config: Path) -> None:
    lines, _ = _calibrate(config, "--encoder", "hashing")
    assert lines[0] == "编码器 hashing；问题 48 个，其中 24 个没有答案。"
    assert json.loads(lines[-1])["questions"] == 48


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "里没有问题"),
        ("[1]", ":1: 每行要写成"),
        ('{"query": "a", "relevant": []}\n{"query": "b"}', ":2: 每行要写成"),
        ('{"query": "a", "relevant": ["#999"]}', "没有帖子 #999"),
        ('{"query": "a", "relevant": []}', "都要有"),
    ],
)
def test_what_is_wrong_with_the_questions_is_said(config: Path, tmp_path: Path, text: str, told: str) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text(text, "utf-8")
    lines, fault = _calibrate(config, str(questions), "--encoder", "hashing")
    assert lines == []
    assert fault.startswith("错误：")
    assert told in fault


def test_words_alone_have_no_threshold_to_find(config: Path) -> None:
    assert "encoder: none" in _calibrate(config)[1]
