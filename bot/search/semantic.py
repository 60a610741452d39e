"""The encoder and the vectors in memory, on one thread of their own."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
    from bot.storage import Row, Storage

log = logging.getLogger(__name__)
T = TypeVar("T")

THREAD = "search"  # begins the thread's name
_UNIT = 2  # passages encoded in one go: a question waits for no more than these, about .2 s
_BATCH = 16  # passages whose vectors are written in one transaction
_PAGE = 5_000  # vectors read from the database at a time
_LONG_WORK = 100  # passages from which the log tells how far it is


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far encoding is.

    Attributes:
        done, total: passages.
        is_replacing: another encoder had made their vectors.
    """

    done: int
    total: int
    is_replacing: bool

    def advance(self, count: int) -> Backlog:
        """Return it after so many more passages; some may have been put meanwhile."""
        return replace(self, done=self.done + count, total=max(self.total, self.done + count))

    def is_worth_telling(self, count: int) -> bool:
        """Return whether the last so many passages filled another tenth of a long work."""
        return self.total >= _LONG_WORK and self.done * 10 // self.total > (self.done - count) * 10 // self.total


class Semantics:
    """Everything that needs the encoder. Each method runs its work on the one thread and awaits it.

    Args:
        storage: where passages and vectors are.
        load: returns the encoder; runs on the thread.
        answer_threshold: takes the place of the one that belongs to the encoder.
    """

    def __init__(self, storage: Storage, load: Callable[[], Encoder], answer_threshold: float | None = None) -> None:
        self._storage, self._load = storage, load
        self.answer_threshold = answer_threshold
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=THREAD)
        self._encoder: Encoder | None = None
        self._indexes: dict[str, CommunityIndex] = {}
        self._is_loading = False
        self._backlogs: dict[str, Backlog] = {}

    @property
    def backlog(self) -> Backlog | None:
        """What is being encoded; None when nothing is."""
        found = list(self._backlogs.values())
        if not found:
            return None
        done, total = sum(one.done for one in found), sum(one.total for one in found)
        return Backlog(done, total, is_replacing=any(one.is_replacing for one in found))

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

    async def find(
        self, community: str, question: str, audience: Audience, among: Sequence[int] | None = None
    ) -> Dense | None:
        """Return the nearest passages that may be seen, of these if any are named; None while there is no encoder."""
        encoder = self._encoder
        if encoder is None:
            return None
        return await self._run(lambda: self._find(encoder, community, question, audience, among))

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
        backlog = await self._count_backlog(community, encoder)
        if backlog.is_replacing:
            log.info("encoder replaced, encoding again community=%s passages=%d", community, backlog.total)
        try:
            while pending := await self._storage.read(community, store.list_pending, encoder.fingerprint, _BATCH):
                self._backlogs[community] = backlog
                await self._encode(community, encoder, pending)
                backlog = backlog.advance(len(pending))
                if backlog.is_worth_telling(len(pending)):
                    log.info("encoding community=%s done=%d total=%d", community, backlog.done, backlog.total)
        finally:
            self._backlogs.pop(community, None)
        return backlog.done

    async def _count_backlog(self, community: str, encoder: Encoder) -> Backlog:
        waiting = await self._storage.read(community, store.count_pending, encoder.fingerprint)
        outdated = await self._storage.read(community, store.count_outdated, encoder.fingerprint) if waiting else 0
        return Backlog(0, waiting, is_replacing=outdated > 0)

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
            await self._run(lambda rows=rows: index.add(list(map(_item, rows))))  # type: ignore[misc]
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

    def _find(
        self, encoder: Encoder, community: str, question: str, audience: Audience, among: Sequence[int] | None
    ) -> Dense:
        vector = encoder.encode_queries([question])[0]
        index = self._indexes.get(community)
        scores: dict[int, float] = {}
        if index is not None:
            scores = index.search(vector, audience.choose(index.scopes), CANDIDATES, among)
        return Dense(encoder.fingerprint, encoder.profile.with_answer(self.answer_threshold), vector, scores)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _item(row: Row) -> tuple[int, str, NDArray[np.float32]]:
    return row["passage"], row["scope"], store.vector_from_row(row["vector"])
