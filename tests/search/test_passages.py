from hypothesis import given, settings
from hypothesis import strategies as st

from bot.search.passages import LONGEST, split_passages
from tests.examples import examples

_CODE = "```python\n# 不是标题\n\nprint(1)\n```"


def test_headings_go_along_with_their_passage() -> None:
    passages = split_passages("开头。\n# 安装\n## Linux\n用 apt。\n## Windows\n下载。\n# 用法\n直接用。")
    assert [(p.heading, p.text) for p in passages] == [
        ("", "开头。"),
        ("安装 > Linux", "用 apt。"),
        ("安装 > Windows", "下载。"),
        ("用法", "直接用。"),
    ]


def test_a_number_sign_inside_a_fence_is_no_heading() -> None:
    assert split_passages(_CODE)[0].heading == ""


def test_a_code_fence_is_never_split() -> None:
    code = "```\n" + "x = 1\n\n" * 400 + "```"
    passages = split_passages(f"{'前文。' * 100}\n\n{code}\n\n{'后文。' * 300}")
    assert [code in passage.text for passage in passages].count(True) == 1


def test_code_stays_with_the_short_paragraph_that_introduces_it() -> None:
    assert split_passages(f"先这样：\n\n{_CODE}")[0].text == f"先这样：\n\n{_CODE}"


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    passages = split_passages("这是一句话。" * 500)
    assert all(passage.text.endswith("。") and len(passage.text) <= LONGEST for passage in passages)


def test_an_unclosed_fence_ends_with_the_text() -> None:
    assert split_passages("说明\n```\n# a\n# b")[-1].text.endswith("# b")


def test_a_blank_text_has_no_passages() -> None:
    assert split_passages(" \n\n") == []


@given(st.text(alphabet="ab。\n #`~", max_size=300))
def test_no_letter_is_lost(text: str) -> None:
    kept = "".join(passage.heading + passage.text for passage in split_passages(text))
    headings = "".join(passage.heading for passage in split_passages(text))
    assert len(headings) <= len(kept)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert sum(map("".join(lines).count, "ab")) <= sum(map(kept.count, "ab"))


_LINES = st.text(alphabet="ab。1 #", max_size=40)
_FENCES = st.lists(_LINES.filter(lambda line: "`" not in line), max_size=20).map(
    lambda lines: "\n".join(["```python", *lines, "```"])
)
_PROSE = st.lists(_LINES, min_size=1, max_size=15).map("\n".join)


@given(st.lists(st.one_of(_FENCES, _PROSE), max_size=4))
@settings(max_examples=examples(40))
def test_a_fence_is_never_split_whatever_stands_around_it(blocks: list[str]) -> None:
    texts = [passage.text for passage in split_passages("\n\n".join(blocks))]
    for fence in (block for block in blocks if block.startswith("```")):
        assert any(fence in text for text in texts)


_SECTIONS = st.lists(st.one_of(_FENCES, _PROSE.map(lambda text: text.replace("#", "")).filter(str.strip)), max_size=4)


@given(_SECTIONS)
@settings(max_examples=examples(40))
def test_nothing_of_a_text_is_lost(sections: list[str]) -> None:
    text = "\n\n".join(f"# 标题{number}\n{section}" for number, section in enumerate(sections))
    passages = split_passages(text)
    kept = "".join(passage.text for passage in passages)
    assert "".join(kept.split()) == "".join("".join(sections).split())
    assert list(dict.fromkeys(passage.heading for passage in passages)) == [
        f"标题{number}" for number in range(len(sections))
    ]


@given(st.text(max_size=2000))
def test_prose_passages_are_never_too_long(text: str) -> None:
    assert all(len(passage.text) <= LONGEST for passage in split_passages(text.replace("`", "").replace("~", "")))
