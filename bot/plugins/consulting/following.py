"""What becomes of consultations by themselves: money that comes or goes, terms that end, reminders."""

from __future__ import annotations

from bot.plugin import Database, Deadline, OrderPaid, OrderRefunded, OrderState, get_order, to_stamp
from bot.plugins.consulting import changing, rules, texts
from bot.plugins.consulting.bookings_store import booking_of_order, get_booking, taken_since
from bot.plugins.consulting.model import NAME, TAKES_TIME, BookingState
from bot.plugins.consulting.telling import Ctx, send_calendar, tell_host, tell_member, zone_of


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Make the time theirs who paid, when it is still to be had."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who paid what came back; when it was all, the time is for others."""
    await ctx.db(_follow_refund, ctx, event)


async def end_hold(ctx: Ctx, due: Deadline) -> None:
    """Give a time that nobody paid for to others."""
    await ctx.db(_end_hold, ctx, due)


async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind both of a consultation."""
    await ctx.db(_remind, ctx, due)


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order, one = get_order(db, number), booking_of_order(db, number)
    if order is None or one is None or order.kind != NAME or order.state is not OrderState.PAID:
        return
    is_over = one.slot.starts_at <= ctx.now
    is_free = not any(rules.is_taken_by(one.slot, other) for other in taken_since(db, ctx.now))
    if one.state is BookingState.HELD or (one.state is BookingState.EXPIRED and is_free and not is_over):
        changing.confirm(db, ctx, one)
    elif one.state is not BookingState.BOOKED:
        changing.give_money_back(db, ctx, order)
        tell_member(db, ctx, one, texts.paid_too_late(one, order, zone_of(ctx)), "too_late")


def _follow_refund(db: Database, ctx: Ctx, event: OrderRefunded) -> None:
    order, one = get_order(db, event.order_number), booking_of_order(db, event.order_number)
    if order is None or one is None or order.kind != NAME:
        return
    ends = event.is_whole and one.state in TAKES_TIME and one.slot.starts_at > ctx.now
    if ends:
        changing.end(db, ctx, one, BookingState.CANCELLED)
        tell_host(db, ctx, one, texts.ended_by_refund(one, zone_of(ctx)), "refunded")
    text = texts.money_back(one, event.amount_fen, zone_of(ctx), ends=ends)
    tell_member(db, ctx, one, text, f"refunded/{order.refunded_fen}")
    if ends:
        send_calendar(db, ctx, one, is_cancelled=True)


def _end_hold(db: Database, ctx: Ctx, due: Deadline) -> None:
    one = get_booking(db, int(due.key))
    if one is not None and one.state is BookingState.HELD and one.until is not None and one.until <= due.at:
        changing.expire(db, ctx, one)


def _remind(db: Database, ctx: Ctx, due: Deadline) -> None:
    one = get_booking(db, due.data["number"])
    if one is None or one.state is not BookingState.BOOKED or to_stamp(one.slot.starts_at) != due.data["starts_at"]:
        return
    zone = zone_of(ctx)
    tell_member(db, ctx, one, texts.remind_member(one, zone), "remind")
    tell_host(db, ctx, one, texts.remind_host(one, zone), "remind")
