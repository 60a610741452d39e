"""The benches of search measure the real thing, on posts that lie in the tables as if members had shared them."""

from __future__ import annotations

from xml.etree import ElementTree as ET  # our own picture, not a stranger's

import pytest

from bot.app import core_migrations, make_loader
from bot.cli.bench_ask import bench_ask
from bot.cli.bench_ingest import bench_ingest
from bot.cli.bench_plot import draw_growth
from bot.cli.bench_posts import Maker
from bot.cli.bench_posts_store import put_made
from bot.clock import SystemClock
from bot.config_model import Config
from bot.plugins.qa.api import Draft, put_post
from bot.search.hashing import HashingEncoder
from bot.search.model import Document
from bot.search.store import list_pending, store_vectors
from bot.storage import Storage

pytestmark = pytest.mark.slow  # a bench

_TEXT = "先用 journalctl -u nginx 看。再看 error_log 的最后 100 行！磁盘满了也会这样。"
_REAL = Document("real", "怎么看日志？", f"{_TEXT}\n\n" * 9)
_TABLES = ("posts", "documents", "passages", "vectors", "passage_terms_rows", "passage_terms_totals", "counters")


async def _dump(storage):
    """Everything that is stored, without names and times that differ from run to run."""

    def read(db):
        tables = {table: db.query(f"select * from {table} order by 2, 3") for table in _TABLES}
        tables["vocabulary"] = db.query("select * from passage_terms_vocabulary order by term")
        return tables

    tables = await storage.read("c", read)
    unlike = {"id", "document_id", "created_at"}
    names = {"posts": unlike, "documents": unlike, "passages": {"document_id"}}
    return {
        table: sorted(repr({name: row[name] for name in row.keys() - names.get(table, set())}) for row in rows)
        for table, rows in tables.items()
    }


@pytest.fixture
async def storages(tmp_path):
    loader = make_loader(Config, SystemClock())
    loader.load_all()
    migrations = [*core_migrations(), *loader.migrations()]
    opened = [Storage.open(tmp_path / f"{name}.db", SystemClock(), migrations) for name in "ab"]
    yield opened
    for storage in opened:
        await storage.close()


async def test_made_posts_are_stored_as_the_bot_itself_stores_them(storages):
    quick, usual = storages
    posts, encoder = Maker([_REAL]).posts(1, 40), HashingEncoder()
    passages = [made for post in posts for made in post.passages]
    vectors = Maker([_REAL]).vectors(encoder.encode_passages([("怎么看日志？", "先用 journalctl。")]), 1, len(passages))

    def put_usually(db, drafts):
        for title, body in drafts:
            put_post(db, Draft(title=title, body=body), SystemClock().now())

    def put_vectors(db):
        waiting = [row for row in list_pending(db, encoder.fingerprint, 1000) if row.id > first]
        store_vectors(db, encoder.fingerprint, list(zip((row.id for row in waiting), vectors, strict=True)))

    for storage in storages:
        await storage.run("c", put_usually, [(_REAL.title, _REAL.text)])
    first = (await usual.read("c", lambda db: db.query("select max(id) as n from passages")))[0]["n"]
    await quick.run("c", put_made, posts, encoder.fingerprint, vectors)
    await usual.run("c", put_usually, [(post.title, post.body) for post in posts])
    await usual.run("c", put_vectors)
    assert await _dump(quick) == await _dump(usual)


@pytest.mark.process
@pytest.mark.parametrize("sizes", [[40], pytest.param([20, 40], marks=pytest.mark.soak)])  # each starts two processes
def test_a_question_is_measured_through_the_whole_bot_at_every_size(tmp_path, sizes):
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    for number in range(3):
        (knowledge / f"{number}.md").write_text(f"# {_REAL.title}{number}\n\n{_REAL.text}", "utf-8")
    found = bench_ask(sizes, "hashing", knowledge=knowledge, questions=3)
    assert list(found) == [str(size) for size in sizes]
    assert 0 < found["40"]["ms_p50"] <= found["40"]["ms_p95"]
    assert {"ms_plain", "ms_added", "rss_mb", "database_mb", "ready_s"} <= found["40"].keys()
    picture = ET.fromstring(draw_growth(found))
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}polyline")) == 10


def test_ingest_counts_the_passages_it_put(tmp_path, monkeypatch):
    (tmp_path / "post.md").write_text(f"# {_REAL.title}\n\n{_REAL.text}", "utf-8")
    monkeypatch.chdir(tmp_path)
    found = bench_ingest([12], "hashing", knowledge=tmp_path / "post.md")["12"]
    assert found["real"]["passages_per_s_per_core"] > 0
    assert found["real"]["characters"] > 250
    assert found["short"]["characters"] == pytest.approx(200, abs=2)
