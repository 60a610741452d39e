"""The encoder and the vectors in memory, on one thread of their own."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bot.search import store
from bot.search.index import CommunityIndex
from bot.search.ranking import CANDIDATES, Dense

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from bot.search.encoder import Encoder
    from bot.search.model import Audience
    from bot.search.store import PendingPassage
    from bot.storage import Storage

log = logging.getLogger(__name__)
T = TypeVar("T")

THREAD = "search"  # begins the thread's name
_UNIT = 2  # passages encoded in one go: a question waits for no more than these, about .2 s
_BATCH = 16  # passages whose vectors are written in one transaction
_PAGE = 5_000  # vectors read from the database at a time


class Semantics:
    """Everything that needs the encoder. Each method runs its work on the one thread and awaits it.

    Args:
        storage: where passages and vectors are.
        load: returns the encoder; runs on the thread.
    """

    def __init__(self, storage: Storage, load: Callable[[], Encoder]) -> None:
        self._storage, self._load = storage, load
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=THREAD)
        self._encoder: Encoder | None = None
        self._indexes: dict[str, CommunityIndex] = {}
        self._is_loading = False

    @property
    def encoder(self) -> Encoder | None:
        """The encoder once it is loaded."""
        return self._encoder

    async def load(self) -> Encoder:
        """Load the encoder.

        Raises:
            EncoderError: it cannot be had.
        """
        self._encoder = await self._run(self._load_and_tell)
        return self._encoder

    async def close(self) -> None:
        """End the thread after what it is doing; a load, which takes from half a second to minutes, is left to it."""
        await asyncio.to_thread(self._thread.shutdown, wait=not self._is_loading, cancel_futures=True)

    def abandon(self) -> None:
        """Let the thread end by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Return the vectors of questions; None while there is no encoder."""
        encoder = self._encoder
        return None if encoder is None else await self._run(lambda: encoder.encode_queries(texts))

    async def find(self, community: str, question: str, audience: Audience) -> Dense | None:
        """Return the nearest passages that may be seen; None while there is no encoder."""
        encoder = self._encoder
        if encoder is None:
            return None
        return await self._run(lambda: self._find(encoder, community, question, audience))

    async def open(self, community: str) -> None:
        """Read the vectors that the present encoder made into memory, unless they are there."""
        if community not in self._indexes:
            await self._fill(community, self._loaded())

    async def catch_up(self, community: str) -> int:
        """Bring a community's vectors and index up to date; return how many passages were encoded.

        Passages whose vectors another encoder made are encoded again: vectors of two encoders never meet in an index.
        """
        encoder = self._loaded()
        await self.open(community)
        await self._drop_forgotten(community)
        encoded = 0
        while pending := await self._storage.read(community, store.list_pending, encoder.fingerprint, _BATCH):
            await self._encode(community, encoder, pending)
            encoded += len(pending)
        return encoded

    def _load_and_tell(self) -> Encoder:
        self._is_loading = True
        try:
            return self._load()
        finally:
            self._is_loading = False

    def _loaded(self) -> Encoder:
        assert self._encoder is not None, "load() comes first"
        return self._encoder

    async def _drop_forgotten(self, community: str) -> None:
        gone = await self._storage.read(community, store.list_forgotten)
        if not gone:
            return
        await self._run(lambda: self._indexes[community].remove(gone))
        await self._storage.run(community, store.clear_forgotten, gone)

    async def _fill(self, community: str, encoder: Encoder) -> None:
        index, after = CommunityIndex(encoder.dimension), 0
        while rows := await self._storage.read(community, store.list_vectors, encoder.fingerprint, after, _PAGE):
            items = [(row["passage"], row["scope"], store.vector_from_row(row["vector"])) for row in rows]
            await self._run(lambda items=items: index.add(items))  # type: ignore[misc]
            after = rows[-1]["passage"]
        self._indexes[community] = index

    async def _encode(self, community: str, encoder: Encoder, pending: Sequence[PendingPassage]) -> None:
        vectors: list[tuple[int, NDArray[np.float32]]] = []
        for start in range(0, len(pending), _UNIT):
            unit = pending[start : start + _UNIT]
            pairs = [(passage.title, passage.text) for passage in unit]
            encoded = await self._run(lambda pairs=pairs: encoder.encode_passages(pairs))  # type: ignore[misc]
            vectors += [(passage.id, vector) for passage, vector in zip(unit, encoded, strict=True)]
        kept = await self._storage.run(community, store.store_vectors, encoder.fingerprint, vectors)
        scopes = {passage.id: passage.scope for passage in pending}
        items = [(number, scopes[number], vector) for number, vector in vectors if number in kept]
        await self._run(lambda: self._indexes[community].add(items))

    def _find(self, encoder: Encoder, community: str, question: str, audience: Audience) -> Dense:
        vector = encoder.encode_queries([question])[0]
        index = self._indexes.get(community)
        scores: dict[int, float] = {}
        if index is not None:
            scores = index.search(vector, audience.choose(index.scopes), CANDIDATES)
        return Dense(encoder.fingerprint, encoder.profile, vector, scores)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
