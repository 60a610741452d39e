"""The owner's numbers from what members had and have: pure counts; `Business` says what each means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.plugins.accounts.model import Business, Rate, Stay

MONTH = timedelta(days=31)
"""A month as plans have it."""

_TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class _Counts:
    paying: int = 0
    in_grace: int = 0
    new: int = 0
    returned: int = 0
    churned: int = 0
    ended: int = 0
    renewed: int = 0
    trials: int = 0
    converted: int = 0
    monthly_fen: int = 0
    plans: Counter[str] = field(default_factory=Counter)


def count_business(
    members: Iterable[Sequence[Stay]], since: datetime, until: datetime, *, now: datetime, grace: timedelta
) -> Business:
    """Return the numbers of a period.

    Args:
        members: the stays of each member.
        since: when the period begins.
        until: when it is over, itself left out; one that still lasts is looked at as of `now`.
        now: aware.
        grace: how long a membership goes on after its end.
    """
    counts, end = _Counts(), min(until - _TICK, now)
    for stays in members:
        _count_member(counts, stays, since, end, grace)
        _count_renewals(counts, stays, since, end, now=now, grace=grace)
    return Business(
        paying=counts.paying,
        in_grace=counts.in_grace,
        new=counts.new,
        returned=counts.returned,
        churned=counts.churned,
        renewed=Rate(part=counts.renewed, whole=counts.ended),
        trials=Rate(part=counts.converted, whole=counts.trials),
        monthly_fen=counts.monthly_fen,
        plans=dict(sorted(counts.plans.items())),
    )


def _count_member(counts: _Counts, stays: Sequence[Stay], since: datetime, end: datetime, grace: timedelta) -> None:
    paid = [one for one in stays if one.is_paid]
    first = min((one.start for one in paid), default=None)
    was_paying, is_paying = _pays(paid, since, grace), _pays(paid, end, grace)
    is_new = first is not None and since <= first <= end
    counts.paying += is_paying
    counts.in_grace += is_paying and not any(one.runs_at(end) for one in paid)
    counts.new += is_new
    counts.returned += is_paying and not was_paying and not is_new
    counts.churned += not is_paying and (was_paying or any(since <= one.start <= end for one in paid))
    trial = min((one.start for one in stays if one.is_trial), default=None)
    if trial is not None and since <= trial <= end:
        counts.trials += 1
        counts.converted += any(one.start >= trial for one in paid)
    for one in paid:
        if one.runs_at(end):
            counts.plans[one.plan] += 1
            counts.monthly_fen += monthly(one)


def _count_renewals(
    counts: _Counts, stays: Sequence[Stay], since: datetime, end: datetime, *, now: datetime, grace: timedelta
) -> None:
    paid = [one for one in stays if one.is_paid]
    for one in paid:
        if one.end is None or not since <= one.end <= end:
            continue
        is_followed = any(other.line == one.line and _follows(other, one.end, grace) for other in paid)
        if is_followed or one.end + grace <= now:
            counts.ended += 1
            counts.renewed += is_followed


def monthly(stay: Stay) -> int:
    """Return what a stay brings in in 31 days, in fen, rounded down."""
    seconds = stay.length // timedelta(seconds=1) if stay.length else 0
    return stay.fen * (MONTH // timedelta(seconds=1)) // seconds if seconds else 0


def _pays(paid: Sequence[Stay], at: datetime, grace: timedelta) -> bool:
    return any(one.start <= at and (one.end is None or at < one.end + grace) for one in paid)


def _follows(other: Stay, end: datetime, grace: timedelta) -> bool:
    """Whether a stay goes on where another ended: what began with it ends later."""
    return other.start <= end + grace and (other.end is None or other.end > end)
