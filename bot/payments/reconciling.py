"""Compares a day's facts with a provider's bill: what was missed is taken, what differs is named, in fen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from bot.payments.facts_store import facts_between, get_fact
from bot.payments.model import MONEY, Fact, FactKind
from bot.payments.orders_store import find_by_trade_number
from bot.payments.provider import BillLine, PaymentProvider, ProviderError, Reported
from bot.payments.settling import note_fee
from bot.payments.taking import take
from bot.storage import Database

CHINA = timezone(timedelta(hours=8))
"""Whose days bills are of; the providers' servers keep no other time."""

Run = Callable[..., Awaitable[Any]]
"""`run(fn, *args)` of a transaction, or of a read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something on which the bill and the facts do not agree.

    Attributes:
        key: the fact's.
        order_number: 0 when no order is known.
        ours_fen: what the facts say, money given back as a negative amount; 0 when they say nothing.
        theirs_fen: what the bill says; 0 when it says nothing.
    """

    key: str
    order_number: int
    ours_fen: int
    theirs_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What comparing one day came to.

    Attributes:
        provider: whose bill.
        day: which day.
        line_count: lines of the bill.
        taken: keys of the facts that were missed and taken from the bill.
        differences: what still differs.
    """

    provider: str
    day: date
    line_count: int
    taken: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def difference_fen(self) -> int:
        """By how much the bill and the facts are apart, all differences added without their signs; 0 is expected."""
        return sum(abs(one.theirs_fen - one.ours_fen) for one in self.differences)


async def reconcile(
    provider: PaymentProvider, day: date, read: Run, run: Run, take_one: Callable[[Database, Reported], object] = take
) -> Reconciliation:
    """Compare one finished day with one provider's bill.

    Raises:
        ProviderError: the bill could not be had.
    """
    lines = {line.key: line for line in await provider.bill(day)}
    missing = [line for line in lines.values() if await read(get_fact, line.key) is None]
    found = {line.key: await _find(provider, line, day, read) for line in missing}
    await run(_take_missing, found.values(), lines, take_one)
    facts: dict[str, Fact] = await read(_facts_of, provider.name, lines, *_span(day))
    differences = [_compare(lines.get(key), fact) for key, fact in sorted(facts.items())]
    unbilled = [one for one in differences if one and one.key not in lines]
    if unbilled:  # a provider may date what happens around midnight otherwise than it reports it
        near = await _near(provider, day)
        differences = [one for one in differences if not (one and one.key not in lines and one.key in near)]
    return Reconciliation(
        provider=provider.name,
        day=day,
        line_count=len(lines),
        taken=tuple(sorted(found)),
        differences=tuple(one for one in differences if one),
    )


async def _find(provider: PaymentProvider, line: BillLine, day: date, read: Run) -> Reported:
    """Return a missed fact with the provider's own time if it still tells it, else as the bill has it."""
    if line.reported is not None:
        return line.reported
    order = await read(find_by_trade_number, line.trade_number)
    if order is not None:
        try:
            for one in await provider.find(order):
                if one.fact.key == line.key:
                    return one
        except ProviderError:  # the bill knows enough
            pass
    noon = datetime.combine(day, time(12), CHINA)
    fact = Fact(
        key=line.key,
        kind=line.kind,
        at=noon,
        provider=provider.name,
        amount_fen=line.amount_fen,
        fee_fen=max(line.fee_fen, 0),
    )
    return Reported(fact=fact, trade_number=line.trade_number)


async def _near(provider: PaymentProvider, day: date) -> set[str]:
    found: set[str] = set()
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        try:
            found |= {line.key for line in await provider.bill(other)}
        except ProviderError:  # the next day may not be over
            continue
    return found


def _take_missing(
    db: Database,
    found: Iterable[Reported],
    lines: Mapping[str, BillLine],
    take_one: Callable[[Database, Reported], object],
) -> None:
    for reported in found:
        take_one(db, reported)
    for line in lines.values():
        fact = get_fact(db, line.key)
        if fact is not None and fact.fee_fen != abs(line.fee_fen) and fact.amount_fen == line.amount_fen:
            note_fee(db, fact, abs(line.fee_fen))


def _facts_of(
    db: Database, provider: str, lines: Mapping[str, BillLine], since: datetime, until: datetime
) -> dict[str, Fact]:
    billed = {key: fact for key in lines if (fact := get_fact(db, key))}
    dated = {one.key: one for one in facts_between(db, provider, since, until) if one.kind in MONEY}
    return billed | dated


def _compare(line: BillLine | None, fact: Fact) -> Difference | None:
    ours, theirs = _signed(fact.kind, fact.amount_fen), _signed(line.kind, line.amount_fen) if line else 0
    if ours == theirs:
        return None
    return Difference(key=fact.key, order_number=fact.order_number, ours_fen=ours, theirs_fen=theirs)


def _signed(kind: FactKind, amount_fen: int) -> int:
    return amount_fen if kind is FactKind.PAID else -amount_fen


def _span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), CHINA)
    return start, start + timedelta(days=1)
