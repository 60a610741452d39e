"""What somebody pays for a plan, and whether they may have it: pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.plugin import Fact, FactKind, Order, OrderState
from bot.plugins.membership.catalogue import Offered
from bot.plugins.membership.model import NAME, Grant, Membership, Phase, PlanVersion
from bot.plugins.membership.state import fold


@dataclass(frozen=True, slots=True)
class Quote:
    """What a plan costs a member now.

    Attributes:
        price: the price today and why.
        replaced: the lower grants that it ends, none when it just follows.
        credit_fen: what is left of these, taken off the price.
    """

    price: Offered
    replaced: tuple[Grant, ...] = ()
    credit_fen: int = 0

    @property
    def amount_fen(self) -> int:
        """What is to be paid."""
        return self.price.amount_fen - self.credit_fen


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a payment made now would come to.

    Attributes:
        held: how the member would stand in the plan's line.
        grant: what it would give; it never runs when it has no segments.
    """

    held: Membership
    grant: Grant


def quote(plan: PlanVersion, held: Membership | None, price: Offered, now: datetime) -> Quote:
    """Return what a member pays: the unused part of lower grants is taken off, when less than the price.

    A plan that never ends is above all others of its tier.

    What is worth as much as the new plan or more is not ended: it waits until the new one is over.

    Args:
        plan: what is bought.
        held: how the member stands in its line; None for who never had anything there.
        price: today's.
        now: aware.
    """
    grants = held.grants if held else ()
    lower = [one for one in grants if is_below(one.plan, plan) and one.unused_fen(now)]
    credit_fen = sum(one.unused_fen(now) for one in lower)
    if not lower or credit_fen >= price.amount_fen:
        return Quote(price)
    return Quote(price, tuple(lower), credit_fen)


def forecast(orders: Sequence[Order], facts: Iterable[Fact], order: Order, now: datetime) -> Forecast:
    """Return what paying an order now would come to.

    Args:
        orders: the member's, with or without this one.
        facts: about them.
        order: of this plugin, with its plan; its number may be 0.
        now: aware.
    """
    number = order.number or max((one.number for one in orders), default=0) + 1
    order = replace(order, number=number)
    paid = Fact(
        key=f"forecast:{number}", kind=FactKind.PAID, at=now, provider="forecast", order_number=number,
        amount_fen=order.amount_fen,
    )  # fmt: skip
    plan = PlanVersion.from_data(order.data["plan"])
    others = [one for one in orders if one.number != number]
    memberships = fold([*others, order], [*(one for one in facts if one.order_number != number), paid], now)
    held = next(one for one in memberships if one.line == plan.line)
    return Forecast(held, next(one for one in held.grants if one.order_number == number))


def is_below(one: PlanVersion, other: PlanVersion) -> bool:
    """Return whether a plan waits while another one of its line runs."""
    return (one.tier, one.is_lifetime) < (other.tier, other.is_lifetime)


def is_newcomer(orders: Iterable[Order], *, but: int = 0) -> bool:
    """Return whether somebody never paid for membership of their own, money that was given back counted as paid.

    Args:
        orders: theirs.
        but: number of an order that does not count.
    """
    own = (one for one in orders if one.kind == NAME and not one.data.get("gift") and one.number != but)
    return not any(one.paid_at is not None for one in own)


def is_delivered(order: Order, held: Membership | None, orders: Iterable[Order]) -> bool:
    """Return whether a paid order gives what was agreed; otherwise its money is to be given back.

    It does not when it never runs, as after a lifetime; when what was taken off its price was given back or used for
    another upgrade meanwhile; when it was for newcomers and the member paid for another one before.

    Args:
        order: paid.
        held: how the member stands in its line now.
        orders: all of the member's.
    """
    own = next((one for one in held.grants if one.order_number == order.number), None) if held else None
    if held is None or own is None or (not own.segments and own.cut_at is None):
        return False
    cuts = set(order.data.get("cuts", ()))
    if any(one.id in cuts and one.cut_by != own.id for one in held.grants):
        return False
    if order.data.get("newcomers"):
        return is_newcomer([one for one in orders if _is_before(one, order)], but=order.number)
    return True


def find_same(orders: Iterable[Order], wanted: Order, now: datetime) -> Order | None:
    """Return the open order that already stands for a purchase, at no higher price; None when there is none."""
    same = (
        one
        for one in orders
        if is_waiting(one, now)
        and one.item == wanted.item
        and one.data.get("cuts") == wanted.data.get("cuts")
        and one.amount_fen <= wanted.amount_fen
    )
    return min(same, key=lambda one: one.number, default=None)


def find_outdated(orders: Iterable[Order], wanted: Order, now: datetime) -> list[Order]:
    """Return the open orders that a new one takes the place of: of the same plan, or with the same time taken off."""
    cuts = set(wanted.data.get("cuts", ()))
    family = wanted.item.partition("@")[0]
    return [
        one
        for one in orders
        if is_waiting(one, now) and (one.item.partition("@")[0] == family or cuts & set(one.data.get("cuts", ())))
    ]


def is_waiting(order: Order, now: datetime) -> bool:
    """Return whether an order of this plugin, for the member's own use, waits for its money."""
    is_over = order.expires_at is not None and order.expires_at <= now
    return order.kind == NAME and order.state is OrderState.OPEN and not is_over and not order.data.get("gift")


def can_pause(held: Membership | None) -> bool:
    """Return whether halting a membership would be of use: it is in force and ends by its length."""
    return (
        held is not None
        and held.phase in {Phase.TRIAL, Phase.ACTIVE}
        and held.plan is not None
        and held.plan.seconds is not None
    )


def _is_before(one: Order, order: Order) -> bool:
    if one.paid_at is None or order.paid_at is None:
        return False
    return (one.paid_at, one.number) < (order.paid_at, order.number)
