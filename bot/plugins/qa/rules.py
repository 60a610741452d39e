"""What is done about a question: decisions without any input or output."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.plugin import Findings, Hit, fold

# How far above the answer threshold a score stands, in units of the distance between both thresholds. Calibrated with
# the embedded encoder on 250 questions to knowledge/ and 62 it cannot answer: of the answers two units above and more
# 98 % (of 169) were right, between one and two 92 % (of 48), below 68 % (of 25).
_SURE, _LIKELY = 2.0, 1.0
_AS_GOOD = 0.5  # in the same units: so far behind a locked post an open one still answers in its place
_MOST_CITED = 3


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
