from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.ledger.model import Booked, Entry, Posting
from bot.plugins.accounts.checkpoints import fingerprint_of
from bot.plugins.accounts.model import Statement
from bot.plugins.accounts.statements import add_up
from bot.plugins.accounts.texts import details, statement_lines

AT = datetime(2026, 12, 1, tzinfo=UTC)
FAMILIES = {1: ("membership", "month"), 2: ("training", "go"), 0: ("other", "other")}


def entry(kind: str, *lines: tuple[str, int, int]) -> Booked:
    postings = tuple(Posting(account=account, amount_fen=fen, order_number=number) for account, fen, number in lines)
    assert sum(line.amount_fen for line in postings) == 0
    return Booked(0, Entry(key=f"{kind}{lines}", kind=kind, at=AT, postings=postings))


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


def add(*entries: Booked) -> Statement:
    return add_up(entries, lambda number: FAMILIES[number])


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
def test_money_that_is_claimed_came_once(later: list[Booked]) -> None:
    found = add(UNKNOWN, *later)
    assert (found.received, found.returned, found.payments) == ({"owner": 700}, {}, 1)
    assert found.review_fen == (0 if later else 700)
    assert found.sold == ({("training", "go"): 700} if later else {})


def test_a_fee_told_of_later_is_no_refund() -> None:
    found = add(PAID, LATE_FEE)
    assert (found.refunds, found.fees) == (0, {"wechat_pay": 15})


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
