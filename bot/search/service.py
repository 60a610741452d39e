"""Search as the rest of the bot sees it: put documents in, ask, and let the encoder come when it is ready."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bot.errors import StorageError
from bot.search import store
from bot.search.e5_weights import EncoderError
from bot.search.encoder import KEYWORDS, load_encoder
from bot.search.model import Apart, Audience, Condition, Document, Findings
from bot.search.ranking import CANDIDATES, Dense, Wanted, Words, find_words, rank
from bot.search.semantic import Semantics
from bot.search.terms import make_query_terms
from bot.search.tracebacks import read_paste

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from bot.clock import Clock
    from bot.search.encoder import Encoder
    from bot.search.semantic import Backlog
    from bot.storage import Database, Storage

log = logging.getLogger(__name__)

_LONGEST_QUESTION = 2_000  # characters; the encoder reads no more
_RETRY = 30.0  # seconds between attempts when the database cannot write


class Search:
    """Finds posts by words and, once the encoder has loaded, by meaning.

    Args:
        storage: with `bot.search.store.migrations` applied.
        clock: for measuring and waiting.
        encoder_spec: as in the configuration; see `load_encoder`, or `none` to search by words alone.
        loader: makes the encoder.
        answer_threshold: score from which a hit answers, in place of the encoder's own.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        encoder_spec: str,
        *,
        loader: Callable[[str], Encoder] = load_encoder,
        answer_threshold: float | None = None,
    ) -> None:
        self._storage, self._clock = storage, clock
        self._is_by_words = encoder_spec == "none"
        self._is_stalled = False
        self._semantics = Semantics(storage, lambda: loader(encoder_spec), answer_threshold)
        self._watch = storage.watch(store.TOPIC)
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._ready = asyncio.Event()
        self.failure = ""  # why meaning is not compared, in English, for the log and the owner

    @property
    def is_ready(self) -> bool:
        """Whether meaning is compared; before that, and when the encoder cannot be had, only words are."""
        return self._ready.is_set() and not self.failure

    @property
    def fingerprint(self) -> str:
        """The name of the encoder whose vectors `embed` returns; empty while there is none."""
        return self._semantics.encoder.fingerprint if self._semantics.encoder else ""

    @property
    def answer_threshold(self) -> float | None:
        """The owner's threshold for answers; None for the encoder's own. It may be changed while running."""
        return self._semantics.answer_threshold

    @answer_threshold.setter
    def answer_threshold(self, value: float | None) -> None:
        self._semantics.answer_threshold = value

    @property
    def backlog(self) -> Backlog | None:
        """How far encoding is; None when nothing is being encoded."""
        return self._semantics.backlog

    async def start(self) -> None:
        """Begin to load the encoder in the background and return at once."""
        if self._is_by_words:
            self.failure = "switched off"
            self._ready.set()
            return
        self._task = asyncio.create_task(self._work(), name="search")
        self._task.add_done_callback(self._end)

    async def stop(self) -> None:
        """End the background work; what is not encoded yet is encoded after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._semantics.close()

    def abandon(self) -> None:
        """End at once, as a killed process does."""
        if self._task is not None:
            self._task.cancel()
        self._semantics.abandon()

    async def wait_ready(self) -> bool:
        """Wait until the encoder is loaded or known to be missing; return `is_ready`."""
        await self._ready.wait()
        return self.is_ready

    async def settle(self) -> None:
        """Wait until everything that was put has its vectors, or cannot have them now (no encoder, a full disk)."""
        await self._ready.wait()
        while not (self.failure or self._is_stalled):
            await self._idle.wait()  # a round under way has vectors on disk that are not in the index yet
            pending = await self.count_pending()
            if not pending and self._idle.is_set():
                return
            if pending and not (self.failure or self._is_stalled):  # it may have ended meanwhile
                self._idle.clear()
                self._watch.wake()

    async def count_pending(self) -> int:
        """Return how many passages of all communities wait for the encoder (0 while it loads)."""
        encoder = self._semantics.encoder
        if encoder is None:
            return 0
        communities = await self._storage.read("", store.list_communities)
        counts = [await self._storage.read(name, store.count_pending, encoder.fingerprint) for name in communities]
        return sum(counts)

    def put_document(self, db: Database, document: Document) -> None:
        """Store a document in the caller's transaction: found by words when it commits, by meaning soon after."""
        store.put_document(db, document)

    def set_usefulness(self, db: Database, document_id: str, votes_up: int, votes_down: int) -> None:
        """Note how members voted on a document, in the caller's transaction."""
        store.set_usefulness(db, document_id, votes_up, votes_down)

    def remove_document(self, db: Database, document_id: str) -> None:
        """Forget a document in the caller's transaction."""
        store.remove_document(db, document_id)

    async def find(
        self,
        community: str,
        question: str,
        *,
        rooms: Collection[str] | None = None,
        access: Collection[str] = ("free",),
        tags: Collection[str] = (),
        author: str = "",
        since: date | None = None,
        until: date | None = None,
        limit: int = 5,
    ) -> Findings:
        """Search. A pasted error is searched by what it says, without its frames.

        Args:
            community: whose posts.
            question: as the member wrote it.
            rooms: what is shared in these rooms and everywhere; None for all rooms.
            access: kinds of access this member has.
            tags: only documents that have each of these.
            author: only documents by this person.
            since: only documents written on this day or later.
            until: only documents written on this day or earlier.
            limit: documents at most.

        Raises:
            StorageError: the database cannot be read.
        """
        began = self._clock.monotonic()
        paste = read_paste(question)
        question = (paste.summary if paste else question)[:_LONGEST_QUESTION]
        audience = Audience(rooms, access)
        condition = Condition(tuple(tags), author, _iso(since), _iso(until))
        among = None if condition.is_empty else await self._storage.read(community, store.list_matching, condition)
        today = self._clock.now().date()
        wanted = Wanted(make_query_terms(question), (), limit, paste=paste, among=among, today=today)
        words, dense = await asyncio.gather(  # on two processors the words are found while the encoder is at work
            self._storage.read(community, _find_visible, wanted, audience),
            self._find_meaning(community, question, audience, among),
        )
        hits = await self._storage.read(community, rank, wanted, words, dense)
        thresholds = dense.profile.thresholds if dense else KEYWORDS
        milliseconds = (self._clock.monotonic() - began) * 1000
        return Findings(hits, dense is not None, milliseconds, thresholds.answer, thresholds.related)

    async def find_apart(
        self,
        community: str,
        question: str,
        *,
        rooms: Collection[str] | None = None,
        access: Collection[str] = ("free",),
        limit: int = CANDIDATES,
    ) -> Apart:
        """Search by words alone and by meaning alone, to see what each of them is good for; otherwise as `find`."""
        question = question[:_LONGEST_QUESTION]
        audience, run = Audience(rooms, access), self._storage.read
        by_words, by_meaning = Wanted(make_query_terms(question), (), limit), Wanted((), (), limit)
        words = await run(community, _find_visible, by_words, audience)
        no_words = await run(community, _find_visible, by_meaning, audience)
        dense = await self._find_meaning(community, question, audience)
        return Apart(
            await run(community, rank, by_words, words, None),
            await run(community, rank, by_meaning, no_words, dense) if dense else (),
        )

    async def _find_meaning(
        self, community: str, question: str, audience: Audience, among: Sequence[int] | None = None
    ) -> Dense | None:
        return await self._semantics.find(community, question, audience, among) if self.is_ready else None

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Return [n, dimension] vectors of length 1 for short texts, as questions; None while there is no encoder."""
        return await self._semantics.embed(texts)

    async def similarity(self, texts: Sequence[str], candidates: Sequence[str]) -> NDArray[np.float32] | None:
        """Return [texts, candidates] cosines; None while there is no encoder."""
        vectors = await self.embed([*texts, *candidates])
        return None if vectors is None else vectors[: len(texts)] @ vectors[len(texts) :].T

    async def _work(self) -> None:
        try:
            await self._semantics.load()
        except EncoderError as error:
            self._fail(str(error))
            return
        for community in await self._storage.read("", store.list_communities):
            await self._semantics.open(community)
        self._ready.set()
        while True:
            self._idle.clear()
            await self._catch_up()
            self._idle.set()
            await self._watch.wait()

    def _end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(repr(error))
            log.error("search stopped in the background", exc_info=error)

    def _fail(self, reason: str) -> None:
        """Go on with words alone, and let nobody wait for more."""
        self.failure = reason
        log.error("no semantic search: %s", reason)
        self._ready.set()
        self._idle.set()

    async def _catch_up(self) -> None:
        try:
            with self._clock.busy():
                for community in await self._storage.read("", store.list_communities):
                    if encoded := await self._semantics.catch_up(community):
                        log.info("encoded passages community=%s count=%d", community, encoded)
            self._is_stalled = False
        except StorageError as error:
            log.warning("vectors wait: %s", error)
            self._is_stalled = True
            self._idle.set()
            await self._clock.sleep(_RETRY)
            self._watch.wake()


def _find_visible(db: Database, wanted: Wanted, audience: Audience) -> Words:
    return find_words(db, replace(wanted, scopes=audience.choose(store.list_scopes(db))))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
