from __future__ import annotations

import pytest

from bot.plugin import Findings, Hit
from bot.plugins.qa.rules import (
    Confidence,
    Kind,
    SourceNumber,
    decide,
    read_source_number,
)


def hit(name: str, score: float, access: str = "free") -> Hit:
    return Hit(name, name, "", "passage", score, None, 0.0, ((0, 7),), access=access)


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
