"""What search is measured beside: one call of the encoder, one of FAISS and one of FTS5, joined by nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from bot.cli.bench_posts_store import count_passages, plain_words
from bot.search.encoder import Encoder, load_encoder
from bot.search.index import COMPRESS_BEYOND
from bot.search.ranking import CANDIDATES
from bot.search.store import list_vectors, vector_from_row
from bot.search.terms import make_query_terms
from bot.storage import Storage

_PAGE = 5_000


class PlainSearch:
    """The calls. Make it with `PlainSearch.open`."""

    def __init__(self, storage: Storage, community: str, encoder: Encoder, passages: int) -> None:
        import faiss

        self._storage, self._community, self._encoder = storage, community, encoder
        half, product = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        is_large, dimension = passages > COMPRESS_BEYOND, encoder.dimension
        flat = faiss.IndexScalarQuantizer(dimension, half, product) if is_large else faiss.IndexFlatIP(dimension)
        self._index: Any = faiss.IndexIDMap2(flat)

    @classmethod
    async def open(cls, storage: Storage, community: str, encoder_spec: str) -> PlainSearch:
        """Read all vectors into an index of the kind that search uses for so many."""
        passages = await storage.read(community, count_passages)
        plain = cls(storage, community, await asyncio.to_thread(load_encoder, encoder_spec), passages)
        await plain._fill()
        return plain

    async def find(self, question: str) -> None:
        """Encode a question and ask each side for its candidates."""
        vector = self._encoder.encode_queries([question])
        self._index.search(vector, CANDIDATES)
        await self._storage.read(self._community, plain_words, make_query_terms(question), CANDIDATES)

    async def _fill(self) -> None:
        after, fingerprint = 0, self._encoder.fingerprint
        while rows := await self._storage.read(self._community, list_vectors, fingerprint, after, _PAGE):
            vectors = np.stack([vector_from_row(row["vector"]) for row in rows])
            self._index.add_with_ids(vectors, np.array([row["passage"] for row in rows], np.int64))
            after = rows[-1]["passage"]
