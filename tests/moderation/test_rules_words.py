"""Word lists of any size: the same words are found as by looking for each, and the original is quoted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moderation.characters import FOLDS
from bot.moderation.revealing import Revealed, reveal
from bot.moderation.rules_words import Words, belongings, check_sound, check_word, words_for
from tests.examples import examples

SIGNS = "加微信群代开发票 a1Ｖ·，"


def plainly(raw: str) -> Revealed:
    """Return a text folded sign by sign, so that nothing but the finder decides what is found."""
    return Revealed(raw=raw, text=raw.translate(FOLDS), origins=range(len(raw)))


def find(words: Words, text: str) -> set[tuple[str, str]]:
    return {(word, text[slice(*span)]) for _, word, span in words.find(plainly(text))}


@settings(max_examples=examples(200))
@given(st.sets(st.text("加微信群代开发票", min_size=2, max_size=4), max_size=12), st.text(SIGNS, max_size=40))
def test_as_many_words_are_found_as_by_looking_for_each(listed: set[str], text: str) -> None:
    words = Words(dict.fromkeys(listed, (0,)), {})
    found = find(words, text)
    assert {word for word in listed if word in text} <= {word for word, _ in found}
    for word, quoted in found:
        assert [sign for sign in quoted if sign.isalnum()] == list(word)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("找我代开发票", "代开发票"),
        ("代 开 发 票", "代 开 发 票"),
        ("代-开-发-票", "代-开-发-票"),
        ("代，开，发，票", "代，开，发，票"),
        ("代/开/发票", "代/开/发票"),
        ("代开 发票", ""),
        ("刚代开，发票到了", ""),
        ("我代开。发票", ""),
        ("代……开发票", "代……开发票"),
        ("代        开-发票", ""),
        ("代开开发票", ""),
    ],
)
def test_words_pulled_apart_are_found_and_the_ends_of_sentences_are_not(text: str, quoted: str) -> None:
    assert find(Words({"代开发票": (0,)}, {}), text) == ({("代开发票", quoted)} if quoted else set())


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("vx", "加vx吧", True),
        ("vx", "VX:abc", True),
        ("vx", "vxlan", False),
        ("vx", "devx", False),
        ("C++", "c++ 教程", True),
        ("qq群", "加qq群", True),
        ("qq群", "加aqq群", False),
        ("888", "8888", False),
        ("888", "a888", False),
        ("收888", "收888元", True),
    ],
)
def test_latin_words_and_numbers_stand_alone(word: str, text: str, is_found: bool) -> None:
    assert bool(find(Words({word: (0,)}, {}), text)) is is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("赌|博", True), ("赌**博", True), ("赌·博", True), ("赌 博", False), ("赌，博", False), ("赌/博", False)],
)
def test_two_characters_with_a_trick_between_are_one_word(text: str, is_found: bool) -> None:
    assert bool(find(Words({"赌博": (0,)}, {}), text)) is is_found


def test_a_respelt_account_is_found_by_the_word_the_owner_wrote() -> None:
    words = Words({"vx": (0,), "微信": (1,)}, {})
    found = {rules for rules, _, _ in words.find(reveal("加vx：abc12345"))}
    assert (0,) in found


def test_words_are_found_by_sound_with_their_place() -> None:
    words = Words({}, {"加微信": (0,), "返利": (1,)})
    text = "有饭力的，请佳葳芯详聊"
    assert [(rules, word, text[slice(*span)]) for rules, word, span in words.find(plainly(text))] == [
        ((1,), "返利", "饭力"),
        ((0,), "加微信", "佳葳芯"),
    ]
    assert list(words.find(plainly("家\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n卫\n新"))) == []


def test_words_with_signs_are_found_as_they_are_written() -> None:
    words = Words({"开·票": (0,), "群 1": (1,), "开票单": (2,)}, {})
    assert find(words, "找我开·票") == {("开·票", "开·票")}
    assert find(words, "加群 1，开票") == {("群 1", "群 1")}
    assert find(words, "开票，群1") == set()
    assert find(words, "开票单") == {("开票单", "开票单")}


def test_a_word_of_two_rules_names_both_and_spellings_are_joined() -> None:
    listed = belongings([(0, ["发票", "返利"]), (1, ["發票"]), (2, ["发票"])])
    (found,) = words_for(listed, ()).find(plainly("要发票吗"))
    assert sorted(found[0]) == [0, 1, 2]
    assert words_for(listed, ()) is words_for(listed, ())


def test_ten_thousand_words_are_found_each() -> None:
    listed = [f"词{chr(0x4E00 + number % 5000)}{chr(0x4E00 + number // 7 % 3000)}条" for number in range(10_000)]
    words = words_for(belongings([(0, listed)]), ())
    for word in listed[::997]:
        assert word in {found for _, found, _ in words.find(plainly(f"说一说{word}吧"))}
    assert list(words.find(plainly("今天天气不错，大家学习了吗"))) == []


@pytest.mark.parametrize("word", ["裸", " ", "！！", "\u200b好", "好" * 61])
def test_words_that_would_hit_everybody_or_nobody_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="请"):
        check_word(word)


def test_a_sound_has_two_syllables() -> None:
    assert check_sound("微信") == "微信"
    with pytest.raises(ValueError, match="只有一个音节"):
        check_sound("wei")
