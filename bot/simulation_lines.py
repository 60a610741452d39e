"""Simulation scripts as logical lines: long texts joined, comments taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPEECH = re.compile(r"(?P<talker>[^:：@+#][^:：]*?)(?:\s*(?:->|→)\s*(?P<to>[^:：]+?))?\s*[:：](?P<text>.*)", re.DOTALL)
_HEREDOC = re.compile(r"(?P<head>.*?)<<\s*(?P<mark>\w+)\s*")
_COMMENT = re.compile(r"(?:^|\s+)#(?:\s.*)?$")
_COMMENT_AFTER_TEXT = re.compile(r"(?:^|\s{2,}|\t)#(?:\s.*)?$")  # one space and # may well be what somebody says
_WITH_TEXT = ("@quote", "@friend")


@dataclass(frozen=True, slots=True)
class Line:
    """One act as written.

    Attributes:
        number: 1-based line where it begins.
        text: without comment and surrounding space; inner line breaks are those of a longer message.
        problem: why it cannot be used, in Chinese; empty when it can.
    """

    number: int
    text: str
    problem: str = ""


def read_lines(source: str) -> Iterator[Line]:
    """Yield the acts of a script.

    A backslash at the end joins the next line to a message; `<<词` at the end takes all lines up to one with only 词.
    """
    rest = enumerate(source.removeprefix("\ufeff").splitlines(), start=1)
    for number, raw in rest:
        text = _cut_comment(raw.strip())
        if not text:
            continue
        if found := _HEREDOC.fullmatch(text):
            yield _read_block(number, found["head"], found["mark"], rest)
        else:
            yield Line(number, _join_following(text, rest))


def match_speech(text: str) -> re.Match[str] | None:
    """Match `名字: 话` or `名字 -> 名字: 话` with groups `talker`, `to`, `text`."""
    return _SPEECH.fullmatch(text)


def _cut_comment(text: str) -> str:
    if text.startswith("#"):
        return ""
    is_directive = text.startswith(("@", "+")) and not text.startswith(_WITH_TEXT)
    return (_COMMENT if is_directive else _COMMENT_AFTER_TEXT).sub("", text).rstrip()


def _join_following(text: str, rest: Iterator[tuple[int, str]]) -> str:
    while text.endswith("\\"):
        _, following = next(rest, (0, ""))
        text = f"{text[:-1].rstrip()}\n{following.strip()}"
    return text


def _read_block(number: int, head: str, mark: str, rest: Iterator[tuple[int, str]]) -> Line:
    block: list[str] = []
    for _, raw in rest:
        if raw.strip() == mark:
            return Line(number, f"{head.rstrip()} " + "\n".join(block))
        block.append(raw)
    return Line(number, head, f"找不到结束这段话的「{mark}」，请在话的最后另起一行写 {mark}")
