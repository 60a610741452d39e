"""Texts that say what their characters say are folded without being revealed again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation.plain import fold_plainly, is_odd
from bot.moderation.revealing import reveal


@pytest.mark.parametrize("text", ["", "大家好", "Hello 世界！", "繁體也是", "ｆｕｌｌ"])
def test_ordinary_talk_is_not_odd(text: str) -> None:
    revealed = reveal(text)
    assert not is_odd(revealed)
    assert fold_plainly(text).text == revealed.text


@pytest.mark.parametrize("text", ["加薇❤信", "日\u200b赚\u200b五百", "jia wei xin", "亻言 力口"])
def test_disguised_text_is_odd(text: str) -> None:
    assert is_odd(reveal(text))


@given(st.text(max_size=60))
def test_what_is_not_odd_is_folded_to_the_same(text: str) -> None:
    revealed = reveal(text)
    if not is_odd(revealed):
        folded = fold_plainly(text)
        assert folded.text == revealed.text
        assert list(folded.origins) == list(revealed.origins)
