"""Sells plans: the list, the terms, the order and how to pay it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.plugin import (
    CHAT,
    Choice,
    Context,
    Database,
    Delivery,
    Fact,
    HowToPay,
    Order,
    ProviderError,
    Reply,
    UserError,
    add_order,
    close_order,
    facts_of_member,
    get_order,
    orders_by,
)
from bot.plugins.membership import buying_texts as texts
from bot.plugins.membership import rules
from bot.plugins.membership.catalogue import Offered, as_sold, match_plan, price_today, suggest
from bot.plugins.membership.model import NAME, Grant, Membership, Phase, PlanVersion
from bot.plugins.membership.settings import MembershipSettings, Plan
from bot.plugins.membership.state import fold
from bot.plugins.membership.versions_store import accept, has_accepted, hash_of, keep_version

Ctx = Context[MembershipSettings]

ORDER_OVER = "order_over"
_AGREED = "同意"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What is known of who wants to buy.

    Attributes:
        orders: theirs, of any kind.
        facts: about them and these orders.
        now: aware.
    """

    orders: Sequence[Order]
    facts: Sequence[Fact]
    now: datetime

    def held(self, line: str) -> Membership | None:
        """Return how they stand in a line; None when they never had anything there."""
        return next((one for one in fold(self.orders, self.facts, self.now) if one.line == line), None)

    @property
    def is_newcomer(self) -> bool:
        """Whether they never paid for membership."""
        return rules.is_newcomer(self.orders)


def read_buyer(db: Database, member_id: str, now: datetime) -> Buyer:
    """Return what is known of a member who wants to buy."""
    return Buyer(orders_by(db, member_id), facts_of_member(db, member_id), now)


async def list_plans(ctx: Ctx, intro: str = "") -> Reply:
    """Return the plans with their prices for the talker, numbered."""
    buyer = await ctx.read(read_buyer, ctx.talker.id, ctx.now)
    shown = [plan for plan in ctx.config.plans if _is_for(plan, buyer)]
    if not shown:
        return Reply(text=texts.NOTHING_SOLD, private=True)
    choices = tuple(
        Choice(texts.listed(plan, _price(ctx, plan, buyer)), f"{'试用' if plan.trial else '开通'} {plan.id}")
        for plan in shown
    )
    held = buyer.held(shown[0].line)
    text = intro or ("有这些套餐，回复数字续费或升级：" if held and held.is_in_force else "有这些套餐，回复数字开通：")
    return Reply(text=text, private=True, choices=choices)


async def buy(ctx: Ctx, text: str, command: str = "开通") -> Reply:
    """Order a plan for the talker, or show the order that waits to be paid.

    Raises:
        UserError: they cannot have it; it says why.
    """
    words = text.split()
    is_agreed = len(words) > 1 and words[-1] == _AGREED
    plan = read_plan(ctx, " ".join(words[:-1] if is_agreed else words), command)
    if isinstance(plan, Reply):
        return plan
    if plan.trial:
        return Reply(text=f"「{plan.title}」是免费的，现在试用吗？回复 是", confirm=f"试用 {plan.id}", private=True)
    terms_hash = hash_of(ctx.config.terms) if ctx.config.terms.strip() else ""
    buyer = await ctx.read(read_buyer, ctx.talker.id, ctx.now)
    check(ctx, plan, buyer)
    if terms_hash and not is_agreed and not await ctx.read(has_accepted, ctx.talker.id, terms_hash):
        confirm = f"{command} {plan.id} {_AGREED}"
        return Reply(text=texts.terms_text(ctx.config.terms, plan), confirm=confirm, private=True)
    number: int = await ctx.db(_order, ctx, plan, terms_hash)
    return await _how_to_pay(ctx, number, plan, f"{command} {plan.id}")


