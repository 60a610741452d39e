from __future__ import annotations

import pytest

from bot.plugin import Findings, Hit
from bot.plugins.qa.rules import (
    Confidence,
    Kind,
    SourceNumber,
    decide,
    find_senses,
    read_source_number,
    speaks_of,
)


def hit(name: str, score: float, access: str = "free") -> Hit:
    return Hit(name, name, "", "passage", score, None, 0.0, access=access)


def findings(*hits: Hit, semantic: bool = True) -> Findings:
    return Findings(hits, semantic=semantic, ms=1.0, answer_threshold=0.6, related_threshold=0.5)


@pytest.mark.parametrize(
    ("hits", "kind", "cited"),
    [
        ([], Kind.UNKNOWN, []),
        ([hit("a", 0.49)], Kind.UNKNOWN, []),
        ([hit("a", 0.55), hit("b", 0.51), hit("c", 0.4)], Kind.RELATED, ["a", "b"]),
        ([hit("a", 0.7), hit("b", 0.61), hit("c", 0.55)], Kind.ANSWER, ["a", "b"]),
        ([hit("paid", 0.8, "member"), hit("b", 0.55)], Kind.LOCKED, ["paid"]),
        ([hit("paid", 0.8, "member"), hit("b", 0.61)], Kind.LOCKED, ["paid", "b"]),
        ([hit("paid", 0.8, "member"), hit("b", 0.78)], Kind.ANSWER, ["b"]),
        ([hit("paid", 0.55, "member")], Kind.RELATED, ["paid"]),
    ],
)
def test_a_question_gets_what_its_scores_allow(hits: list[Hit], kind: Kind, cited: list[str]) -> None:
    decision = decide(findings(*hits), {"free"})
    assert decision.kind is kind
    assert [found.document_id for found in decision.hits] == cited


def test_a_member_reads_what_is_locked_for_others() -> None:
    assert decide(findings(hit("paid", 0.8, "member")), {"free", "member"}).kind is Kind.ANSWER


@pytest.mark.parametrize(
    ("score", "semantic", "confidence"),
    [
        (0.85, True, Confidence.HIGH),
        (0.72, True, Confidence.MIDDLE),
        (0.62, True, Confidence.LOW),
        (0.99, False, Confidence.MIDDLE),
    ],
)
def test_words_alone_are_never_sure(score: float, semantic: bool, confidence: Confidence) -> None:
    assert decide(findings(hit("a", score), semantic=semantic), {"free"}).confidence is confidence


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1", SourceNumber(1, False)), ("#57", SourceNumber(57, True)), ("[2]", SourceNumber(2, False))],
)
def test_a_source_is_named_by_place_or_by_number(typed: str, number: SourceNumber) -> None:
    assert read_source_number(typed) == number


@pytest.mark.parametrize("typed", ["", "哪里", "1.5", "-1", "##1"])
def test_chat_is_no_source(typed: str) -> None:
    assert read_source_number(typed) is None


def sense(name: str, score: float, *tags: str, access: str = "free") -> Hit:
    return Hit(name, name, "", "passage", score, None, 0.0, access=access, tags=tags)


GITIGNORE, INDEX = sense(".gitignore 不生效", 0.9, "git"), sense("建了索引没走", 0.85, "sql")


@pytest.mark.parametrize(
    ("question", "hits", "senses"),
    [
        ("索引没生效", [GITIGNORE, INDEX], [GITIGNORE, INDEX]),
        ("索引没生效", [GITIGNORE, sense("建了索引没走", 0.7, "sql")], []),
        ("索引没生效", [GITIGNORE], []),
        ("索引没生效", [GITIGNORE, sense("文件改了没生效", 0.89, "git", "命令")], []),
        ("索引没生效", [GITIGNORE, sense("别的", 0.55, "sql")], []),
        ("索引没生效", [GITIGNORE, sense("建了索引没走", 0.85, "sql", access="member")], []),
        ("建了索引没走", [INDEX, sense(".gitignore 不生效", 0.84, "git")], []),
        ("mysql 表里建了联合索引但是线上查询还是全表扫描很慢", [GITIGNORE, INDEX], []),
        ("内存不够", [sense("redis 满了", 0.8), sense("大文件怎么读", 0.79)], ["redis 满了", "大文件怎么读"]),
        ("内存不够", [sense("内存满了怎么查", 0.8), sense("内存满了怎么防", 0.79)], []),
    ],
)
def test_a_short_question_with_several_senses_is_asked_back(
    question: str, hits: list[Hit], senses: list[Hit | str]
) -> None:
    found = find_senses(question, findings(*hits), {"free"})
    assert [one.title for one in found] == [one if isinstance(one, str) else one.title for one in senses]


def test_words_alone_never_make_a_question_ambiguous() -> None:
    assert find_senses("索引没生效", findings(GITIGNORE, INDEX, semantic=False), {"free"}) == ()


def test_a_second_source_is_nearly_as_good_as_the_first() -> None:
    decision = decide(findings(hit("a", 1.3), hit("b", 0.75), hit("c", 0.65)), {"free"})
    assert [found.document_id for found in decision.hits] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "speaks"), [("用 Go 的 channel", True), ("Golang", False), ("异步的写法", True), ("并发", False)]
)
def test_a_post_speaks_of_what_a_follow_up_adds(text: str, speaks: bool) -> None:
    assert speaks_of(text, {"go": 1.0} if text.isascii() or "Go" in text else {"异步": 2.0, "支持": 1.0}) is speaks
