"""Which topics are the same, and which training session meets one: decisions without any input or output."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.plugin import fold, make_query_terms

LONGEST = 40  # characters of a topic
# Cosine from which a topic that only adds a word to another one is the same, in steps between the encoder's two
# thresholds above the upper one. With the embedded encoder this is .985: 「K8s 基础入门」 and 「K8s 入门」 are above,
# 「前端性能优化」 and 「后端性能优化」 (.972) are not.
ALIKE_STEPS = 5.0

_NAME = re.compile(r"[a-z0-9][a-z0-9_.+#-]*")
_LINK = re.compile(r"https?://|www\.|[\w-]+\.(?:com|cn|net|org|top|xyz)\b")
_TO_SOMEBODY = re.compile(r"(?:你|您|他|她|它|大家|各位|老师|谁|@)")
_ASKING = re.compile(r"[?？]|(?:吗|呢|吧|么)[。.!！~～]*$")
_LEADING = re.compile(r"^(?:听听?|学学?|关于|有关|讲讲|说说|聊聊|一下|一节|一场|一堂|的)+\s*")
_TRAILING = re.compile(r"\s*(?:的?(?:课程?|分享|讲座|专题|内容|话题)|方面|相关|的|啊|呀|哦|哈)+[。.!！~～\s]*$")
# What says how a topic is treated, not which one it is.
_SOFT_WORDS = """
基础 教程 实战 实践 原理 技巧 指南 编程 开发 学习 使用 用法 方法 介绍 讲解 详解
准备 经验 心得 进行 做 写 讲 学 听 课 技术 知识
"""
_SOFT = frozenset(_SOFT_WORDS.split())
_SAME = {  # in another alphabet, in short
    "kubernetes": "k8s", "golang": "go", "javascript": "js", "typescript": "ts", "py": "python",
    "postgresql": "postgres", "pg": "postgres", "elasticsearch": "es", "大模型": "llm", "大语言模型": "llm",
    "消息队列": "mq", "机器学习": "ml", "人工智能": "ai", "零基础": "入门", "新手": "入门", "从零开始": "入门",
}  # fmt: skip
_SAME_WRITTEN = re.compile("|".join(sorted((word for word in _SAME if not word.isascii()), key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a topic is about.

    Attributes:
        names: Latin words and numbers: `redis 6` and `redis 7` are not the same.
        words: the Chinese words that matter.
    """

    names: frozenset[str]
    words: frozenset[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known about it."""
        return not self.names and not self.words


def clean_topic(typed: str) -> str:
    """Return a topic without what leads to it and ends it: 「关于 K8s 入门的课」 is 「K8s 入门」."""
    line = " ".join(typed.split()).strip(' 「」《》"“”。.!！~～,，')
    return _TRAILING.sub("", _LEADING.sub("", line)).strip() or line


def is_topic(typed: str) -> bool:
    """Return whether a line behind 想听 names a topic; 「想听 你唱歌」 and 「想听 什么呢」 are chat."""
    line = typed.strip()
    if not 0 < len(line) <= LONGEST or "\n" in line or not any(character.isalpha() for character in line):
        return False
    return not (_TO_SOMEBODY.match(line) or _ASKING.search(line))


def has_link(typed: str) -> bool:
    """Return whether there is an address in a line."""
    return _LINK.search(fold(typed)) is not None


def subject_of(topic: str) -> Subject:
    """Return what a topic is about."""
    folded = _SAME_WRITTEN.sub(lambda found: f" {_SAME[found[0]]} ", fold(topic))
    typed = [name.strip(".-") for name in _NAME.findall(folded)]
    names = {_SAME.get(name, name) for name in typed}
    words = {word for word in make_query_terms(_NAME.sub(" ", folded)) if not word.isascii()}
    return Subject(frozenset(names), frozenset(words - _SOFT or (words if not names else set())))


def are_same(one: str, other: str, cosine: float | None = None, needed: float = 1.0) -> bool:
    """Return whether two topics are the same.

    Args:
        one: a topic.
        other: another one.
        cosine: of their vectors; None when meaning is not compared.
        needed: the cosine from which a word more makes no difference.
    """
    if fold(one) == fold(other):
        return True
    a, b = subject_of(one), subject_of(other)
    if a.names != b.names or a.is_empty:
        return False
    is_part = a.words <= b.words or b.words <= a.words
    return a.words == b.words or (is_part and cosine is not None and cosine >= needed)


def is_met_by(topic: str, title: str, cosine: float | None = None, needed: float = 1.0) -> bool:
    """Return whether a training session of that title is what was wished: all that matters of the topic is in it."""
    wished, offered = subject_of(topic), subject_of(title)
    if wished.is_empty or not wished.names <= offered.names:
        return False
    return wished.words <= offered.words or (cosine is not None and cosine >= needed)


def needed_cosine(answer: float, related: float, *, is_semantic: bool) -> float:
    """Return the cosine from which two topics are the same, on an encoder's scale; more than any without meaning."""
    return answer + ALIKE_STEPS * (answer - related) if is_semantic else 2.0
