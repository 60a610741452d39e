from __future__ import annotations

import pytest

from bot.plugin import Findings, Hit
from bot.plugins.questions.model import find_question_number, read_question_number
from bot.plugins.questions.rules import (
    are_alike,
    covers,
    gather_alike,
    hit_rate,
    names_in,
    nearest_spelled,
    needed_cosine,
    similarity,
    weigh_authors,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [("Q17", 17), ("q 3", 3), ("「Q17」", 17), ("Q17：", 17), ("17", None), ("#17", None), ("Q", None), ("Q17x", None)],
)
def test_a_question_is_written_with_its_letter(text: str, number: int | None) -> None:
    found = read_question_number(text)
    assert (found.value if found else None) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("知识库里还没有这个问题的答案，已记下（Q17）。", 17),
        ("您问的 Q3「怎么装」", 3),
        ("FAQ17 里有", None),
        ("没有", None),
    ],
)
def test_the_number_is_found_in_what_the_bot_said(text: str, number: int | None) -> None:
    found = find_question_number(text)
    assert (found.value if found else None) == number


@pytest.mark.parametrize(
    ("one", "other", "cosine", "alike"),
    [
        ("公司报销的审批人离职了找谁改", "公司报销的审批人离职了，找谁改呢？", None, True),
        ("redis 6 怎么装在内网服务器上", "redis 7 怎么装在内网服务器上", 0.99, False),
        ("Redis 怎么装", "redis 怎么装", None, True),
        ("怎么把银行卡的钱转到支付宝", "支付宝怎么转入银行卡里的钱", None, False),
        ("怎么让头发长得快", "怎么样才可以让头发长快一点", 0.975, True),
        ("怎么让头发长得快", "怎么样才可以让头发长快一点", 0.96, False),
    ],
)
def test_what_asks_the_same_is_told_from_what_is_near(one: str, other: str, cosine: float | None, alike: bool) -> None:
    assert are_alike(one, other, cosine, 0.97) is alike
    assert are_alike(other, one, cosine, 0.97) is alike


def test_spelling_is_compared_without_signs_and_case() -> None:
    assert similarity("Redis 卡顿？", "redis卡顿") == 1.0
    assert similarity("", "") == 0.0
    assert names_in("用 Redis-cli 6.2 连 10.0.0.1") == {"redis-cli", "6.2", "10.0.0.1"}


def test_only_what_is_spelled_a_little_alike_is_compared_by_meaning() -> None:
    others = ["食堂几点开门", "报销 2 找谁", "报销单找谁签字", "报销找谁"]
    assert nearest_spelled("报销找谁签字", others, 9) == [3, 2]
    assert nearest_spelled("报销找谁签字", others, 1) == [3]


def test_without_meaning_no_cosine_is_enough() -> None:
    assert needed_cosine(0.91, 0.895, is_semantic=True) == pytest.approx(0.97)
    assert needed_cosine(0.91, 0.895, is_semantic=False) == 1.0


def test_alike_questions_are_counted_together_the_largest_group_first() -> None:
    texts = ["怎么请假", "报销找谁签字啊", "报销找谁签字", "报销找谁签字呢"]
    assert gather_alike(texts, None, 1.0) == [[1, 2, 3], [0]]
    cosines = [[1.0, 0.2, 0.98], [0.2, 1.0, 0.1], [0.98, 0.1, 1.0]]
    assert gather_alike(["甲乙丙丁", "戊己庚辛", "天地玄黄"], lambda a, b: cosines[a][b], 0.97) == [[0, 2], [1]]


def hit(document_id: str, score: float, **values: object) -> Hit:
    return Hit(document_id, str(values.get("title", "标题")), "", "片段", score, None, 0.0, tags=("kafka",))


def test_who_wrote_near_posts_weighs_more_than_who_wrote_far_ones() -> None:
    hits = (hit("a", 0.89), hit("b", 0.88), hit("c", 0.88), hit("d", 0.5), hit("e", 0.9))
    findings = Findings(hits, True, 1.0, 0.91, 0.895)
    weights = weigh_authors(findings, {"a": "李四", "b": "王五", "c": "王五", "d": "赵六"})
    assert weights["王五"] > weights["李四"] > 0
    assert "赵六" not in weights


@pytest.mark.parametrize(
    ("topic", "question", "covered"),
    [
        ("redis", "线上 Redis 卡住了", True),
        ("go", "mongo 连不上", False),
        ("分布式锁", "分布式锁怎么写", True),
        ("kafka", "消费者掉线", True),
        ("mysql", "消费者掉线", False),
    ],
)
def test_a_topic_covers_what_names_it(topic: str, question: str, covered: bool) -> None:
    assert covers(topic, question, [hit("a", 0.9)]) is covered


def test_the_hit_rate_counts_locked_answers_too() -> None:
    assert hit_rate({}) == 0.0
    assert hit_rate({"answer": 2, "locked": 1, "related": 1, "unknown": 2}) == 0.5
