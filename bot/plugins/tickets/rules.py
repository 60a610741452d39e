"""What tickets a member has, which is used, which offer is meant: decided from orders and uses alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.plugin import Order, OrderState, fold
from bot.plugins.tickets.model import NAME, Ticket
from bot.plugins.tickets.settings import TicketOffer

_EDGES = "「」《》“”\"'。.,，!！~ "


def tickets_in(orders: Iterable[Order], used: Iterable[int]) -> list[Ticket]:
    """Return the tickets that orders paid for, what ends first first.

    Args:
        orders: a member's, of any kind.
        used: the order number behind each use.
    """
    counts = Counter(used)
    paid = [(one, one.paid_at) for one in orders if one.kind == NAME and one.state is OrderState.PAID and one.paid_at]
    found = [
        Ticket(
            order_number=one.number,
            title=str(one.data["title"]),
            uses=int(one.data["uses"]),
            left=max(0, int(one.data["uses"]) - counts[one.number]),
            until=paid_at + timedelta(seconds=int(one.data["valid_seconds"])),
            sessions=tuple(one.data["sessions"]),
        )
        for one, paid_at in paid
        if "uses" in one.data  # erased with the member who had it
    ]
    return sorted(found, key=lambda ticket: (ticket.until, ticket.order_number))


def choose(tickets: Sequence[Ticket], now: datetime, *session_names: str) -> Ticket | None:
    """Return the ticket that is used for a session: of those that are good for it, the one that ends first."""
    good = [one for one in tickets if one.is_usable(now) and one.covers(*session_names)]
    return good[0] if good else None


def match_offer(text: str, offers: Sequence[TicketOffer]) -> TicketOffer | None:
    """Return the offer that a text names: by id, title or place in the list."""
    key = _squeeze(text)
    for offer in offers:
        if key in {_squeeze(offer.id), _squeeze(offer.title)}:
            return offer
    place = int(key) if key.isdecimal() and len(key) <= 2 else 0  # noqa: PLR2004 - no list is that long
    return offers[place - 1] if 0 < place <= len(offers) else None


def _squeeze(text: str) -> str:
    return "".join(fold(text).strip(_EDGES).split())
