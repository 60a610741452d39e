"""Rewards who brought a newcomer that paid, once the refund window is over."""

from __future__ import annotations

from bot.plugin import Context, Database, Deadline, Order, OrderPaid, OrderState, get_order
from bot.plugins.growth import texts
from bot.plugins.growth.model import Referral, ReferralState
from bot.plugins.growth.referrals_store import get_referral, set_referral
from bot.plugins.growth.settings import GrowthSettings
from bot.plugins.growth.telling import tell
from bot.plugins.membership.api import LINE, PlanVersion, grant_days, keep_version, plans_of
from bot.plugins.membership.api import NAME as MEMBERSHIP

REWARD = "reward"
PROVIDER = "referral"

Ctx = Context[GrowthSettings]


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Note that a newcomer paid for a membership; the reward follows when the money stayed."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def reward(ctx: Ctx, due: Deadline) -> None:
    """Reward the referrer of a newcomer whose refund window is over."""
    await ctx.db(_reward, ctx, due.key)


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = get_order(db, number)
    if order is None or order.kind != MEMBERSHIP or order.paid_at is None or not order.amount_fen:
        return
    referral = get_referral(db, order.member_id)
    if referral is None or referral.state is not ReferralState.WAITING:
        return
    set_referral(db, order.member_id, ReferralState.PAID, order_number=number)
    ctx.set_deadline(db, REWARD, key=order.member_id, at=order.paid_at + ctx.config.refund_window)


def _reward(db: Database, ctx: Ctx, member_id: str) -> None:
    referral = get_referral(db, member_id)
    if referral is None or referral.state is not ReferralState.PAID:
        return
    order = get_order(db, referral.order_number)
    if order is None or order.state is not OrderState.PAID:  # the money went back: the next payment may count
        set_referral(db, member_id, ReferralState.WAITING, order_number=0)
        return
    set_referral(db, member_id, ReferralState.REWARDED, days=_give(db, ctx, referral, order))


def _give(db: Database, ctx: Ctx, referral: Referral, order: Order) -> int:
    """Give the referrer their days and return how many; none to who needs none or is gone."""
    referrer_id, days = referral.referrer_id, ctx.config.reward_days
    if not referrer_id or referrer_id == referral.member_id or not days:  # erased, or two accounts of one person
        return 0
    given = grant_days(
        db,
        ctx,
        referrer_id,
        days,
        key=f"{PROVIDER}:{referral.member_id}",
        provider=PROVIDER,
        at=ctx.now,
        line=LINE,
        plan=_reward_plan(db, ctx, order),
        text=texts.rewarded(days),
    )
    if given is None:
        tell(db, ctx, referrer_id, texts.thanked(), f"thanked/{referral.member_id}")
    return days if given else 0


def _reward_plan(db: Database, ctx: Ctx, order: Order) -> PlanVersion | None:
    """Return which plan's days are given to a referrer who has none: the one in the settings, else the newcomer's."""
    named = next((plan for plan in plans_of(ctx) if plan.plan_id == ctx.config.reward_plan), None)
    if named is not None:
        return keep_version(db, named, ctx.now)
    return PlanVersion.from_data(order.data["plan"]) if "plan" in order.data else None