async def renew(ctx: Ctx, text: str) -> Reply:
    """Order the plan that the talker had last, or the named one.

    Raises:
        UserError: they cannot have it; it says why.
    """
    if text:
        return await buy(ctx, text, "续费")
    buyer = await ctx.read(read_buyer, ctx.talker.id, ctx.now)
    memberships = fold(buyer.orders, buyer.facts, ctx.now)
    if memberships and all(held.phase is Phase.LIFETIME for held in memberships):
        raise UserError(texts.FOREVER)
    last = [grant for held in memberships for grant in held.grants]
    last.sort(key=lambda grant: (bool(grant.order_number), grant.at), reverse=True)
    sold = {plan.id: plan for plan in ctx.config.plans if plan.is_sold and not plan.newcomers_only}
    plan = next((sold[grant.plan.plan_id] for grant in last if grant.plan.plan_id in sold), None)
    if plan is None:
        return await list_plans(ctx, texts.NOTHING_TO_RENEW if not last else "")
    return await buy(ctx, plan.id, "续费")


async def upgrade(ctx: Ctx, text: str) -> Reply:
    """Order a higher plan, what is left of the lower one taken off.

    Raises:
        UserError: there is nothing to upgrade, or not to that plan.
    """
    buyer = await ctx.read(read_buyer, ctx.talker.id, ctx.now)
    if text:
        plan = read_plan(ctx, text.removesuffix(_AGREED), "升级")
        if isinstance(plan, Reply):
            return plan
        held = buyer.held(plan.line)
        if held is None or not held.is_in_force or held.plan is None or held.phase is Phase.GRACE:
            return await buy(ctx, text)
        if not rules.is_below(held.plan, _sold(ctx, plan)):
            raise UserError(texts.not_higher(plan, held))
        return await buy(ctx, text, "升级")
    choices = tuple(_upgrades(ctx, buyer))
    if choices:
        return Reply(text="可以升级到，回复数字选一个：", choices=choices, private=True)
    is_member = any(one.is_in_force for one in fold(buyer.orders, buyer.facts, ctx.now))
    if not is_member and ctx.room is not None and ctx.message is not None and not ctx.message.mentions_bot:
        return CHAT
    raise UserError("您现在的会员没有更高的套餐可以升级。" if is_member else "您还没有会员，发送「套餐」看看有哪些。")


def read_plan(ctx: Ctx, text: str, command: str) -> Plan | Reply:
    """Return the plan that a text means, or what is said instead."""
    found = match_plan(text, ctx.config.plans)
    if isinstance(found, Plan):
        return found
    if isinstance(found, list):
        choices = tuple(Choice(plan.title, f"{command} {plan.id}") for plan in found)
        return Reply(text=texts.several(found), choices=choices, private=True)
    near = suggest(text, ctx.config.plans)
    is_meant = near is not None or ctx.room is None or bool(ctx.message and ctx.message.mentions_bot)
    if not is_meant:
        return CHAT
    if not ctx.config.plans:
        return Reply(text=texts.NOTHING_SOLD, private=True)
    return Reply(text=texts.unknown(text, near), confirm=f"{command} {near.id}" if near else "", private=True)


def check(ctx: Ctx, plan: Plan, buyer: Buyer) -> None:
    """See to it that a plan is of use to who wants to buy it.

    Raises:
        UserError: it is not.
    """
    if not plan.is_sold:
        raise UserError(texts.not_sold(plan))
    if plan.newcomers_only and not buyer.is_newcomer:
        raise UserError(texts.newcomers_only(plan))
    order, _ = _draft(ctx, plan, _sold(ctx, plan), buyer)
    ahead = rules.forecast(buyer.orders, buyer.facts, order, ctx.now)
    if not ahead.grant.segments:
        raise UserError(texts.useless(plan, buyer.held(plan.line)))


def _order(db: Database, ctx: Ctx, plan: Plan, terms_hash: str) -> int:
    """Store the order, unless the same one waits already, and return its number."""
    if terms_hash:
        accept(db, ctx.talker.id, terms_hash, ctx.now)
    buyer = read_buyer(db, ctx.talker.id, ctx.now)
    wanted, _ = _draft(ctx, plan, keep_version(db, _sold(ctx, plan), ctx.now), buyer)
    if same := rules.find_same(buyer.orders, wanted, ctx.now):
        return same.number
    for one in rules.find_outdated(buyer.orders, wanted, ctx.now):
        close_order(db, one.number)
    order = add_order(db, wanted)
    assert order.expires_at is not None
    ctx.set_deadline(db, ORDER_OVER, key=str(order.number), at=order.expires_at)
    return order.number


