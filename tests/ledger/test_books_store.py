"""The books: what may be written, that it is written once, and what the accounts say."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import VirtualClock
from bot.ledger import books_store
from bot.ledger.canonical import body_of, entry_of
from bot.ledger.model import Entry, LedgerConflict, Posting
from bot.storage import Storage
from tests.ledger.ledger_kit import AT, Books, payment

pytestmark = pytest.mark.slow  # properties by the hundred


def line(account: str = "assets:owner", fen: Any = 0, order: Any = 0) -> Posting:
    return Posting(account=account, amount_fen=fen, order_number=order)


async def test_an_entry_is_written_with_its_lines_and_their_sums(books: Books) -> None:
    assert await books.post(payment(1), payment(2, 500)) == [0, 1]
    assert await books.read(books_store.trial_balance) == {"assets:owner": 10400, "liabilities:deferred": -10400}
    assert await books.read(books_store.balances_of_order, 2) == {"assets:owner": 500, "liabilities:deferred": -500}
    assert await books.read(books_store.balance, "assets") == 10400
    assert await books.read(books_store.balance, "assets:own") == 0
    found = await books.read(books_store.find_entry, "owner:2")
    assert (found.seq, found.entry) == (1, payment(2, 500))


async def test_the_same_entry_again_is_the_same_entry(books: Books) -> None:
    lines = payment(1).postings
    shuffled = payment(1, postings=(lines[1], line("expenses:fees:owner"), lines[0]))
    in_another_zone = payment(1, at=payment(1).at.astimezone(timezone(timedelta(hours=8))))
    assert await books.post(payment(1), payment(2), shuffled, in_another_zone) == [0, 1, 0, 0]
    assert await books.read(books_store.balance, "assets") == 19800


@pytest.mark.parametrize(
    "change",
    [{"kind": "refunded"}, {"data": {"plan": "month@2"}}, {"at": AT}, {"postings": payment(1, 9901).postings}],
    ids=str,
)
async def test_other_content_under_the_same_key_is_a_conflict_and_writes_nothing(
    books: Books, change: dict[str, Any]
) -> None:
    await books.post(payment(1))
    with pytest.raises(LedgerConflict, match="owner:1"):
        await books.post(payment(2), payment(1, **change))
    assert await books.read(books_store.find_entry, "owner:2") is None
    assert await books.read(books_store.balance, "assets") == 9900


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"postings": (line(fen=100),)}, ValueError, "do not add up"),
        ({"postings": (line(fen=100), line("income:x", -99))}, ValueError, "do not add up"),
        ({"postings": (line(fen=1.0), line("income:x", -1))}, TypeError, "no integer"),
        ({"postings": (line(fen=True), line("income:x", -1))}, TypeError, "no integer"),
        ({"postings": (line(fen=1, order="1"), line("income:x", -1))}, TypeError, "no integer"),
        ({"postings": (line("cash:owner", 1), line("income:x", -1))}, ValueError, "no account"),
        ({"postings": (line("assets", 1), line("income:x", -1))}, ValueError, "no account"),
        ({"postings": (line("assets:a b", 1), line("income:x", -1))}, ValueError, "no account"),
        ({"postings": (line(fen=1 << 60), line("income:x", -(1 << 60)))}, ValueError, "too large"),
        ({"data": {"share": 0.5}}, TypeError, "0.5"),
        ({"data": {"parts": [1, {"share": float("nan")}]}}, TypeError, "nan"),
        ({"data": {"at": AT}}, TypeError, "datetime"),
        ({"data": {1: "x"}}, TypeError, "no text"),
        ({"data": {"who": {"openid": "o"}}}, ValueError, "name a person"),
        ({"data": {"text": "\ud800"}}, ValueError, "surrogates"),
        ({"at": AT.replace(tzinfo=None)}, ValueError, "zone"),
        ({"key": ""}, ValueError, "key"),
    ],
    ids=str,
)
async def test_what_is_no_entry_is_refused_and_writes_nothing(
    books: Books, change: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await books.post(payment(1, **change))
    assert await books.read(books_store.trial_balance) == {}


async def test_money_put_aside_for_review_is_not_the_orders_payment(books: Books) -> None:
    aside = (line(fen=5000, order=1), line("liabilities:review", -5000, 1))
    await books.post(payment(1, key="wrong", postings=aside), payment(1), payment(2, key="wrong 2", postings=aside))
    assert await books.read(books_store.seq_of_payment, 1) == 1
    assert await books.read(books_store.seq_of_payment, 2) is None
    assert [found.seq for found in await books.read(books_store.entries_of_order, 1)] == [0, 1, 2]


async def test_a_time_is_by_the_entries_own_clock_and_leaves_its_end_out(books: Books) -> None:
    await books.post(payment(3), payment(1), payment(2, 500))
    since, until = payment(1).at, payment(3).at
    assert [found.seq for found in await books.read(books_store.entries_between, since, until)] == [1, 2]
    turned = await books.read(books_store.turnover, since, until)
    assert turned == {"assets:owner": 10400, "liabilities:deferred": -10400}


async def test_the_log_is_read_page_by_page(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ledger.log_store._PAGE", 4)
    await books.pay(range(10))
    found = await books.read(lambda db: [one.seq for one in books_store.entries_from(db, 3)])
    assert found == [3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_postings", "ledger_checkpoints"])
async def test_nothing_written_can_be_changed_or_removed(books: Books, table: str) -> None:
    await books.pay([1])
    await books.part.checkpoint()
    for statement in (f"delete from {table} where community = 'c'", f"update {table} set community = 'd'"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await books.storage.run("c", lambda db, statement=statement: db.execute(statement))


async def test_communities_have_books_of_their_own(books: Books) -> None:
    await books.pay([1, 2])
    assert await books.storage.run("d", books_store.post, payment(1, 1)) == 0
    assert await books.storage.read("d", books_store.trial_balance) == {"assets:owner": 1, "liabilities:deferred": -1}
    assert await books.read(books_store.balance, "assets") == 19800


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 53) + 1, (1 << 53) - 1) | st.text('甲a"\\\n\x00é😀', max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy甲", max_size=3), inner, max_size=3),
    max_leaves=6,
)
MOVES = st.tuples(
    st.sampled_from(["assets:owner", "assets:wechat_pay", "liabilities:deferred", "income:membership:月卡"]),
    st.sampled_from(["expenses:fees:wechat_pay", "liabilities:review", "income:training:fastapi-101"]),
    st.integers(-(10**9), 10**9),
    st.integers(0, 3),
)


@given(st.lists(MOVES, max_size=4), JSON, st.datetimes(timezones=st.just(UTC)))
def test_a_body_is_read_back_as_it_was_and_written_in_one_form(
    moves: list[tuple[str, str, int, int]], value: Any, at: datetime
) -> None:
    lines = [one for a, b, fen, order in moves for one in (line(a, fen, order), line(b, -fen, order))]
    entry = Entry(key="k", kind="paid", at=at, postings=tuple(lines), data={"value": value})
    body = body_of(7, entry)
    assert body_of(7, Entry(key="k", kind="paid", at=at, postings=tuple(lines[::-1]), data=entry.data)) == body
    seq, read = entry_of(body)
    assert (seq, read.data, read.at) == (7, entry.data, at)
    assert sorted(read.postings, key=repr) == sorted((one for one in lines if one.amount_fen), key=repr)
    assert body_of(7, read) == body


@given(st.lists(st.tuples(st.integers(0, 5), st.lists(MOVES, max_size=3)), max_size=12))
async def test_balances_are_the_sums_of_what_was_written_once(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[int, list[tuple[str, str, int, int]]]]
) -> None:
    storage = Storage.open(tmp_path_factory.mktemp("b") / "b.db", VirtualClock(AT), [books_store.migrations])
    first: dict[int, list[Posting]] = {}
    for key, moves in acts:
        lines = [one for a, b, fen, order in moves for one in (line(a, fen, order), line(b, -fen, order))]
        try:
            await storage.run("c", books_store.post, payment(0, key=str(key), postings=tuple(lines)))
            first.setdefault(key, lines)
        except LedgerConflict:
            assert key in first
    sums: dict[str, int] = {}
    for one in (one for lines in first.values() for one in lines if one.amount_fen):
        sums[one.account] = sums.get(one.account, 0) + one.amount_fen
    found = await storage.read("c", books_store.trial_balance)
    await storage.close()
    assert found == sums
    assert sum(found.values()) == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"at":"2026-12-01T01:00:00.000000+00:00","data":{},"key":"k","kind":"paid","postings":[],"seq":1, "v":1}',
        b'{"at":"2026-12-01T01:00:00.000000+00:00","data":{},"key":"k","kind":"paid","postings":[],"seq":1,"v":2}',
        b'{"at":"2026-12-01T01:00:00.000000+00:00","data":{"x":1.5},"key":"k","kind":"paid","postings":[],"seq":1,"v":1}',
        b'{"seq":1,"v":1}',
        b"[]",
        b"\xff",
    ],
)
def test_another_form_is_not_read(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        entry_of(body)
