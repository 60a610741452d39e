from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.storage import Database, Migrations, Storage
from bot.storage_text import TextIndex, create_instances, create_text_index

INDEX = TextIndex("words")
migrations = Migrations("words")


@migrations()
def m001_words(db) -> None:
    create_text_index(db, INDEX.name)
    create_instances(db, INDEX.name)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = Storage.open(tmp_path / "text.db", VirtualClock(datetime(2026, 3, 1, tzinfo=UTC)), [migrations])
    yield storage
    await storage.close()


def _put(db: Database, rows: dict[str, str], scope: str = "") -> None:
    for key, text in rows.items():
        INDEX.put(db, key, text.split(), scope)


def _search(db: Database, terms: str, scopes: list[str] | None = None) -> list[str]:
    return [hit.key for hit in INDEX.query(db, terms.split()).search(db, 10, scopes)]


async def test_rows_with_rarer_terms_come_first(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "redis slow", "2": "redis 卡住 redis", "3": "mysql slow", "4": "redis"})
    assert (await storage.read("c", _search, "卡住 redis"))[0] == "2"
    assert await storage.read("c", _search, "nothing") == []
    assert await storage.read("c", _search, "") == []


async def test_a_row_made_of_the_question_scores_one_at_most(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "a b", "2": "a b c d e f", "3": "x"})
    scores = await storage.read("c", lambda db: INDEX.query(db, ["a", "b"]).score(db, ["1", "2", "3", "9"]))
    assert 0 == scores["3"] < scores["2"] < scores["1"] <= 1
    assert "9" not in scores


async def test_a_term_that_stands_twice_in_a_row_counts_twice(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "a a b b", "2": "a b b b"})
    scores = await storage.read("c", lambda db: INDEX.query(db, ["a"]).score(db, ["1", "2"]))
    assert scores["1"] > scores["2"]


async def test_a_community_does_not_find_another_ones_rows(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "redis"})
    await storage.run("d", _put, {"2": "redis"})
    assert await storage.read("d", _search, "redis") == ["2"]


async def test_a_search_keeps_to_its_scopes(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "redis"}, "free")
    await storage.run("c", _put, {"2": "redis"}, "member")
    assert await storage.read("c", _search, "redis", ["free"]) == ["1"]
    assert await storage.read("c", _search, "redis", []) == []


async def test_a_row_is_replaced_and_removed_whole(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "redis", "2": "redis mysql"})
    await storage.run("c", _put, {"1": "kafka"})
    await storage.run("c", lambda db: INDEX.remove(db, "2"))
    await storage.run("c", lambda db: INDEX.remove(db, "2"))
    assert await storage.read("c", _search, "redis mysql") == []
    assert await storage.read("c", _search, "kafka") == ["1"]
    totals = await storage.read("c", lambda db: db.query("select rows, terms from words_totals"))
    assert totals == [{"rows": 1, "terms": 1}]


async def test_a_row_without_terms_leaves_the_sums_alone(storage: Storage) -> None:
    await storage.run("c", _put, {"1": "", "2": "redis"})
    await storage.run("c", lambda db: INDEX.remove(db, "1"))
    assert await storage.read("c", lambda db: db.query("select rows, terms from words_totals")) == [
        {"rows": 1, "terms": 1}
    ]


async def test_the_commonest_terms_only_count_for_the_score(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage_text._MOST_ROWS", 2)
    await storage.run("c", _put, {"1": "common rare", "2": "common", "3": "common"})
    assert await storage.read("c", _search, "common rare") == ["1"]
    assert len(await storage.read("c", _search, "common")) == 3
