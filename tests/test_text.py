"""Text at the door and on its way out."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opencc import OpenCC

from bot.model import Quote
from bot.text import fold, normalise, parse_quote, split_reply, strip_mention, to_plain

RULE = "- - - - - - - - - - - - - - -"


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("ＦａｓｔＡＰＩ　１０１", "FastAPI 101"),
        ("@小知\u2005帮助", "@小知 帮助"),
        ("报\u200b名\ufeff 3", "报名 3"),
        ("soft\u00adhyphen", "softhyphen"),
        ("❤\ufe0f好", "❤好"),
        ("  打卡  ", "打卡"),
        ("第一行\r\n第二行\u2028第三行\r", "第一行\n第二行\n第三行"),
        ("def f():\n    return 1   \n\tx", "def f():\n    return 1\n\tx"),
        ("报名了吗？", "报名了吗？"),
        ("签到：１２３，好的！", "签到：123，好的！"),
        ("③", "3"),
        ("a\x00b\x07c", "abc"),
        ("坏\ud800字", "坏\ufffd字"),
        ("\u3164\u2800", ""),
        ("é".replace("é", "e\u0301"), "é"),
    ],
)
def test_a_raw_text_becomes_its_one_form(raw: str, wanted: str) -> None:
    assert normalise(raw) == wanted


@given(st.text())
@example("e\u200d\u0301")
@example("，\u0338")
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = normalise(raw)
    assert normalise(once) == once
    once.encode()


@given(st.text(alphabet=st.characters(exclude_characters="，：；？！（）～…", exclude_categories=["Cs"])))
def test_apart_from_chinese_punctuation_the_form_is_nfkc(raw: str) -> None:
    assert unicodedata.is_normalized("NFKC", normalise(raw))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("報名", "报名"), ("幫助", "帮助"), ("為什麼", "为什么"), ("Help", "help"), ("报名？", "报名?"), ("群規", "群规")],
)
def test_folding_makes_simplified_lower_case_ascii(text: str, wanted: str) -> None:
    assert fold(text) == wanted


def test_folding_makes_every_ideograph_what_opencc_makes_of_it() -> None:
    """Most are known to be simplified without asking it."""
    opencc = OpenCC("t2s")
    ideographs = [chr(code) for code in range(0x3400, 0xA000)]
    assert [c for c in ideographs if fold(c) != opencc.convert(c)] == []


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("@小知 帮助", ["小知"], ("帮助", True)),
        ("帮助 @小知", ["小知"], ("帮助", True)),
        ("@小知", ["小知"], ("", True)),
        ("请问@小知 怎么退款", ["小知"], ("请问 怎么退款", True)),
        ("@小知了 你好", ["小知"], ("@小知了 你好", False)),
        ("@小知，你好", ["小知"], ("你好", True)),
        ("@小知怎么退款", ["小知"], ("怎么退款", True)),
        ("@小知帮我看看", ["小知"], ("帮我看看", True)),
        ("@小知道 你好", ["小知"], ("@小知道 你好", False)),
        ("@小知2 你好", ["小知"], ("@小知2 你好", False)),
        ("@小知 怎么退款", ["小知", "小知 Pro"], ("怎么退款", True)),
        ("@小知?", ["小知"], ("?", True)),
        ("@所有人 开会", ["小知"], ("@所有人 开会", False)),
        ("@所有人 开会", ["所有人"], ("@所有人 开会", False)),
        ("@C++ (bot)* 帮助", ["C++ (bot)*"], ("帮助", True)),
        ("@小知 Pro 帮助", ["小知", "小知 Pro"], ("帮助", True)),
        ("@小知 @小明 @小知 帮助", ["小知"], ("@小明 帮助", True)),
        ("@群助手 帮助", ["小知", "群助手"], ("帮助", True)),
        ("@XiaoZhi 帮助", ["xiaozhi"], ("帮助", True)),
        ("写信给 a@小知.com", ["小知"], ("写信给 a@小知.com", False)),
        ("@小知\n报错：\n  x = 1", ["小知"], ("报错：\n  x = 1", True)),
        ("帮助", ["小知"], ("帮助", False)),
        ("@ 帮助", ["", " "], ("@ 帮助", False)),
        ("@知❤ 帮助", ["知❤\ufe0f"], ("帮助", True)),
        ("@小知@小明 看", ["小知"], ("@小明 看", True)),
    ],
)
def test_mentions_of_the_bot_are_taken_out(text: str, names: list[str], wanted: tuple[str, bool]) -> None:
    assert strip_mention(text, names) == wanted


@given(st.text(min_size=1, max_size=12), st.sampled_from(["帮助", "报名 3", "你好？"]))
def test_any_name_is_found_however_odd(name: str, said: str) -> None:
    known = normalise(name)
    if not known or known.casefold() in {"所有人", "all", "everyone"} or "@" in known or "\n" in known:
        return
    assert strip_mention(normalise(f"@{known}\u2005{said}"), [name]) == (said, True)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (f"「小明：asyncio 用 Semaphore」\n{RULE}\n收录", (Quote("小明", "asyncio 用 Semaphore"), "收录")),
        (f"「小明：两行\n字」\n{RULE}\n@小知\u2005为什么", (Quote("小明", "两行\n字"), "@小知\u2005为什么")),
        (f"「小明：「小红：早」\n{RULE}\n早」\n{RULE}\n好", (Quote("小明", f"「小红：早」\n{RULE}\n早"), "好")),
        (f"「小明：空」\n{RULE}\n", (Quote("小明", "空"), "")),
        ("「报名」是什么", (None, "「报名」是什么")),
        (f"没有引用\n{RULE}\n好", (None, f"没有引用\n{RULE}\n好")),
        (f"「没有名字」\n{RULE}\n好", (None, f"「没有名字」\n{RULE}\n好")),
    ],
)
def test_the_quoted_message_is_read(raw: str, wanted: tuple[Quote | None, str]) -> None:
    assert parse_quote(raw) == wanted


@given(st.text())
def test_reading_a_quote_takes_any_text(raw: str) -> None:
    quote, said = parse_quote(raw)
    assert said == raw or (quote is not None and raw.endswith(said))


PROSE = st.lists(
    st.sampled_from(
        ["你好。", "今天学 Python，", "为什么？", "\n", "\n\n", "  ", "see https://a.b/c?d=1 ok. ", "```\n", "x = 1\n",
         "长" * 37, "word " * 9, "👨\u200d👩\u200d👧", "e\u0301", "```python\nfor i in x:\n    pass\n```\n"]
    )
).map("".join)  # fmt: skip


@given(PROSE | st.text(), st.integers(1, 120))
def test_no_part_is_too_long_and_nothing_is_lost_or_moved(text: str, limit: int) -> None:
    parts = split_reply(text, limit)
    assert all(0 < len(part) <= limit and part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part in text for part in parts)


def test_a_short_text_is_one_part() -> None:
    assert split_reply("好的。", 500) == ["好的。"]


def test_prose_is_cut_after_sentences() -> None:
    assert split_reply("第一句话在这里。第二句也在这里！第三句？", 10) == [
        "第一句话在这里。",
        "第二句也在这里！",
        "第三句？",
    ]


def test_fenced_code_is_kept_whole() -> None:
    code = "```python\nfor i in range(3):\n    print(i)\n\nprint('完')\n```"
    parts = split_reply(f"先看这段。再看那段。\n{code}\n后面的话。", len(code) + 1)
    assert code in parts


def test_code_longer_than_a_part_is_cut_at_line_ends() -> None:
    lines = [f"line_{n} = {n}" for n in range(30)]
    parts = split_reply("```\n" + "\n".join(lines) + "\n```", 60)
    assert [line for part in parts for line in part.split("\n") if line != "```"] == lines


def test_a_family_of_emoji_is_not_torn_apart() -> None:
    assert split_reply("字" * 8 + "👨\u200d👩\u200d👧", 10) == ["字" * 8, "👨\u200d👩\u200d👧"]


def test_markdown_becomes_plain_lines() -> None:
    markdown = (
        "## 限制并发\n\n用 **Semaphore**，见 [文档](https://docs.python.org/3/) 和 `asyncio.gather(*tasks)`。\n\n"
        "- 第一\n* [x] 第二\n1. 第三\n\n> 引用一句\n\n"
        "```python\nasync with sem:\n    await f(a*b*c)  # **不变**\n```\n\n"
        "| 名 | 值 |\n|---|:--:|\n| a | 1 |\n\n---\n完"
    )
    assert to_plain(markdown) == (
        "限制并发\n\n用 Semaphore，见 文档（https://docs.python.org/3/） 和 asyncio.gather(*tasks)。\n\n"
        "· 第一\n· 第二\n1. 第三\n\n引用一句\n\n"
        "async with sem:\n    await f(a*b*c)  # **不变**\n\n名  值\na  1\n\n完"
    )


@pytest.mark.parametrize(
    "text", ["a*b*c = d", "snake_case_name", "2 * 3 * 4", "__init__.py 里", "没有标记。", "C# 很好"]
)
def test_text_that_only_looks_like_markdown_is_left_alone(text: str) -> None:
    assert to_plain(text) == text


@given(st.text(alphabet="ab*_`#>-[]()|~\\ \n字"))
def test_any_markdown_is_taken(markdown: str) -> None:
    assert isinstance(to_plain(markdown), str)
