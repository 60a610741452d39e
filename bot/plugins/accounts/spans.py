"""Reads when what an order paid for is delivered, from those who sell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from bot.plugin import Database, Order
from bot.plugins.accounts.earning import Span, share_of
from bot.plugins.growth.api import GIFTS, gift_grant_id, receiver_of
from bot.plugins.membership.api import NAME as MEMBERSHIP
from bot.plugins.membership.api import Grant, Membership, memberships_of
from bot.plugins.tickets.api import tickets_of
from bot.plugins.training.api import get_session

TRAINING, TICKETS = "training", "tickets"
_AT_ONCE = Span((), timedelta())


def share_of_order(
    db: Database, order: Order, at: datetime, lifetime: timedelta, known: Mapping[str, Grant] | None = None
) -> Fraction:
    """Return which share of an order was delivered by a moment, 0 to 1.

    A plan is delivered as its time passes, a lifetime over `lifetime`, a session when it is over, a ticket as it is
    used and the rest of it at its end. What else is sold says so itself: `order.data["delivered"]` is
    `{"from": ISO time, "until": ISO time}`, and what says nothing is delivered with the payment. Whom nobody knows
    any more (erased) nothing is owed.

    Args:
        db: any transaction.
        order: which, paid.
        at: aware.
        lifetime: over which time what never ends is counted as delivered.
        known: all grants of who ordered, by id; None reads them.
    """
    if order.kind == TRAINING:
        session = get_session(db, order.item)
        return Fraction(session is None or (session.ends_at <= at and not session.is_cancelled))
    if order.kind == TICKETS:
        return _used_of(db, order, at)
    if order.kind not in {MEMBERSHIP, GIFTS}:
        return share_of(_span_in(order.data), at)
    is_gift = order.kind == GIFTS
    member_id = receiver_of(db, order.number) if is_gift else order.member_id
    if known is None or is_gift:
        known = grants_of(db, member_id, at) if member_id else {}
    grant = known.get(gift_grant_id(order.number) if is_gift else f"D{order.number}")
    if grant is not None:
        return share_of(span_of(grant, known, lifetime), at)
    return share_of(_plan_in(order, lifetime), at)


def _used_of(db: Database, order: Order, at: datetime) -> Fraction:
    ticket = next((one for one in tickets_of(db, order.member_id) if one.order_number == order.number), None)
    if ticket is None or at >= ticket.until or not ticket.uses:
        return Fraction(1)
    return Fraction(ticket.uses - ticket.left, ticket.uses)


def grants_of(db: Database, member_id: str, at: datetime) -> dict[str, Grant]:
    """Return all that a member was ever given, by its id, as it stands at a moment."""
    return by_id(memberships_of(db, member_id, at))


def by_id(memberships: Iterable[Membership]) -> dict[str, Grant]:
    """Return all grants of a member by their id."""
    return {grant.id: grant for one in memberships for grant in one.grants}


def span_of(grant: Grant, others: Mapping[str, Grant], lifetime: timedelta) -> Span:
    """Return when a grant is delivered, and what follows when an upgrade cut it.

    Args:
        grant: which.
        others: all grants of the member by id.
        lifetime: over which time a grant without an end is counted as delivered.
    """
    chain = [grant]
    while (following := others.get(chain[-1].cut_by)) is not None and following not in chain:
        chain.append(following)
    span: Span | None = None
    for one in reversed(chain):
        whole = lifetime if one.seconds is None else timedelta(seconds=one.seconds)
        pieces = _pieces([(part.start, part.end) for part in one.segments], whole)
        span = Span(pieces, whole, span if one.cut_by in others else None)
    assert span is not None
    return span


def _pieces(
    segments: Sequence[tuple[datetime, datetime | None]], whole: timedelta
) -> tuple[tuple[datetime, datetime], ...]:
    """Return when something runs; what never ends runs until it is counted as delivered."""
    found: list[tuple[datetime, datetime]] = []
    left = whole
    for start, last in segments:
        end = start + left if last is None else min(last, start + left)
        if end > start:
            found.append((start, end))
            left -= end - start
    return tuple(found)


def _plan_in(order: Order, lifetime: timedelta) -> Span:
    """Return the plan of an order as if it began when it was paid: a gift that was handed on as a code."""
    plan = order.data.get("plan")
    if not isinstance(plan, dict) or order.paid_at is None:
        return _AT_ONCE
    whole = timedelta(seconds=plan["seconds"]) if plan.get("seconds") else lifetime
    return Span(((order.paid_at, order.paid_at + whole),), whole)


def _span_in(data: Mapping[str, object]) -> Span:
    said = data.get("delivered")
    if not isinstance(said, dict):
        return _AT_ONCE
    start, end = datetime.fromisoformat(said["from"]), datetime.fromisoformat(said["until"])
    return Span(((start, end),), end - start) if start < end else Span(((start, start),), timedelta())
