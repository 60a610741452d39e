"""Where money is reported, how orders are paid, and what providers are asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from bot.clock import Clock
from bot.errors import QunzhiError, StorageError
from bot.payments import desk_texts as texts
from bot.payments.model import Fact, Order, OrderState
from bot.payments.orders_store import get_order
from bot.payments.poller import first_poll, next_poll, next_refund_try
from bot.payments.provider import (
    CallbackRefused,
    HowToPay,
    PaymentProvider,
    ProviderError,
    RefundRequest,
    Reported,
)
from bot.payments.reconciling import Reconciliation, reconcile
from bot.payments.settling import Settled
from bot.payments.taking import Finder, plan_refund, provider_of_payment, take, take_all
from bot.payments.waiting_store import (
    TOPIC,
    Poll,
    RefundState,
    StoredRefund,
    add_refund,
    drop_poll,
    due_polls,
    due_refunds,
    next_due,
    note_refund_tried,
    put_poll,
    refunds_of,
)
from bot.storage import Database, Storage

log = logging.getLogger(__name__)
T = TypeVar("T")

TellOwner = Callable[[Database, str, str], object]
"""(transaction, text, key) → writes a line to the owner."""

_AT_ONCE = 8  # requests under way together: polite to the provider, and a slow one does not hold up the rest
_RETRY_SECONDS = 30.0  # after a full disk
_LONGEST_REQUEST = 60.0  # real seconds; a provider's own time-outs are shorter


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    poll: Poll
    reported: Sequence[Reported] = ()


class PaymentDesk:
    """What plugins do with money, given to them as `ctx.part("payments")`.

    Args:
        storage: where everything is kept.
        community: whose.
        clock: the time.
        providers: the ways to pay, by name.
        chosen: the name of the one that new orders are paid by.
        tell_owner: writes to the owner in the transaction at hand.
    """

    def __init__(
        self,
        storage: Storage,
        community: str,
        clock: Clock,
        providers: Mapping[str, PaymentProvider],
        chosen: str,
        *,
        tell_owner: TellOwner,
    ) -> None:
        self.providers = dict(providers)
        self.chosen = chosen
        self.finders: dict[str, Finder] = {}
        """Asked, in the transaction of the fact, about payments that name no order; a plugin adds its own on start."""
        self._storage = storage
        self._community = community
        self._clock = clock
        self._tell_owner = tell_owner
        self._slots = asyncio.Semaphore(_AT_ONCE)

    # What plugins call.

    def take(self, db: Database, fact: Fact | Reported) -> Settled:
        """Take note of something that happened, with all that follows, in the transaction at hand.

        Reported again it changes nothing. Money for an order nobody knows goes into review.

        Args:
            db: the transaction.
            fact: of a plugin, or as a provider reports it.
        """
        return take(db, fact, tuple(self.finders.values()))

    async def begin(self, order_number: int) -> HowToPay:
        """Return how an order is paid; asked again, the same.

        Raises:
            LookupError: there is no such order.
            ProviderError: the provider cannot say so now; the order stands, so it may be tried again.
        """
        order = await self._read(get_order, order_number)
        if order is None:
            raise LookupError(f"there is no order {order_number}")
        provider = self.provider_of(order)
        if provider.is_automatic:  # before it is asked: what is begun there is asked about whatever happens here
            await self._run(put_poll, first_poll(order, provider.name, self._clock.now()))
        return await provider.begin(order)

    def provider_of(self, order: Order) -> PaymentProvider:
        """Return the way an order is paid: the one its seller chose, else the configured one."""
        return self.providers.get(str(order.data.get("provider") or ""), self.providers[self.chosen])

    def request_refund(
        self, db: Database, number: int, amount_fen: int, reason: str, *, payment_key: str = ""
    ) -> StoredRefund:
        """Have money of an order given back, in the transaction at hand; done by the provider that took it.

        A provider that the bot cannot ask (`owner`) means a line to the owner.

        Args:
            db: the transaction.
            number: of the order.
            amount_fen: how much.
            reason: for the payer.
            payment_key: the payment it is taken from; empty for the one that counts.

        Raises:
            LookupError: nothing was paid.
            ValueError: more is asked than is left.
        """
        refund, order = plan_refund(db, number, amount_fen, reason, payment_key)
        provider = self.providers.get(refund.provider)
        if _can_refund(provider):
            refund = replace(refund, next_at=self._clock.now())
        else:
            self._tell_owner(db, texts.please_refund(order, refund), f"refund/{refund.number}")
        add_refund(db, refund)
        return refund

    def provider_of_payment(self, db: Database, number: int) -> PaymentProvider | None:
        """Return the way an order was paid; None when it was not, or in a way that is not configured."""
        return self.providers.get(provider_of_payment(db, number))

    async def look_now(self, order: Order) -> None:
        """Ask the provider of an open order at once what became of it: its payer says that it is paid."""
        provider = self.provider_of(order)
        if provider.is_automatic:
            now = self._clock.now()
            await self._run(put_poll, replace(first_poll(order, provider.name, now), next_at=now))

    def give_back(self, db: Database, number: int, reason: str) -> bool:
        """Have all that is left of a payment given back if the bot can do that; False when the owner has to.

        For sellers who tell the owner in their own words otherwise.

        Args:
            db: the transaction.
            number: of a paid order.
            reason: for the payer.
        """
        if not self.is_automatic(db, number):
            return False
        order = get_order(db, number)
        waiting = any(one.state is not RefundState.DONE for one in refunds_of(db, number))
        if order is not None and order.paid_fen and not waiting:
            self.request_refund(db, number, order.paid_fen, reason)
        return True

    def is_automatic(self, db: Database, number: int) -> bool:
        """Return whether the bot can give an order's money back by itself."""
        return _can_refund(self.providers.get(provider_of_payment(db, number)))

    async def reconcile(self, day: date) -> list[Reconciliation]:
        """Compare a finished day with every provider's bill, take what was missed, and return what differs.

        Args:
            day: by the provider's calendar, which is China's.

        Raises:
            ProviderError: a bill could not be had.
        """
        asked = [provider for provider in self.providers.values() if provider.is_automatic]
        return [await reconcile(provider, day, self._read, self._run, self.take) for provider in asked]

    # What providers and the clock call.

    async def hear(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Take a callback; return status and body of the answer, which is given only once the facts are on disk.

        Args:
            name: of the provider, as in the address.
            headers: as they came.
            body: as it came.
        """
        provider = self.providers.get(name)
        if provider is None or not provider.is_automatic:
            return 404, b""
        try:
            reported = await provider.read_callback(headers, body)
            await self.note(reported)
        except CallbackRefused as refused:
            log.warning("callback refused provider=%s why=%s", name, refused)
            return provider.acknowledge(is_accepted=False)
        except (ProviderError, StorageError) as error:  # it will be sent again
            log.warning("callback not taken provider=%s why=%s", name, error)
            return provider.acknowledge(is_accepted=False)
        return provider.acknowledge(is_accepted=True)

    async def run(self) -> None:
        """Ask providers whenever it is time, until cancelled."""
        watch = self._storage.watch(TOPIC)
        while True:
            with self._clock.busy():
                until = await self._work()
            waits = [asyncio.ensure_future(watch.wait())]
            if until is not None:
                waits.append(asyncio.ensure_future(self._clock.sleep_until(until)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def note(self, reported: Sequence[Reported]) -> None:
        """Take note of what a provider found by looking for itself."""
        await self._run(take_all, reported, tuple(self.finders.values()))

    async def poll(self) -> None:
        """Ask about every order and refund whose time has come."""
        now = self._clock.now()
        polls, refunds = await self._read(_due, now)
        asked = await asyncio.gather(*(self._ask(poll) for poll in polls))
        await self._run(_note_asked, asked, now, tuple(self.finders.values()))
        await asyncio.gather(*(self._give_back(refund) for refund in refunds))

    async def _work(self) -> datetime | None:
        try:
            await self.poll()
            return await self._read(next_due)
        except QunzhiError:  # a full disk: everything stands where it stood
            log.exception("payments cannot be followed now")
            await self._clock.sleep(_RETRY_SECONDS)
            return self._clock.now()

    async def _ask(self, poll: Poll) -> _Asked:
        provider, order = self.providers.get(poll.provider), await self._read(get_order, poll.order_number)
        if provider is None or order is None or order.paid_at is not None:
            return _Asked(poll=poll)
        reported, _ = await self._request(provider.find(order), poll.provider)
        close = getattr(provider, "close_order", None)
        if reported == [] and order.state is OrderState.CLOSED and close is not None:
            await self._request(close(order), poll.provider)  # nobody is to pay any more what nobody delivers
        return _Asked(poll=poll, reported=reported or ())

    async def _give_back(self, refund: StoredRefund) -> None:
        provider, order = self.providers.get(refund.provider), await self._read(get_order, refund.order_number)
        if provider is None or order is None:
            return
        request = RefundRequest(number=refund.number, order=order, amount_fen=refund.amount_fen, reason=refund.reason)
        reported, why_not = await self._request(provider.refund(request), refund.provider)
        await self._run(self._note_refund, order, refund, reported or [], why_not)

    def _note_refund(
        self, db: Database, order: Order, refund: StoredRefund, reported: Sequence[Reported], why_not: str
    ) -> None:
        take_all(db, reported, tuple(self.finders.values()))
        if any(one.number == refund.number and one.state is RefundState.DONE for one in refunds_of(db, order.number)):
            return
        state, tries, next_at = next_refund_try(refund, self._clock.now(), is_refused=bool(why_not))
        note_refund_tried(db, refund.number, state, tries, next_at)
        if state is RefundState.STUCK and refund.state is not RefundState.STUCK:
            told = texts.refund_refused(order, refund, why_not) if why_not else texts.refund_stuck(order, refund)
            self._tell_owner(db, told, f"refund-stuck/{refund.number}")

    async def _request(self, asking: Awaitable[list[Reported]], name: str) -> tuple[list[Reported] | None, str]:
        """Return what a provider says, None when nothing is known; and why it says no, empty when it does not."""
        async with self._slots:
            try:
                async with asyncio.timeout(_LONGEST_REQUEST):
                    return await asking, ""
            except (ProviderError, TimeoutError) as error:
                log.warning("provider did not answer provider=%s why=%s", name, error)
                return None, str(error) if isinstance(error, ProviderError) and error.is_refusal else ""
            except Exception:  # a provider's library may raise anything, and the other orders are not to wait for it
                log.exception("provider failed provider=%s", name)
        return None, ""

    async def _read(self, fn: Callable[..., T], *args: object) -> T:
        return await self._storage.read(self._community, fn, *args)

    async def _run(self, fn: Callable[..., T], *args: object) -> T:
        return await self._storage.run(self._community, fn, *args)


def _can_refund(provider: PaymentProvider | None) -> bool:
    return provider is not None and provider.is_automatic and getattr(provider, "can_refund", True)


def _due(db: Database, now: datetime) -> tuple[list[Poll], list[StoredRefund]]:
    return due_polls(db, now), due_refunds(db, now)


def _note_asked(db: Database, asked: Sequence[_Asked], now: datetime, finders: Sequence[Finder]) -> None:
    for one in asked:
        take_all(db, one.reported, finders)
        order = get_order(db, one.poll.order_number)
        again = next_poll(one.poll, now) if order is not None and order.paid_at is None else None
        if again is None:
            drop_poll(db, one.poll.order_number)
        else:
            put_poll(db, again)
