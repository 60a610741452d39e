"""Measures search on labelled questions, through the real thing: database, encoder, index and ranking."""

from __future__ import annotations

import asyncio
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.clock import SystemClock
from bot.search.encoder import load_encoder
from bot.search.model import Document, Findings, Hit
from bot.search.service import Search
from bot.search.store import migrations, put_document
from bot.storage import Database, Storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.search.encoder import Encoder

COMMUNITY = "evaluation"
Progress = Callable[[str], None]
DEPTH = 10  # documents looked at, as the metrics' names say
_RRF = 60
_CHUNK = 200  # documents put in one transaction


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and the ids of the documents that answer it; none when nothing does."""

    query: str
    relevant: frozenset[str]


def read_labelled(directory: Path) -> tuple[list[Document], list[Labelled]]:
    """Read `corpus.jsonl` (id, title, text) and `queries.jsonl` (query, relevant).

    Raises:
        OSError: a file is missing.
        ValueError, KeyError: a line is not such an object.
    """
    corpus = [json.loads(line) for line in (directory / "corpus.jsonl").read_text("utf-8").splitlines() if line.strip()]
    queries = [
        json.loads(line) for line in (directory / "queries.jsonl").read_text("utf-8").splitlines() if line.strip()
    ]
    documents = [Document(id=str(row["id"]), title=row.get("title", ""), text=row["text"]) for row in corpus]
    return documents, [Labelled(row["query"], frozenset(map(str, row["relevant"]))) for row in queries]


def evaluate(
    directory: Path, encoder_spec: str = "embedded", progress: Progress = lambda _text: None
) -> dict[str, float]:
    """Return recall@1, recall@5, mrr@10, ndcg@10, no_answer_auc (only with unanswerable questions), ms_p50, ms_p95.

    Args:
        directory: holds the two files of `read_labelled`.
        encoder_spec: see `load_encoder`.
        progress: is told in one sentence how far it is.
    """
    return summarise(*asyncio.run(run_queries(directory, encoder_spec, progress)))


async def run_queries(directory: Path, encoder_spec: str, progress: Progress) -> tuple[list[Labelled], list[Findings]]:
    """Index the documents in a temporary database and ask every question."""
    documents, queries = read_labelled(directory)
    async with indexed(documents, encoder_spec, progress) as search:
        return queries, [await search.find(COMMUNITY, query.query, limit=DEPTH) for query in queries]


async def run_systems(
    directory: Path, encoder_spec: str, progress: Progress
) -> tuple[list[Labelled], dict[str, list[Findings]]]:
    """Ask every question of the search itself (`own`) and of its parts: `bm25`, `dense`, and both by rank (`rrf`)."""
    documents, queries = read_labelled(directory)
    found: dict[str, list[Findings]] = {"own": [], "bm25": [], "dense": [], "rrf": []}
    async with indexed(documents, encoder_spec, progress) as search:
        for query in queries:
            found["own"].append(await search.find(COMMUNITY, query.query, limit=DEPTH))
            parts = await search.find_apart(COMMUNITY, query.query)
            both = fuse_by_rank((parts.by_words, parts.by_meaning))
            for name, hits in (("bm25", parts.by_words), ("dense", parts.by_meaning), ("rrf", both)):
                found[name].append(replace(found["own"][-1], hits=tuple(hits[:DEPTH]), ms=0.0))
    return queries, found


def fuse_by_rank(lists: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Return reciprocal-rank fusion of several rankings, best first, with its sums as scores."""
    sums: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking in lists:
        for place, hit in enumerate(ranking, 1):
            sums[hit.document_id] = sums.get(hit.document_id, 0.0) + 1 / (_RRF + place)
            hits.setdefault(hit.document_id, hit)
    return [replace(hits[name], score=total) for name, total in sorted(sums.items(), key=lambda item: -item[1])]


@asynccontextmanager
async def indexed(documents: Sequence[Document], encoder_spec: str, progress: Progress) -> AsyncIterator[Search]:
    """Give a search over documents in a temporary database that is deleted in the end."""
    encoder = await asyncio.to_thread(load_encoder, encoder_spec, progress)
    async with temporary_storage() as storage, running_search(storage, encoder) as search:
        for start in range(0, len(documents), _CHUNK):
            await storage.run(COMMUNITY, put_documents, documents[start : start + _CHUNK])
        await _embed_all(search, progress)
        yield search


@asynccontextmanager
async def temporary_storage() -> AsyncIterator[Storage]:
    """Give an empty database that is deleted in the end."""
    with tempfile.TemporaryDirectory(prefix="qunzhi-") as folder:
        storage = Storage.open(Path(folder, "search.db"), SystemClock(), [migrations])
        try:
            yield storage
        finally:
            await storage.close()


@asynccontextmanager
async def running_search(storage: Storage, encoder: Encoder) -> AsyncIterator[Search]:
    """Give a search that has read its vectors and is ready."""
    search = Search(storage, SystemClock(), "", loader=lambda _spec: encoder)
    await search.start()
    try:
        await search.wait_ready()
        yield search
    finally:
        await search.stop()


def put_documents(db: Database, documents: Sequence[Document]) -> None:
    """Put several documents in one transaction."""
    for document in documents:
        put_document(db, document)


async def _embed_all(search: Search, progress: Progress) -> None:
    settled = asyncio.create_task(search.settle())
    while not settled.done():
        await asyncio.wait([settled], timeout=5)
        if pending := await search.count_pending():
            progress(f"还有 {pending} 段待编码…")
    await settled


def summarise(queries: Sequence[Labelled], findings: Sequence[Findings]) -> dict[str, float]:
    """Return the metrics, rounded; recall and the others are means over the questions that have an answer."""
    pairs = list(zip(queries, findings, strict=True))
    gains = [_gains(query, found) for query, found in pairs if query.relevant]
    sizes = [len(query.relevant) for query in queries if query.relevant]
    ideal = [sum(_discount(rank) for rank in range(min(size, DEPTH))) for size in sizes]
    result = {
        "recall@1": _mean([float(row[0]) for row in gains]),
        "recall@5": _mean([float(any(row[:5])) for row in gains]),
        "mrr@10": _mean([max((hit / (rank + 1) for rank, hit in enumerate(row)), default=0.0) for row in gains]),
        "ndcg@10": _mean(
            [
                sum(hit * _discount(rank) for rank, hit in enumerate(row)) / best
                for row, best in zip(gains, ideal, strict=True)
            ]
        ),
        "no_answer_auc": _auc(
            [top_score(found) for query, found in pairs if query.relevant],
            [top_score(found) for query, found in pairs if not query.relevant],
        ),
    }
    times = [found.ms for found in findings]
    if any(times):
        result |= {"ms_p50": float(np.quantile(times, 0.5)), "ms_p95": float(np.quantile(times, 0.95))}
    return {name: round(value, 4) for name, value in result.items() if not math.isnan(value)}


def _gains(query: Labelled, findings: Findings) -> list[bool]:
    found = [hit.document_id in query.relevant for hit in findings.hits[:DEPTH]]
    return found + [False] * (DEPTH - len(found))


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 2)


def top_score(findings: Findings) -> float:
    """Return the best hit's score, 0 without any."""
    return findings.hits[0].score if findings.hits else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return how often an answerable question's best score is above an unanswerable one's; ties count half."""
    if not positive or not negative:
        return math.nan
    above = np.subtract.outer(np.array(positive), np.array(negative))
    return float(((above > 0) + 0.5 * (above == 0)).mean())
