"""Each kind of document on its own, in this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.documents.model import Converted, DocumentError, Kind, check_text, kind_of
from bot.documents.notebook import read_notebook
from bot.documents.pdf import read_pdf
from bot.documents.web import read_page
from bot.documents.word import read_word
from tests.documents.made import Line, bomb, docx, pdf, raw_pdf

pytestmark = pytest.mark.slow


def test_a_pdf_keeps_headings_and_code_and_puts_wrapped_lines_together() -> None:
    lines = [
        Line("Redis 大 key 排查", 24),
        Line("线上 Redis 突然变慢，最常见的原因是大 key，本文讲怎么找、怎么删、怎么防，都"),
        Line("验证过。"),
        Line("一、怎么找", 16),
        Line("def find(r):", 10, is_code=True),
        Line("return r.scan()", 10, is_code=True, left=74),
        Line("不要直接 DEL。"),
    ]
    made = read_pdf(pdf(lines))
    assert made.title == "Redis 大 key 排查"
    assert made.text.split("\n\n") == [
        "线上 Redis 突然变慢，最常见的原因是大 key，本文讲怎么找、怎么删、怎么防，都验证过。",
        "## 一、怎么找",
        "```\ndef find(r):\n    return r.scan()\n```",
        "不要直接 DEL。",
    ]


def test_what_stands_on_every_page_of_a_pdf_is_left_out() -> None:
    pages = [[Line("某某公司内部资料"), Line(f"第 {n} 章的话说完了。"), Line(f"- {n} -")] for n in range(1, 5)]
    assert read_pdf(pdf(*pages)).text == "\n\n".join(f"第 {n} 章的话说完了。" for n in range(1, 5))


_LOCK = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >> /ID [<01> <01>]".format("41" * 32)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pdf([Line("秘密")], trailer=_LOCK), "有密码"),
        (pdf([]), "没有文字"),
        (b"%PDF-1.4\nnothing", "损坏"),
        (pdf(*[[Line("页")]] * 501), "有 501 页"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        read_pdf(data)


def test_a_pdf_whose_pages_hold_themselves_or_promise_millions_ends_with_a_refusal() -> None:
    catalogue = b"<< /Type /Catalog /Pages 2 0 R >>"
    for pages in (b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>", b"<< /Type /Pages /Kids [] /Count 1000000 >>"):
        with pytest.raises(DocumentError):
            read_pdf(raw_pdf([catalogue, pages]))


def test_word_keeps_headings_code_and_tables() -> None:
    made = read_word(
        docx(
            ("Title", "部署手册"),
            ("heading 1", "一、准备"),
            ("", "先装 Docker，变量叫 my_app_name。"),
            ("HTML Preformatted", "docker pull app"),
            ("HTML Preformatted", "docker run app"),
            table=[["类型", "上限"], ["String", "10 KB"]],
        )
    )
    assert made.title == "部署手册"
    assert made.text.split("\n\n") == [
        "# 一、准备",
        "先装 Docker，变量叫 my_app_name。",
        "```\ndocker pull app\ndocker run app\n```",
        "| 类型 | 上限 |\n| --- | --- |\n| String | 10 KB |",
    ]


def test_words_own_title_is_used_when_no_heading_begins_it() -> None:
    assert read_word(docx(("", "正文在这里。"), title="写在属性里的标题")).title == "写在属性里的标题"


@pytest.mark.parametrize(("megabytes", "words"), [(70, "解开后有 70 MB"), (8, "太大了")])
def test_a_word_file_that_is_a_bomb_is_refused_unopened(megabytes: int, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        read_word(bomb(megabytes))


def test_a_word_file_that_is_broken_says_so() -> None:
    with pytest.raises(DocumentError, match="损坏"):
        read_word(b"PK\x03\x04 broken")


def _notebook(*cells: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, **more}).encode()


def test_a_notebook_gives_its_text_its_code_and_short_outputs() -> None:
    long = {"output_type": "stream", "text": ["很长\n"] * 50}
    short = {"output_type": "execute_result", "data": {"text/plain": "3"}}
    made = read_notebook(
        _notebook(
            {"cell_type": "markdown", "source": ["# 并发入门\n", "先看例子。"]},
            {"cell_type": "code", "source": "1 + 2", "outputs": [short]},
            {"cell_type": "code", "source": "print('```')", "outputs": [long]},
        )
    )
    assert made.title == "并发入门"
    assert made.text == (
        "先看例子。\n\n```python\n1 + 2\n```\n\n输出：\n\n```\n3\n```\n\n````python\nprint('```')\n````"
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"3", b'{"cells": 5}', b'{"cells": [5]}', b'{"cells": [{"cell_type": "code", "source": 5}]}',
     b"[" * 100_000, b"\xff\xfe"],
)  # fmt: skip
def test_json_that_is_no_notebook_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="不是完整的 Jupyter 笔记本"):
        read_notebook(data)


PAGE = """<html><head><meta charset="utf-8"><title>Redis 大 key 排查实战 - 某某博客</title>
<meta name="author" content="张三"><meta property="article:published_time" content="2026-03-02T10:00:00+08:00"></head>
<body><nav><a href="/">首页</a> <a href="/login">登录</a></nav><article><h1>Redis 大 key 排查实战</h1>
<p>线上 Redis 突然变慢，最常见的原因是大 key。本文讲怎么找、怎么删、怎么防，全部在生产环境验证过。</p>
<h2>怎么找</h2><p>用 <code>redis-cli --bigkeys</code> 扫描，不会阻塞，内存占用要用 MEMORY USAGE 看。</p>
<pre><code class="language-bash">redis-cli --bigkeys -i 0.1

