"""Money that goes to the owner directly: the bot cannot see it, so it is the owner's word that counts."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

from bot.config_payments import OwnerPayConfig
from bot.model import FileContent
from bot.payments.model import Fact, FactKind, Order
from bot.payments.provider import BillLine, CallbackRefused, HowToPay, RefundRequest, Reported
from bot.units import format_fen

NAME = "owner"


class OwnerPay:
    """Implements `bot.payments.provider.PaymentProvider` for transfers to the owner.

    Args:
        config: returns the collection picture and what people are told, as they are in force.
    """

    name = NAME
    title = "转账给群主"
    is_automatic = False

    def __init__(self, config: Callable[[], OwnerPayConfig]) -> None:
        self._config = config

    def say(self, order: Order) -> str:
        """Return what the payer is told; the owner finds the order by what they write in the note."""
        hint = self._config().hint
        return hint.replace("{order}", f"D{order.number}").replace("{amount}", format_fen(order.amount_fen))

    async def begin(self, order: Order) -> HowToPay:
        """Return the words and the owner's collection picture; without the picture when it cannot be read."""
        path = self._config().picture
        picture = await asyncio.to_thread(_read, path) if path else None
        return HowToPay(text=self.say(order), picture=picture)

    async def find(self, order: Order) -> list[Reported]:  # noqa: ARG002 - nobody could be asked
        """Return nothing: only the owner knows."""
        return []

    async def refund(self, request: RefundRequest) -> list[Reported]:  # noqa: ARG002 - the owner does it
        """Return nothing: the owner gives it back and says so."""
        return []

    async def bill(self, day: date) -> list[BillLine]:  # noqa: ARG002 - there is none
        """Return nothing: the owner's word is the bill."""
        return []

    async def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Reported]:  # noqa: ARG002
        """Refuse: nobody calls back about a transfer.

        Raises:
            CallbackRefused: always.
        """
        raise CallbackRefused("transfers to the owner have no callbacks")

    def acknowledge(self, *, is_accepted: bool) -> tuple[int, bytes]:  # noqa: ARG002
        """Answer as if there were no such page."""
        return 404, b""


def payment(order: Order, at: datetime) -> Fact:
    """Return the fact that the owner has the money of an order."""
    return _fact(order, f"{NAME}:D{order.number}", FactKind.PAID, order.amount_fen, at)


def refund(order: Order, amount_fen: int, at: datetime, *, number: int = 1, of: str = "") -> Fact:
    """Return the fact that the owner gave money of an order back.

    Args:
        order: which.
        amount_fen: how much.
        at: when the owner said so, aware.
        number: which refund of this order it is, counted from 1.
        of: key of the payment it is taken from; empty for the one that counts.
    """
    one = _fact(order, f"{NAME}_refund:D{order.number}:{number}", FactKind.REFUNDED, amount_fen, at)
    one.data.update({"of": of} if of else {})
    return one


def refund_of(payment: Fact, amount_fen: int, at: datetime) -> Fact:
    """Return the fact that the owner gave back what was in review of a payment.

    Args:
        payment: which.
        amount_fen: all that was in review of it.
        at: when the owner said so, aware.
    """
    return Fact(
        key=f"{NAME}_refund:{payment.key}",
        kind=FactKind.REFUNDED,
        at=at,
        provider=payment.provider,
        order_number=payment.order_number,
        amount_fen=amount_fen,
        data={"of": payment.key},
    )


def _fact(order: Order, key: str, kind: FactKind, amount_fen: int, at: datetime) -> Fact:
    return Fact(key=key, kind=kind, at=at, provider=NAME, order_number=order.number, amount_fen=amount_fen)


def _read(path: str) -> FileContent | None:
    try:
        data = Path(path).read_bytes()
    except OSError:  # it was there when bot.yaml was checked; the words do without it
        return None
    return FileContent(f"收款码{Path(path).suffix}", data, mimetypes.guess_type(path)[0] or "image/png")
