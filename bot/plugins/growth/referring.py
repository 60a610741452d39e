"""Referral codes: who has one, who names whom, and what came of it."""

from __future__ import annotations

from functools import partial

from bot.plugin import Context, Database, Member, Reply, UserError, find_member, orders_by
from bot.plugins.growth import texts
from bot.plugins.growth.codes import ReferralCode
from bot.plugins.growth.model import Referral
from bot.plugins.growth.referrals_store import (
    add_referral,
    code_of,
    get_referral,
    owner_of,
    referrals_by,
    referrer_of,
)
from bot.plugins.growth.rules import Refusal, count, refuse
from bot.plugins.growth.settings import GrowthSettings

Ctx = Context[GrowthSettings]


async def show_code(ctx: Ctx) -> Reply | str:
    """Tell a member their code; it is made when it is asked for first."""
    if not ctx.config.reward_days:
        return texts.NO_REWARDS
    code: str = await ctx.db(code_of, ctx.talker.id, ctx.now)
    return Reply(text=texts.my_code(code, ctx.config.reward_days, ctx.config.refund_window), private=True)


async def show_referrals(ctx: Ctx) -> Reply | str:
    """Tell a member what their referrals came to; numbers only, nobody is named."""
    code: str = await ctx.db(code_of, ctx.talker.id, ctx.now)
    tally = count(await ctx.read(referrals_by, ctx.talker.id))
    if not ctx.config.reward_days and not tally.named:
        return texts.NO_REWARDS
    text = texts.my_referrals(tally, code, ctx.config.reward_days, ctx.config.refund_window)
    return Reply(text=text, private=True)


async def name_referrer(ctx: Ctx, who: ReferralCode | Member) -> Reply | str:
    """Note who brought the talker.

    Args:
        ctx: the call.
        who: a code, or who is really mentioned: a name alone says nothing of who it is.

    Raises:
        UserError: nobody has that code.
    """
    if not ctx.config.reward_days:
        return texts.NO_REWARDS
    if isinstance(who, Member) and not _is_mentioned(ctx, who):
        raise UserError(texts.MENTION_THEM)
    return Reply(text=await ctx.db(_name_referrer, ctx, who.id if isinstance(who, Member) else who), private=True)


def has_paid(db: Database, member_id: str) -> bool:
    """Return whether a member has ever paid for anything; what was given back counts, too."""
    return any(order.paid_at is not None and order.amount_fen > 0 for order in orders_by(db, member_id))


def _name_referrer(db: Database, ctx: Ctx, who: str | ReferralCode) -> str:
    referrer_id = who if isinstance(who, str) else owner_of(db, who.value)
    if not referrer_id:
        raise UserError(texts.NO_SUCH_CODE)
    member_id, known = ctx.talker.id, get_referral(db, ctx.talker.id)
    why = refuse(
        member_id,
        referrer_id,
        known=known,
        has_paid=has_paid(db, member_id),
        referrer_of=partial(referrer_of, db),
    )
    if why is None:
        add_referral(db, Referral(member_id=member_id, referrer_id=referrer_id, made_at=ctx.now))
        return texts.noted(_name_of(db, referrer_id))
    if known is not None and why is Refusal.NAMED:
        referrer_id = known.referrer_id
    return texts.refused(why, _name_of(db, referrer_id))


def _name_of(db: Database, member_id: str) -> str:
    found = find_member(db, member_id) if member_id else None
    return found.name if found else ""


def _is_mentioned(ctx: Ctx, who: Member) -> bool:
    return ctx.message is not None and who.id in {member.id for member in ctx.message.mentions}
