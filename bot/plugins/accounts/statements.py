"""Adds up entries of the books to what the owner reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from bot.plugin import Booked, Database, Entry, entries_between, get_order, income_account
from bot.plugins.accounts.model import Statement

ASSETS, FEES, INCOME = "assets", "expenses:fees", "income"
DEFERRED, REVIEW = "liabilities:deferred", "liabilities:review"

_MOVED: Final = frozenset({"claimed", "fee"})
"""Entries that move money from one drawer into another: nothing came and nothing went."""

OTHER: Final = ("other", "other")

K = TypeVar("K", str, tuple[str, str])


def read_statement(db: Database, since: datetime, until: datetime) -> Statement:
    """Return what the books say of a span, by the providers' own time, half open."""
    families: dict[int, tuple[str, str]] = {}
    titles: dict[tuple[str, str], str] = {}

    def family_of(number: int) -> tuple[str, str]:
        if number not in families:
            order = get_order(db, number)
            families[number] = family(income_account(order)) if order else OTHER
            titles[families[number]] = order.title if order else "其他"
        return families[number]

    return replace(add_up(entries_between(db, since, until), family_of), titles=titles)


def add_up(entries: Iterable[Booked], family_of: Callable[[int], tuple[str, str]]) -> Statement:
    """Return the sums of entries.

    Args:
        entries: of a span.
        family_of: returns what an order was for: (kind, item family).
    """
    sums = _Sums()
    for booked in entries:
        sums.add(booked.entry, family_of)
    return Statement(
        received=_sorted(sums.received),
        returned=_sorted(sums.returned),
        fees=_sorted(sums.fees),
        sold=_sorted(sums.sold),
        earned=_sorted(sums.earned),
        review_fen=sums.review_fen,
        payments=sums.payments,
        refunds=sums.refunds,
    )


def family(account: str) -> tuple[str, str]:
    """Return kind and item family of an income account."""
    _, kind, item = account.split(":", 2)
    return kind, item


class _Sums:
    """Sums in the making."""

    def __init__(self) -> None:
        self.received: dict[str, int] = {}
        self.returned: dict[str, int] = {}
        self.fees: dict[str, int] = {}
        self.sold: dict[tuple[str, str], int] = {}
        self.earned: dict[tuple[str, str], int] = {}
        self.review_fen = self.payments = self.refunds = 0

    def add(self, entry: Entry, family_of: Callable[[int], tuple[str, str]]) -> None:
        """Add one entry."""
        cash: dict[str, int] = {}
        for line in entry.postings:
            account, fen = line.account, line.amount_fen
            if account.startswith(f"{ASSETS}:"):
                _add(cash, account.partition(":")[2], fen)
            elif account.startswith(f"{FEES}:"):
                _add(cash, account.removeprefix(f"{FEES}:"), fen)
                _add(self.fees, account.removeprefix(f"{FEES}:"), fen)
            elif account.startswith(f"{INCOME}:"):
                family_of(line.order_number)  # so that it has a title
                _add(self.earned, family(account), -fen)
                _add(self.sold, family(account), -fen)
            elif account == DEFERRED:
                _add(self.sold, family_of(line.order_number), -fen)
            elif account == REVIEW:
                self.review_fen -= fen
        if entry.kind not in _MOVED:
            self._add_cash(cash)

    def _add_cash(self, cash: dict[str, int]) -> None:
        for provider, fen in cash.items():
            if fen > 0:
                self.payments += 1
                _add(self.received, provider, fen)
            elif fen < 0:
                self.refunds += 1
                _add(self.returned, provider, -fen)


def _add(sums: dict[K, int], key: K, fen: int) -> None:
    sums[key] = sums.get(key, 0) + fen


def _sorted(sums: dict[K, int]) -> dict[K, int]:
    return {key: fen for key, fen in sorted(sums.items()) if fen}
