"""What other plugins and the web console may read: the owner's numbers as JSON values, money in fen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.plugin import Database, balance
from bot.plugins.accounts.members import read_business
from bot.plugins.accounts.model import Business, Rate, Statement
from bot.plugins.accounts.statements import DEFERRED, REVIEW, read_statement

__all__ = ["Business", "Rate", "Statement", "read_business", "read_numbers", "read_statement"]


def read_numbers(db: Database, since: datetime, until: datetime, *, now: datetime, grace: timedelta) -> dict[str, Any]:
    """Return the owner's numbers of a period as JSON values; `Business` and `Statement` say what each means.

    Args:
        db: any transaction.
        since: when the period begins, aware.
        until: when it is over.
        now: aware.
        grace: how long a membership goes on after its end.
    """
    business, titles = read_business(db, since, until, now=now, grace=grace)
    statement = read_statement(db, since, until)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "members": asdict(business) | {"plan_titles": {plan: titles.get(plan, plan) for plan in business.plans}},
        "money": {
            "received_fen": statement.received,
            "returned_fen": statement.returned,
            "fees_fen": statement.fees,
            "sold_fen": _by_item(statement.sold, statement),
            "earned_fen": _by_item(statement.earned, statement),
            "review_fen": statement.review_fen,
            "payments": statement.payments,
            "refunds": statement.refunds,
        },
        "now": {"deferred_fen": -balance(db, DEFERRED), "review_fen": -balance(db, REVIEW)},
    }


def _by_item(sums: dict[tuple[str, str], int], statement: Statement) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "item": item, "title": statement.titles.get((kind, item), item), "fen": fen}
        for (kind, item), fen in sums.items()
    ]
