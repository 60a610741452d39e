from __future__ import annotations

import pytest

from bot.plugins.growth.codes import LETTERS, ReferralCode, make_code, read_code, show_code


def test_a_code_is_read_as_it_was_shown() -> None:
    for _ in range(200):
        code = make_code()
        assert read_code(show_code(code)) == ReferralCode(code)
        assert ReferralCode(code).is_possible


def test_no_two_symbols_look_alike() -> None:
    assert len(set(LETTERS)) == len(LETTERS) == 25
    assert not set("0O1ILZ2S5B8") & set(LETTERS)


@pytest.mark.parametrize(
    "typed", ["ac3d-ef4g", "AC3DEF4G", "ac3d ef4g", "ＡＣ３Ｄ－ＥＦ４Ｇ", "AC3D—EF4G", " ac3d.ef4g "]
)
def test_a_code_may_be_typed_in_many_ways(typed: str) -> None:
    assert read_code(typed) == ReferralCode("AC3DEF4G")


@pytest.mark.parametrize("typed", ["AC3D-EF40", "AC3DEF4", "AC3DEF4GG"])
def test_what_nearly_is_a_code_is_read_as_one_that_does_not_exist(typed: str) -> None:
    found = read_code(typed)
    assert found is not None
    assert not found.is_possible


@pytest.mark.parametrize("typed", ["怎么用", "thankyou", "fastapi", "AC3D", "fastapi-101-2026", "", "@小红"])
def test_words_are_no_codes(typed: str) -> None:
    assert read_code(typed) is None
