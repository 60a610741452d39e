"""Owners' regular expressions: linear time, refusals with advice, many at once."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation.rules_patterns import Patterns, compile_pattern


def test_patterns_tell_which_occur_and_where() -> None:
    found = Patterns(["加.{0,3}微信", r"\d{5,}", "B$", "不在"]).find("请加我微信 12345b")
    assert list(found) == [(0, (1, 5)), (1, (6, 11)), (2, (11, 12))]


def test_borders_between_words_are_no_evidence() -> None:
    assert list(Patterns([r"\b", r"\bb\b|\b"]).find("a b")) == []


def test_hundreds_of_patterns_of_any_size_are_all_asked() -> None:
    written = [f"词{number}(?:啊{{1,200}}|第{number}次)" for number in range(300)]
    patterns = Patterns(written)
    for number in (0, 7, 150, 299):
        assert [at for at, _ in patterns.find(f"说词{number}啊啊")] == [number]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+b", "(.*a){12}", "([a-z]+)*1", "(x+x+)+y"])
def test_an_expression_made_to_explode_comes_to_an_end(pattern: str) -> None:
    text = "a" * 100_000 + "!" + "x" * 1000
    patterns = Patterns([pattern])
    assert len(list(patterns.find(text))) <= 1


def refusal_of(pattern: str) -> str:
    try:
        compile_pattern(pattern)
    except ValueError as error:
        return str(error)
    return ""


@given(st.text(max_size=30))
def test_any_expression_is_taken_or_refused_with_words(pattern: str) -> None:
    refusal = refusal_of(pattern)
    if refusal:
        assert re.search("[\u4e00-\u9fff]", refusal)
    else:
        assert all(start < end for _, (start, end) in Patterns([pattern]).find("加微信 abc"))


@given(st.text(st.characters(), max_size=80))
def test_any_text_is_searched(text: str) -> None:
    for _, (start, end) in Patterns(["a+", "[\u4e00-\u9fff]", r"\d"]).find(text):
        assert 0 <= start < end <= len(text)
