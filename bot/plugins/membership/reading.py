"""Reads a member's facts and folds them, for one member or the whole community."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import datetime

from bot.plugin import Database, Order, OrderState, facts_of_member, orders_by
from bot.plugins.membership.everyone import KnownTerms, plain_pieces
from bot.plugins.membership.everyone_store import claimed_members, read_everyone
from bot.plugins.membership.grants import seconds_of
from bot.plugins.membership.model import LINE, NAME, Membership
from bot.plugins.membership.settings import Plan
from bot.plugins.membership.state import SKEW, fold, fold_pieces


def memberships_of(db: Database, member_id: str, now: datetime) -> list[Membership]:
    """Return how a member stands in each line that they ever had anything in.

    Args:
        db: any transaction.
        member_id: who.
        now: aware; the state at a past moment is that which was known then.
    """
    facts = facts_of_member(db, member_id)
    return fold(orders_by(db, member_id), facts, now) if facts else []


def membership_in(db: Database, member_id: str, now: datetime, line: str = LINE) -> Membership | None:
    """Return how a member stands in one line; None when they never had anything in it."""
    return next((one for one in memberships_of(db, member_id, now) if one.line == line), None)


def memberships_by_member(
    db: Database, now: datetime, only: Container[str] | None = None
) -> Iterator[tuple[str, list[Membership]]]:
    """Yield each member who ever was given or bought a plan with how they stand, members sorted.

    For lists and counts over the whole community: it reads a few thousand members at a time, and what is the same
    for many, such as what a plan promises, once.

    Args:
        db: any transaction.
        now: aware.
        only: the ids of those to look at; None for everybody.
    """
    claimed, known = claimed_members(db), KnownTerms()
    at = seconds_of(now)
    for record in read_everyone(db):
        if only is not None and record.member_id not in only:
            continue
        if record.member_id in claimed:
            found = memberships_of(db, record.member_id, now)
        elif (pieces := plain_pieces(record, known, at + SKEW)) is not None:
            found = fold_pieces(pieces, (), at)
        else:
            found = fold(record.orders(), record.facts(), now)
        if found:
            yield record.member_id, found


def entitlements_of(memberships: Iterable[Membership]) -> frozenset[str]:
    """Return all that memberships open now: `member`, plan ids, `room:群名`, `course:go`, features."""
    return frozenset[str]().union(*(one.opens for one in memberships))


def bought_entitlements(orders: Iterable[Order]) -> frozenset[str]:
    """Return what single purchases open: a paid order of kind `courses` for `go` opens `courses:go` and `course:go`.

    An order may name more in `data["opens"]`. What was wholly given back opens nothing.
    """
    found: set[str] = set()
    for one in orders:
        if one.state is OrderState.PAID and one.kind != NAME and not one.data.get("gift"):
            found |= {f"{one.kind}:{one.item}", f"{one.kind.removesuffix('s')}:{one.item}", *one.data.get("opens", ())}
    return frozenset(found)


def opens_plan(memberships: Iterable[Membership], plans: Iterable[Plan], plan_id: str) -> bool:
    """Return whether a plan is asked for that is below one that is in force in its line.

    Args:
        memberships: the member's.
        plans: as bot.yaml has them now.
        plan_id: what is asked for.
    """
    asked = next((plan for plan in plans if plan.id == plan_id), None)
    return asked is not None and any(
        one.is_in_force and one.plan is not None and one.line == asked.line and one.plan.tier > asked.tier
        for one in memberships
    )
