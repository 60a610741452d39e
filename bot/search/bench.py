"""Measures the speed and memory of search by size, through the real database, index and encoder."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.clock import SystemClock
from bot.search import store
from bot.search.encoder import load_encoder
from bot.search.evaluation import COMMUNITY, Progress, put_documents, running_search, temporary_storage
from bot.search.model import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bot.search.encoder import Encoder
    from bot.storage import Database, Storage

_CHUNK = 500
_QUESTIONS = 100
_SEED = 20260301
_WORDS = 20_000  # different words; the n-th is n times rarer than the first, as in real texts
_STOP_WORDS = 50  # the commonest ones, which a question's terms leave out
_WORDS_IN_TEXT, _WORDS_IN_QUESTION = 80, 4


class _Texts:
    """Made-up texts whose words are as unevenly common as real ones."""

    def __init__(self) -> None:
        self._source = np.random.default_rng(_SEED)
        weights = 1 / np.arange(1, _WORDS + 1)
        self._chances = weights / weights.sum()
        rarer = weights[_STOP_WORDS:]
        self._question_chances = rarer / rarer.sum()

    def documents(self, first: int, count: int) -> list[Document]:
        """Return documents with consecutive ids."""
        words = self._source.choice(_WORDS, (count, _WORDS_IN_TEXT), p=self._chances)
        rows = enumerate(words.tolist(), first)
        return [Document(str(number), self.question(), " ".join(map(_spell, row)) + "。") for number, row in rows]

    def question(self) -> str:
        """Return a question of a few words that are not the commonest."""
        words = self._source.choice(_WORDS - _STOP_WORDS, _WORDS_IN_QUESTION, p=self._question_chances)
        return " ".join(_spell(word + _STOP_WORDS) for word in words.tolist()) + "？"

    def vectors(self, count: int, dimension: int) -> NDArray[np.float32]:
        """Return random vectors of length 1."""
        made = self._source.standard_normal((count, dimension)).astype(np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made


def bench_ask(
    sizes: Sequence[int], encoder_spec: str = "embedded", progress: Progress = lambda _text: None
) -> dict[str, dict[str, float]]:
    """Return, by number of passages, ms_p50 and ms_p95 of a question and rss_mb of the process.

    The texts are made up and their vectors random (encoding 100,000 texts takes hours and changes nothing here); the
    questions are encoded for real.
    """
    return {str(size): asyncio.run(_ask(size, encoder_spec, progress)) for size in sizes}


def bench_ingest(
    sizes: Sequence[int], encoder_spec: str = "embedded", progress: Progress = lambda _text: None
) -> dict[str, dict[str, float]]:
    """Return, by number of passages, passages_per_s from put to searchable by meaning, and rss_mb."""
    return {str(size): asyncio.run(_ingest(size, encoder_spec, progress)) for size in sizes}


async def _ask(size: int, encoder_spec: str, progress: Progress) -> dict[str, float]:
    clock, texts = SystemClock(), _Texts()
    encoder = load_encoder(encoder_spec, progress)
    async with temporary_storage() as storage:
        await _fill(storage, encoder, texts, size)
        began = clock.monotonic()
        async with running_search(storage, encoder) as search:
            opened = clock.monotonic() - began
            progress(f"{size} 段已就绪，读入内存用时 {opened:.2f} 秒")
            times = [(await search.find(COMMUNITY, texts.question())).ms for _ in range(_QUESTIONS)]
            resident = _resident_mb()
    return {
        "ms_p50": _quantile(times, 0.5),
        "ms_p95": _quantile(times, 0.95),
        "open_s": round(opened, 2),
        "rss_mb": resident,
    }


async def _ingest(size: int, encoder_spec: str, progress: Progress) -> dict[str, float]:
    clock, texts = SystemClock(), _Texts()
    encoder = load_encoder(encoder_spec, progress)
    async with temporary_storage() as storage, running_search(storage, encoder) as search:
        began = clock.monotonic()
        await storage.run(COMMUNITY, put_documents, texts.documents(0, size))
        await search.settle()
        seconds = clock.monotonic() - began
    return {"passages_per_s": round(size / seconds, 1), "rss_mb": _resident_mb()}


async def _fill(storage: Storage, encoder: Encoder, texts: _Texts, size: int) -> None:
    """Put documents whose vectors are there already, so that nothing waits for the encoder."""
    for start in range(0, size, _CHUNK):
        chunk = texts.documents(start, min(_CHUNK, size - start))
        vectors = texts.vectors(len(chunk), encoder.dimension)
        await storage.run(COMMUNITY, _put_with_vectors, chunk, encoder.fingerprint, vectors)


def _put_with_vectors(
    db: Database, documents: Sequence[Document], fingerprint: str, vectors: NDArray[np.float32]
) -> None:
    put_documents(db, documents)
    waiting = store.list_pending(db, fingerprint, len(documents))
    store.store_vectors(db, fingerprint, [(row.id, vector) for row, vector in zip(waiting, vectors, strict=True)])


def _spell(number: int) -> str:
    """Return a word that can be pronounced, another one for every number."""
    syllables = []
    while True:
        number, syllable = divmod(number, 100)
        syllables.append("bcdfghjklmnprstvwxyz"[syllable // 5] + "aeiou"[syllable % 5])
        if not number:
            return "".join(syllables)


def _quantile(times: Sequence[float], share: float) -> float:
    return round(float(np.quantile(times, share)), 2)


def _resident_mb() -> float:
    """Return the process's present memory, or its peak where the system does not tell the present."""
    status = Path("/proc/self/statm")
    if status.exists():
        return round(int(status.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
