"""The books for other programs: a table for spreadsheets, and beancount's plain text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.ledger.model import Booked, Posting
from bot.text_table import write_table

HEADER = ("流水", "时间", "类型", "编号", "账户", "借方（元）", "贷方（元）", "订单")
_CURRENCY = "CNY"
_CONTROL = re.compile(r"[\x00-\x1f]")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9\-\u0080-\U0010ffff]+")


def write_csv(entries: Iterable[Booked], zone: ZoneInfo) -> Iterator[str]:
    """Yield entries as CSV, one row a line; debit and credit stand apart, so that no number begins with a minus.

    Args:
        entries: in the order of the log.
        zone: whose clock the times are shown by.
    """
    return write_table(HEADER, _rows(entries, zone))


def write_beancount(read: Callable[[], Iterable[Booked]], zone: ZoneInfo) -> Iterator[str]:
    """Yield entries in beancount's syntax, with what they add up to in every account as an assertion at the end.

    Args:
        read: returns the entries, in the order of the log; asked twice, so that not all of them are held.
        zone: whose calendar the days are of.
    """
    sums: Counter[str] = Counter()
    days = set()
    for booked in read():
        for line in booked.entry.postings:
            sums[line.account] += line.amount_fen
        days.add(booked.entry.at.astimezone(zone).date())
    names = name_accounts(sorted(sums))
    yield f'option "operating_currency" "{_CURRENCY}"\n'
    for account in names:
        yield f"{min(days)} open {names[account]} {_CURRENCY}\n"
    for booked in read():
        if booked.entry.postings:
            yield _transaction(booked, names, booked.entry.at.astimezone(zone).date())
    for account, name in names.items():  # an assertion is about a day's beginning
        yield f"\n{max(days) + timedelta(days=1)} balance {name}  {yuan(sums[account])} {_CURRENCY}\n"


def name_accounts(accounts: Iterable[str]) -> dict[str, str]:
    """Return beancount's name of each account, no two the same: `assets:wechat_pay` is `Assets:Wechat-pay`."""
    names: dict[str, str] = {}
    for account in accounts:
        base = name = ":".join(_part(part) for part in account.split(":"))
        number = 1
        while name in names.values():
            number += 1
            name = f"{base}-{number}"
        names[account] = name
    return names


def yuan(fen: int) -> str:
    """Return an amount in yuan with two decimals, made without a float."""
    return f"{'-' * (fen < 0)}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _rows(entries: Iterable[Booked], zone: ZoneInfo) -> Iterator[list[str]]:
    for seq, entry in entries:
        about = [str(seq), f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", entry.kind, entry.key]
        for line in entry.postings or (Posting(account="", amount_fen=0),):
            debit, credit = max(line.amount_fen, 0), max(-line.amount_fen, 0)
            amounts = [yuan(fen) if fen else "" for fen in (debit, credit)]
            yield [*about, line.account, *amounts, str(line.order_number or "")]


def _transaction(booked: Booked, names: dict[str, str], day: date) -> str:
    seq, entry = booked
    lines = [f"\n{day} * {_quote(entry.kind)} {_quote(entry.key)}", f"  seq: {seq}"]
    for line in entry.postings:
        lines.append(f"  {names[line.account]}  {yuan(line.amount_fen)} {_CURRENCY}")
        if line.order_number:
            lines.append(f"    order: {line.order_number}")
    return "\n".join([*lines, ""])


def _part(part: str) -> str:
    """Return one part of an account's name: it begins with a capital letter or a digit, dashes divide it."""
    letters = (c if c.isascii() or unicodedata.category(c)[0] in "LN" else "-" for c in part)
    name = _NOT_IN_NAMES.sub("-", "".join(letters)).strip("-") or "X"
    return name[0].upper() + name[1:] if name[0].isascii() else f"X{name}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_CONTROL.sub(" ", escaped)}"'
