"""Answers are whole sentences that stand alone: nothing torn, nothing that leans on what is not shown."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugin import Hit
from bot.plugins.qa.excerpt import make_excerpt
from bot.plugins.qa.model import Post, Source
from bot.plugins.qa.prose import take_apart
from bot.plugins.qa.rules import Confidence
from bot.plugins.qa.texts import answer_text

TODAY = date(2026, 12, 1)


def answer(body: str, passage: str = "", question: str = "", title: str = "标题", **weights: float) -> list[str]:
    post = Post(
        id="p", number=7, title=title, body=body, author="老王", room="", member_id="", tags=(), date="2026-06-02",
        access="free", source=Source.KNOWLEDGE, created_at=datetime(2026, 6, 2, tzinfo=UTC),
    )  # fmt: skip
    hit = Hit("p", title, "", passage or body, 0.8, None, 0.0, weights=weights)
    return answer_text(hit, post, Confidence.HIGH, TODAY, question=question).splitlines()


def excerpt(passage: str, question: str = "", heading: str = "", lead: str = "", **weights: float) -> list[str]:
    return list(make_excerpt(passage, weights, heading=heading, lead=lead, question=question).lines)


def test_a_short_first_sentence_takes_the_next_with_it() -> None:
    assert answer("会的。内存耗尽时内核会杀掉占用大的进程。")[0] == "会的。内存耗尽时内核会杀掉占用大的进程。"
    assert answer("先看慢日志再动手，这样最稳。再看大 key。")[0] == "先看慢日志再动手，这样最稳。"


def test_yes_is_left_out_when_nobody_asked_whether() -> None:
    body = "多半是。内存耗尽时内核会杀掉占用大的进程。"
    assert answer(body, question="进程被杀了")[0] == "内存耗尽时内核会杀掉占用大的进程。"
    assert answer(body, question="是不是 OOM")[0] == body


def test_what_introduces_code_that_is_not_shown_is_left_out() -> None:
    code = "```sql\n" + "select 1;\n" * 9 + "```"
    lines = answer(f"等值条件在前，排序在后。\n\n例：查某用户最近的订单。\n\n写法如下：\n\n{code}")
    assert lines == ["等值条件在前，排序在后。", "【把握：高】[1] 老王 6月2日 #7", "发送「来源 1」看全文和代码"]


def test_a_long_sentence_ends_at_a_clause() -> None:
    first = answer("证书不对就先看中间证书，" * 20 + "完。")[0]
    assert len(first) <= 110
    assert first.endswith("证书…")


def test_short_code_is_shown_whole_and_then_nothing_is_left_to_read() -> None:
    lines = answer("用信号量限制并发就可以了。\n\n```python\nsem = Semaphore(10)\nasync with sem: ...\n```")
    assert lines == [
        "用信号量限制并发就可以了。",
        "sem = Semaphore(10)",
        "async with sem: ...",
        "【把握：高】[1] 老王 6月2日 #7",
    ]


def test_three_lines_of_code_come_with_the_sentence_that_introduces_them_and_only_when_asked_how() -> None:
    body = "源在国外，换成国内镜像。\n\n一次设好：\n\n```\na=1\nb=2\nc=3\n```\n\n镜像有延迟。"
    assert excerpt(body, "怎么换源") == ["一次设好：", "a=1", "b=2", "c=3"]
    assert excerpt(body, "为什么慢", 镜像=1.0) == ["源在国外，换成国内镜像。"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "条件写成 `WHERE v = ?`，再提交。完了就好，不用重试。",
            ["条件写成 WHERE v = ?，再提交。", "完了就好，不用重试。"],
        ),
        ("他说“先停。再查。”然后重启。", ["他说“先停。再查。”然后重启。"]),
        ('改成 `.*?` 或 `[^"]*`；卡死是嵌套。', ['改成 .*? 或 [^"]*；卡死是嵌套。']),
        ("原因有三个：\n- 内存不够\n- 磁盘满了。\n- 权限", ["原因有三个：内存不够；磁盘满了；权限。"]),
        (
            "步骤如下：\n1. 先停掉服务\n2. 再" + "备份数据" * 30 + "\n3. 重启",
            ["步骤如下：", "先停掉服务", "再" + "备份数据" * 30, "重启"],
        ),
        (
            "步骤如下：\n1. 先停掉服务\n2. 再备份\n3. 然后" + "一步一步做" * 30,
            ["步骤如下：1. 先停掉服务；2. 再备份……", "然后" + "一步一步做" * 30],
        ),
        ("原因有三个：\n\n- 内存不够\n- 磁盘满了", ["原因有三个：内存不够；磁盘满了。"]),
        ("Use a lock. It is `a.b` safe.", ["Use a lock.", "It is a.b safe."]),
        ("# 标题\n| a | b |\n|---|---|\n正文在这里，不短了。", ["正文在这里，不短了。"]),
        (
            (
                "两个坑：`Decimal(0.1)` 会带误差，一定要传字符串进去才行；"
                "内置的 `round` 遇到一半时取偶数，和财务的四舍五入不同，要写明规则。"
            ),
            [
                "Decimal(0.1) 会带误差，一定要传字符串进去才行。",
                "内置的 round 遇到一半时取偶数，和财务的四舍五入不同，要写明规则。",
            ],
        ),
    ],
)
def test_sentences_are_not_cut_inside_code_quotes_and_lists(text: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in take_apart(text).sentences] == sentences


def test_what_leans_on_a_sentence_brings_it_along_or_stays_away() -> None:
    body = "先备份数据库再升级。\n\n主从切换时锁会丢失。所以涉及钱的要用唯一索引兜底。"
    assert excerpt(body, 唯一索引=3.0, 备份=1.0) == [
        "先备份数据库再升级。",
        "主从切换时锁会丢失。",
        "所以涉及钱的要用唯一索引兜底。",
    ]
    assert (
        excerpt("所以要用唯一索引。\n\n升级前先备份。", lead="开头说别的事情。", 唯一索引=3.0, 备份=1.0)[-1]
        == "升级前先备份。"
    )


def test_the_words_the_title_lacks_decide_which_detail_is_shown() -> None:
    body = "用 ss 查谁在监听端口。要加 sudo 才看得到。\n\n占用查不到就看 Docker。Windows 上用 netstat 看端口。"
    lines = answer(body, title="端口被占用怎么查", question="windows 端口占用", windows=2.0, 端口=2.0, 占用=3.0)
    assert lines[0] == "用 ss 查谁在监听端口。"
    assert "Windows 上用 netstat 看端口。" in lines


def test_a_passage_further_down_keeps_the_posts_first_sentence() -> None:
    body = "写之前先用 SET NX 加锁。\n\n" + "主从切换会丢锁，要有兜底。"
    assert answer(body, passage="主从切换会丢锁，要有兜底。", 主从=1.0)[:2] == [
        "写之前先用 SET NX 加锁。",
        "主从切换会丢锁，要有兜底。",
    ]


def test_a_passage_below_a_heading_says_what_it_is_about() -> None:
    assert excerpt("下载安装包双击即可。", heading="安装 > Windows", lead="先看系统要求。") == [
        "Windows：下载安装包双击即可。"
    ]


PASTED = "sqlalchemy.orm.exc.DetachedInstanceError: Parent instance <Order at 0x7f> is not bound to a Session"
SHARED = (
    "sqlalchemy.orm.exc.DetachedInstanceError: Instance is not bound to a Session\n\n"
    "这是因为 session 关了才去读懒加载的关系。查询时用 selectinload 一起读出来。"
)
ERROR_WORDS = {"detachedinstanceerror": 3.0, "instance": 2.0, "bound": 2.0, "session": 1.0}


def test_who_pastes_an_error_reads_the_remedy_and_not_the_error_again() -> None:
    shown = make_excerpt(SHARED, ERROR_WORDS, question=PASTED).lines
    assert shown == ("这是因为 session 关了才去读懒加载的关系。", "查询时用 selectinload 一起读出来。")
    fenced = "```\n" + SHARED.replace("\n\n", "\n```\n\n")
    assert make_excerpt(fenced, ERROR_WORDS, question=PASTED).lines == shown


def test_who_asks_in_words_reads_which_error_it_is_about() -> None:
    shown = make_excerpt(SHARED, ERROR_WORDS, question="session 里的 instance 取不到怎么办").lines
    assert shown[0].startswith("sqlalchemy.orm.exc.DetachedInstanceError")


def test_of_a_post_that_only_shows_the_error_that_is_read() -> None:
    error = "ZeroDivisionError: division by zero"
    assert make_excerpt(error, {"zero": 1.0}, question=error).lines == (error,)


def test_greetings_do_not_count_as_the_answer() -> None:
    assert excerpt("大家好，今天分享一点经验。\n\n连接池要设上限才稳。", 连接池=1.0)[0] == "连接池要设上限才稳。"


def test_a_table_is_shown_as_lines() -> None:
    assert answer("| 命令 | 用途 |\n|---|---|\n| ss | 查端口 |")[:2] == ["命令 用途", "ss 查端口"]


@given(st.text(max_size=300), st.text(max_size=20))
def test_any_text_gives_at_most_five_lines(body: str, word: str) -> None:
    assert 1 <= len(answer(body, question=word, **({word: 1.0} if word.isidentifier() else {}))) <= 5
