"""Joins what the vectors and the words found into one ranking."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bot.search.encoder import KEYWORDS
from bot.search.model import Hit
from bot.search.sentences import choose_spans
from bot.search.store import TEXT_INDEX, find_documents, load_passage, load_vectors
from bot.search.terms import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bot.search.encoder import Profile
    from bot.storage import Database
    from bot.storage_text import TextQuery

CANDIDATES = 50  # passages taken from each side


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
class _Candidate:
    passage: int
    score: float
    dense: float | None
    keyword: float


def rank(db: Database, terms: Sequence[str], scopes: Sequence[str], dense: Dense | None, limit: int) -> tuple[Hit, ...]:
    """Return the best documents: inner product + weight · BM25/self of their best passage.

    Both sides name candidates; the part that a side did not tell is computed. Until all of them have their vectors,
    hits are not always in the order of their scores.

    Args:
        db: a reading transaction.
        terms: of the question.
        scopes: what may be seen.
        dense: None while the encoder loads: then words alone count.
        limit: documents at most.
    """
    query = TEXT_INDEX.query(db, terms)
    keyword = {int(hit.key): hit.score for hit in query.search(CANDIDATES, scopes)}
    if dense is None:
        candidates = [_Candidate(number, score, None, score) for number, score in keyword.items()]
    else:
        candidates = _fuse(db, query, keyword, dense)
    candidates = _order(candidates)
    documents = find_documents(db, [candidate.passage for candidate in candidates])
    best: dict[str, _Candidate] = {}
    for candidate in candidates:
        if candidate.passage in documents:
            best.setdefault(documents[candidate.passage], candidate)
    return tuple(_make_hit(db, candidate, query.weights) for candidate in islice(best.values(), limit))


def _fuse(db: Database, query: TextQuery, keyword: dict[int, float], dense: Dense) -> list[_Candidate]:
    keyword |= {int(key): score for key, score in query.score(str(n) for n in dense.scores if n not in keyword).items()}
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
            return candidate.score, False
        passed = (other.score for other in compared if other.keyword <= candidate.keyword)
        return max((candidate.score, *passed)), True

    return sorted(candidates, key=place, reverse=True)


def _make_hit(db: Database, candidate: _Candidate, weights: Mapping[str, float]) -> Hit:
    row = load_passage(db, candidate.passage)
    return Hit(
        document_id=row["document_id"],
        title=row["title"],
        heading=row["heading"],
        passage=row["text"],
        score=candidate.score,
        dense=candidate.dense,
        keyword=candidate.keyword,
        spans=choose_spans(row["text"], weights),
        author=row["author"],
        date=row["date"],
        access=row["access"],
        tags=tuple(json.loads(row["tags"])),
        weights={spell(term): weight for term, weight in weights.items()},
    )
