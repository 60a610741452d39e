"""Brings an order, the books and those who sell up to what the facts say, in the transaction of the fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot import events
from bot.ledger.books_store import balances_of_order, find_entry, post
from bot.ledger.model import Entry, Posting
from bot.payments.facts_store import facts_of_order, get_fact, put_claim, put_fee
from bot.payments.model import Fact, FactKind, MoneyInReview, Order, OrderPaid, OrderRefunded, OrderState
from bot.payments.orders_store import Wish, check_fen, get_order, put_standing, set_wish, wish_of
from bot.payments.reviews_store import add_recognition, drop_review, earned_of, put_review, put_reviews, reviews_of
from bot.payments.standing import NO_PAYMENT, REVIEW, UNKNOWN_ORDER, Reviewed, Standing, cash_lines, stand, state_of
from bot.storage import Database

_BEFORE_MONEY = frozenset({OrderState.OPEN, OrderState.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a settlement came to.

    Attributes:
        order: as it stands now; None when the money belongs to no order.
        was: where it stood before.
        new_reviews: money that nobody ordered and that nobody knew of before.
    """

    order: Order | None
    was: OrderState | None = None
    new_reviews: tuple[Reviewed, ...] = ()

    @property
    def became_paid(self) -> bool:
        """Whether it was paid just now."""
        return self.order is not None and self.was in _BEFORE_MONEY and self.order.state not in _BEFORE_MONEY


def settle(
    db: Database, number: int, cause: str, *, kind: str = "", at: datetime | None = None, is_quiet: bool = False
) -> Settled:
    """Make an order's state and books what its facts say, and publish what became of it.

    Settling again changes nothing and tells nobody, so it may be repeated at will.

    Args:
        db: the transaction, the same as that of what changed.
        number: which order.
        cause: what changed, such as the fact's key; the entry in the books is known by it.
        kind: of the entry; by default what its money did.
        at: of the entry, aware; by default when the last fact happened.
        is_quiet: publish nothing (orders that were settled elsewhere before).

    Raises:
        LookupError: there is no such order.
    """
    order = get_order(db, number)
    if order is None:
        raise LookupError(f"there is no order {number}")
    facts = facts_of_order(db, number)
    standing = stand(order, facts, earned_of(db, number))
    wish = wish_of(db, number)
    state = state_of(standing, is_closed=wish is Wish.CLOSED, is_unwanted=wish is Wish.UNWANTED)
    paid_at = standing.paid.at if standing.paid else None
    if (order.state, order.paid_at, order.refunded_fen) != (state, paid_at, standing.refunded_fen):
        put_standing(db, number, state, paid_at=paid_at, refunded_fen=standing.refunded_fen)
    moment = at or max((one.at for one in facts), default=order.made_at)
    _write_books(db, number, standing.balances, cause=cause, kind=kind, at=moment)
    new = put_reviews(db, number, standing.reviews)
    if not is_quiet:
        _publish(db, order, state, standing, new)
    return Settled(order=get_order(db, number), was=order.state, new_reviews=tuple(new))


def settle_unknown(db: Database, fact: Fact) -> Settled:
    """Put money that belongs to no order into review, or out of it, in the transaction of its fact."""
    cash = cash_lines(fact)
    lines = cash | {REVIEW: -sum(cash.values())}
    _post(db, 0, lines, key=f"settle:0:{fact.key}", kind=str(fact.kind), at=fact.at)
    if fact.kind is FactKind.PAID:
        review = Reviewed(fact.key, UNKNOWN_ORDER, _take_refunds_before(db, fact))
    else:
        review = Reviewed(fact.key, NO_PAYMENT, _take_from_review(db, fact))
    if not review.amount_fen:
        return Settled(order=None)
    put_review(db, 0, review)
    events.publish(db, MoneyInReview(fact.key, review.why))
    return Settled(order=None, new_reviews=(review,))


def claim(db: Database, fact_key: str, number: int, at: datetime) -> Settled:
    """Say for which order a payment in review is; it counts from then on as if it had been reported so.

    Args:
        db: the transaction.
        fact_key: a payment in review.
        number: the order.
        at: when the owner said so, aware.

    Raises:
        LookupError: there is no such payment in review, or no such order, or some of it was given back.
    """
    fact, order = get_fact(db, fact_key), get_order(db, number)
    if fact is None or order is None or fact.kind is not FactKind.PAID:
        raise LookupError(f"nothing to claim for order {number}")
    held = {one.fact_key: one for one in reviews_of(db, fact.order_number)}.get(fact_key)
    if held is None or held.amount_fen != fact.amount_fen:
        raise LookupError("this payment is not in review, or some of it was given back")
    put_claim(db, fact_key, number)
    drop_review(db, fact_key)
    cause = f"claim:{fact_key}"
    if fact.order_number and fact.order_number != number:
        settle(db, fact.order_number, cause, kind="claimed", at=at)
    elif not fact.order_number:
        cash = cash_lines(fact)
        lines = {account: -fen for account, fen in cash.items()} | {REVIEW: sum(cash.values())}
        _post(db, 0, lines, key=f"settle:0:{cause}", kind="claimed", at=at)
    return settle(db, number, cause, kind="claimed", at=at)


