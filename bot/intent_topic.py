"""Tells whether a line says what it is about, and whether that is all it says."""

from __future__ import annotations

import re

from bot.intent_question import is_question, is_small_talk
from bot.text import fold

_MENTION_OR_LINK = re.compile(r"@\S+|(?:https?://|www\.)\S+")
# Words that ask, point or fill: what consists of them alone could be about anything.
_EMPTY_WORD = re.compile(
    "怎么(?:办|样|回事|弄|搞|说)?|怎样|如何|为什么|为啥|为何|干什么|干嘛|什么|啥|咋|哪里|哪个|哪些|多少|是不是|有没有|能不能|行不行"
    "|可不可以|会不会|然后|接着|后来|真的|假的|确定|请教|请问|问题?|帮忙|帮|一下|知道|觉得|报错|出错|错误|失败|什么意思|意思|这样|那样|这个|那个|这里|那里|这|那"
    "|你们|我们|他们|您|你|我|他|她|它|自己|大家|各位|老师|大佬|吗|呢|吧|啊|呀|哦|呗|嘛|嗯|的|地|得|了|么|着|过|是|有|在|能|会"
    "|可以|要|想|请|就|也|都|还|又|很|太|再|不|没|来|去|看|说|讲|和|与|或|对|行|好|呵|哈|嘿|个|点"
)
_SHORT = 6  # ideographs; whoever asks the group something without a question word needs more (7 in 312 labelled lines)
_WORD = re.compile(r"[\w.+#-]+", re.ASCII)


def has_topic(text: str) -> bool:
    """Return whether anything in a line says what it is about; 「怎么办」, 「我的」, 「👍」 and a bare link do not.

    Args:
        text: normalised.
    """
    plain = strip_names(text)
    if not plain or is_small_talk(plain):
        return False
    return any(character.isalnum() for character in _EMPTY_WORD.sub("", fold(plain)))


def is_bare_topic(text: str) -> bool:
    """Return whether a line only names something, as 「签到」 or 「redis」 do, and asks nothing about it.

    Args:
        text: normalised.
    """
    plain = strip_names(text).strip(" \n。.!！~～,，、")
    if is_question(plain):
        return False
    if plain.isascii():
        return _WORD.fullmatch(plain) is not None
    return len(plain) < _SHORT and not _WORD.search(plain)


def strip_names(text: str) -> str:
    """Return a line without mentions and links."""
    return _MENTION_OR_LINK.sub(" ", text).strip()
