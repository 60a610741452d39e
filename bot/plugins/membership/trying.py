"""Trials: free, once per person, only for who is surely known."""

from __future__ import annotations

from bot.plugin import Choice, Context, Database, Reply, UserError, identities_of
from bot.plugins.membership.catalogue import as_sold, match_plan
from bot.plugins.membership.granting import end_after, grant
from bot.plugins.membership.model import PlanVersion
from bot.plugins.membership.reading import membership_in
from bot.plugins.membership.settings import MembershipSettings, Plan
from bot.plugins.membership.versions_store import keep_version

Ctx = Context[MembershipSettings]

NO_TRIAL = "现在没有试用，发送「套餐」看看有哪些套餐。"
USED = "「{title}」只给第一次来的朋友，您已经用过会员了，发「套餐」看看怎么开通。"
UNKNOWN = "试用每人一次，要先认得您：请私聊我发送「绑定码」，再发一次「试用」。"


async def begin_trial(ctx: Ctx, text: str) -> Reply:
    """Give the talker a trial.

    Raises:
        UserError: there is none for them.
    """
    trials = [plan for plan in ctx.config.plans if plan.trial]
    named = match_plan(text, trials) if text else trials[0] if len(trials) == 1 else trials or None
    if named is None:
        raise UserError(NO_TRIAL if not trials else f"没有「{text}」这个试用，发「试用」看看有哪些。")
    if isinstance(named, list):
        choices = tuple(Choice(plan.title, f"试用 {plan.id}") for plan in named)
        return Reply(text="有几种试用，回复数字选一个：", choices=choices, private=True)
    told: str = await ctx.db(_begin, ctx, named)
    return Reply(text=told, private=True)


def _begin(db: Database, ctx: Ctx, plan: Plan) -> str:
    member = ctx.talker
    sold: PlanVersion = keep_version(db, as_sold(plan, ctx.config.grace, ctx.zone), ctx.now)
    if membership_in(db, member.id, ctx.now, plan.line) is not None:
        raise UserError(USED.format(title=plan.title))
    if not any(one.is_strong for one in identities_of(db, member.id)):
        raise UserError(UNKNOWN)
    key = f"trial:{plan.line}:{member.id}"
    if not grant(db, ctx, member.id, sold, key=key, provider="trial", at=ctx.now, is_quiet=True):
        raise UserError(USED.format(title=plan.title))
    told = end_after(db, ctx, member.id, sold, f"开始试用「{plan.title}」，")
    return f"{told}喜欢的话发「套餐」看看怎么接着用。"
