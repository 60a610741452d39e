from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlite_utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Migrations

from bot.clock import VirtualClock
from bot.search import store
from bot.search.model import Audience, Document
from bot.search.priors import Standing
from bot.search.terms import make_terms
from bot.storage import Database, Storage
from tests.examples import examples

_POST = Document(
    "p1", "Redis 卡住", "# 原因\n用了 KEYS。\n# 办法\n改用 SCAN。", tags=("redis",), author="张三", date="2026-03-02"
)


async def _put(storage: Storage, document: Document) -> None:
    await storage.run("c", store.put_document, document)


def _embed(db: Database, fingerprint: str) -> list[int]:
    waiting = store.list_pending(db, fingerprint, 100)
    store.store_vectors(db, fingerprint, [(row.id, np.ones(4, np.float32)) for row in waiting])
    return [row.id for row in waiting]


async def test_a_document_comes_back_as_it_was_put(storage: Storage) -> None:
    await _put(storage, _POST)
    assert await storage.read("c", store.get_document, "p1") == _POST
    assert await storage.read("d", store.get_document, "p1") is None


async def test_passages_wait_for_the_encoder_with_title_and_headings(storage: Storage) -> None:
    await _put(storage, _POST)
    waiting = await storage.read("c", store.list_pending, "e1", 10)
    assert [(row.title, row.text) for row in waiting] == [
        ("Redis 卡住 > 原因", "用了 KEYS。"),
        ("Redis 卡住 > 办法", "改用 SCAN。"),
    ]


async def test_a_document_without_text_is_found_by_its_title(storage: Storage) -> None:
    await _put(storage, replace(_POST, text=" "))
    assert [row.text for row in await storage.read("c", store.list_pending, "e1", 10)] == ["Redis 卡住"]


async def test_vectors_of_another_encoder_wait_again(storage: Storage) -> None:
    await _put(storage, _POST)
    assert len(await storage.run("c", _embed, "e2")) == 2
    assert await storage.read("c", store.count_pending, "e2") == 0
    assert await storage.read("c", store.count_pending, "e1") == 2
    assert await storage.read("c", store.count_pending, "e3") == 2
    assert await storage.read("c", store.list_vectors, "e1", 0, 10) == []


async def test_changed_tags_keep_the_vectors_and_a_changed_text_does_not(storage: Storage) -> None:
    await _put(storage, _POST)
    await storage.run("c", _embed, "e1")
    await _put(storage, replace(_POST, tags=("redis", "性能"), author="李四"))
    assert await storage.read("c", store.count_pending, "e1") == 0
    await _put(storage, replace(_POST, text="改用 SCAN。"))
    assert await storage.read("c", store.count_pending, "e1") == 1
    assert await storage.read("c", store.list_forgotten) == [1, 2]


async def test_a_changed_access_moves_the_passages_to_its_scope(storage: Storage) -> None:
    await _put(storage, _POST)
    await _put(storage, replace(_POST, access="member"))
    assert {row.scope for row in await storage.read("c", store.list_pending, "e1", 10)} == {"member/"}


async def test_a_vector_for_a_removed_passage_is_not_kept(storage: Storage) -> None:
    await _put(storage, _POST)
    await storage.run("c", store.remove_document, "p1")
    vectors = [(1, np.ones(4, np.float32))]
    assert await storage.run("c", store.store_vectors, "e1", vectors) == set()
    await storage.run("c", store.clear_forgotten, [1, 2])
    assert await storage.read("c", store.list_forgotten) == []


async def test_documents_of_the_first_version_get_votes_and_are_found(tmp_path: Path, clock: VirtualClock) -> None:
    first = Migrations("search")
    first(name="m001_documents")(store.m001_documents)
    old = Storage.open(tmp_path / "old.db", clock, [first])
    await old.run("c", _put_as_before)
    await old.close()
    storage = Storage.open(tmp_path / "old.db", clock, [store.migrations])
    await storage.run("c", store.set_usefulness, "p1", 2, 1)
    standing = await storage.read("c", store.find_documents, [1, 2])
    assert standing == {1: Standing("p1", "2026-03-02", 2, 1), 2: Standing("p2", "", 0, 0)}
    assert (await storage.read("c", store.get_document, "p1")).title == "Redis 卡住"
    await storage.close()


def _put_as_before(db: Database) -> None:
    for number, written in ((1, "2026-03-02"), (2, "")):
        db.execute(
            "insert into documents (community, id, title, text, room, access, tags, author, date, url)"
            " values (:community, :id, 'Redis 卡住', '改用 SCAN。', '', 'free', '[]', '', :date, '')",
            {"id": f"p{number}", "date": written},
        )
        db.execute(
            "insert into passages (community, id, document_id, heading, text)"
            " values (:community, :id, :document, '', '改用 SCAN。')",
            {"id": number, "document": f"p{number}"},
        )


def test_an_audience_sees_its_rooms_and_what_is_for_everywhere() -> None:
    scopes = ["free/", "free/r1", "free/r2", "member/r1"]
    assert Audience(["r1"], ["free"]).choose(scopes) == ["free/", "free/r1"]
    assert Audience(None, ["free", "member"]).choose(scopes) == scopes
    assert Audience([], ["member"]).choose(scopes) == []


@given(st.text(max_size=60))
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_text_index_counts_every_term_once(schema: sqlite_utils.Database, text: str) -> None:
    schema.execute("delete from probe")
    terms = make_terms(text)
    schema.execute("insert into probe (terms) values (?)", [" ".join(terms)])
    found = {row["term"]: row["cnt"] for row in schema.query("select term, cnt from probe_vocabulary")}
    assert found == Counter(terms)


@pytest.fixture
def schema() -> sqlite_utils.Database:
    db = sqlite_utils.Database(memory=True)
    db.execute("create virtual table probe using fts5(terms, tokenize='unicode61 remove_diacritics 0')")
    db.execute("create virtual table probe_vocabulary using fts5vocab('probe', 'row')")
    return db
