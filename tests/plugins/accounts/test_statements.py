from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.ledger.books_store import post
from bot.ledger.model import Entry, Posting
from bot.payments.orders_store import add_order
from bot.plugins.accounts.checkpoints import fingerprint_of
from bot.plugins.accounts.model import Statement
from bot.plugins.accounts.statements import read_statement
from bot.plugins.accounts.texts import details, statement_lines
from bot.storage import Database, Storage
from tests.examples import examples
from tests.payments.money_kit import make_order

pytestmark = pytest.mark.slow  # a database each

AT = datetime(2026, 12, 1, tzinfo=UTC)


def entry(kind: str, *lines: tuple[str, int, int], at: datetime = AT) -> Entry:
    postings = tuple(Posting(account=account, amount_fen=fen, order_number=number) for account, fen, number in lines)
    assert sum(line.amount_fen for line in postings) == 0
    return Entry(key=f"{kind}{lines}{at}", kind=kind, at=at, postings=postings)


PAID = entry(
    "paid", ("assets:wechat_pay", 988, 1), ("expenses:fees:wechat_pay", 12, 1), ("liabilities:deferred", -1000, 1)
)
REFUNDED = entry(
    "refunded", ("assets:wechat_pay", -494, 1), ("expenses:fees:wechat_pay", -6, 1), ("liabilities:deferred", 500, 1)
)
RECOGNISED = entry("recognised", ("liabilities:deferred", 300, 1), ("income:membership:month", -300, 1))
UNKNOWN = entry("paid", ("assets:owner", 700, 0), ("liabilities:review", -700, 0))
CLAIMED = [
    entry("claimed", ("assets:owner", -700, 0), ("liabilities:review", 700, 0)),
    entry("claimed", ("assets:owner", 700, 2), ("liabilities:deferred", -700, 2)),
]
LATE_FEE = entry("fee", ("expenses:fees:wechat_pay", 3, 1), ("assets:wechat_pay", -3, 1))


def add(*entries: Entry) -> Statement:
    """Return what the books say that hold these entries, and orders 1 and 2."""

    def write(db: Database) -> Statement:
        for kind, item, title in (("membership", "month@2", "月度会员"), ("training", "go", "《Go 入门》")):
            add_order(db, make_order(kind=kind, item=item, title=title))
        for one in entries:
            post(db, one)
        return read_statement(db, AT, AT + timedelta(days=1))

    async def run() -> Statement:
        with tempfile.TemporaryDirectory() as folder:
            storage = Storage.open(Path(folder) / "qunzhi.db", VirtualClock(AT), core_migrations())
            found = await storage.run("c", write)
            await storage.close()
            return found

    return asyncio.run(run())


def test_a_payment_is_counted_whole_with_its_fee_beside() -> None:
    found = add(PAID)
    assert (found.received, found.fees, found.payments) == ({"wechat_pay": 1000}, {"wechat_pay": 12}, 1)
    assert found.sold == {("membership", "month"): 1000}
    assert found.earned == {}


def test_a_refund_is_taken_from_what_was_sold() -> None:
    found = add(PAID, REFUNDED)
    assert (found.returned, found.refunds, found.fees) == ({"wechat_pay": 500}, 1, {"wechat_pay": 6})
    assert found.sold == {("membership", "month"): 500}


def test_what_is_recognised_is_earned_and_sells_nothing() -> None:
    found = add(PAID, RECOGNISED)
    assert found.earned == {("membership", "month"): 300}
    assert found.sold == {("membership", "month"): 1000}
    assert found.received_fen == 1000


@pytest.mark.parametrize("later", [[], CLAIMED])
def test_money_that_is_claimed_came_once(later: list[Entry]) -> None:
    found = add(UNKNOWN, *later)
    assert (found.received, found.returned, found.payments) == ({"owner": 700}, {}, 1)
    assert found.review_fen == (0 if later else 700)
    assert found.sold == ({("training", "go"): 700} if later else {})


