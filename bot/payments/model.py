"""Orders, facts and what is published when money came or went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.events import DomainEvent


class OrderState(StrEnum):
    """Where an order stands; it follows from its facts and from whether what it is for is still wanted.

    `REFUND_DUE` waits for the money to be given back.
    """

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An intent to buy.

    Attributes:
        number: what members type and write in the transfer's note: `D12`; 0 until it is stored.
        trade_number: the number payment providers know it by, unique; empty until it is stored.
        kind: what is sold, the name of the plugin that sells it: `membership`, `training`, …
        item: which one, as that plugin names it: `month@2`, a session's id.
        title: what members read.
        member_id: who gets it.
        name: the member's name when it was made.
        room_id: where it was made; empty in private.
        amount_fen: what is to be paid.
        state: see there.
        made_at: when, aware UTC.
        expires_at: until when it may be paid at this price; None without an end.
        data: what the selling plugin wants to remember, JSON values without floats.
        paid_at: when the payment that counts was made, by the provider's clock; None without one.
        refunded_fen: how much of it was given back.
    """

    number: int = 0
    trade_number: str = ""
    kind: str
    item: str
    title: str
    member_id: str
    name: str = ""
    room_id: str = ""
    amount_fen: int
    state: OrderState = OrderState.OPEN
    made_at: datetime
    expires_at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)
    paid_at: datetime | None = None
    refunded_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """What was paid and not given back, in fen."""
        return self.amount_fen - self.refunded_fen if self.paid_at is not None else 0


class FactKind(StrEnum):
    """What happened. Money came or went; time was given, taken back, halted, went on; somebody was recognised."""

    PAID = "paid"
    REFUNDED = "refunded"
    GRANTED = "granted"
    REVOKED = "revoked"
    PAUSED = "paused"
    RESUMED = "resumed"
    BOUND = "bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened and never changes; everything else is computed from facts.

    Attributes:
        key: what it is known by for ever: `wechat_pay:TRANSACTION`, `refund:NUMBER`, `code:HASH:MEMBER`; a second
            report with the same key is the same fact.
        kind: see there.
        at: when it happened by the provider's clock, aware UTC; never when the bot heard of it.
        provider: who says so: `owner`, `wechat_pay`, `afdian`, `code`, `gift`, …
        order_number: of the order it is about; 0 when it is about none, or about one that nobody knows.
        member_id: whom it is about; empty for a payment: the order knows.
        amount_fen: how much money moved, never negative.
        fee_fen: what the provider kept of it.
        data: what else is known, JSON values without floats.
    """

    key: str
    kind: FactKind
    at: datetime
    provider: str
    order_number: int = 0
    member_id: str = ""
    amount_fen: int = 0
    fee_fen: int = 0
    data: dict[str, Any] = field(default_factory=dict)


MONEY = frozenset({FactKind.PAID, FactKind.REFUNDED})
"""The facts that move money; only they are written into the books."""


@dataclass(frozen=True, slots=True)
class OrderPaid(DomainEvent):
    """An order was paid in full for the first time; who sells it delivers, or says `want_refund`.

    Published once for an order, also when the money came after it was closed.
    """

    order_number: int


@dataclass(frozen=True, slots=True)
class OrderRefunded(DomainEvent):
    """Money of an order was given back.

    Attributes:
        order_number: of which order.
        amount_fen: how much more than was known before.
        is_whole: nothing of the payment is left.
    """

    order_number: int
    amount_fen: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class PaymentWanted(DomainEvent):
    """An order waits for its money: the payer is told how to pay, in private, by the plugin `orders`.

    A seller publishes it in the transaction of the order, because a provider must be asked outside of any.

    Attributes:
        order_number: which order.
        text: what the payer reads; `{how}` in it is replaced by what the provider says.
        hint: what is said in place of the owner's own `payments.owner.hint`; empty to say that.
    """

    order_number: int
    text: str = "{how}"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class MoneyInReview(DomainEvent):
    """Money came that fits no order; it stays in `liabilities:review` until the owner says what it is.

    Attributes:
        fact_key: which payment.
        why: `unknown_order`, `wrong_amount`, `second_payment` or `refund_without_payment`.
    """

    fact_key: str
    why: str
