"""Takes note of what happened to orders: the fact, the books, the state and what follows, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.payments.facts_store import add_fact, facts_of_order, get_fact
from bot.payments.model import MONEY, Fact, FactKind, Order
from bot.payments.orders_store import find_by_trade_number, get_order
from bot.payments.owner import NAME as OWNER
from bot.payments.provider import Reported
from bot.payments.settling import Settled, settle, settle_unknown
from bot.payments.waiting_store import RefundState, StoredRefund, drop_poll, note_refund_tried, refunds_of
from bot.storage import Database

Finder = Callable[[Database, Fact], int]
"""Says for which order a payment is that names none, made on the spot if need be; 0 when it cannot tell."""


def take(db: Database, fact: Fact | Reported, finders: Sequence[Finder] = ()) -> Settled:
    """Take note of something that happened; see `PaymentDesk.take`."""
    one = _with_order(db, fact)
    if finders and one.kind is FactKind.PAID and not one.order_number and get_fact(db, one.key) is None:
        one = replace(one, order_number=next(filter(None, (find(db, one) for find in finders)), 0))
    one = _with_payment(db, one)
    if not add_fact(db, one):
        known = get_fact(db, one.key)
        order = get_order(db, known.order_number) if known else None
        return Settled(order=order, was=order.state if order else None)
    if one.kind not in MONEY:
        order = get_order(db, one.order_number)
        return Settled(order=order, was=order.state if order else None)
    settled = settle(db, one.order_number, one.key, at=one.at) if one.order_number else settle_unknown(db, one)
    if settled.order is not None:
        _stop_asking(db, settled.order, one)
    return settled


def plan_refund(
    db: Database, number: int, amount_fen: int, reason: str, payment_key: str = ""
) -> tuple[StoredRefund, Order]:
    """Return the refund to ask for, and its order.

    Raises:
        LookupError: nothing was paid.
        ValueError: more is asked than is left.
    """
    order = get_order(db, number)
    payment = next((one for one in _payments(db, number) if _is_meant(one, payment_key, order)), None)
    if order is None or payment is None:
        raise LookupError(f"nothing was paid for order {number}")
    asked = refunds_of(db, number)
    waiting = sum(one.amount_fen for one in asked if one.payment_key == payment_key and one.state != RefundState.DONE)
    left = (order.paid_fen if not payment_key else payment.amount_fen) - waiting
    if not 0 < amount_fen <= left:
        raise ValueError(f"{amount_fen} fen of {left} cannot be given back")
    refund = StoredRefund(
        number=f"{order.trade_number}R{len(asked) + 1}",
        order_number=number,
        provider=payment.provider,
        amount_fen=amount_fen,
        reason=reason,
        payment_key=payment_key,
    )
    return refund, order


def provider_of_payment(db: Database, number: int) -> str:
    """Return who took the money of an order; empty when nobody did."""
    order = get_order(db, number)
    return next((one.provider for one in _payments(db, number) if _is_meant(one, "", order)), "")


def _payments(db: Database, number: int) -> list[Fact]:
    return [one for one in facts_of_order(db, number) if one.kind is FactKind.PAID]


def _is_meant(payment: Fact, payment_key: str, order: Order | None) -> bool:
    if payment_key:
        return payment.key == payment_key
    return order is not None and payment.amount_fen == order.amount_fen and payment.at == order.paid_at


def _with_order(db: Database, fact: Fact | Reported) -> Fact:
    """Return a fact with the number of its order; 0 when nobody knows that order."""
    if isinstance(fact, Fact):
        return _checked(db, fact)
    order = find_by_trade_number(db, fact.trade_number) if fact.trade_number else None
    if order is not None:
        return replace(fact.fact, order_number=order.number)
    known = _checked(db, fact.fact)  # the payer may have written the number down
    named = {"trade_number": fact.trade_number} if fact.trade_number and not known.order_number else {}
    return replace(known, data=known.data | named)


def _with_payment(db: Database, fact: Fact) -> Fact:
    """Return a refund that was asked for with the payment that it was asked for; a provider only knows the order."""
    if fact.kind is not FactKind.REFUNDED or not fact.order_number or "of" in fact.data:
        return fact
    asked = next((one for one in refunds_of(db, fact.order_number) if fact.key.endswith(f":{one.number}")), None)
    return replace(fact, data=fact.data | {"of": asked.payment_key}) if asked and asked.payment_key else fact


def _checked(db: Database, fact: Fact) -> Fact:
    return fact if fact.order_number and get_order(db, fact.order_number) else replace(fact, order_number=0)


def _stop_asking(db: Database, order: Order, fact: Fact) -> None:
    if order.paid_at is not None:
        drop_poll(db, order.number)
    if fact.kind is not FactKind.REFUNDED:
        return
    waiting = [one for one in refunds_of(db, order.number) if one.state is not RefundState.DONE]
    done = next((one for one in waiting if fact.key.endswith(f":{one.number}")), None)
    done = done or next((one for one in waiting if _is_by_hand(one, fact)), None)
    if done:
        note_refund_tried(db, done.number, RefundState.DONE, done.tries, None)


def _is_by_hand(refund: StoredRefund, fact: Fact) -> bool:
    """Whether money that went back is that which the owner was asked for, as the bot could not give it back."""
    if refund.state is RefundState.STUCK and fact.provider == OWNER:
        return bool(refund.payment_key == fact.data.get("of", ""))
    return refund.provider == fact.provider and not refund.next_at


def take_all(db: Database, reported: Sequence[Reported], finders: Sequence[Finder] = ()) -> None:
    """Take note of all that a provider reports."""
    for one in reported:
        take(db, one, finders)
