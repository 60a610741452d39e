import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import numpy as np
import pytest

from bot.clock import VirtualClock
from bot.errors import StorageError
from bot.search import store
from bot.search.e5_weights import EncoderError
from bot.search.encoder import KEYWORDS, Encoder
from bot.search.hashing import HashingEncoder
from bot.search.model import Document
from bot.search.ranking import Dense, Wanted, find_words, rank
from bot.search.service import Search
from bot.search.terms import make_query_terms
from bot.storage import Storage

pytestmark = pytest.mark.slow  # whole indexes

Running = Callable[..., AbstractAsyncContextManager[Search]]
_POSTS = [
    Document("redis", "线上 Redis 突然卡住", "多半是用了 KEYS。改用 SCAN，并打开慢日志。"),
    Document(
        "async", "asyncio 怎么限制并发", "用 asyncio.Semaphore 包住每个请求。\n```python\nasync with sem: ...\n```"
    ),
    Document("git", "Git 怎么撤销提交", "没有推送就用 git reset，推送了用 git revert。"),
]


@pytest.fixture
def running(storage: Storage, clock: VirtualClock) -> Running:
    @asynccontextmanager
    async def run(encoder: Encoder | None = None) -> AsyncIterator[Search]:
        search = Search(storage, clock, "", loader=lambda _spec: encoder or HashingEncoder())
        await search.start()
        try:
            await search.settle()
            yield search
        finally:
            await search.stop()

    return run


async def _put(storage: Storage, documents: Sequence[Document] = _POSTS, community: str = "c") -> None:
    for document in documents:
        await storage.run(community, store.put_document, document)


async def _ids(search: Search, question: str, **options: object) -> list[str]:
    return [hit.document_id for hit in (await search.find("c", question, **options)).hits]  # type: ignore[arg-type]


async def test_words_are_searched_while_the_encoder_loads(storage: Storage, clock: VirtualClock) -> None:
    await _put(storage)
    search = Search(storage, clock, "hashing")
    findings = await search.find("c", "redis 卡住了")
    assert not search.is_ready
    assert search.fingerprint == ""
    assert not findings.semantic
    assert [hit.document_id for hit in findings.answers] == ["redis"]
    assert findings.hits[0].dense is None
    await search.stop()


async def test_an_owner_may_do_without_an_encoder(storage: Storage, clock: VirtualClock) -> None:
    await _put(storage)
    search = Search(storage, clock, "none")
    await search.start()
    assert await search.wait_ready() is False
    await search.settle()
    assert [hit.document_id for hit in (await search.find("c", "redis 卡住了")).answers] == ["redis"]
    await search.stop()


async def test_meaning_joins_in_once_the_encoder_is_loaded(storage: Storage, running: Running) -> None:
    await _put(storage)
    async with running() as search:
        findings = await search.find("c", "Redis 突然卡住")
        best = findings.hits[0]
        assert findings.semantic
        assert best.document_id == "redis"
        assert best.dense is not None
        assert best.score == pytest.approx(best.dense + 0.5 * best.keyword)
        assert "多半是用了 KEYS。" in best.passage


async def test_a_document_put_later_is_found_by_meaning(storage: Storage, running: Running) -> None:
    async with running() as search:
        assert await _ids(search, "redis") == []
        await _put(storage)
        await search.settle()
        findings = await search.find("c", "Redis 突然卡住")
        assert findings.hits[0].dense is not None


async def test_a_removed_or_changed_document_is_not_found_as_it_was(storage: Storage, running: Running) -> None:
    await _put(storage)
    async with running() as search:
        await storage.run("c", search.remove_document, "redis")
        await storage.run("c", search.put_document, replace(_POSTS[2], text="换成 docker。"))
        await search.settle()
        hits = (await search.find("c", "Redis 突然卡住 git revert")).hits
        assert "redis" not in {hit.document_id for hit in hits}
        assert all("revert" not in hit.passage for hit in hits)


async def test_a_transaction_that_fails_leaves_nothing_to_find(storage: Storage, running: Running) -> None:
    def fail(db: object) -> None:
        store.put_document(db, _POSTS[0])  # type: ignore[arg-type]
        raise StorageError("full")

    async with running() as search:
        with pytest.raises(StorageError):
            await storage.run("c", fail)
        await search.settle()
        assert await _ids(search, "redis") == []


async def test_rooms_and_access_limit_what_is_found(storage: Storage, running: Running) -> None:
    await _put(
        storage,
        [
            replace(_POSTS[0], id=f"{room}-{access}", room=room, access=access)
            for room in ("", "a", "b")
            for access in ("free", "member")
        ],
    )
    async with running() as search:
        assert set(await _ids(search, "redis", rooms=["a"])) == {"-free", "a-free"}
        assert set(await _ids(search, "redis", rooms=["a"], access=["free", "member"])) == {
            "-free",
            "-member",
            "a-free",
            "a-member",
        }
        assert set(await _ids(search, "redis", limit=10)) == {"-free", "a-free", "b-free"}


async def test_a_community_does_not_find_another_ones_posts(storage: Storage, running: Running) -> None:
    await _put(storage, community="d")
    async with running() as search:
        assert await _ids(search, "redis") == []


