"""The books for other programs: every fen arrives, and no cell and no name does harm."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.exporting import HEADER, name_accounts, write_beancount, write_csv, yuan
from bot.ledger.model import Booked, Entry, Posting
from tests.ledger.ledger_kit import AT, payment

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The lexer's rules of beancount 3 (parser/lexer.l, core/account.py), as far as the export uses them.
ACCOUNT = r"(?:Assets|Liabilities|Income|Expenses)(?::[A-Z0-9][\w\-]*)+"
STRING = r'"(?:[^"\\\x00-\x1f]|\\.)*"'
DAY, AMOUNT = r"\d{4}-\d\d-\d\d", r"-?\d+\.\d\d CNY"
BEANCOUNT = re.compile(
    rf'option "operating_currency" "CNY"\n(?:{DAY} open {ACCOUNT} CNY\n)*'
    rf"(?:\n{DAY} \* {STRING} {STRING}\n  seq: \d+\n(?:  {ACCOUNT}  {AMOUNT}\n(?:    order: \d+\n)?)+)*"
    rf"(?:\n{DAY} balance {ACCOUNT}  {AMOUNT}\n)*"
)


def moved(seq: int, move: tuple[str, str, int], key: str = "k", order: int = 0) -> Booked:
    source, target, fen = move
    lines = (
        Posting(account=target, amount_fen=fen, order_number=order),
        Posting(account=source, amount_fen=-fen, order_number=order),
    )
    return Booked(seq, Entry(key=f"{key}{seq}", kind="paid", at=AT, postings=lines))


def test_a_row_is_a_line_with_debit_and_credit_apart() -> None:
    text = "".join(write_csv([Booked(0, payment(12))], SHANGHAI))
    assert text == (
        "流水,时间,类型,编号,账户,借方（元）,贷方（元）,订单\r\n"
        "0,2026-12-01 09:12:00,paid,owner:12,assets:owner,99.00,,12\r\n"
        "0,2026-12-01 09:12:00,paid,owner:12,liabilities:deferred,,99.00,12\r\n"
    )


def test_an_entry_without_money_is_a_row_too() -> None:
    text = "".join(write_csv([Booked(3, Entry(key="k", kind="granted", at=AT))], SHANGHAI))
    assert text.splitlines()[1:] == ["3,2026-12-01 09:00:00,granted,k,,,,"]


ACCOUNTS = st.sampled_from(["assets:owner", "assets:wechat_pay", "liabilities:deferred", "income:membership:月卡"])
MOVES = st.lists(st.tuples(ACCOUNTS, ACCOUNTS, st.integers(-(10**12), 10**12).filter(bool)), max_size=5)
KEYS = st.text("=+-@\t\r\n＝＠'\",;a甲\x00", max_size=4)


@given(MOVES, KEYS)
def test_every_fen_comes_back_and_no_cell_acts(moves: list[tuple[str, str, int]], key: str) -> None:
    entries = [moved(seq, move, key=key) for seq, move in enumerate(moves)]
    text = "".join(write_csv(entries, SHANGHAI))
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == HEADER
    sums = [round((Decimal(row[5] or 0) - Decimal(row[6] or 0)) * 100) for row in rows]
    assert sums == [line.amount_fen for booked in entries for line in booked.entry.postings]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠")) for row in rows for cell in row)


@given(MOVES, KEYS)
def test_beancount_reads_it_and_its_assertions_hold(moves: list[tuple[str, str, int]], key: str) -> None:
    entries = [moved(seq, move, key=key, order=seq) for seq, move in enumerate(moves)]
    text = "".join(write_beancount(lambda: entries, SHANGHAI))
    assert BEANCOUNT.fullmatch(text)
    lines = re.findall(rf"^  ({ACCOUNT})  (-?[\d.]+) CNY$", text, re.MULTILINE)
    sums: dict[str, Decimal] = {}
    for account, amount in lines:
        sums[account] = sums.get(account, Decimal(0)) + Decimal(amount)
    asserted = re.findall(rf"balance ({ACCOUNT})  (-?[\d.]+) CNY$", text, re.MULTILINE)
    assert {account: Decimal(amount) for account, amount in asserted} == sums
    assert len(lines) == 2 * len(moves)


def test_days_are_those_of_the_zone_and_the_assertion_is_after_the_last() -> None:
    late = payment(1, at=AT.replace(hour=17))  # the next day in Shanghai
    text = "".join(write_beancount(lambda: [Booked(0, payment(2)), Booked(1, late)], SHANGHAI))
    assert text.splitlines()[1] == "2026-12-01 open Assets:Owner CNY"
    assert '2026-12-02 * "paid" "owner:1"' in text
    assert text.endswith("\n2026-12-03 balance Liabilities:Deferred  -198.00 CNY\n")


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ("assets:wechat_pay", "Assets:Wechat-pay"),
        ("income:membership:月卡（新）", "Income:Membership:X月卡-新"),
        ("income:training:fastapi-101", "Income:Training:Fastapi-101"),
        ("income:training:2026.v1", "Income:Training:2026-v1"),
        ("income:x:😀", "Income:X:X"),
    ],
)
def test_an_account_is_named_as_beancount_wants_it(account: str, name: str) -> None:
    assert name_accounts([account]) == {account: name}
    assert re.fullmatch(ACCOUNT, name)


@given(st.lists(st.text("a_-.月A", min_size=1, max_size=3), unique=True, max_size=8))
def test_two_accounts_never_get_one_name(parts: list[str]) -> None:
    names = name_accounts([f"income:{part}" for part in parts])
    assert len(set(names.values())) == len(parts)


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-12345, "-123.45")])
def test_yuan_are_made_of_integers(fen: int, text: str) -> None:
    assert yuan(fen) == text
