"""What is done about a question and about what somebody shares: decisions without any input or output."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from bot.plugin import Findings, Hit, fold

# How far above the answer threshold a score stands, in units of the distance between both thresholds. Calibrated with
# the embedded encoder on 250 questions to knowledge/ and 62 it cannot answer: of the answers two units above and more
# 98 % (of 169) were right, between one and two 92 % (of 48), below 68 % (of 25).
_SURE, _LIKELY = 2.0, 1.0
_AS_GOOD = 0.5  # in the same units: so far behind a locked post an open one still answers in its place
_MOST_CITED = 3
_LONGEST_TITLE = 60
_TAG = re.compile(r"(?<!\S)#([\w+.-]{1,30})(?!\S)")
_LONGEST_MADE, _SHORTEST_MADE = 30, 8  # characters of a title that is taken out of a text
_TITLE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s)")
_CLAUSE_END = re.compile(r"[，,、：:—]")
_HAN = r"\u3400-\u9fff"
_TITLE_GAP = re.compile(
    rf"(?<=[{_HAN}”」』）》]) +(?=[{_HAN}“「『（《])|(?<=[。！？：；…]) +(?=\S)|(?<=[{_HAN}][!?:]) +(?=\S)"
)


class Confidence(StrEnum):
    """How sure an answer is, as members read it."""

    HIGH = "高"
    MIDDLE = "中"
    LOW = "低"


class Kind(StrEnum):
    """What a question gets."""

    ANSWER = "answer"
    LOCKED = "locked"
    RELATED = "related"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a question gets, and by which posts.

    Attributes:
        kind: an answer, a teaser, a list of what may have to do with it, or an honest no.
        hits: what is cited, best first.
        confidence: of an answer.
        score: of the best hit, 0 without any.
        threshold: the score an answer needs.
    """

    kind: Kind
    hits: tuple[Hit, ...] = ()
    confidence: Confidence = Confidence.LOW
    score: float = 0.0
    threshold: float = 0.0


def decide(findings: Findings, readable: Collection[str]) -> Decision:
    """Say what a question gets.

    A post that the member may not read is only named, and only when nothing they may read answers about as well.

    Args:
        findings: of the search, over everything that may be named here.
        readable: kinds of access the member has.
    """
    score = findings.hits[0].score if findings.hits else 0.0
    answers, threshold = findings.answers, findings.answer_threshold
    open_hits = tuple(hit for hit in answers if hit.access in readable)
    if open_hits and score - open_hits[0].score <= _AS_GOOD * (threshold - findings.related_threshold):
        confidence = rate(open_hits[0].score, findings)
        return Decision(Kind.ANSWER, open_hits[:_MOST_CITED], confidence, open_hits[0].score, threshold)
    if answers:
        return Decision(Kind.LOCKED, answers[:_MOST_CITED], score=score, threshold=threshold)
    if findings.related:
        return Decision(Kind.RELATED, findings.related[:_MOST_CITED], score=score, threshold=threshold)
    return Decision(Kind.UNKNOWN, score=score, threshold=threshold)


def names_topic(hit: Hit, topic: str) -> bool:
    """Return whether a post is on a word: its title or a tag has it; Latin words are rare enough to count anywhere."""
    word = fold(topic).strip(" \n。.!,、~")
    places = (hit.title, *hit.tags, *([hit.passage] if word.isascii() else []))
    ends = r"(?<![a-z0-9]){}(?![a-z0-9])" if word.isascii() else "{}"
    return any(re.search(ends.format(re.escape(word)), fold(place)) for place in places)


def rate(score: float, findings: Findings) -> Confidence:
    """Return how sure an answer of that score is; words alone are never sure."""
    distance = findings.answer_threshold - findings.related_threshold
    margin = (score - findings.answer_threshold) / max(distance, 1e-9)
    if findings.semantic and margin >= _SURE:
        return Confidence.HIGH
    return Confidence.MIDDLE if margin >= _LIKELY else Confidence.LOW


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


@dataclass(frozen=True, slots=True)
class SourceNumber:
    """What a member typed behind 来源.

    Attributes:
        value: the number.
        is_post: it was written as #57, so it is a post's number and not a place in the last answer.
    """

    label = "n"

    value: int
    is_post: bool


def read_source_number(text: str) -> SourceNumber | None:
    """Read `1`, `#57`, `[1]`; None when it is none of these."""
    match = re.fullmatch(r"(#)?\[?(\d{1,9})\]?", text.strip())
    return SourceNumber(int(match[2]), bool(match[1])) if match else None
