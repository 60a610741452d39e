"""The short way from rows to grants, for members with nothing but purchases, refunds and gifts: nearly all of them."""

from __future__ import annotations

import json
from datetime import datetime

from bot.plugins.membership.everyone_store import Record
from bot.plugins.membership.grants import (
    Piece,
    Terms,
    end_replaced,
    given_back,
    put_in_time,
    seconds_at,
    terms_of,
)


class KnownTerms(dict[str, Terms | None]):
    """What the JSON of orders and facts promises to whom it is about; None for nothing. Each text is read once."""

    def __missing__(self, text: str) -> Terms | None:
        self[text] = found = terms_of(json.loads(text))
        return found


def plain_pieces(record: Record, known: KnownTerms, until: int) -> list[Piece] | None:
    """Return what a member was given; None when more happened to it than that.

    Args:
        record: what is known of them.
        known: what was read before.
        until: seconds since 1970; what happened later is not known yet.
    """
    pieces: list[Piece] = []
    for _, number, key, kind, at, provider, _, data in record.given:
        if kind != "granted" or number or (terms := known[data]) is None or terms.cuts or terms.credit_fen:
            return None
        pieces.append(Piece(terms, seconds_at(at), provider, 0, 0, key))
    if not _add_bought(pieces, record, known, until):
        return None
    put_in_time(pieces)
    while pieces and pieces[-1].at > until:
        pieces.pop()
    end_replaced(pieces)
    return pieces


def _add_bought(pieces: list[Piece], record: Record, known: KnownTerms, until: int) -> bool:
    """Add what a member bought, also later; False when an order has not one payment of what was asked."""
    last, is_back = 0, False
    for _, number, asked_fen, order_data, _, kind, at, provider, fen, data in record.bought:
        if kind == "paid" and fen == asked_fen and number != last:
            last = number
            if (terms := known[order_data]) is not None:
                pieces.append(Piece(terms, seconds_at(at), provider, number, fen))
        elif kind == "refunded" and '"of"' not in data:
            is_back = True
        else:
            return False
    if is_back:
        _give_back(pieces, record, until)
    return True


def _give_back(pieces: list[Piece], record: Record, until: int) -> None:
    """Note what was given back until a moment."""
    found: dict[int, list[tuple[datetime, str, int]]] = {}
    for _, number, _, _, key, kind, at, _, fen, _ in record.bought:
        if kind == "refunded" and seconds_at(at) <= until:
            found.setdefault(number, []).append((datetime.fromisoformat(at), key, fen))
    for piece in pieces:
        refunds = sorted(found.get(piece.order_number, ()))
        piece.give_back(*given_back(piece.paid_fen, ((at, fen) for at, _, fen in refunds)))
