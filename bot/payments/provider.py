"""What a way to pay is able to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.errors import QunzhiError
from bot.model import FileContent
from bot.payments.model import Fact, FactKind, Order


class CallbackRefused(QunzhiError):
    """A callback is forged, stale or not meant for this merchant; nothing was done and nobody was asked about it."""


class ProviderError(QunzhiError):
    """A provider could not be reached or said no; nothing is known, so nothing may be concluded from it.

    Attributes:
        is_refusal: it said no, and will until somebody does something about what the text names.
    """

    def __init__(self, text: str = "", *, is_refusal: bool = False) -> None:
        super().__init__(text)
        self.is_refusal = is_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToPay:
    """What the payer is shown.

    Attributes:
        text: Chinese lines that say what to do.
        picture: a collection code, when there is one.
        url: what the picture holds or where to pay; empty without one.
    """

    text: str
    picture: FileContent | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to give back.

    Attributes:
        number: unique and kept on every retry.
        order: what was paid.
        amount_fen: how much of it.
        reason: why, for the payer.
    """

    number: str
    order: Order
    amount_fen: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line of a provider's daily bill.

    Attributes:
        key: the fact's key that it stands for.
        kind: PAID or REFUNDED.
        trade_number: of the order.
        amount_fen, fee_fen: as for the fact.
        reported: the whole fact, when the bill tells that much.
    """

    key: str
    kind: FactKind
    trade_number: str
    amount_fen: int
    fee_fen: int = 0
    reported: Reported | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A fact as a provider reports it: it knows the trade number, not our order.

    Attributes:
        fact: with `order_number` 0, or the number that the payer wrote down.
        trade_number: empty when the provider made the order itself; then `fact.data` says what was bought.
    """

    fact: Fact
    trade_number: str


class PaymentProvider(Protocol):
    """A way to pay. Its methods never block the loop and raise `ProviderError` when nothing is known."""

    name: str
    title: str
    is_automatic: bool

    async def begin(self, order: Order) -> HowToPay:
        """Open the order at the provider and say how it is paid; asked again, it says the same."""

    async def find(self, order: Order) -> list[Reported]:
        """Ask what became of an order; empty when nothing was paid."""

    async def refund(self, request: RefundRequest) -> list[Reported]:
        """Give money back; the fact when it is done already, nothing while it is under way."""

    async def bill(self, day: date) -> list[BillLine]:
        """Return a finished day's bill, by the provider's calendar."""

    async def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Reported]:
        """Return what a callback reports.

        Raises:
            CallbackRefused: it is not to be believed.
        """

    def acknowledge(self, *, is_accepted: bool) -> tuple[int, bytes]:
        """Return status and body of the answer to a callback."""
