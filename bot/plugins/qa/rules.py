"""What is done about a question: decisions without any input or output."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.plugin import Findings, Hit, fold, make_query_terms
from bot.plugins.qa.prose import words_in

# How far above the answer threshold a score stands, in units of the distance between both thresholds. Calibrated with
# the embedded encoder on 250 questions to knowledge/ and 62 it cannot answer: of the answers two units above and more
# 98 % (of 169) were right, between one and two 92 % (of 48), below 68 % (of 25).
_SURE, _LIKELY = 2.0, 1.0
_AS_GOOD = 0.5  # in the same units: so far behind a locked post an open one still answers in its place
_MOST_CITED = 3
_COMPARABLE = 6.0  # in the same units: so far behind the best answer another one is no second source
_MOST_SENSES = 4
_FEW_TERMS = 4  # of a question that may be too short to be clear
_VERY_FEW_TERMS = 2
_NEAR, _NEAR_OF_VERY_FEW = 1.0, 1.5  # in the same units: so far apart two posts answer about equally well


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
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a question gets, and by which posts.

    Attributes:
        kind: an answer, a teaser, a list of what may have to do with it, a question back, or an honest no.
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
        best = open_hits[0].score
        cited = tuple(hit for hit in open_hits[:_MOST_CITED] if is_comparable(hit, best, findings))
        return Decision(Kind.ANSWER, cited, rate(best, findings), best, threshold)
    if answers:
        return Decision(Kind.LOCKED, answers[:_MOST_CITED], score=score, threshold=threshold)
    if findings.related:
        return Decision(Kind.RELATED, findings.related[:_MOST_CITED], score=score, threshold=threshold)
    return Decision(Kind.UNKNOWN, score=score, threshold=threshold)


def is_comparable(hit: Hit, best: float, findings: Findings) -> bool:
    """Return whether a post answers nearly as well as the best, so that it is worth naming beside it."""
    return best - hit.score <= _COMPARABLE * (findings.answer_threshold - findings.related_threshold)


def find_senses(question: str, findings: Findings, readable: Collection[str]) -> tuple[Hit, ...]:
    """Return what a short question may mean: posts on different topics that answer it about equally well.

    Args:
        question: as it was asked.
        findings: of the search.
        readable: kinds of access the member has.

    Returns:
        Best first, two at least; nothing when the question is clear.
    """
    terms = make_query_terms(question)
    hits = [hit for hit in findings.answers if hit.access in readable][:_MOST_SENSES]
    if len(terms) > _FEW_TERMS or len(hits) < 2 or not findings.semantic:  # noqa: PLR2004 - one alone is clear
        return ()
    if set(terms) <= words_in(hits[0].title, terms) and not set(terms) <= words_in(hits[1].title, terms):
        return ()  # it says all of one title
    step = findings.answer_threshold - findings.related_threshold
    width = (_NEAR if len(terms) > _VERY_FEW_TERMS else _NEAR_OF_VERY_FEW) * step
    near = [hit for hit in hits if hits[0].score - hit.score <= width]
    senses = [near[0]]
    for hit in near[1:]:
        if all(_are_apart(hit, other, terms) for other in senses):
            senses.append(hit)
    return tuple(senses) if len(senses) > 1 else ()


def _are_apart(one: Hit, other: Hit, terms: Collection[str]) -> bool:
    """Whether two posts have nothing in common but the question's own words."""
    if one.tags and other.tags:
        return not {fold(tag) for tag in one.tags} & {fold(tag) for tag in other.tags}
    own, others = (set(make_query_terms(hit.title)) - set(terms) for hit in (one, other))
    return bool(own and others) and not own & others


def speaks_of(text: str, words: Mapping[str, float]) -> bool:
    """Return whether a text has at least half of some words, each by its worth."""
    return sum(words[word] for word in words_in(text, words)) >= sum(words.values()) / 2


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