async def test_vectors_are_read_again_after_a_restart(storage: Storage, running: Running) -> None:
    await _put(storage)
    async with running() as search:
        before = await search.find("c", "asyncio 限制并发")
    async with running(_NeverEncodes()) as search:
        after = await search.find("c", "asyncio 限制并发")
    assert [hit.document_id for hit in after.hits] == [hit.document_id for hit in before.hits]


async def test_a_replaced_encoder_encodes_everything_again(storage: Storage, running: Running) -> None:
    await _put(storage)
    async with running():
        pass
    async with running(_OtherEncoder()) as search:
        assert await search.count_pending() == 0
        assert (await search.find("c", "redis 卡住")).hits[0].document_id == "redis"
    rows = await storage.read("c", lambda db: db.query("select distinct fingerprint, length(vector) n from vectors"))
    assert rows == [{"fingerprint": "other", "n": 8}]


async def test_an_encoder_that_cannot_be_had_leaves_the_words(storage: Storage, clock: VirtualClock) -> None:
    def fail(_spec: str) -> Encoder:
        raise EncoderError("no such model")

    await _put(storage)
    search = Search(storage, clock, "x", loader=fail)
    await search.start()
    assert not await search.wait_ready()
    await search.settle()
    findings = await search.find("c", "redis 卡住")
    assert (search.failure, findings.semantic, findings.answer_threshold) == ("no such model", False, KEYWORDS.answer)
    assert await search.embed(["x"]) is None
    await search.stop()


async def test_stopping_does_not_wait_for_an_encoder_that_is_being_loaded(
    storage: Storage, clock: VirtualClock
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def load(_spec: str) -> Encoder:
        begun.set()
        may_end.wait()
        return HashingEncoder()

    search = Search(storage, clock, "x", loader=load)
    await search.start()
    assert await asyncio.to_thread(begun.wait)
    await search.stop()
    may_end.set()


async def test_a_broken_encoder_leaves_the_words_and_nobody_waiting(storage: Storage, running: Running) -> None:
    await _put(storage)
    async with running(_NeverEncodes()) as search:
        assert "in the database" in search.failure
        assert (await search.find("c", "redis 卡住")).hits[0].document_id == "redis"


async def test_a_passage_without_a_vector_counts_by_its_words(storage: Storage, clock: VirtualClock) -> None:
    encoder = HashingEncoder()
    thresholds = encoder.profile.thresholds
    assert encoder.profile.score(None, KEYWORDS.answer) == pytest.approx(thresholds.answer)
    assert encoder.profile.score(None, KEYWORDS.related) == pytest.approx(thresholds.related)
    assert encoder.profile.score(None, 0) < thresholds.related


@pytest.mark.parametrize("encoded", [("alike",), ("meant",), ("alike", "meant")])
async def test_what_is_spelled_alike_is_not_preferred_because_it_was_encoded_first(
    storage: Storage, encoded: tuple[str, ...]
) -> None:
    await _put(
        storage,
        [
            Document("alike", "第10号设备", "编号10放在架子上。"),
            Document("meant", "第100号设备", "编号100放在架子上。"),
        ],
    )
    encoder = HashingEncoder()
    question = encoder.encode_queries(["第100号设备"])[0]
    pending = await storage.read("c", store.list_pending, encoder.fingerprint, 10)
    documents = await storage.read("c", store.find_documents, [passage.id for passage in pending])
    ready = [passage for passage in pending if documents[passage.id].document_id in encoded]
    vectors = encoder.encode_passages([(passage.title, passage.text) for passage in ready])
    by_id = {passage.id: vector for passage, vector in zip(ready, vectors, strict=True)}
    await storage.run("c", store.store_vectors, encoder.fingerprint, list(by_id.items()))
    scores = {number: float(vector @ question) for number, vector in by_id.items()}
    dense = Dense(encoder.fingerprint, encoder.profile, question, scores)
    wanted = Wanted(make_query_terms("第100号设备"), ["free/"], 2)
    words = await storage.read("c", find_words, wanted)
    hits = await storage.read("c", rank, wanted, words, dense)
    assert [hit.document_id for hit in hits] == ["meant", "alike"]
    assert hits[0].score >= encoder.profile.thresholds.answer


async def test_similar_texts_are_closer(running: Running) -> None:
    async with running() as search:
        cosines = await search.similarity(["我要报名"], ["报名", "退款"])
        assert cosines is not None
        assert cosines[0, 0] > cosines[0, 1]
        assert search.fingerprint == HashingEncoder.fingerprint


@pytest.mark.parametrize("question", ["", "？？？", "\x00", '" OR NEAR(', "* AND -", "a" * 1_000_000, "的" * 5_000])
async def test_odd_questions_find_nothing_and_break_nothing(storage: Storage, running: Running, question: str) -> None:
    await _put(storage)
    async with running() as search:
        assert (await search.find("c", question)).answers == ()


class _OtherEncoder(HashingEncoder):
    fingerprint = "other"
    dimension = 4

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.full((len(texts), 4), 0.5, np.float32)


class _NeverEncodes(HashingEncoder):
    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> np.ndarray:
        raise AssertionError("these vectors are in the database")
