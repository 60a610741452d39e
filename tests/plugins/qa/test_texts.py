"""Answers are whole sentences: nothing torn, nothing that introduces what is not shown."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.plugin import Hit
from bot.plugins.qa.model import Post, Source
from bot.plugins.qa.rules import Confidence
from bot.plugins.qa.texts import answer_text
from bot.search.sentences import split_spans

TODAY = date(2026, 12, 1)


def answer(body: str) -> list[str]:
    post = Post(
        id="p", number=7, title="标题", body=body, author="老王", room="", member_id="", tags=(), date="2026-06-02",
        access="free", source=Source.KNOWLEDGE, created_at=datetime(2026, 6, 2, tzinfo=UTC),
    )  # fmt: skip
    hit = Hit("p", "标题", "", body, 0.8, None, 0.0, tuple(split_spans(body)))
    return answer_text(hit, post, Confidence.HIGH, TODAY).splitlines()


def test_a_short_first_sentence_takes_the_next_with_it() -> None:
    assert answer("多半是。内存耗尽时内核会杀掉占用大的进程。")[0] == "多半是。内存耗尽时内核会杀掉占用大的进程。"
    assert answer("先看慢日志再动手，这样最稳。再看大 key。")[0] == "先看慢日志再动手，这样最稳。"


def test_what_introduces_code_that_is_not_shown_is_left_out() -> None:
    code = "```sql\n" + "select 1;\n" * 9 + "```"
    lines = answer(f"等值条件在前，排序在后。\n\n例：查某用户最近的订单。\n\n写法如下：\n\n{code}")
    assert lines == ["等值条件在前，排序在后。", "【把握：高】[1] 老王 6月2日 #7", "发送「来源 1」看全文和代码"]


def test_a_long_sentence_ends_at_a_clause() -> None:
    first = answer("证书不对就先看中间证书，" * 20 + "完。")[0]
    assert len(first) <= 140
    assert first.endswith("证书…")


def test_short_code_is_shown_whole() -> None:
    lines = answer("用信号量限制并发就可以了。\n\n```python\nsem = Semaphore(10)\nasync with sem: ...\n```")
    assert lines[1:3] == ["sem = Semaphore(10)", "async with sem: ..."]
    assert len(lines) == 5
