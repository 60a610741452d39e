"""Referrals and gifts as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from bot.plugins.membership.api import PlanVersion

NAME = "growth"


class ReferralState(StrEnum):
    """Where a referral stands.

    `WAITING` for the first payment, `PAID` until the refund window is over, `REWARDED` for ever.
    """

    WAITING = "waiting"
    PAID = "paid"
    REWARDED = "rewarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """Who brought whom.

    Attributes:
        member_id: the newcomer.
        referrer_id: who brought them; empty when that member was erased.
        state: see there.
        order_number: of the payment that counts; 0 while there is none.
        made_at: when the newcomer said so, aware UTC.
        days: what the referrer was given; 0 until then, and for who needs no days.
    """

    member_id: str
    referrer_id: str
    state: ReferralState = ReferralState.WAITING
    order_number: int = 0
    made_at: datetime
    days: int = 0


@dataclass(frozen=True, slots=True)
class GiftPlan:
    """A plan as a giver types it; whether it can be given is another question.

    Attributes:
        plan: which.
        to: the name that was written behind it without a blank; empty without one.
    """

    label: ClassVar[str] = "套餐"
    plan: PlanVersion
    to: str = ""


class GiftState(StrEnum):
    """Where a gift stands: `OPEN` until it is paid, then `GIVEN` to the receiver or as a `CODE` to the giver."""

    OPEN = "open"
    GIVEN = "given"
    CODE = "code"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """A plan that one member buys for another.

    Attributes:
        order_number: what is paid.
        giver_id: who pays.
        receiver_id: who gets it; empty when it becomes a code that the giver hands on.
        receiver_name: as the giver wrote it; empty likewise.
        state: see there.
        code_batch: number of the batch of the code; 0 without one.
    """

    order_number: int
    giver_id: str
    receiver_id: str = ""
    receiver_name: str = ""
    state: GiftState = GiftState.OPEN
    code_batch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a member's referrals came to.

    Attributes:
        named: newcomers who named this member.
        waiting: those who have not paid yet.
        paid: those whose refund window still runs.
        rewarded: those who counted.
        days: what was given for them.
    """

    named: int = 0
    waiting: int = 0
    paid: int = 0
    rewarded: int = 0
    days: int = 0


def gift_grant_id(order_number: int) -> str:
    """Return what the grant of a gift is known by, and the fact that gives it."""
    return f"gift:{order_number}"
