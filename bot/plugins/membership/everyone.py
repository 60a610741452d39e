"""The short way from rows to grants, for members with nothing but plain purchases and gifts: nearly all of them."""

from __future__ import annotations

import json
from datetime import datetime

from bot.plugins.membership.everyone_store import Record
from bot.plugins.membership.grants import Piece, in_time, piece_of_grant
from bot.plugins.membership.model import PlanVersion


class KnownPlans:
    """What the JSON of orders and facts promises, each text read once."""

    def __init__(self) -> None:
        self._known: dict[str, PlanVersion | None] = {}

    def of(self, text: str) -> PlanVersion | None:
        """Return the plan that a JSON text promises and that it says nothing else about; None for any other text."""
        if text not in self._known:
            data = json.loads(text)
            is_plain = "plan" in data and not data.keys() & {"cuts", "credit_fen", "gift"}
            self._known[text] = PlanVersion.from_data(data["plan"]) if is_plain else None
        return self._known[text]


def plain_pieces(record: Record, plans: KnownPlans, until: int) -> list[Piece] | None:
    """Return what a member was given; None when more happened to it than that.

    Args:
        record: what is known of them.
        plans: what was read before.
        until: seconds since 1970; what happened later is not known yet.
    """
    pieces: list[Piece] = []
    last = 0
    for row in record.bought:
        plan = plans.of(row["order_data"])
        if plan is None or row["kind"] != "paid" or row["amount_fen"] != row["asked_fen"] or row["number"] == last:
            return None
        last = row["number"]
        piece = piece_of_grant("", last, datetime.fromisoformat(row["at"]), row["provider"], plan)
        piece.paid_fen = row["amount_fen"]
        pieces.append(piece)
    for row in record.given:
        plan = plans.of(row["data"])
        if plan is None or row["kind"] != "granted" or row["number"]:
            return None
        pieces.append(piece_of_grant(row["key"], 0, datetime.fromisoformat(row["at"]), row["provider"], plan))
    if len(pieces) == 1:
        return pieces if pieces[0].at <= until else []
    return sorted((one for one in pieces if one.at <= until), key=in_time)
