"""Tells whether a line asks something."""

from __future__ import annotations

import re

from bot.small_talk import find_small_talk
from bot.text import fold


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_ASKING = _any_of(
    r"[?]",
    r"[吗么嘛呢]\s*[。!~.]*$",
    r"怎么|怎样|如何|为什么|为啥|为何|咋|啥|什么|几[点号个天节场次]|多少|多久|多大|多长",
    r"哪[些个里儿位种门天场一]|哪(?=\s*[a-z])",
    r"是不是|有没有|能不能|可不可以|行不行|会不会|要不要|对不对|好不好|该不该|需不需要|用不用|算不算",
    r"谁(?!都|也)|求(?:助|教|问|推荐|解|大佬)|请教|请问|想问|问一下|问下|咨询|区别|报错|什么意思",
    r"有人(?:知道|会|用过|遇到)|有(?:推荐|谁|无)|求.{0,8}(?:方案|资料|教程|代码|链接)",
    r"^(?:解释|介绍|讲讲|说说|对比|比较)",
    r"\b(?:how|what|why|when|where|which|who|is there|can i|does|do i|should)\b",
)
_ERROR = _any_of(
    r"traceback \(most recent call last\)",
    r"\b[a-z]*(?:error|exception)\b\s*:",
    r"\berror\b.{0,40}\bcode\b",
    r"segmentation fault|command not found|no such file|permission denied|connection refused",
    r"undefined is not|cannot |can't |failed to |exit code \d|npm err|fatal:|panic:",
    r"\b(?:4\d\d|5\d\d) (?:bad|not|internal|gateway|forbidden|unauthorized)",
)
_STATEMENT = _any_of(
    r"^(?:我?不知道|我知道|知道了|没什么|没啥|没怎么|不怎么|不管|无论|什么都|什么也|怎么都|怎么说呢)",
    r"^(?:随便|哪里哪里|多少有点|怪不得|难怪|终于知道)|^.{0,6}(?:讲|教|分享|整理|学会|写|总结)了",
    r"(?:什么|怎么|多少|啥)[^?]{0,12}(?:都行|都可以|都好|无所谓|也没|也不|都没|都不)",
    r"怎么这么[^?]*$|没[^?]{0,4}什么|报错(?:解决|没)了",
)


def is_question(text: str) -> bool:
    """Return whether a line asks for knowledge or help, or shows an error.

    Rules, not a model: a question word or mark that is not part of a statement, or the text of an error.

    Args:
        text: normalised.
    """
    plain = fold(text).strip()
    if is_small_talk(plain):
        return False
    if _ERROR.search(plain):
        return True
    if _ASKING.search(plain) is None:
        return False
    is_marked = "?" in plain or plain.rstrip("。!~. ").endswith("吗")
    return is_marked or _STATEMENT.search(plain) is None


def is_small_talk(text: str) -> bool:
    """Return whether a line is a greeting, thanks or a noise, to which no knowledge is an answer.

    Args:
        text: normalised.
    """
    return find_small_talk(text) is not None
