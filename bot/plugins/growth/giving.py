"""Gifts: one member pays, another one gets the plan, or a code for it where nobody can be sure who that is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Delivery,
    FactKind,
    HowToPay,
    Member,
    Order,
    OrderPaid,
    OrderRefunded,
    OrderState,
    Reply,
    UserError,
    add_order,
    close_order,
    facts_of_order,
    fold,
    get_order,
    identities_of,
    orders_by,
    want_refund,
)
from bot.plugins.codes.api import give_code, take_back
from bot.plugins.growth import texts
from bot.plugins.growth.gifts_store import add_gift, get_gift, set_gift_state
from bot.plugins.growth.model import NAME, Gift, GiftPlan, GiftState, gift_grant_id
from bot.plugins.growth.settings import GrowthSettings
from bot.plugins.growth.telling import tell
from bot.plugins.membership.api import (
    Phase,
    Plan,
    PlanVersion,
    accept,
    grant,
    has_accepted,
    hash_of,
    keep_version,
    membership_in,
    plans_of,
    price_today,
    revoke,
    settings_of,
)

GIFT_OVER = "gift_over"
PROVIDER = "gift"
CODE_COUNTS = timedelta(days=366)
"""How long the code of a gift may be used: a year, counted as long as plans count it."""

Ctx = Context[GrowthSettings]


async def hear(ctx: Ctx, *typed: GiftPlan | Member | None) -> Reply:
    """Order what was typed: the plan and for whom, in whichever order.

    Raises:
        UserError: there is no plan, or it is not certain for whom it is.
    """
    plans = [one for one in typed if isinstance(one, GiftPlan)]
    people = [one for one in typed if isinstance(one, Member)]
    if len(plans) != 1:
        raise UserError(texts.which_plan([plan.title for plan in _to_give(ctx)], people[0].name if people else ""))
    if plans[0].to and not people:
        people = [member for member in (ctx.message.mentions if ctx.message else ()) if member.name == plans[0].to]
        if len(people) != 1:
            raise UserError(texts.who_is_that(plans[0].to, plans[0].plan.title))
    return await give(ctx, plans[0].plan, people[0] if people else None)


async def give(ctx: Ctx, plan: PlanVersion, to: Member | None) -> Reply:
    """Order a plan for somebody else and say how it is paid.

    Args:
        ctx: the call.
        plan: which.
        to: for whom; None makes it a code. Only who is really mentioned and known by a strong identity gets it
            straight: a name may be anybody's.

    Raises:
        UserError: the plan cannot be given, or it is for the giver.
    """
    if to is not None and to.id == ctx.talker.id:
        raise UserError(texts.NOT_FOR_YOURSELF)
    sold = _sellable(ctx, plan)
    price = price_today(sold, ctx.now.astimezone(ctx.zone).date(), is_newcomer=False)
    number, receiver, terms = await ctx.db(_order, ctx, plan, price.amount_fen, to)
    how: HowToPay = await ctx.part("payments").begin(number)
    lines = [texts.gift_begun(number, plan.title, price.amount_fen, receiver), how.text]
    if terms:
        lines.append(texts.terms(terms.strip()))
    text = "\n".join(lines)
    return Reply(text=text, private=True, file=how.picture, delivery=Delivery.AT_MOST_ONCE)


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Deliver a gift that was paid."""
    await ctx.db(_deliver, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Take a gift back whose money was given back."""
    if event.is_whole:
        await ctx.db(_take_back, ctx, event.order_number)


async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close a gift that nobody paid; money that comes later still delivers it."""
    await ctx.db(_end_order, int(due.key))


def read_plan(ctx: Ctx, text: str) -> GiftPlan | None:
    """Read the id or the title of a plan, or the beginning of its title; None when it is none, so that chat stays chat.

    Raises:
        UserError: it was certainly meant for the bot, and there is no such plan.
    """
    text, _, to = text.partition("@")
    typed = fold(text).replace(" ", "")
    if not typed:
        return None
    plans = plans_of(ctx)
    exact = [plan for plan in plans if typed in {fold(plan.plan_id), fold(plan.title).replace(" ", "")}]
    found = exact or [plan for plan in plans if len(typed) > 1 and fold(plan.title).replace(" ", "").startswith(typed)]
    if len(found) == 1:
        return GiftPlan(found[0], to.strip())
    message = ctx.message
    is_meant = message is None or message.mentions_bot or message.text.startswith("/")
    if is_meant and " " not in text:  # a shorter text may be one
        raise UserError(texts.not_to_be_given(text, [plan.title for plan in _to_give(ctx)]))
    return None


def _to_give(ctx: Ctx) -> list[Plan]:
    return [one for one in settings_of(ctx).plans if one.is_sold and not one.trial and not one.newcomers_only]


def _sellable(ctx: Ctx, plan: PlanVersion) -> Plan:
    """Return the plan as it is sold now.

    Raises:
        UserError: it cannot be given.
    """
    plans = {one.id: one for one in _to_give(ctx)}
    if plan.plan_id not in plans:
        raise UserError(texts.not_to_be_given(plan.title, [one.title for one in plans.values()]))
    return plans[plan.plan_id]


def _order(db: Database, ctx: Ctx, plan: PlanVersion, fen: int, to: Member | None) -> tuple[int, str, str]:
    """Return the number of the order, the same while it is open, who gets it, and the terms that to pay agrees to.

    The name is empty for a code, the terms are for who accepted them before.
    """
    receiver_id = to.id if to is not None and _is_sure(db, ctx, to) else ""
    plan = keep_version(db, plan, ctx.now)
    gift = Gift(
        order_number=0,
        giver_id=ctx.talker.id,
        receiver_id=receiver_id,
        receiver_name=to.name if to is not None else "",
    )
    terms = settings_of(ctx).terms
    if not terms.strip() or has_accepted(db, ctx.talker.id, hash_of(terms)):
        terms = ""
    data = {"gift": True, "plan": plan.to_data()} | ({"terms": hash_of(terms)} if terms else {})
    number = _open_order(db, ctx, data, fen, gift) or _add_order(db, ctx, data, fen, gift)
    return number, gift.receiver_name if receiver_id else "", terms


def _open_order(db: Database, ctx: Ctx, data: dict[str, Any], fen: int, gift: Gift) -> int:
    for one in orders_by(db, gift.giver_id):
        known = get_gift(db, one.number) if one.kind == NAME and one.state is OrderState.OPEN else None
        is_same = known is not None and (known.receiver_id, known.receiver_name) == (
            gift.receiver_id,
            gift.receiver_name,
        )
        is_good = one.expires_at is None or one.expires_at > ctx.now
        if is_same and is_good and one.data == data and one.amount_fen == fen:
            return one.number
    return 0


def _add_order(db: Database, ctx: Ctx, data: dict[str, Any], fen: int, gift: Gift) -> int:
    plan, until = PlanVersion.from_data(data["plan"]), ctx.now + settings_of(ctx).hold
    order = add_order(
        db,
        Order(
            kind=NAME,
            item=plan.ref,
            title=f"赠送「{plan.title}」",
            member_id=ctx.talker.id,
            name=ctx.talker_name,
            room_id=ctx.room.id if ctx.room else "",
            amount_fen=fen,
            made_at=ctx.now,
            expires_at=until,
            data=data,
        ),
    )
    add_gift(db, Gift(**{name: getattr(gift, name) for name in gift.__slots__} | {"order_number": order.number}))
    ctx.set_deadline(db, GIFT_OVER, key=str(order.number), at=until)
    return order.number


def _is_sure(db: Database, ctx: Ctx, to: Member) -> bool:
    """Whether it is certain who is meant: really mentioned, and known by an id that proves it."""
    mentioned = {member.id for member in ctx.message.mentions} if ctx.message else set()
    return to.id in mentioned and any(identity.is_strong for identity in identities_of(db, to.id))


def _deliver(db: Database, ctx: Ctx, number: int) -> None:
    order, gift = get_order(db, number), get_gift(db, number)
    if order is None or gift is None or gift.state is not GiftState.OPEN or order.state is not OrderState.PAID:
        return
    ctx.drop_deadline(db, GIFT_OVER, str(number))
    if "plan" not in order.data or order.paid_at is None:  # the giver was erased before paying
        want_refund(db, number)
        return
    if "terms" in order.data and gift.giver_id:
        accept(db, gift.giver_id, order.data["terms"], order.paid_at)  # they read that to pay is to agree
    plan = PlanVersion.from_data(order.data["plan"])
    if gift.receiver_id and _can_use(db, ctx, gift.receiver_id, plan):
        _hand_over(db, ctx, order, gift, plan)
    else:
        _hand_out_code(db, ctx, order, gift, plan)


def _can_use(db: Database, ctx: Ctx, receiver_id: str, plan: PlanVersion) -> bool:
    """Whether a plan is of any use to somebody: not when what they have never ends."""
    held = membership_in(db, receiver_id, ctx.now, plan.line)
    return held is None or held.phase is not Phase.LIFETIME


def _hand_over(db: Database, ctx: Ctx, order: Order, gift: Gift, plan: PlanVersion) -> None:
    grant(
        db,
        ctx,
        gift.receiver_id,
        plan,
        key=gift_grant_id(order.number),
        provider=PROVIDER,
        at=order.paid_at or ctx.now,
        text=texts.gift_received(plan.title, order.name),
    )
    set_gift_state(db, order.number, GiftState.GIVEN)
    tell(db, ctx, gift.giver_id, texts.gift_given(plan.title, gift.receiver_name), f"given/{order.number}")


def _hand_out_code(db: Database, ctx: Ctx, order: Order, gift: Gift, plan: PlanVersion) -> None:
    batch = give_code(
        db,
        ctx,
        plan,
        gift.giver_id,
        expires_at=ctx.now + CODE_COUNTS,
        text=texts.gift_is_code(gift.receiver_name),
    )
    set_gift_state(db, order.number, GiftState.CODE, code_batch=batch)


def _take_back(db: Database, ctx: Ctx, number: int) -> None:
    order, gift = get_order(db, number), get_gift(db, number)
    if order is None or gift is None:
        return
    if gift.state is GiftState.GIVEN and gift.receiver_id:
        key = gift_grant_id(number)
        revoke(
            db, ctx, gift.receiver_id, key, key=f"refund:{key}", provider=PROVIDER, at=_refunded_at(db, number, ctx.now)
        )
        tell(db, ctx, gift.receiver_id, texts.gift_taken_back(_title_of(order), order.name), f"taken/{number}")
    elif gift.state is GiftState.CODE:
        take_back(db, ctx, gift.code_batch, is_revoking=True)
    set_gift_state(db, number, GiftState.TAKEN_BACK)


def _title_of(order: Order) -> str:
    plan = order.data.get("plan")
    return str(plan["title"]) if isinstance(plan, dict) else order.title


def _refunded_at(db: Database, number: int, now: datetime) -> datetime:
    refunds = [fact.at for fact in facts_of_order(db, number) if fact.kind is FactKind.REFUNDED]
    return max(refunds, default=now)


def _end_order(db: Database, number: int) -> None:
    order = get_order(db, number)
    if order is not None and order.state is OrderState.OPEN:
        close_order(db, number)
