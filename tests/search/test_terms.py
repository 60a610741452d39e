import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.search.terms import MOST_QUERY_TERMS, make_query_terms, make_terms, spell


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("asyncio.Semaphore", {"asyncio.semaphore", "asyncio", "semaphore"}),
        ("getUserName", {"getusername", "get", "user", "name"}),
        ("HTTPServer", {"httpserver", "http", "server"}),
        ("my_var_name", {"my_var_name", "my", "var", "name"}),
        ("ModuleNotFoundError", {"modulenotfounderror", "module", "not", "found", "error"}),
        ("C++ 和 C#", {"c++", "c#", "c", "和"}),
        ("utf-8", {"utf-8", "utf", "8"}),
        ("数据库", {"数据", "据库", "数据库"}),
    ],
)
def test_identifiers_are_found_as_written_and_by_their_parts(text: str, terms: set[str]) -> None:
    assert {spell(term) for term in make_terms(text)} == terms


@pytest.mark.parametrize("text", ["軟體測試的執行緒", "ＡＳＹＮＣＩＯ　怎麼用", "Ｒｅｄｉｓ 緩存"])
def test_traditional_and_full_width_text_gives_the_terms_of_the_plain_form(text: str) -> None:
    plain = {
        "軟體測試的執行緒": "软体测试的执行绪",
        "ＡＳＹＮＣＩＯ　怎麼用": "asyncio 怎么用",
        "Ｒｅｄｉｓ 緩存": "redis 缓存",
    }[text]
    assert make_terms(text) == make_terms(plain)


def test_question_words_are_dropped_unless_nothing_else_is_left() -> None:
    assert make_query_terms("请问 redis 怎么限制内存？") == ["redis", "限制", "内存"]
    assert make_query_terms("怎么") == ["怎么"]
    assert make_query_terms("what is redis") == ["redis"]


def test_an_english_word_in_a_chinese_question_is_a_name() -> None:
    assert make_query_terms("is 和 == 的区别") == ["is", "区别"]


def test_a_pasted_page_is_searched_by_its_beginning() -> None:
    assert len(make_query_terms(" ".join(f"word{number}" for number in range(10_000)))) == MOST_QUERY_TERMS


def test_words_in_other_scripts_are_terms_too() -> None:
    assert [spell(term) for term in make_terms("Привет とくメモ 한국어")] == ["привет", "とくメモ", "한국어"]


@given(st.text())
def test_every_term_is_one_token_of_the_text_index(text: str) -> None:
    assert all(term.isalnum() and term == term.lower() for term in make_terms(text))
