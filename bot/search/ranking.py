"""Joins what the vectors and the words found into one ranking."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.search.encoder import KEYWORDS
from bot.search.faults import Comparison
from bot.search.model import Hit
from bot.search.store import TEXT_INDEX, find_documents, load_passages, load_texts, load_vectors
from bot.search.terms import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from bot.search.encoder import Profile
    from bot.search.faults import Paste
    from bot.search.priors import Standing
    from bot.storage import Database, Row
    from bot.storage_text import TextQuery

CANDIDATES = 30  # passages taken from each side; 50 find the same on every development set and take half as long again
# A post that has all of a pasted fault gains so many steps (the distance between both thresholds), one that has
# nothing of it loses as many as stand below the middle.
_FAULT_STEPS, _FAULT_MIDDLE = 8.0, 0.5
_FIRST = 5  # what a reader looks at
_COMPARED = 20_000  # characters of a document that are compared with a fault


@dataclass(frozen=True, slots=True)
class Dense:
    """The vectors' side of a search.

    Attributes:
        fingerprint, profile: of the encoder.
        vector: of the question.
        scores: passage id → inner product, of the nearest ones.
    """

    fingerprint: str
    profile: Profile
    vector: NDArray[np.float32]
    scores: dict[int, float]


@dataclass(frozen=True, slots=True)
class Words:
    """The words' side of a search.

    Attributes:
        query: knows how rare the question's terms are.
        scores: passage id → BM25/self, of the best ones.
    """

    query: TextQuery
    scores: dict[int, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for.

    Attributes:
        terms: of the question.
        scopes: what may be seen.
        limit: documents at most.
        paste: the faults in the question, if it is a pasted error.
        among: only these passages; None for all.
        today: for how old documents are; None to leave age and votes out.
    """

    terms: Sequence[str]
    scopes: Sequence[str]
    limit: int
    paste: Paste | None = None
    among: Sequence[int] | None = None
    today: date | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: int
    score: float
    dense: float | None
    keyword: float
    prior: float = 0.0

    def with_prior(self, prior: float) -> _Candidate:
        """Return it with that; `dataclasses.replace` takes a millisecond for a hundred."""
        return _Candidate(self.passage, self.score, self.dense, self.keyword, prior)


def find_words(db: Database, wanted: Wanted) -> Words:
    """Return what the words find; a reading transaction of its own, while the question is being encoded."""
    query = TEXT_INDEX.query(db, wanted.terms)
    among = None if wanted.among is None else map(str, wanted.among)
    return Words(query, {int(hit.key): hit.score for hit in query.search(db, CANDIDATES, wanted.scopes, among)})


def rank(db: Database, wanted: Wanted, words: Words, dense: Dense | None) -> tuple[Hit, ...]:
    """Return the best documents: inner product + weight · BM25/self of their best passage.

    Both sides name candidates; the part that a side did not tell is computed. A pasted fault is compared with what the
    documents say. Votes and age move a document by a fraction of a step and leave its score, so hits are not always in
    the order of their scores, nor are they until all passages have their vectors.

    Args:
        db: a reading transaction.
        wanted: what is looked for.
        words: what the words found.
        dense: None while the encoder loads: then words alone count.
    """
    if dense is None:
        candidates = [_Candidate(number, score, None, score) for number, score in words.scores.items()]
    else:
        candidates = _fuse(db, words, dense)
    documents = find_documents(db, [candidate.passage for candidate in candidates])
    candidates = [candidate for candidate in candidates if candidate.passage in documents]
    step = (dense.profile.thresholds if dense else KEYWORDS).step
    weights = words.query.weights
    if wanted.paste:
        gains = _compare_faults(db, wanted.paste, documents.values(), weights)
        candidates = [
            replace(candidate, score=candidate.score + gains[documents[candidate.passage].document_id] * step)
            for candidate in candidates
        ]
    if wanted.today:
        priors = {number: standing.prior(wanted.today) * step for number, standing in documents.items()}
        candidates = [candidate.with_prior(priors[candidate.passage]) for candidate in candidates]
    best: dict[str, _Candidate] = {}
    for candidate in _order(candidates):
        best.setdefault(documents[candidate.passage].document_id, candidate)
    chosen = _with_best_by_words(list(best.values()))[: wanted.limit]
    passages = load_passages(db, [candidate.passage for candidate in chosen])
    spelled = {spell(term): weight for term, weight in weights.items()}
    return tuple(_make_hit(passages[candidate.passage], candidate, spelled) for candidate in chosen)


def _compare_faults(
    db: Database, paste: Paste, documents: Iterable[Standing], weights: Mapping[str, float]
) -> dict[str, float]:
    """Return by how many steps each document is put forward.

    Kind, message, codes and library say more than how alike two texts are: among error outputs all are alike.
    """
    texts = load_texts(db, list({standing.document_id for standing in documents}))
    comparison = Comparison(paste, weights)
    shares = {name: comparison.share(text[:_COMPARED]) for name, text in texts.items()}
    return {name: (share - _FAULT_MIDDLE) * _FAULT_STEPS for name, share in shares.items()}


def _fuse(db: Database, words: Words, dense: Dense) -> list[_Candidate]:
    missing = (str(number) for number in dense.scores if number not in words.scores)
    keyword = words.scores | {int(key): score for key, score in words.query.score(db, missing).items()}
    vectors = load_vectors(db, [number for number in keyword if number not in dense.scores], dense.fingerprint)
    products = {number: float(vector @ dense.vector) for number, vector in vectors.items()} | dense.scores
    return [
        _Candidate(number, dense.profile.score(products.get(number), score), products.get(number), score)
        for number, score in keyword.items()
    ]


def _order(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Sort best first, whatever has its vector by now.

    A score without a vector cannot be compared with one that has it: a post shared a moment ago would stand behind
    whatever is spelled alike and has none of its words. So what answers by words alone stands before whatever has
    fewer of them. On the programmers' posts of RESEARCH.md recall@1 is .51 for .45 while half of the vectors are
    missing, and .54 for .08 while only those of the right post are.
    """
    compared = [candidate for candidate in candidates if candidate.dense is not None]

    def place(candidate: _Candidate) -> tuple[float, bool]:
        if candidate.dense is not None or candidate.keyword < KEYWORDS.answer:
            return candidate.score + candidate.prior, False
        passed = (other.score for other in compared if other.keyword <= candidate.keyword)
        return max((candidate.score, *passed)) + candidate.prior, True

    return sorted(candidates, key=place, reverse=True)


def _with_best_by_words(candidates: list[_Candidate]) -> list[_Candidate]:
    """Return them with the one that has most of the question's words among the first five.

    Where a question is an encyclopaedia's own words, words alone find more than both sides together: recall@5 on DRCD
    is .997 with this, .993 without and .995 for words alone; the other development sets are as before.
    """
    most = max(candidates[_FIRST:], key=lambda one: one.keyword, default=None)
    if most is None or any(one.keyword >= most.keyword for one in candidates[:_FIRST]):
        return candidates
    candidates.remove(most)
    candidates.insert(_FIRST - 1, most)
    return candidates


def _make_hit(row: Row, candidate: _Candidate, weights: Mapping[str, float]) -> Hit:
    return Hit(
        document_id=row["document_id"],
        title=row["title"],
        heading=row["heading"],
        passage=row["text"],
        score=candidate.score,
        dense=candidate.dense,
        keyword=candidate.keyword,
        author=row["author"],
        date=row["date"],
        access=row["access"],
        tags=tuple(json.loads(row["tags"])),
        weights=weights,
        prior=candidate.prior,
    )
