"""The short way from rows to grants, for members with nothing but purchases, refunds and gifts: nearly all of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from bot.plugins.membership.everyone_store import Record
from bot.plugins.membership.grants import (
    Piece,
    Terms,
    end_replaced,
    given_back,
    in_time,
    piece_of_grant,
    piece_of_order,
    seconds_of,
    terms_of,
)
from bot.plugins.membership.model import PlanVersion

_Refunds = dict[int, list[tuple[datetime, str, int]]]


class KnownPlans:
    """What the JSON of orders and facts promises, each text read once."""

    def __init__(self) -> None:
        self._bought: dict[str, Terms | None] = {}
        self._given: dict[str, PlanVersion | None] = {}

    def of_order(self, text: str) -> Terms | None:
        """Return what an order's data promise to who pays it; None for nothing, or for somebody else."""
        if text not in self._bought:
            self._bought[text] = terms_of(json.loads(text))
        return self._bought[text]

    def of_grant(self, text: str) -> PlanVersion | None:
        """Return the plan that a fact's data give; None for none."""
        if text not in self._given:
            data: dict[str, Any] = json.loads(text)
            self._given[text] = PlanVersion.from_data(data["plan"]) if "plan" in data else None
        return self._given[text]


def plain_pieces(record: Record, plans: KnownPlans, until: int) -> list[Piece] | None:
    """Return what a member was given; None when more happened to it than that.

    Args:
        record: what is known of them.
        plans: what was read before.
        until: seconds since 1970; what happened later is not known yet.
    """
    bought = _bought(record, plans, until)
    if bought is None:
        return None
    for _, number, key, kind, at, provider, _, data in record.given:
        if kind != "granted" or number or (plan := plans.of_grant(data)) is None:
            return None
        bought.append(piece_of_grant(key, 0, datetime.fromisoformat(at), provider, plan))
    pieces = [one for one in bought if one.at <= until]
    if len(pieces) > 1:
        pieces.sort(key=in_time)
        end_replaced(pieces)
    return pieces


def _bought(record: Record, plans: KnownPlans, until: int) -> list[Piece] | None:
    """Return what a member bought, also later; None when an order has not one payment of what was asked."""
    refunds = _refunds(record, until) if len(record.bought) > 1 else {}
    pieces: list[Piece] = []
    last = 0
    for _, number, asked_fen, order_data, _, kind, at, provider, fen, data in record.bought:
        if kind == "refunded" and '"of"' not in data:
            continue
        if kind != "paid" or fen != asked_fen or number == last:
            return None
        last = number
        if (terms := plans.of_order(order_data)) is not None:
            back = given_back(asked_fen, [(one[0], one[2]) for one in refunds.get(number, ())])
            paid_at = datetime.fromisoformat(at)
            pieces.append(piece_of_order(number, asked_fen, paid_at, provider, terms=terms, back=back))
    return pieces


def _refunds(record: Record, until: int) -> _Refunds:
    """Return what was given back until a moment by order, by time."""
    found: _Refunds = {}
    for _, number, _, _, key, kind, at, _, fen, _ in record.bought:
        if kind == "refunded" and seconds_of(moment := datetime.fromisoformat(at)) <= until:
            found.setdefault(number, []).append((moment, key, fen))
    for one in found.values():
        one.sort()
    return found
