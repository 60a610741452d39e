"""How a passage is taken apart."""

from __future__ import annotations

import pytest

from bot.plugins.qa.prose import words_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("google 很快", set()),
        ("Go 也很快", {"go"}),
        ("google，go。", {"go"}),
        ("gogo go2 2go", set()),
        ("用go写", {"go"}),
        ("它卡住了", {"卡住"}),
        ("go", {"go"}),
    ],
)
def test_an_identifier_stands_as_a_word_and_chinese_anywhere(text: str, found: set[str]) -> None:
    assert words_in(text, ["go", "卡住"]) == found
