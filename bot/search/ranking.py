"""Joins what the vectors and the words found into one ranking."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.search.model import Hit
from bot.search.sentences import choose_spans
from bot.search.store import TEXT_INDEX, load_passages, vector_from_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bot.search.encoder import Profile
    from bot.storage import Database, Row

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
    scores: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    dense: float | None
    keyword: float
    row: Row


def rank(db: Database, terms: Sequence[str], scopes: Sequence[str], dense: Dense | None, limit: int) -> tuple[Hit, ...]:
    """Return the best documents: inner product + weight · BM25/self of their best passage.

    Both sides name candidates; the part that a side did not tell is computed.

    Args:
        db: a reading transaction.
        terms: of the question.
        scopes: what may be seen.
        dense: None while the encoder loads: then words alone count.
        limit: documents at most.
    """
    query = TEXT_INDEX.query(db, terms)
    keyword = {int(hit.key): hit.score for hit in query.search(CANDIDATES, scopes)}
    nearest = dense.scores if dense else {}
    keyword |= {int(key): score for key, score in query.score([str(n) for n in nearest if n not in keyword]).items()}
    rows = load_passages(db, keyword, dense.fingerprint if dense else "")
    candidates = [_weigh(number, row, keyword[number], dense) for number, row in rows.items()]
    best: dict[str, _Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: -c.score):
        best.setdefault(candidate.row["document_id"], candidate)
    return tuple(_make_hit(candidate, query.weights) for candidate in list(best.values())[:limit])


def _weigh(number: int, row: Row, keyword: float, dense: Dense | None) -> _Candidate:
    if dense is None:
        return _Candidate(keyword, None, keyword, row)
    product = dense.scores.get(number)
    if product is None and row["vector"] is not None:
        product = float(vector_from_row(row["vector"]) @ dense.vector)
    return _Candidate(dense.profile.score(product, keyword), product, keyword, row)


def _make_hit(candidate: _Candidate, weights: Mapping[str, float]) -> Hit:
    row = candidate.row
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
    )