def note_fee(db: Database, fact: Fact, fee_fen: int) -> None:
    """Write what the provider kept of a payment or gave back with a refund, once its bill says so."""
    put_fee(db, fact.key, fee_fen)
    cause = f"fee:{fact.key}:{fee_fen}"
    if fact.order_number:
        settle(db, fact.order_number, cause, kind="fee", at=fact.at)
        return
    sign = 1 if fact.kind is FactKind.PAID else -1
    more = sign * (fee_fen - fact.fee_fen)
    lines = {f"expenses:fees:{fact.provider}": more, f"assets:{fact.provider}": -more}
    _post(db, 0, lines, key=f"settle:0:{cause}", kind="fee", at=fact.at)


def want_refund(db: Database, number: int) -> Settled:
    """Say that what was paid is to be given back: a paid order becomes REFUND_DUE, an open one CLOSED."""
    set_wish(db, number, Wish.UNWANTED)
    return settle(db, number, "want_refund")


def close_order(db: Database, number: int) -> Settled:
    """Say that what is for sale is no longer wanted: nothing is owed any more, and what was paid is due back.

    Money that comes for a closed order is taken and `OrderPaid` published: its seller delivers late, or says
    `want_refund`.
    """
    order = get_order(db, number)
    if order is not None and order.paid_at is not None:
        return want_refund(db, number)
    set_wish(db, number, Wish.CLOSED)
    return settle(db, number, "close_order")


def keep_order(db: Database, number: int) -> Settled:
    """Say that what was paid stays paid: the seller delivered after all."""
    set_wish(db, number, Wish.WANTED)
    return settle(db, number, "keep_order")


def recognise(db: Database, number: int, earned_fen_to_date: int, at: datetime, cause: str) -> None:
    """Write revenue: of the payment, this much is earned by now.

    Args:
        db: the transaction.
        number: which order.
        earned_fen_to_date: in fen, of the whole payment; what was given back is never earned, whatever this says.
        at: by when, aware; the latest counts.
        cause: once for an order and cause.
    """
    if add_recognition(db, number, cause, at, check_fen(earned_fen_to_date)):
        settle(db, number, f"recognise:{cause}", kind="recognised", at=at)


def _take_refunds_before(db: Database, payment: Fact) -> int:
    """Take refunds that were heard of before their payment out of review; return what of the payment is left."""
    left = payment.amount_fen
    for one in reviews_of(db, 0):
        refund = get_fact(db, one.fact_key) if one.why == NO_PAYMENT else None
        if refund is not None and _belong_together(payment, refund):
            taken = min(left, one.amount_fen)
            left -= taken
            _leave_in_review(db, one, one.amount_fen - taken)
    return left


def _take_from_review(db: Database, refund: Fact) -> int:
    """Take what was given back out of review; return what was not in there."""
    owed = refund.amount_fen
    for one in reviews_of(db, 0):
        payment = get_fact(db, one.fact_key) if one.why != NO_PAYMENT else None
        if payment is not None and _belong_together(payment, refund):
            taken = min(owed, one.amount_fen)
            owed -= taken
            _leave_in_review(db, one, one.amount_fen - taken)
    return owed


def _belong_together(payment: Fact, refund: Fact) -> bool:
    """Whether a refund says which payment it is of, or both are of one order that only the provider knows."""
    trade_number = payment.data.get("trade_number")
    is_same = bool(trade_number) and trade_number == refund.data.get("trade_number")
    return refund.data.get("of") == payment.key or is_same


def _leave_in_review(db: Database, review: Reviewed, amount_fen: int) -> None:
    drop_review(db, review.fact_key)
    if amount_fen:
        put_review(db, 0, Reviewed(review.fact_key, review.why, amount_fen))


def _write_books(db: Database, number: int, wanted: Mapping[str, int], *, cause: str, kind: str, at: datetime) -> None:
    """Post the difference between what the books say of an order and what they should."""
    written = balances_of_order(db, number)
    lines = {account: wanted.get(account, 0) - written.get(account, 0) for account in {*wanted, *written}}
    lines = {account: fen for account, fen in sorted(lines.items()) if fen}
    if lines:
        cash = sum(fen for account, fen in lines.items() if account.startswith("assets:"))
        kind = kind or ("paid" if cash > 0 else "refunded" if cash < 0 else "moved")
        _post(db, number, lines, key=_free_key(db, f"settle:{number}:{cause}"), kind=kind, at=at)


def _free_key(db: Database, key: str) -> str:
    """Return a key that no entry has; the same cause may move money again once other facts have come."""
    number, free = 1, key
    while find_entry(db, free) is not None:
        number += 1
        free = f"{key}#{number}"
    return free


def _post(db: Database, number: int, lines: Mapping[str, int], *, key: str, kind: str, at: datetime) -> None:
    postings = tuple(
        Posting(account=account, amount_fen=fen, order_number=number) for account, fen in sorted(lines.items()) if fen
    )
    if postings:
        post(db, Entry(key=key, kind=kind, at=at, postings=postings))


def _publish(db: Database, before: Order, state: OrderState, standing: Standing, new: list[Reviewed]) -> None:
    is_whole = state is OrderState.REFUNDED
    if before.paid_at is None and standing.paid is not None and not is_whole:
        events.publish(db, OrderPaid(before.number))
    if (more := standing.refunded_fen - before.refunded_fen) > 0:
        events.publish(db, OrderRefunded(before.number, more, is_whole))
    for one in new:
        events.publish(db, MoneyInReview(one.fact_key, one.why))
