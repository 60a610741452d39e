"""Finds the score from which a hit may be given as an answer, on labelled questions or on the posts themselves."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bot.search.evaluation import COMMUNITY, Labelled, Progress, indexed, top_score
from bot.search.ranking import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bot.search.model import Document, Findings

FEWEST = 20  # questions with an answer, and as many without: fewer say nothing about one in twenty
_MOST_TITLES = 300  # asked as questions: enough to tell 5 % from 4 %


class CalibrationError(ValueError):
    """There is too little to measure on; says so in Chinese, for the owner."""


def choose_thresholds(
    queries: Sequence[Labelled], findings: Sequence[Findings], wrong: float = 0.05, offered: float = 0.15
) -> dict[str, float]:
    """Return answer_threshold, related_threshold, and the shares answered, answered rightly and wrong at the first.

    Args:
        queries: asked, with and without answers.
        findings: what was found for each.
        wrong: share of the unanswerable questions that may get an answer.
        offered: share of them that may be offered something related.

    Raises:
        CalibrationError: all questions have an answer, or none has.
    """
    _, negative, _ = _split(queries, findings)
    if not 0 < len(negative) < len(queries):
        raise CalibrationError('有答案的和没有答案的问题都要有；没有答案的写 "relevant": []。')
    answer = _lowest_threshold(negative, wrong)
    return {
        "answer_threshold": answer,
        "related_threshold": _lowest_threshold(negative, offered),
        **judge_threshold(queries, findings, answer),
    }


def judge_threshold(queries: Sequence[Labelled], findings: Sequence[Findings], threshold: float) -> dict[str, float]:
    """Return what a threshold does: answered and right, of the questions that have an answer, and wrong, of the others.

    Right is what the right post answers; wrong is every answer where there is none.
    """
    positive, negative, right = _split(queries, findings)
    return {
        "answered": round(float((positive >= threshold).mean()), 4),
        "right": round(float(((positive >= threshold) & right).mean()), 4),
        "wrong": round(float((negative >= threshold).mean()), 4),
    }


async def leave_one_out(
    documents: Sequence[Document], encoder_spec: str, progress: Progress
) -> tuple[list[Labelled], list[Findings]]:
    """Make questions of posts: every title is asked twice, of the posts without their titles.

    Once with its post among the others, which is a question that has an answer; once with its post and those on the
    same subject taken away, which is one that has none. With its neighbours left in, half of the "wrong" answers were
    right: of our own 95 posts the one on Docker's time zone answers the question about Python's. No post has its
    title, since titles are like each other in a way that members' questions are not.

    Args:
        documents: the posts.
        encoder_spec: see `load_encoder`.
        progress: is told in one sentence how far it is.

    Raises:
        CalibrationError: there are fewer than `FEWEST` posts with title and text.
    """
    usable = [document for document in documents if document.title.strip() and document.text.strip()]
    if len(usable) < FEWEST:
        raise CalibrationError(f"有标题和正文的帖子只有 {len(usable)} 篇，至少要 {FEWEST} 篇才量得准阈值。")
    spaced = np.linspace(0, len(usable) - 1, min(len(usable), _MOST_TITLES)).astype(int)
    asked = [usable[place] for place in spaced]
    untitled = [replace(document, title="", room="", access="free") for document in documents]
    async with indexed(untitled, encoder_spec, progress) as search:
        findings = [await search.find(COMMUNITY, document.title, limit=CANDIDATES) for document in asked]
    queries = [Labelled(document.title, frozenset({document.id})) for document in asked]
    queries += [Labelled(document.title, frozenset()) for document in asked]
    subjects = _find_subjects(documents)
    pairs = zip(asked, findings, strict=True)
    return queries, findings + [_without(found, document, subjects) for document, found in pairs]


def _find_subjects(documents: Sequence[Document]) -> frozenset[str]:
    """Return the tags that tell subjects apart: what more than a quarter of the posts have says nothing."""
    counts = Counter(tag for document in documents for tag in set(document.tags))
    return frozenset(tag for tag, count in counts.items() if count * 4 <= len(documents))


def _without(found: Findings, document: Document, subjects: frozenset[str]) -> Findings:
    own = subjects.intersection(document.tags)
    hits = (hit for hit in found.hits if hit.document_id != document.id and own.isdisjoint(hit.tags))
    return replace(found, hits=tuple(hits))


def _split(
    queries: Sequence[Labelled], findings: Sequence[Findings]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return best scores of answerable and of unanswerable questions, and whether the former's best hit is right."""
    pairs = list(zip(queries, findings, strict=True))
    answerable = [(query, found) for query, found in pairs if query.relevant]
    positive = np.array([top_score(found) for _, found in answerable])
    negative = np.array([top_score(found) for query, found in pairs if not query.relevant])
    right = np.array([any(hit.document_id in query.relevant for hit in found.hits[:1]) for query, found in answerable])
    return positive, negative, right


def _lowest_threshold(scores: NDArray[np.float64], share: float) -> float:
    """Return the lowest threshold, in steps of .0001, that at most this share of the scores reaches."""
    allowed = int(share * len(scores))
    return math.floor(float(np.sort(scores)[::-1][allowed]) * 10_000 + 1) / 10_000
