"""Adds up lines of the books to what the owner reads."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.plugin import Database, Order, income_account
from bot.plugins.accounts.model import Statement
from bot.plugins.accounts.store import Moved, cash_between, moved_between

INCOME: Final = "income:"
DEFERRED, REVIEW = "liabilities:deferred", "liabilities:review"

_OTHER: Final = ("other", "other")


def read_statement(db: Database, since: datetime, until: datetime) -> Statement:
    """Return what the books say of a span, by the providers' own time, half open."""
    cash = cash_between(db, since, until)
    sold: dict[tuple[str, str], int] = {}
    earned: dict[tuple[str, str], int] = {}
    titles: dict[tuple[str, str], str] = {}
    review_fen = 0
    for one in moved_between(db, since, until):
        if one.account == REVIEW:
            review_fen += one.fen
            continue
        ordered = _ordered(one, since)
        titles[ordered] = "其他" if one.title is None else one.title
        what = ordered
        if one.account.startswith(INCOME):
            what = _family(one.account)
            earned[what] = earned.get(what, 0) + one.fen
        sold[what] = sold.get(what, 0) + one.fen
    return Statement(
        received={one.provider: one.received_fen for one in cash if one.received_fen},
        returned={one.provider: one.returned_fen for one in cash if one.returned_fen},
        fees={one.provider: one.fees_fen for one in cash if one.fees_fen},
        sold=_sorted(sold),
        earned=_sorted(earned),
        review_fen=review_fen,
        payments=sum(one.payments for one in cash),
        refunds=sum(one.refunds for one in cash),
        titles=titles,
    )


def _ordered(one: Moved, at: datetime) -> tuple[str, str]:
    """Return kind and item family of what was ordered."""
    if one.kind is None or one.item is None:
        return _OTHER
    order = Order(kind=one.kind, item=one.item, title="", member_id="", amount_fen=0, made_at=at)
    return _family(income_account(order))


def _family(account: str) -> tuple[str, str]:
    _, kind, item = account.split(":", 2)
    return kind, item


def _sorted(sums: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: fen for key, fen in sorted(sums.items()) if fen}
