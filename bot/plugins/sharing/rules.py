"""How what somebody shares is taken apart and compared: decisions without any input or output."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from bot.plugin import fold

_LONGEST_TITLE = 60
_TAG = re.compile(r"(?<!\S)#([\w+.-]{1,30})(?!\S)")
_LONGEST_MADE, _SHORTEST_MADE = 30, 8  # characters of a title that is taken out of a text
_TITLE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s)")
_CLAUSE_END = re.compile(r"[，,、：:—]")
_HAN = r"\u3400-\u9fff"
_TITLE_GAP = re.compile(
    rf"(?<=[{_HAN}”」』）》]) +(?=[{_HAN}“「『（《])|(?<=[。！？：；…]) +(?=\S)|(?<=[{_HAN}][!?:]) +(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a member wants to share, taken apart.

    Attributes:
        title: one line; may be empty.
        body: the rest; may be empty.
        tags: without #.
    """

    title: str
    body: str
    tags: tuple[str, ...] = ()


def parse_share(text: str) -> Shared:
    """Take 「标题 正文」 apart.

    The title is the first line. Of a single line it is what stands before the first space between two Chinese signs;
    a space beside Latin letters or digits is typography. Without such a space the first sentence gives the title, and
    the body is the whole. `#标签` counts on the first and on the last line only: elsewhere it may be a comment in code.
    A title that is too long is cut, and stays whole in the body.
    """
    text, tags = _take_tags(text)
    title, body = (part.strip("\n").rstrip() for part in _cut_title(text))
    if len(title) > _LONGEST_TITLE and body:
        return Shared(make_title(title), text, tags)
    return Shared(title.strip(), body, tags)


def _cut_title(text: str) -> tuple[str, str]:
    first, line_break, rest = text.partition("\n")
    if line_break:
        return first, rest
    if gap := _TITLE_GAP.search(text):
        return text[: gap.start()], text[gap.end() :]
    title = make_title(text)
    return title, text if len(text) > len(title) + 1 else ""  # a title and its full stop say nothing more


def parse_quoted_share(text: str, quoted: str) -> Shared:
    """Take the words beside a quoted message as title and tags, the quoted text as the body.

    Args:
        text: what stands behind 分享; may be empty.
        quoted: the quoted message.
    """
    text, tags = _take_tags(text)
    return Shared(" ".join(text.split())[:_LONGEST_TITLE] or make_title(quoted), quoted.strip(), tags)


def make_title(body: str) -> str:
    """Return the first sentence of a text, or as much of it as makes a title."""
    first = _TITLE_END.split(body.strip(), maxsplit=1)[0].strip()
    if len(first) <= _LONGEST_MADE:
        return first
    clauses = [end.start() for end in _CLAUSE_END.finditer(first[: _LONGEST_MADE + 1]) if end.start() >= _SHORTEST_MADE]
    return first[: clauses[-1]] if clauses else first[: _LONGEST_MADE - 1] + "…"


def _take_tags(text: str) -> tuple[str, tuple[str, ...]]:
    lines = text.strip().splitlines() or [""]
    tags: list[str] = []
    for at in {0, len(lines) - 1}:
        tags += _TAG.findall(lines[at])
        lines[at] = " ".join(_TAG.sub("", lines[at]).split()) if _TAG.search(lines[at]) else lines[at]
    return "\n".join(lines).strip(), tuple(dict.fromkeys(tags))


def count_substance(text: str) -> int:
    """Return how many letters, digits and ideographs a text has: blanks, signs and emoji say nothing."""
    return sum(character.isalnum() for character in text)


def similarity(one: str, other: str) -> float:
    """Return how alike two texts are, 0…1: Dice's coefficient over pairs of neighbouring characters, folded."""
    a, b = _pairs(one), _pairs(other)
    total = sum(a.values()) + sum(b.values())
    return 2 * sum((a & b).values()) / total if total else 0.0


def _pairs(text: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(character for character in fold(text) if character.isalnum()))