def test_a_fee_told_of_later_is_no_refund() -> None:
    found = add(PAID, LATE_FEE)
    assert (found.refunds, found.fees) == (0, {"wechat_pay": 15})


def test_what_is_outside_of_the_span_is_left_out_and_what_was_sold_has_its_title() -> None:
    sold = ("assets:owner", 5, 2), ("liabilities:deferred", -5, 2)
    late = [entry("paid", *sold, at=AT + timedelta(seconds=seconds)) for seconds in (-1, 86_399, 86_400)]
    found = add(PAID, *late)
    assert found.sold == {("membership", "month"): 1000, ("training", "go"): 5}
    assert found.titles == {("membership", "month"): "月度会员", ("training", "go"): "《Go 入门》"}


def test_orders_that_are_gone_are_something_else() -> None:
    found = add(entry("paid", ("assets:owner", 5, 9), ("liabilities:deferred", -5, 9)))
    assert (found.sold, found.titles) == ({("other", "other"): 5}, {("other", "other"): "其他"})


amounts = st.integers(-999, 999)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["assets:owner", "assets:bank", "expenses:fees:bank", "liabilities:deferred", "income:a:b"]),
        amounts,
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["paid", "refunded", "claimed", "fee"]), LINES), max_size=6))
def test_whatever_is_in_the_books_the_sums_are_those_of_the_entries(
    drawn: list[tuple[str, list[tuple[str, int, int]]]],
) -> None:
    entries = [
        entry(kind, *lines, ("liabilities:review", -sum(fen for _, fen, _ in lines), 0), at=AT + timedelta(seconds=at))
        for at, (kind, lines) in enumerate(drawn)
    ]
    found = add(*entries)
    moves = [
        (one.kind, provider, sum(line.amount_fen for line in one.postings if line.account.endswith(f":{provider}")))
        for one in entries
        for provider in ("owner", "bank")
    ]
    moves = [(provider, fen) for kind, provider, fen in moves if kind not in {"claimed", "fee"} and fen]
    lines = [line for one in entries for line in one.postings]
    assert found.payments == sum(fen > 0 for _, fen in moves)
    assert found.refunds == sum(fen < 0 for _, fen in moves)
    assert (found.received_fen, found.returned_fen) == (
        sum(fen for _, fen in moves if fen > 0),
        -sum(fen for _, fen in moves if fen < 0),
    )
    assert sum(found.fees.values()) == sum(one.amount_fen for one in lines if one.account.startswith("expenses"))
    assert found.earned_fen == -sum(one.amount_fen for one in lines if one.account.startswith("income"))
    assert found.review_fen == -sum(one.amount_fen for one in lines if one.account.endswith("review"))
    deferred = -sum(one.amount_fen for one in lines if one.account.endswith("deferred"))
    assert sum(found.sold.values()) == deferred + found.earned_fen


def test_the_lines_name_what_there_is_and_nothing_else() -> None:
    assert statement_lines("今天", Statement()) == ["今天：没有收支。"]
    assert statement_lines("今天", add(PAID)) == ["今天：收 10 元（1 笔），手续费 0.12 元，净收 9.88 元。"]
    assert details(Statement()) == []
    many = {("courses", str(number)): number * 100 for number in range(1, 12)}
    (line,) = details(Statement(sold=many))
    assert line.startswith("按内容：courses/11 11 元，courses/10 10 元，")
    assert line.endswith("其他 6 元。")


def test_a_way_to_pay_that_only_gave_back_is_shown_too() -> None:
    found = Statement(received={"owner": 1000}, returned={"wechat_pay": 500})
    assert details(found) == ["按方式：转账给群主 10 元，微信支付 -5 元。"]


def test_a_fingerprint_is_the_beginning_of_the_root() -> None:
    note = "qunzhi/default\n12\nAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n\n— qunzhi/default sig\n"
    assert fingerprint_of(note) == (12, "01020304 05060708")
