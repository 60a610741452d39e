from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.sharing.rules import (
    Choosing,
    Shared,
    count_substance,
    make_title,
    new_parts,
    parse_quoted_share,
    parse_share,
    plain_question,
    post_number_in,
    read_choosing,
    similarity,
)


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


@given(st.text(max_size=60), st.text(max_size=60))
def test_similarity_is_symmetric_and_one_only_for_equals(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0.0 <= similarity(one, other) <= 1.0
    if count_substance(one, 4) > 3:
        assert similarity(one, one) == 1.0


def test_counting_ends_where_it_is_enough() -> None:
    class Endless(str):
        """A text that is read no further than its tenth character."""

        __slots__ = ()

        def __iter__(self) -> Iterator[str]:
            yield from "，限 制 并发 abc"
            raise AssertionError

    assert count_substance(Endless("限"), 7) == 7
    assert count_substance("🙂，。a1 限", 9) == 3


@given(st.text(max_size=300))
def test_sharing_any_text_never_breaks_and_titles_stay_short(text: str) -> None:
    shared = parse_share(text)
    assert "\n" not in shared.title
    assert len(make_title(text)) <= 60


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("甲说过这句话。乙也说过那句。", "甲说过这句话。丙说的完全是另一件事。", "丙说的完全是另一件事。"),
        ("用 bigkeys 扫描整个实例。", "用 bigkeys 扫描整个实例！", ""),
        ("第一行在这里\n第二行在那里", "第一行在这里\n全新的第三行内容\n第二行在那里", "全新的第三行内容"),
        ("看代码：\n```\nprint(1)\n```", "看代码：\n```\nprint(1)\n```\n完成了", "完成了"),
        ("看代码。", "看代码。\n```python\nx = 1  # 看代码。\n```", "```python\nx = 1  # 看代码。\n```"),
    ],
)
def test_only_what_is_new_is_merged_and_code_whole(old: str, new: str, left: str) -> None:
    assert new_parts(old, new) == left


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("1", 1), ("选 2", 2), ("③", None), ("3。", 3), ("7", None), ("合并", Choosing.MERGE),
        ("以后都同意", Choosing.ALWAYS), ("以后都不。", Choosing.NEVER), ("不同意", Choosing.NO), ("好的", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_choice_is_a_number_or_a_word(text: str, chosen: Choosing | int | None) -> None:
    assert read_choosing(text) == chosen


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("@小知 asyncio 怎么限制并发？", "asyncio 怎么限制并发？"),
        ("问 怎么限制并发", "怎么限制并发"),
        ("/提问 怎么限制并发", "怎么限制并发"),
        ("问题是怎么\n限制并发", "问题是怎么 限制并发"),
        ("", ""),
    ],
)
def test_a_question_stands_without_what_called_the_bot(text: str, question: str) -> None:
    assert plain_question(text) == question


@pytest.mark.parametrize(
    ("text", "number"), [("已收录 #57《找大 key》，谢谢小明。", 57), ("没有编号", None), ("# 标题", None)]
)
def test_the_number_of_a_post_is_read_from_what_the_bot_said(text: str, number: int | None) -> None:
    assert post_number_in(text) == number


def test_long_texts_are_merged_without_comparing_everything_with_everything() -> None:
    old = "".join(f"第 {number} 条是早就写过的内容。" for number in range(1000))
    assert new_parts(old, f"{old}最后一条是全新的说法。") == "最后一条是全新的说法。"
