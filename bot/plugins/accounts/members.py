"""Reads what members had and have of plans, as the owner's numbers count it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.plugin import Database, orders_of
from bot.plugins.accounts.model import Business, Stay
from bot.plugins.accounts.numbers import count_business
from bot.plugins.growth.api import GIFTS, gift_grant_id
from bot.plugins.membership.api import Grant, Membership, memberships_by_member


def read_business(
    db: Database, since: datetime, until: datetime, *, now: datetime, grace: timedelta
) -> tuple[Business, dict[str, str]]:
    """Return the numbers of a period, and what the plans in them are called.

    Args:
        db: any transaction; a hundred thousand members take some seconds.
        since: when the period begins, aware.
        until: when it is over.
        now: aware.
        grace: how long a membership goes on after its end.
    """
    gifts = {gift_grant_id(order.number): order.paid_fen for order in orders_of(db, GIFTS)}
    titles: dict[str, str] = {}

    def read() -> Iterator[list[Stay]]:
        for _, memberships in memberships_by_member(db, now):
            titles.update((grant.plan.plan_id, grant.plan.title) for one in memberships for grant in one.grants)
            yield stays_of(memberships, gifts)

    return count_business(read(), since, until, now=now, grace=grace), titles


def stays_of(memberships: Iterable[Membership], gifts: dict[str, int]) -> list[Stay]:
    """Return a member's stays in all lines.

    Args:
        memberships: how they stand.
        gifts: what was paid for grants that somebody else paid for, in fen by the grant's id.
    """
    grants = [grant for one in memberships for grant in one.grants]
    return [_stay(grant, gifts) for grant in grants if grant.start is not None]


def _stay(grant: Grant, gifts: dict[str, int]) -> Stay:
    assert grant.start is not None
    return Stay(
        plan=grant.plan.plan_id,
        line=grant.plan.line,
        start=grant.start,
        end=grant.end,
        fen=grant.value_fen or gifts.get(grant.id, 0),
        length=None if grant.seconds is None else timedelta(seconds=grant.seconds),
        is_trial=grant.plan.is_trial,
    )