redis-cli memory usage user:1</code></pre><ul><li>每批不超过 100 个</li><li>低峰时段执行</li></ul>
<p>参考<a href="/docs">官方文档</a>，<a href="javascript:alert(1)">点我</a>。<img src="x.png" alt="图"></p></article>
<div class="comments"><p>王五：学习了。</p></div><footer>版权所有</footer><script>alert(1)</script></body></html>"""


def test_a_page_gives_its_article_and_who_wrote_it_when() -> None:
    made = read_page(PAGE.encode(), "https://blog.example.com/a/1")
    assert (made.title, made.author, made.date) == ("Redis 大 key 排查实战", "张三", "2026-03-02")
    assert "```bash\nredis-cli --bigkeys -i 0.1\n\nredis-cli memory usage user:1\n```" in made.text
    assert "- 每批不超过 100 个\n- 低峰时段执行" in made.text
    assert "[官方文档](https://blog.example.com/docs)，点我。" in made.text
    assert not [word for word in ("登录", "王五", "版权", "alert", "x.png") if word in made.text]


@pytest.mark.parametrize("author", ["name, email@gmail.com", "104363", "https://example.com/u/1", "长" * 50])
def test_what_a_template_left_is_no_author_and_comments_outside_the_page_do_no_harm(author: str) -> None:
    made = read_page(("<!-- made by a machine -->" + PAGE.replace("张三", author) + "<!-- 12 ms -->").encode())
    assert (made.title, made.author) == ("Redis 大 key 排查实战", "")


@pytest.mark.parametrize("name", ["gb2312", "gbk", "", "utf-8"])
def test_a_page_is_read_in_whatever_it_was_written(name: str) -> None:
    text = PAGE.replace('<meta charset="utf-8">', "")
    assert read_page(text.encode("gbk"), charset=name).author == "张三"


def test_what_wechat_writes_itself_is_read_from_where_it_keeps_it() -> None:
    page = (
        '<html><head><meta property="og:title" content="并发限流"></head><body><span id="js_name"> 群知 </span>'
        '<div id="js_content" style="visibility: hidden"><p>' + "用 Semaphore 限制并发。" * 10 + "</p></div>"
        '<p>阅读原文</p><script>var ct = "1772380800";</script></body></html>'
    )
    made = read_page(page.encode())
    assert (made.title, made.author, made.date) == ("并发限流", "群知", "2026-03-02")
    assert "阅读原文" not in made.text


@pytest.mark.parametrize("data", [b"", b"<html></html>", "<p>请先登录</p>".encode(), b"<" * 1000, bytes(1000)])
def test_a_page_without_an_article_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match="没有找到正文"):
        read_page(data)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.doc", b"", "旧版 Office"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "加了密码"),
        ("a.xlsx", b"PK", "另存为 PDF"),
        ("a.pdf", b"MZ\x90", "不是 pdf 格式"),
        ("a.docx", b"MZ\x90", "不是 docx 格式"),
    ],
)
def test_a_kind_that_must_be_saved_as_another_says_so(name: str, data: bytes, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        kind_of(name, data)


def test_what_nobody_here_converts_has_no_kind() -> None:
    assert kind_of("a.zip") is None
    assert kind_of("讲义.PDF") is Kind.PDF


@pytest.mark.parametrize(("text", "words"), [(" \n\0", "没有读到文字"), ("字" * 70_000, "有 210 kB")])
def test_an_empty_or_endless_document_is_no_post(text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        check_text(Converted(title="", text=text))