def _draft(ctx: Ctx, plan: Plan, version: PlanVersion, buyer: Buyer) -> tuple[Order, rules.Quote]:
    """Return the order for a plan as it would be made now, and what it costs."""
    priced = rules.quote(version, buyer.held(plan.line), _price(ctx, plan, buyer), ctx.now)
    data: dict[str, Any] = {"plan": version.to_data()}
    if priced.replaced:
        data |= {"cuts": [one.id for one in priced.replaced], "credit_fen": priced.credit_fen}
    if priced.price.reason:
        data["reason"] = priced.price.reason
    if plan.newcomers_only or _is_for_newcomers(ctx, plan, priced.price):
        data["newcomers"] = True
    order = Order(
        kind=NAME, item=version.ref, title=plan.title, member_id=ctx.talker.id, name=ctx.talker_name,
        room_id=ctx.room.id if ctx.room else "", amount_fen=priced.amount_fen, made_at=ctx.now,
        expires_at=ctx.now + ctx.config.hold, data=data,
    )  # fmt: skip
    return order, priced


async def _how_to_pay(ctx: Ctx, number: int, plan: Plan, command: str) -> Reply:
    order, replaced, ahead = await ctx.read(_see, ctx, number)
    text = texts.order_text(order, plan, replaced, ahead, ctx.zone)
    try:
        how: HowToPay = await ctx.part("payments").begin(number)
    except ProviderError:
        return Reply(text=f"{text}\n{texts.NO_PAYMENT.format(command=command)}", private=True)
    return Reply(
        text=f"{text}\n{how.text}", private=True, file=how.picture, delivery=Delivery.AT_MOST_ONCE, why="套餐订单"
    )


def _see(db: Database, ctx: Ctx, number: int) -> tuple[Order, list[Grant], rules.Forecast]:
    """Return an order, the grants that it ends, and what paying it would come to."""
    order = get_order(db, number)
    assert order is not None
    buyer = read_buyer(db, ctx.talker.id, ctx.now)
    held = buyer.held(order.data["plan"]["line"])
    replaced = [one for one in held.grants if one.id in order.data.get("cuts", ())] if held else []
    return order, replaced, rules.forecast(buyer.orders, buyer.facts, order, ctx.now)


def _upgrades(ctx: Ctx, buyer: Buyer) -> list[Choice]:
    found = []
    for plan in ctx.config.plans:
        held = buyer.held(plan.line)
        running = held.plan if held is not None and held.is_in_force else None
        if (
            running is not None
            and rules.is_below(running, _sold(ctx, plan))
            and _is_for(plan, buyer)
            and not plan.trial
        ):
            _, priced = _draft(ctx, plan, _sold(ctx, plan), buyer)
            price = Offered(priced.amount_fen)
            found.append(Choice(texts.listed(plan, price, priced.credit_fen), f"升级 {plan.id}"))
    return found


def _is_for(plan: Plan, buyer: Buyer) -> bool:
    """Return whether a plan is shown to somebody."""
    if plan.trial:
        return buyer.held(plan.line) is None
    return plan.is_sold and (buyer.is_newcomer or not plan.newcomers_only)


def _price(ctx: Ctx, plan: Plan, buyer: Buyer) -> Offered:
    return price_today(plan, ctx.now.astimezone(ctx.zone).date(), is_newcomer=buyer.is_newcomer)


def _is_for_newcomers(ctx: Ctx, plan: Plan, price: Offered) -> bool:
    """Return whether a price is lower than what others pay."""
    return price.amount_fen < price_today(plan, ctx.now.astimezone(ctx.zone).date(), is_newcomer=False).amount_fen


def _sold(ctx: Ctx, plan: Plan) -> PlanVersion:
    return as_sold(plan, ctx.config.grace, ctx.zone)
