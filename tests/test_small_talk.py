"""Small talk gets a kind word, and what says nothing gets no knowledge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intent_topic import has_topic, is_bare_topic
from bot.small_talk import SmallTalk, find_small_talk, kind_word
from bot.text import normalise


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("你好小知", SmallTalk.GREETING),
        ("大家早上好！", SmallTalk.GREETING),
        ("在吗？", SmallTalk.CALL),
        ("你是機器人嗎", SmallTalk.WHO),
        ("辛苦老师了", SmallTalk.THANKS),
        ("你真笨", SmallTalk.BLAME),
        ("答非所问！", SmallTalk.BLAME),
        ("收到", SmallTalk.AGREED),
        ("原来如此", SmallTalk.AGREED),
        ("好", SmallTalk.AGREED),
        ("👍👍", SmallTalk.NOISE),
        ("？？？", SmallTalk.NOISE),
        ("。" * 1000, SmallTalk.NOISE),
        ("", SmallTalk.NOISE),
        ("你好，怎么报名", None),
        ("好的编辑器", None),
        ("我不会", None),
        ("你会什么", None),
    ],
)
def test_small_talk_is_told_from_what_says_something(line: str, kind: SmallTalk | None) -> None:
    assert find_small_talk(normalise(line)) is kind


def test_the_kind_word_fits() -> None:
    assert kind_word("谢谢", "小知") == "不客气，有问题随时叫我。"
    assert kind_word("您好", "小智").startswith("您好，我是小智。")
    assert kind_word("哈哈", "小知") == ""


@pytest.mark.parametrize("line", ["我的", "怎么办", "然后呢？", "真的吗", "@小红 你好", "https://a.b/c?d=e", "👍"])
def test_what_could_be_about_anything_has_no_topic(line: str) -> None:
    assert not has_topic(normalise(line))


@pytest.mark.parametrize("line", ["签到", "redis", "GIL", "C++", "内存泄漏。", "@小红 asyncio", "我想退群"])
def test_a_name_alone_is_a_bare_topic(line: str) -> None:
    assert has_topic(normalise(line))
    assert is_bare_topic(normalise(line))


@pytest.mark.parametrize("line", ["什么是 GIL", "pip 换清华源", "Redis 大key", "死锁怎么办", "crontab 不执行"])
def test_whoever_says_more_about_it_asks(line: str) -> None:
    assert has_topic(normalise(line))
    assert not is_bare_topic(normalise(line))


@given(st.text())
def test_any_line_is_judged(line: str) -> None:
    plain = normalise(line)
    assert isinstance(has_topic(plain), bool)
    assert isinstance(is_bare_topic(plain), bool)
    assert find_small_talk(plain) is None or not has_topic(plain)
