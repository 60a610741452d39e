from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.search.sentences import choose_spans, split_spans

_TEXT = "先看慢日志。\n\n用 SCAN 代替 KEYS，不会卡住 Redis。\n```\nredis-cli --bigkeys\n```\n最后重启。"


def _texts(text: str, spans: object) -> list[str]:
    return [text[start:end] for start, end in spans]  # type: ignore[attr-defined]


def test_sentences_and_whole_fences_are_found() -> None:
    assert _texts(_TEXT, split_spans(_TEXT)) == [
        "先看慢日志。",
        "用 SCAN 代替 KEYS，不会卡住 Redis。",
        "```\nredis-cli --bigkeys\n```",
        "最后重启。",
    ]


def test_the_sentences_that_cover_the_question_are_chosen_in_their_order() -> None:
    chosen = choose_spans(_TEXT, {"卡住": 2.0, "redis": 1.0, "日志": 1.0})
    assert _texts(_TEXT, chosen) == ["先看慢日志。", "用 SCAN 代替 KEYS，不会卡住 Redis。"]


def test_an_identifier_does_not_match_inside_another_word() -> None:
    assert choose_spans("google 很快。go 也很快。", {"go": 1.0}) == ((10, 17),)


def test_without_a_match_the_first_sentence_is_chosen() -> None:
    assert _texts(_TEXT, choose_spans(_TEXT, {"mysql": 1.0})) == ["先看慢日志。"]
    assert choose_spans("", {"mysql": 1.0}) == ()


def test_what_is_quoted_stays_in_one_sentence() -> None:
    text = "这样说：“期望中上。您这边多少？”别谈月薪。没闭合的“引号。\n下一行。"
    assert _texts(text, split_spans(text)) == [
        "这样说：“期望中上。您这边多少？”",
        "别谈月薪。",
        "没闭合的“引号。",
        "下一行。",
    ]


@given(st.text(alphabet="ab。\n`", max_size=80))
def test_spans_are_in_order_and_do_not_overlap(text: str) -> None:
    spans = split_spans(text)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
