import asyncio
import logging
import threading
from collections.abc import Sequence

import numpy as np
import pytest

from bot.clock import VirtualClock
from bot.search import store
from bot.search.hashing import HashingEncoder
from bot.search.model import Audience, Document
from bot.search.ranking import Wanted, find_words, rank
from bot.search.semantic import Backlog, Semantics
from bot.search.service import Search
from bot.search.terms import make_query_terms
from bot.storage import Database, Storage

pytestmark = pytest.mark.slow  # whole indexes

_COUNT = 120


class _Other(HashingEncoder):
    """Other vectors of another length, held back after the first few until it may go on."""

    fingerprint = "other"
    dimension = 8

    def __init__(self, most: int = _COUNT) -> None:
        self.may_go_on, self.is_held = threading.Event(), threading.Event()
        self.seen: list[str] = []
        self._most = most

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.full((len(texts), 8), 8**-0.5, np.float32)

    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> np.ndarray:
        if len(self.seen) >= self._most:
            self.is_held.set()
            self.may_go_on.wait()
        self.seen += [title for title, _ in passages]
        return self.encode_queries([text for _, text in passages])


async def _embed_all(storage: Storage, clock: VirtualClock, encoder: HashingEncoder) -> Search:
    search = Search(storage, clock, "", loader=lambda _spec: encoder)
    await search.start()
    await search.settle()
    return search


def _put_posts(db: Database) -> None:
    for number in range(_COUNT):
        store.put_document(db, Document(f"p{number}", f"第 {number} 号 redis", f"内容 {number}"))


def _fingerprints(db: Database) -> dict[str, int]:
    rows = db.query(
        "select fingerprint, length(vector) n, count(*) c from vectors group by fingerprint, length(vector)"
    )
    return {f"{row['fingerprint']}/{row['n']}": row["c"] for row in rows}


@pytest.fixture
async def encoded(storage: Storage, clock: VirtualClock) -> Storage:
    await storage.run("c", _put_posts)
    await (await _embed_all(storage, clock, HashingEncoder())).stop()
    return storage


async def _kill_after(storage: Storage, clock: VirtualClock, count: int) -> Backlog | None:
    """Encode so many passages with the other encoder and die; return how far it said it was."""
    encoder = _Other(most=count)
    killed = Search(storage, clock, "", loader=lambda _spec: encoder)
    await killed.start()
    assert await asyncio.to_thread(encoder.is_held.wait, 30)
    backlog = killed.backlog
    killed.abandon()
    encoder.may_go_on.set()
    return backlog


async def test_a_replaced_encoder_that_is_killed_goes_on_where_it_was(encoded: Storage, clock: VirtualClock) -> None:
    assert await _kill_after(encoded, clock, 48) == Backlog(48, _COUNT, is_replacing=True)
    assert await encoded.read("c", _fingerprints) == {"other/16": 48, "hashing-256-1/512": _COUNT - 48}
    second = _Other()
    search = await _embed_all(encoded, clock, second)
    assert len(second.seen) == _COUNT - 48
    assert await encoded.read("c", _fingerprints) == {"other/16": _COUNT}
    assert search.backlog is None
    await search.stop()


@pytest.mark.parametrize("encoder", [HashingEncoder(), _Other()])
async def test_half_way_only_vectors_of_the_present_encoder_are_compared(
    encoded: Storage, clock: VirtualClock, encoder: HashingEncoder
) -> None:
    await _kill_after(encoded, clock, 48)
    semantics = Semantics(encoded, lambda: encoder)
    await semantics.load()
    await semantics.open("c")
    dense = await semantics.find("c", "第 119 号 redis", Audience(None, ["free"]))
    assert dense is not None
    rows = await encoded.read("c", lambda db: db.query("select passage, fingerprint from vectors"))
    present = {row["passage"] for row in rows if row["fingerprint"] == encoder.fingerprint}
    assert 0 < len(dense.scores) <= len(present)
    assert dense.scores.keys() <= present
    wanted = Wanted(make_query_terms("第 119 号 redis"), ["free/"], 200)
    words = await encoded.read("c", find_words, wanted)
    hits = await encoded.read("c", rank, wanted, words, dense)
    assert hits[0].document_id == "p119"
    assert sum(hit.dense is not None for hit in hits) <= len(present)
    await semantics.close()


async def test_the_log_tells_how_far_it_is(
    encoded: Storage, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "bot.search.semantic"):
        await (await _embed_all(encoded, clock, _Other())).stop()
    told = [record.getMessage() for record in caplog.records if record.name == "bot.search.semantic"]
    assert told[0] == "encoder replaced, encoding again community=c passages=120"
    assert told[1] == "encoding community=c done=16 total=120"
    assert told[-1] == "encoding community=c done=120 total=120"
    assert len(told) <= 11


async def test_going_back_in_the_middle_encodes_only_what_was_replaced(encoded: Storage, clock: VirtualClock) -> None:
    await _kill_after(encoded, clock, 32)
    await (await _embed_all(encoded, clock, HashingEncoder())).stop()
    assert await encoded.read("c", _fingerprints) == {"hashing-256-1/512": _COUNT}
