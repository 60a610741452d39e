from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugin import Findings, Hit
from bot.plugins.qa.rules import (
    Confidence,
    Kind,
    Shared,
    SourceNumber,
    count_substance,
    decide,
    make_title,
    parse_quoted_share,
    parse_share,
    read_source_number,
    similarity,
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
    ("text", "shared"),
    [
        ("标题 正文在这里", Shared("标题", "正文在这里")),
        ("标题有 空格\n正文\n两行", Shared("标题有 空格", "正文\n两行")),
        ("怎么找大 key？ 用 bigkeys 扫描 #redis #运维", Shared("怎么找大 key？", "用 bigkeys 扫描", ("redis", "运维"))),
        (
            "线上 Redis 卡顿排查 先看 slowlog，再看有没有大 key。",
            Shared("线上 Redis 卡顿排查", "先看 slowlog，再看有没有大 key。"),
        ),
        (
            "Redis 大 key 用 bigkeys 扫描。它只读，不阻塞。",
            Shared("Redis 大 key 用 bigkeys 扫描", "Redis 大 key 用 bigkeys 扫描。它只读，不阻塞。"),
        ),
        (
            "Docker 镜像太大就用多阶段构建，把编译工具留在前一阶段，最后只拷贝产物出来",
            Shared(
                "Docker 镜像太大就用多阶段构建，把编译工具留在前一阶段",
                "Docker 镜像太大就用多阶段构建，把编译工具留在前一阶段，最后只拷贝产物出来",
            ),
        ),
        ("pip 装包太慢怎么办! 换成国内的镜像源", Shared("pip 装包太慢怎么办!", "换成国内的镜像源")),
        ("《重构》读后感 “小步”是全书的关键", Shared("《重构》读后感", "“小步”是全书的关键")),
        ("MySQL 8 升级踩坑：\n先备份 再升级", Shared("MySQL 8 升级踩坑：", "先备份 再升级")),
        ("redis 分布式锁怎么写才对？", Shared("redis 分布式锁怎么写才对", "")),
        ("use uv instead of pip. It is faster", Shared("use uv instead of pip", "use uv instead of pip. It is faster")),
        ("注释\n# 这是注释\nprint(1)", Shared("注释", "# 这是注释\nprint(1)")),
        ("标题 #a\n中间 #不是标签\n#b #a", Shared("标题", "中间 #不是标签", ("a", "b"))),
        ("只有标题", Shared("只有标题", "")),
        ("", Shared("", "")),
    ],
)
def test_a_share_is_taken_apart(text: str, shared: Shared) -> None:
    assert parse_share(text) == shared


def test_the_title_of_a_quote_is_its_first_sentence_unless_one_is_typed() -> None:
    quoted = "连接池要设上限。不然会把数据库打满。"
    assert parse_quoted_share("#redis", quoted) == Shared("连接池要设上限", quoted, ("redis",))
    assert parse_quoted_share("连接池 经验", quoted) == Shared("连接池 经验", quoted)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1", SourceNumber(1, False)), ("#57", SourceNumber(57, True)), ("[2]", SourceNumber(2, False))],
)
def test_a_source_is_named_by_place_or_by_number(typed: str, number: SourceNumber) -> None:
    assert read_source_number(typed) == number


@pytest.mark.parametrize("typed", ["", "哪里", "1.5", "-1", "##1"])
def test_chat_is_no_source(typed: str) -> None:
    assert read_source_number(typed) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_similarity_is_symmetric_and_one_only_for_equals(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0.0 <= similarity(one, other) <= 1.0
    if count_substance(one) > 3:
        assert similarity(one, one) == 1.0


@given(st.text(max_size=300))
def test_sharing_any_text_never_breaks_and_titles_stay_short(text: str) -> None:
    shared = parse_share(text)
    assert "\n" not in shared.title
    assert len(make_title(text)) <= 60
