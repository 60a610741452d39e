"""Money from a page where people pay by themselves: whose it is, by a binding code or an account that used one."""

from __future__ import annotations

from typing import Any

from bot.plugin import (
    Context,
    Database,
    Fact,
    Order,
    OrderState,
    add_identity,
    add_order,
    find_by_identity,
    find_member,
    orders_by,
)
from bot.plugins.identities.store import owner_of
from bot.plugins.membership.api import NAME as MEMBERSHIP
from bot.plugins.membership.api import PlanVersion, keep_version, plans_of, price_today, settings_of


def find_order(db: Database, ctx: Context[Any], fact: Fact) -> int:
    """Return the order that a payment without one is for; 0 when it cannot be told, so that the owner is asked.

    Args:
        db: the transaction of the fact.
        ctx: of the start; only its parts are used.
        fact: a payment; its data may have `binding`, `payer` and `plan`, see `bot.payments.afdian.Afdian`.
    """
    member_id = _whose(db, fact)
    plan = next((one for one in plans_of(ctx) if member_id and one.plan_id == fact.data.get("plan")), None)
    if plan is None:
        return 0
    waiting = [one for one in orders_by(db, member_id) if one.state is OrderState.OPEN and one.kind == MEMBERSHIP]
    same = [one for one in waiting if one.amount_fen == fact.amount_fen and one.item.startswith(f"{plan.plan_id}@")]
    if same:
        return same[0].number
    return _order(db, ctx, fact, plan, member_id) if _is_price(db, ctx, fact, plan, member_id) else 0


def _whose(db: Database, fact: Fact) -> str:
    """Return whose payment it is; a code in the remark also tells whose account there it is, from then on."""
    binding, payer = str(fact.data.get("binding") or ""), str(fact.data.get("payer") or "")
    member_id = owner_of(db, binding) if binding else ""
    if member_id:
        if payer:
            add_identity(db, member_id, fact.provider, payer)
        return member_id
    known = find_by_identity(db, fact.provider, payer) if payer and not binding else None
    return known.id if known else ""


def _is_price(db: Database, ctx: Context[Any], fact: Fact, plan: PlanVersion, member_id: str) -> bool:
    """Return whether that is what the plan costs this member."""
    sold = next(one for one in settings_of(ctx).plans if one.id == plan.plan_id)
    is_newcomer = not any(one.paid_at for one in orders_by(db, member_id) if one.kind == MEMBERSHIP)
    today = fact.at.astimezone(ctx.zone).date()
    right = price_today(sold, today, is_newcomer=is_newcomer).amount_fen
    return sold.is_sold and (is_newcomer or not sold.newcomers_only) and fact.amount_fen in {right, sold.price}


def _order(db: Database, ctx: Context[Any], fact: Fact, plan: PlanVersion, member_id: str) -> int:
    version, person = keep_version(db, plan, ctx.now), find_member(db, member_id)
    order = Order(
        kind=MEMBERSHIP, item=version.ref, title=version.title, member_id=member_id,
        name=person.name if person else "", amount_fen=fact.amount_fen, made_at=fact.at,
        data={"plan": version.to_data(), "provider": fact.provider},
    )  # fmt: skip
    return add_order(db, order).number
