"""Who may be referred by whom, and what that comes to: pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

from bot.plugins.growth.model import Referral, ReferralState, Tally

_LONGEST_CHAIN: Final = 10_000  # steps; a chain of referrals cannot be longer than there are members


class Refusal(StrEnum):
    """Why somebody cannot be named as the one who brought a member."""

    SELF = "self"
    LOOP = "loop"
    NAMED = "named"
    PAID = "paid"


def refuse(
    member_id: str,
    referrer_id: str,
    *,
    known: Referral | None,
    has_paid: bool,
    referrer_of: Callable[[str], str],
) -> Refusal | None:
    """Return why a member cannot name this referrer; None when they can.

    Args:
        member_id: the newcomer.
        referrer_id: whose code it is.
        known: what the newcomer said before.
        has_paid: whether the newcomer has ever paid for anything.
        referrer_of: returns who brought a member; empty when nobody did.
    """
    if member_id == referrer_id:
        return Refusal.SELF
    if known is not None:
        return Refusal.NAMED
    if has_paid:
        return Refusal.PAID
    return Refusal.LOOP if is_above(member_id, referrer_id, referrer_of) else None


def is_above(member_id: str, other_id: str, referrer_of: Callable[[str], str]) -> bool:
    """Whether a member brought another one, directly or through others."""
    seen: set[str] = set()
    while other_id and other_id not in seen and len(seen) < _LONGEST_CHAIN:
        if other_id == member_id:
            return True
        seen.add(other_id)
        other_id = referrer_of(other_id)
    return False


def count(referrals: Iterable[Referral]) -> Tally:
    """Return what a member's referrals came to."""
    states = dict.fromkeys(ReferralState, 0)
    days = 0
    for one in referrals:
        states[one.state] += 1
        days += one.days
    return Tally(
        named=sum(states.values()),
        waiting=states[ReferralState.WAITING],
        paid=states[ReferralState.PAID],
        rewarded=states[ReferralState.REWARDED],
        days=days,
    )
