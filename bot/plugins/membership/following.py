"""Follows money: tells members what they have now, and gives back what cannot be delivered."""

from __future__ import annotations

from collections.abc import Sequence

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Order,
    OrderPaid,
    OrderRefunded,
    OrderState,
    close_order,
    facts_of_member,
    get_order,
    orders_by,
    want_refund,
)
from bot.plugins.membership import buying_texts as texts
from bot.plugins.membership import rules
from bot.plugins.membership.granting import revoke, tell
from bot.plugins.membership.model import NAME, Membership, MembershipChanged, Phase, PlanVersion
from bot.plugins.membership.reading import membership_in
from bot.plugins.membership.settings import MembershipSettings
from bot.plugins.membership.state import fold
from bot.plugins.membership.texts import stands

Ctx = Context[MembershipSettings]


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Tell who paid what they have now."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who got money back what that ended."""
    await ctx.db(_follow_refund, ctx, event)


async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid; money that comes later is still taken, when it can be delivered."""
    await ctx.db(_end_order, int(due.key))


def _follow_payment(db: Database, ctx: Ctx, number: int) -> bool:
    order = _own_order(db, number)
    if order is None or order.state is not OrderState.PAID:
        return False
    plan, orders = PlanVersion.from_data(order.data["plan"]), orders_by(db, order.member_id)
    memberships = fold(orders, facts_of_member(db, order.member_id), ctx.now)
    held = next((one for one in memberships if one.line == plan.line), None)
    for other in orders:  # whoever paid first by the provider's clock has it, whichever was heard of first
        if other.number != number and _excludes(order, other):
            _settle_other(db, ctx, other, held, orders)
    if not rules.is_delivered(order, held, orders):
        _give_back(db, ctx, order)
        return False
    assert held is not None, "it is delivered"
    ctx.publish(db, MembershipChanged(order.member_id))
    tell(db, ctx, order.member_id, texts.paid(order, plan, held, ctx.now, ctx.zone), f"paid/D{number}")
    return True


def _settle_other(db: Database, ctx: Ctx, other: Order, held: Membership | None, orders: Sequence[Order]) -> None:
    """Close what cannot be delivered beside an order that was paid, or have its money given back."""
    if rules.is_waiting(other, ctx.now):
        close_order(db, other.number)
    elif other.state is OrderState.PAID and other.kind == NAME and not rules.is_delivered(other, held, orders):
        _give_back(db, ctx, other)


def _give_back(db: Database, ctx: Ctx, order: Order) -> None:
    """Have money given back that came for something that cannot be had any more, as if it had never been paid."""
    assert order.paid_at is not None
    revoke(
        db, ctx, order.member_id, f"D{order.number}", key=f"undelivered:D{order.number}", provider=NAME,
        at=order.paid_at,
    )  # fmt: skip
    want_refund(db, order.number)
    if not ctx.part("payments").give_back(db, order.number, "订单已经用不上了"):
        ctx.part("notices").write(db, texts.please_give_back(order), f"{NAME}/undelivered/{order.number}")
    tell(db, ctx, order.member_id, texts.money_comes_back(order), f"undelivered/D{order.number}")


def _excludes(order: Order, other: Order) -> bool:
    """Whether an order may not be delivered once this one is paid."""
    is_for_newcomers = bool(order.data.get("newcomers") or other.data.get("newcomers"))
    return bool(is_for_newcomers or set(order.data.get("cuts", ())) & set(other.data.get("cuts", ())))


def _follow_refund(db: Database, ctx: Ctx, event: OrderRefunded) -> bool:
    order = _own_order(db, event.order_number)
    if order is None:
        return False
    plan = PlanVersion.from_data(order.data["plan"])
    held = membership_in(db, order.member_id, ctx.now, plan.line)
    own = next((one for one in held.grants if one.order_number == order.number), None) if held else None
    ends = own is not None and own.cut_by == "refund" and (own.end is None or own.end == own.cut_at)
    text = texts.refunded(order, event.amount_fen, plan, is_whole=event.is_whole, ends=ends)
    if own is not None and own.cut_by.startswith("D"):
        warning = texts.credit_is_used(order, own.cut_by)
        ctx.part("notices").write(db, warning, f"{NAME}/credit/{ctx.cause}")
    if event.is_whole:
        for other in orders_by(db, order.member_id):
            if rules.is_waiting(other, ctx.now) and f"D{order.number}" in other.data.get("cuts", ()):
                close_order(db, other.number)
        ctx.publish(db, MembershipChanged(order.member_id))
        if held and ends and held.phase is not Phase.NONE:
            text += texts.COME_BACK if held.phase is Phase.EXPIRED else stands(held, ctx.now, ctx.zone)
    tell(db, ctx, order.member_id, text, f"refunded/{ctx.cause}")
    return True


def _end_order(db: Database, number: int) -> bool:
    order = get_order(db, number)
    if order is None or order.state is not OrderState.OPEN:
        return False
    close_order(db, number)
    return True


def _own_order(db: Database, number: int) -> Order | None:
    """Return an order of this plugin that somebody made for themselves and that still names them."""
    order = get_order(db, number)
    if order is None or order.kind != NAME or order.data.get("gift") or "plan" not in order.data:
        return None
    return order if order.member_id else None
