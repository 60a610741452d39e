"""Where an order stands and what its books must say: a pure function of all its facts, in whatever order they came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.payments.model import Fact, FactKind, Order, OrderState

DEFERRED, REVIEW = "liabilities:deferred", "liabilities:review"
UNKNOWN_ORDER, WRONG_AMOUNT, SECOND_PAYMENT, NO_PAYMENT = (
    "unknown_order",
    "wrong_amount",
    "second_payment",
    "refund_without_payment",
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Money that fits no order.

    Attributes:
        fact_key: the payment or refund.
        why: see `MoneyInReview`.
        amount_fen: what of it was not given back yet.
    """

    fact_key: str
    why: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the facts say of an order.

    Attributes:
        paid: the payment that counts; None without one.
        refunded_fen: how much of that was given back.
        reviews: money beyond it that nobody ordered.
        balances: account → fen that the order's lines in the books must add up to; even accounts are left out.
    """

    paid: Fact | None = None
    refunded_fen: int = 0
    reviews: tuple[Reviewed, ...] = ()
    balances: Mapping[str, int] = field(default_factory=dict)


def stand(order: Order, facts: Iterable[Fact], earned_fen: int = 0) -> Standing:
    """Return what all facts of an order together say.

    The first payment of the full amount counts, by the provider's time and then by key. Money given back is taken from
    the payment that its fact names in `data["of"]`, else from the one that counts, else from money in review.

    Args:
        order: what was to be paid.
        facts: in any order; those that move no money are passed over.
        earned_fen: how much of the payment was earned to date.
    """
    facts = list(facts)
    payments = sorted(_of_kind(facts, FactKind.PAID), key=_when)
    refunds = sorted(_of_kind(facts, FactKind.REFUNDED), key=_when)
    paid = next((one for one in payments if one.amount_fen == order.amount_fen), None)
    left = {one.key: one.amount_fen for one in payments}
    unmatched = _take_back(left, refunds, first=paid.key if paid else "")
    refunded = paid.amount_fen - left[paid.key] if paid else 0
    reviews = [
        Reviewed(one.key, WRONG_AMOUNT if one.amount_fen != order.amount_fen else SECOND_PAYMENT, left[one.key])
        for one in payments
        if one is not paid and left[one.key]
    ]
    reviews += [Reviewed(key, NO_PAYMENT, fen) for key, fen in unmatched.items()]
    balances = _cash([*payments, *refunds])
    kept = paid.amount_fen - refunded if paid else 0
    earned = min(earned_fen, kept)
    balances[DEFERRED] = earned - kept
    balances[income_account(order)] = -earned
    balances[REVIEW] = sum(one.amount_fen if one.why == NO_PAYMENT else -one.amount_fen for one in reviews)
    return Standing(
        paid=paid,
        refunded_fen=refunded,
        reviews=tuple(reviews),
        balances={account: fen for account, fen in sorted(balances.items()) if fen},
    )


def state_of(standing: Standing, *, is_closed: bool, is_unwanted: bool) -> OrderState:
    """Return where an order stands.

    Args:
        standing: what its facts say.
        is_closed: nobody waits for its money any more.
        is_unwanted: its money is to be given back.
    """
    if standing.paid is None:
        return OrderState.CLOSED if is_closed or is_unwanted else OrderState.OPEN
    if standing.refunded_fen and standing.refunded_fen == standing.paid.amount_fen:
        return OrderState.REFUNDED
    return OrderState.REFUND_DUE if is_unwanted else OrderState.PAID


def cash_lines(fact: Fact) -> dict[str, int]:
    """Return account → fen that a single fact moves on the side of what the owner has."""
    return {account: fen for account, fen in _cash([fact]).items() if fen}


def income_account(order: Order) -> str:
    """Return where an order's money goes once it is earned: `income:membership:month` for `month@2`."""
    family = re.sub(r"[\s:]+", "-", re.split(r"[@/]", order.item)[0]) or "other"
    return f"income:{order.kind}:{family}"


def _take_back(left: dict[str, int], refunds: Sequence[Fact], *, first: str) -> dict[str, int]:
    """Take refunds from payments, those that name theirs before the others; return what found none, by fact."""
    named = {one.key: str(one.data.get("of") or "") for one in refunds}
    unmatched: dict[str, int] = {}
    for one in sorted(refunds, key=lambda one: named[one.key] not in left):
        owed = one.amount_fen
        for key in [key for key in (named[one.key], first) if key in left] + list(left):
            taken = min(owed, left[key])
            left[key] -= taken
            owed -= taken
        if owed:
            unmatched[one.key] = owed
    return unmatched


def _cash(facts: Iterable[Fact]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in facts:
        sign = 1 if one.kind is FactKind.PAID else -1
        for account, fen in ((f"assets:{one.provider}", one.amount_fen - one.fee_fen), (_fees(one), one.fee_fen)):
            sums[account] = sums.get(account, 0) + sign * fen
    return sums


def _fees(fact: Fact) -> str:
    return f"expenses:fees:{fact.provider}"


def _of_kind(facts: Iterable[Fact], kind: FactKind) -> list[Fact]:
    return [one for one in {one.key: one for one in facts}.values() if one.kind is kind]


def _when(fact: Fact) -> tuple[object, str]:
    return fact.at, fact.key
