"""A way to pay that exists in tests only: it keeps everything in memory and fails when it is told to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime

from bot.model import FileContent
from bot.payments.model import Fact, FactKind, Order
from bot.payments.provider import BillLine, CallbackRefused, HowToPay, ProviderError, RefundRequest, Reported

SECRET = "s3cret"


class Bank:
    """Implements `PaymentProvider`.

    Attributes:
        asked: how often each method was called.
        is_down: whoever asks is told nothing.
        broken: methods that raise what no provider should.
        refuses: why refunds are refused; empty while they are not.
    """

    name, title, is_automatic = "bank", "测试银行", True

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.asked: Counter[str] = Counter()
        self.is_down = False
        self.broken: set[str] = set()
        self.paid: dict[str, Reported] = {}
        self.refunds: dict[str, Reported] = {}
        self.slow_refunds = 0
        self.refuses = ""
        self.fee_fen = 0
        self.lines: list[BillLine] | None = None

    def pay(self, order: Order, fen: int | None = None, *, name: str = "") -> Reported:
        """Take money for an order; nobody is told."""
        amount = order.amount_fen if fen is None else fen
        key = f"bank:{name or order.trade_number}"
        fact = Fact(key=key, kind=FactKind.PAID, at=self.now, provider="bank", amount_fen=amount)
        found = self.paid[order.trade_number] = Reported(fact=fact, trade_number=order.trade_number)
        return found

    def callback(self, *reported: Reported) -> bytes:
        """Return the body of a callback about that."""
        told = [
            {"key": one.fact.key, "kind": one.fact.kind, "fen": one.fact.amount_fen, "trade_number": one.trade_number}
            for one in reported
        ]
        return json.dumps({"secret": SECRET, "told": told}).encode()

    async def begin(self, order: Order) -> HowToPay:
        """Open an order."""
        self._count("begin")
        return HowToPay(
            text=f"扫码付 D{order.number}。", picture=FileContent("code.png", b"png", "image/png"), url="bank://1"
        )

    async def find(self, order: Order) -> list[Reported]:
        """Say what became of an order."""
        self._count("find")
        return [self.paid[order.trade_number]] if order.trade_number in self.paid else []

    async def refund(self, request: RefundRequest) -> list[Reported]:
        """Give money back, after some time when `slow_refunds` says so."""
        self._count("refund")
        if self.refuses:
            raise ProviderError(self.refuses, is_refusal=True)
        if self.slow_refunds:
            self.slow_refunds -= 1
            return []
        fact = Fact(
            key=f"bank_refund:{request.number}", kind=FactKind.REFUNDED, at=self.now, provider="bank",
            amount_fen=request.amount_fen,
        )  # fmt: skip
        found = self.refunds.setdefault(request.number, Reported(fact=fact, trade_number=request.order.trade_number))
        return [found]

    async def bill(self, day: date) -> list[BillLine]:
        """Return the day's bill."""
        self._count("bill")
        if self.lines is not None:
            return self.lines if day == self.now.date() else []
        told = [*self.paid.values(), *self.refunds.values()]
        return [
            BillLine(
                key=one.fact.key, kind=one.fact.kind, trade_number=one.trade_number,
                amount_fen=one.fact.amount_fen, fee_fen=self.fee_fen,
            )
            for one in told
            if one.fact.at.date() == day
        ]  # fmt: skip

    async def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Reported]:
        """Believe who knows the secret."""
        try:
            read = json.loads(body)
            if read["secret"] != SECRET:
                raise CallbackRefused("secret")
            return [
                Reported(
                    fact=Fact(
                        key=one["key"], kind=FactKind(one["kind"]), at=self.now, provider="bank",
                        amount_fen=one["fen"],
                    ),
                    trade_number=one["trade_number"],
                )
                for one in read["told"]
            ]  # fmt: skip
        except (ValueError, KeyError, TypeError):
            raise CallbackRefused("form") from None

    def acknowledge(self, *, is_accepted: bool) -> tuple[int, bytes]:
        """Answer as a bank does."""
        return (204, b"") if is_accepted else (401, b'{"code":"FAIL"}')

    def _count(self, what: str) -> None:
        self.asked[what] += 1
        if what in self.broken:
            raise RuntimeError("a bug of the bank")
        if self.is_down:
            raise ProviderError("the bank is closed")
