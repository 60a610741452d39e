"""Moves what was earned from what is owed to income: every month, and whenever money goes back or a plan is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final

from bot.plugin import Context, Database, Deadline, Order, OrderState, find_deadlines, get_order, orders_in, recognise
from bot.plugins.accounts.earning import earned_fen, share_of
from bot.plugins.accounts.model import NAME
from bot.plugins.accounts.periods import Period, midnight, month_before, month_of
from bot.plugins.accounts.settings import AccountsSettings
from bot.plugins.accounts.spans import by_id, share_of_order, span_of
from bot.plugins.accounts.store import Owed, deferred_by_order, get_mark, owed_of_paid, set_mark
from bot.plugins.membership.api import NAME as MEMBERSHIP
from bot.plugins.membership.api import Grant, memberships_by_member

MARK: Final = "recognised"
"""The last month that was closed, as its first day."""

CLOSE: Final = "close_month"

_AT_ONCE: Final = 20  # orders in one transaction: nobody waits for long
_A_TURN: Final = 300  # orders in one call: some seconds on a busy machine
_TICK: Final = timedelta(seconds=1)

Ctx = Context[AccountsSettings]


def begin_closing(db: Database, ctx: Ctx) -> None:
    """See to it that the months that are over are closed, one after the other; those that are being closed go on."""
    months = months_to_close(db, ctx.now.astimezone(ctx.zone).date())
    if months and not find_deadlines(db, NAME, CLOSE):
        ctx.set_deadline(db, CLOSE, key=months[0], at=ctx.now)


async def close_month(ctx: Ctx, due: Deadline) -> None:
    """Write what some orders earned until the end of a month, and go on with the next ones.

    A handler has half a minute, so that a few hundred orders are its share.
    """
    after, month = int(due.data.get("after", 0)), month_of(date.fromisoformat(due.key))
    found = await ctx.read(owed_orders, after, _A_TURN)
    numbers: list[int] = await ctx.db(_keep, found)
    at = midnight(month.end, ctx.zone) - _TICK
    for place in range(0, len(numbers), _AT_ONCE):
        chunk = numbers[place : place + _AT_ONCE]
        await ctx.db(recognise_orders, chunk, at, f"month:{month.title}", ctx.config.lifetime)
    await ctx.db(_go_on, ctx, due, numbers)


def _go_on(db: Database, ctx: Ctx, due: Deadline, numbers: Sequence[int]) -> None:
    if len(numbers) == _A_TURN:
        ctx.set_deadline(db, CLOSE, key=due.key, at=ctx.now, data={"after": numbers[-1]})
        return
    set_mark(db, MARK, due.key)
    if months := months_to_close(db, ctx.now.astimezone(ctx.zone).date()):
        ctx.set_deadline(db, CLOSE, key=months[0], at=ctx.now)


async def follow_payment(ctx: Ctx, number: int) -> None:
    """Write what was earned until now of the orders that a paid upgrade ended; the rest goes on with the upgrade."""
    await ctx.db(_follow_payment, ctx, number)


async def follow_refund(ctx: Ctx, number: int) -> None:
    """Write what was earned until now of what is left of an order, and of what its refund brought back to life."""
    await ctx.db(_follow_payment, ctx, number, is_refund=True)


def _follow_payment(db: Database, ctx: Ctx, number: int, *, is_refund: bool = False) -> None:
    order = get_order(db, number)
    if order is None:
        return
    cut = [int(one[1:]) for one in order.data.get("cuts", ()) if one[:1] == "D" and one[1:].isdecimal()]
    recognise_orders(db, [*cut, *([number] if is_refund else [])], ctx.now, ctx.cause, ctx.config.lifetime)


def owed_orders(db: Database, after: int = 0, most: int | None = None) -> list[int]:
    """Return the numbers of orders that were paid and are not earned in full; what is due back is not earned.

    Args:
        db: any transaction.
        after: only greater numbers.
        most: how many; None for all.
    """
    due = {order.number for order in orders_in(db, {OrderState.REFUND_DUE})}
    return [number for number in deferred_by_order(db) if number > after and number not in due][:most]


def earned_until(
    db: Database, order: Order, at: datetime, lifetime: timedelta, known: Mapping[str, Grant] | None = None
) -> int:
    """Return how much of an order was earned by a moment, in fen; what was given back is never earned."""
    return earned_fen(order.paid_fen, share_of_order(db, order, at, lifetime, known))


def not_booked_yet(db: Database, at: datetime, lifetime: timedelta) -> int:
    """Return how much was earned by a moment and does not stand in the books yet, in fen."""
    owed = owed_of_paid(db)
    booked = sum(one.paid_fen - one.owed_fen for one in owed)
    return sum(_earned_of_all(db, owed, at, lifetime)) - booked


def _earned_of_all(db: Database, owed: Iterable[Owed], at: datetime, lifetime: timedelta) -> Iterator[int]:
    """Yield how much of each order was earned; plans are folded member by member, as for the owner's numbers."""
    by_member: dict[str, list[Owed]] = {}
    alone: list[Owed] = []
    for one in owed:
        if one.kind == MEMBERSHIP and one.member_id:
            by_member.setdefault(one.member_id, []).append(one)
        else:
            alone.append(one)
    for member_id, memberships in memberships_by_member(db, at, by_member) if by_member else ():
        known = by_id(memberships)
        for one in by_member[member_id]:
            if grant := known.get(f"D{one.number}"):
                yield earned_fen(one.paid_fen, share_of(span_of(grant, known, lifetime), at))
            else:
                alone.append(one)
        del by_member[member_id]
    for one in chain(alone, *by_member.values()):
        if order := get_order(db, one.number):
            yield earned_until(db, order, at, lifetime)


def recognise_orders(db: Database, numbers: Iterable[int], at: datetime, cause: str, lifetime: timedelta) -> None:
    """Write what was earned of orders by a moment.

    Args:
        db: the transaction.
        numbers: of the orders; those whose money is to be given back stay as they are.
        at: aware; the latest word on an order counts.
        cause: once for an order and cause.
        lifetime: over which time what never ends is counted as delivered.
    """
    for number in numbers:
        order = get_order(db, number)
        if order is not None and order.state is OrderState.PAID and order.paid_at is not None:
            recognise(db, number, earned_until(db, order, at, lifetime), at, cause)


def _keep(_: Database, numbers: list[int]) -> list[int]:
    """Return what was read, also when this is done again after a crash: the steps that follow are counted by it."""
    return numbers


def months_to_close(db: Database, today: date) -> list[str]:
    """Return the first days of the months to close; of a new bot only the last one."""
    last: Period = month_before(today)
    done = get_mark(db, MARK)
    if not done:
        return [last.first.isoformat()]
    months, at = [], month_of(date.fromisoformat(done))
    while (at := month_of(at.end)).first <= last.first:
        months.append(at.first.isoformat())
    return months
