"""SIGKILL while posts come in: search and database agree after every start, and nothing half-indexed answers."""

from __future__ import annotations

import asyncio
import random
import shutil

import pytest

from bot.clock import SystemClock
from bot.search import store
from bot.search.service import Search
from tests.crash.ingest_process import COMMUNITY, POSTS, SECTIONS, Journal, live_posts, mark, open_storage, texts_of

pytestmark = [pytest.mark.crash, pytest.mark.asyncio(loop_scope="module")]

_DISAGREEMENTS = {
    "vector without passage": "select passage from vectors where passage not in (select id from passages)",
    "passage without vector row": "select id from passages where id not in (select passage from vectors)",
    "passage without document": "select id from passages where document_id not in (select id from documents)",
    "document without passage": "select id from documents where id not in (select document_id from passages)",
    "passage without words": "select id from passages"
    " where cast(id as text) not in (select key from passage_terms_rows)",
    "words without passage": "select key from passage_terms_rows"
    " where cast(key as integer) not in (select id from passages)",
    "totals": "select rows from passage_terms_totals where rows <> (select count(*) from passages)",
    "post without document": "select id from posts where removed_at is null and id not in (select id from documents)",
    "document without post": "select id from documents where id not in (select id from posts where removed_at is null)",
    "other text": "select p.id from posts p join documents d on d.id = p.id"
    " where p.removed_at is null and d.text <> p.body",
}


def disagreements(db):
    found = {name: db.query(statement) for name, statement in _DISAGREEMENTS.items()}
    return {name: rows for name, rows in found.items() if rows}


def check_words(db):
    """Let FTS5 compare its index with the terms, which raises when they differ."""
    db.execute("insert into passage_terms (passage_terms, rank) values ('integrity-check', 1)")


async def check_copy(path, copy, encoder):
    """Look at the database as the next start finds it, then let a search settle on it.

    On a copy, so that the next kill, too, comes in the middle of things.
    """
    journal = Journal.read(path.with_suffix(".journal"))
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, copy.parent / file.name.replace(path.name, copy.name))
    storage = open_storage(copy)
    try:
        live = await storage.read(COMMUNITY, live_posts)
        versions = next((posts for posts in journal.outcomes() if texts_of(posts) == live), None)
        assert versions is not None  # else something shared is lost, or half of a transaction is there
        assert await storage.read(COMMUNITY, disagreements) == {}
        await storage.run(COMMUNITY, check_words)
        await check_found(Search(storage, SystemClock(), "none"), versions, is_by_meaning=False)
        await check_found(Search(storage, SystemClock(), encoder), versions, is_by_meaning=True)
        assert await storage.read(COMMUNITY, disagreements) == {}
        assert await storage.read(COMMUNITY, store.list_forgotten) == []
        return journal.changes
    finally:
        await storage.close()
        for file in copy.parent.glob(f"{copy.name}*"):
            file.unlink()


async def check_found(search, versions, *, is_by_meaning):
    await search.start()
    try:
        await search.settle()
        assert search.is_ready == is_by_meaning
        assert await search.count_pending() == 0
        for post, version in versions.items():
            section = post % SECTIONS
            if version is None:
                continue
            findings = await search.find(COMMUNITY, mark(post, version, section))
            best = findings.hits[0]
            assert (best.document_id, best.heading) == (f"p{post}", mark(post, version, section))
            assert (best.dense is not None) == is_by_meaning
        texts = texts_of(versions)
        everything = await search.find(COMMUNITY, "先看日志，再看配置", limit=POSTS)
        assert bool(everything.hits) == bool(texts)
        assert {hit.document_id for hit in everything.hits} <= texts.keys()
        assert all(hit.passage in texts[hit.document_id] for hit in everything.hits)
    finally:
        await search.stop()


async def wait_for_changes(journal, count):
    """Wait until so many lines were written since now: a busy machine takes its time."""
    before = journal.stat().st_size if journal.exists() else 0
    async with asyncio.timeout(60):
        while (  # noqa: ASYNC110 - another process writes it
            not journal.exists() or journal.read_bytes()[before:].count(b"\n") < count
        ):
            await asyncio.sleep(0.005)


async def run_kills(folder, zygote, kills, encoder="hashing"):
    path, copy, dice = folder / "posts.db", folder / "copy.db", random.Random(kills)
    changes = [0]
    for _ in range(kills):
        pid = await zygote.fork(str(path), 0, {"ingest": encoder})
        if dice.random() < 0.9:  # else it may be killed while it starts
            await zygote.ready(pid)
            await wait_for_changes(path.with_suffix(".journal"), dice.randrange(1, 8))
        await asyncio.sleep(dice.uniform(0.0, 0.1))
        await zygote.kill(pid)
        if path.exists():
            changes.append(await check_copy(path, copy, encoder))
    print(kills, "kills:", changes[-1], "changes, every one found")
    assert changes[-1] > kills
    assert changes == sorted(changes)


async def test_after_ten_kills_search_and_database_agree(tmp_path, zygote):
    await run_kills(tmp_path, zygote, 10)


@pytest.mark.soak
async def test_after_a_hundred_kills_search_and_database_agree(tmp_path, zygote):
    await run_kills(tmp_path, zygote, 100)


@pytest.mark.soak
@pytest.mark.encoder
async def test_with_the_embedded_encoder_they_agree_too(tmp_path, zygote):
    await run_kills(tmp_path, zygote, 10, "embedded")
