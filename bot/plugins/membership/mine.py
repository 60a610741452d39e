"""Shows members how they stand, and owners how somebody else does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.plugin import Choice, Context, Database, Member, Order, OrderState, Reply, Role, UserError, orders_by
from bot.plugins.membership import texts
from bot.plugins.membership.model import LINE, NAME, Membership, Phase
from bot.plugins.membership.reading import memberships_of
from bot.plugins.membership.settings import MembershipSettings

Ctx = Context[MembershipSettings]

_LISTED = 5


async def show_own(ctx: Ctx) -> Reply:
    """Return how the talker stands, with what they may do next."""
    memberships, orders = await ctx.read(_read, ctx.talker.id, ctx.now)
    held = await ctx.read(_held, ctx, ctx.talker.id)
    if not memberships:
        await ctx.part("entitlements")(ctx.talker, LINE)  # whoever helps members who are not known any more hears of it
        has_trial = any(plan.trial for plan in ctx.config.plans)
        text = texts.no_member(is_sold=bool(ctx.config.plans), has_trial=has_trial)
        return Reply(text=texts.with_bought("\n".join([text, *_waiting(orders)]), held), private=True)
    lines = ["您的会员"] + [texts.line_of(one, ctx.now, ctx.zone, is_only=_is_only(memberships)) for one in memberships]
    lines += held + _orders(orders)
    lines += [texts.receipt_hint(one) for one in orders if one.state is OrderState.PAID][-1:]
    return Reply(text="\n".join(lines), choices=_choices(memberships) if ctx.config.plans else (), private=True)


async def show_other(ctx: Ctx, member: Member) -> Reply:
    """Return how somebody stands, for the owner.

    Raises:
        UserError: the talker is no owner.
    """
    if ctx.role < Role.ADMIN:
        if member.id == ctx.talker.id:
            return await show_own(ctx)
        raise UserError("别人的会员只有群主能查，自己的发「我的」。")
    memberships, orders = await ctx.read(_read, member.id, ctx.now)
    held = await ctx.read(_held, ctx, member.id)
    if not memberships:
        text = f"{member.name} 还没有会员，发「送会员 @{member.name} 套餐」可以送一个。"
        return Reply(text=texts.with_bought(text, held), private=True)
    lines = [f"{member.name} 的会员"]
    lines += [texts.line_of(one, ctx.now, ctx.zone, is_only=_is_only(memberships)) for one in memberships]
    lines += [texts.history_of(grant, ctx.zone) for one in memberships for grant in one.grants[-_LISTED:]]
    return Reply(text="\n".join(lines + held + _orders(orders)), private=True)


def _choices(memberships: list[Membership]) -> tuple[Choice, ...]:
    has_more = any(not grant.plan.is_trial for one in memberships for grant in one.grants)
    if not has_more or all(one.phase is Phase.LIFETIME for one in memberships):
        return (Choice("看看全部套餐", "套餐"),)
    is_on = any(one.is_in_force or one.phase is Phase.PAUSED for one in memberships)
    return Choice("续费" if is_on else "重新开通", "续费"), Choice("看看全部套餐", "套餐")


def _read(db: Database, member_id: str, now: datetime) -> tuple[list[Membership], list[Order]]:
    return memberships_of(db, member_id, now), [one for one in orders_by(db, member_id) if one.kind == NAME]


def _held(db: Database, ctx: Ctx, member_id: str) -> list[str]:
    """Return what a member has bought of other plugins, a line each."""
    plugins = ctx.part("loader").enabled_in(ctx.room)
    return [line for one in plugins for tell in one.holders for line in tell(db, member_id, ctx.now, ctx.zone)]


def _orders(orders: list[Order]) -> list[str]:
    """Return the lines of the latest orders that are worth a line."""
    worth = [one for one in orders if one.state is not OrderState.CLOSED][-3:]
    return [texts.order_line(one) for one in worth]


def _waiting(orders: list[Order]) -> list[str]:
    """Return the lines of the orders that wait for money, and how that is paid."""
    waiting = [texts.order_line(one) for one in orders if one.state is OrderState.OPEN]
    return [*waiting, texts.HOW_TO_PAY] if waiting else []


def _is_only(memberships: list[Membership]) -> bool:
    return len(memberships) == 1 and memberships[0].line == LINE


def export_grants(db: Database, member_id: str) -> list[dict[str, Any]]:
    """Return what a member was given, for an export of their data."""
    memberships = memberships_of(db, member_id, datetime.max.replace(tzinfo=UTC))
    return [texts.as_export(grant) for held in memberships for grant in held.grants]
