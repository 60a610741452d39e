from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import VirtualClock
from bot.search import store
from bot.search.encoder import KEYWORDS
from bot.search.hashing import HashingEncoder
from bot.search.model import Document
from bot.search.priors import Standing, rate_date, rate_votes
from bot.search.service import Search
from bot.storage import Storage

_TODAY = date(2026, 3, 1)
_TEXT = "多半是用了 KEYS。改用 SCAN，并打开慢日志。"


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.dates())
def test_priors_never_move_a_post_by_half_a_step(votes_up: int, votes_down: int, written: date) -> None:
    assert abs(Standing("a", written.isoformat(), votes_up, votes_down).prior(_TODAY)) < 0.5


def test_one_vote_moves_little_and_many_move_more() -> None:
    assert rate_votes(0, 0) == 0
    assert 0 < rate_votes(1, 0) < 0.1 < rate_votes(10, 0) < rate_votes(100, 0) < 0.5
    assert rate_votes(3, 3) == 0
    assert rate_votes(0, 5) == pytest.approx(-rate_votes(5, 0))


def test_a_post_is_worth_half_as_much_after_each_half_life() -> None:
    three_years = timedelta(days=1096)
    assert rate_date(_TODAY.isoformat(), _TODAY) == 0.5
    assert rate_date((_TODAY - three_years).isoformat(), _TODAY) == pytest.approx(0, abs=1e-3)
    assert rate_date((_TODAY - 2 * three_years).isoformat(), _TODAY) == pytest.approx(-0.25, abs=1e-3)
    assert rate_date("2099-01-01", _TODAY) == 0.5


@pytest.mark.parametrize("written", ["", "2026", "昨天", "2026-13-40", "2026-02-01T08:00:00+08:00"])
def test_a_date_that_cannot_be_read_is_none(written: str) -> None:
    assert rate_date(written, _TODAY) == 0 or written.startswith("2026-02-01")


@pytest.mark.parametrize("encoder", ["hashing", "none"])
async def test_votes_and_dates_break_ties_and_leave_the_scores(
    storage: Storage, clock: VirtualClock, encoder: str
) -> None:
    for name, written in (("old", "2016-03-01"), ("bad", "2026-02-01"), ("good", "2026-02-01"), ("new", "2026-02-01")):
        await storage.run("c", store.put_document, Document(name, "Redis 卡住", _TEXT, date=written))
    search = Search(storage, clock, encoder)
    await search.start()
    await search.settle()
    plain = await search.find("c", "redis 卡住了")
    assert [hit.document_id for hit in plain.hits][-1] == "old"
    await storage.run("c", search.set_usefulness, "good", 8, 0)
    await storage.run("c", search.set_usefulness, "bad", 0, 8)
    voted = await search.find("c", "redis 卡住了")
    names = [hit.document_id for hit in voted.hits]
    assert names[0] == "good"
    assert names.index("bad") > names.index("new")
    assert {hit.score for hit in voted.hits} == {hit.score for hit in plain.hits}
    assert len({hit.score for hit in voted.hits}) == 1
    await search.stop()


async def test_a_better_post_stays_first_whatever_the_votes(storage: Storage, clock: VirtualClock) -> None:
    await storage.run("c", store.put_document, Document("right", "Redis 突然卡住怎么办", _TEXT, date="2001-01-01"))
    await storage.run("c", store.put_document, Document("other", "Redis 怎么装", "用 apt 安装。", date="2026-03-01"))
    await storage.run("c", store.set_usefulness, "right", 0, 1_000)
    await storage.run("c", store.set_usefulness, "other", 1_000, 0)
    search = Search(storage, clock, "hashing")
    await search.start()
    await search.settle()
    hits = (await search.find("c", "Redis 突然卡住")).hits
    assert [hit.document_id for hit in hits] == ["right", "other"]
    assert hits[0].score - hits[1].score > 0.5 * HashingEncoder().profile.thresholds.step
    await search.stop()


async def test_votes_stay_when_a_document_is_put_again_and_go_with_it(storage: Storage) -> None:
    post = Document("a", "Redis", _TEXT)
    await storage.run("c", store.put_document, post)
    await storage.run("c", store.set_usefulness, "a", 3, 1)
    await storage.run("c", store.set_usefulness, "nobody", 3, 1)
    await storage.run("c", store.put_document, Document("a", "Redis", "改了正文。"))
    assert await storage.read("c", _votes) == [(3, 1)]
    await storage.run("c", store.remove_document, "a")
    await storage.run("c", store.put_document, post)
    assert await storage.read("c", _votes) == [(0, 0)]


def test_a_step_is_the_distance_between_both_thresholds() -> None:
    assert KEYWORDS.step == pytest.approx(KEYWORDS.answer - KEYWORDS.related)


def _votes(db: object) -> list[tuple[int, int]]:
    rows = db.query("select votes_up, votes_down from documents where community = :community")  # type: ignore[attr-defined]
    return [(row["votes_up"], row["votes_down"]) for row in rows]
