"""Every change of a consultation: the row, its order, its deadlines and what people are told, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.plugin import (
    Database,
    Order,
    OrderState,
    add_order,
    close_order,
    get_order,
    put_order_data,
    to_stamp,
    want_refund,
)
from bot.plugins.consulting import rules, texts
from bot.plugins.consulting.bookings_store import add_booking, put_booking
from bot.plugins.consulting.model import NAME, Booking, BookingState, Slot
from bot.plugins.consulting.telling import Ctx, send_calendar, tell_booked, tell_host, tell_member, zone_of

HOLD_OVER, REMIND = "hold_over", "remind"
_REMINDER_LATE = timedelta(minutes=30)


def take(db: Database, ctx: Ctx, slot: Slot) -> Booking:
    """Give the talker a free time: it is held when there is something to pay, else it is theirs."""
    one = Booking(
        number=0,
        slot=slot,
        member_id=ctx.talker.id,
        name=ctx.talker_name,
        room_id=ctx.room.id if ctx.room else "",
        state=BookingState.HELD if slot.price_fen else BookingState.BOOKED,
    )
    if not slot.price_fen:
        return confirm(db, ctx, add_booking(db, one, ctx.now))
    until = rules.hold_until(slot, ctx.now, ctx.config.hold)
    order = _add_order(db, ctx, slot, until)
    one = add_booking(db, replace(one, until=until, order_number=order.number), ctx.now)
    ctx.set_deadline(db, HOLD_OVER, key=str(one.number), at=until)
    return one


def confirm(db: Database, ctx: Ctx, one: Booking) -> Booking:
    """Make a time a member's own, tell both, and see to the reminders."""
    ctx.drop_deadline(db, HOLD_OVER, str(one.number))
    one = replace(one, state=BookingState.BOOKED, until=None)
    put_booking(db, one)
    set_reminders(db, ctx, one)
    tell_booked(db, ctx, one)
    send_calendar(db, ctx, one)
    return one


def end(db: Database, ctx: Ctx, one: Booking, state: BookingState) -> int:
    """End a consultation; what was paid for it is given back.

    Returns:
        What was paid and is to be given back, in fen.
    """
    ctx.drop_deadline(db, HOLD_OVER, str(one.number))
    drop_reminders(db, ctx, one)
    put_booking(db, replace(one, state=state, until=None))
    order = get_order(db, one.order_number) if one.order_number else None
    if order is None:
        return 0
    paid_fen = order.paid_fen if order.state is OrderState.PAID else 0
    if paid_fen:
        give_money_back(db, ctx, order)
    elif order.state is OrderState.OPEN:
        close_order(db, order.number)
    return paid_fen


def move(db: Database, ctx: Ctx, one: Booking, slot: Slot) -> Booking:
    """Move a consultation to another free time, and tell the host."""
    drop_reminders(db, ctx, one)
    after = replace(one, slot=slot)
    if one.until is not None:
        after = replace(after, until=min(one.until, slot.starts_at))
        ctx.set_deadline(db, HOLD_OVER, key=str(one.number), at=min(one.until, slot.starts_at))
    put_booking(db, after)
    order = get_order(db, one.order_number) if one.order_number else None
    if order is not None:
        put_order_data(db, order.number, order.data | _delivered(slot))
    if one.state is BookingState.BOOKED:
        set_reminders(db, ctx, after)
        tell_host(db, ctx, after, texts.told_moved(after, one.slot, zone_of(ctx)), "moved")
        send_calendar(db, ctx, after)
    return after


def give_money_back(db: Database, ctx: Ctx, order: Order) -> None:
    """Have all that was paid given back: by the provider, or by the owner, who is asked to."""
    want_refund(db, order.number)
    ctx.part("payments").request_refund(db, order.number, order.paid_fen, "咨询取消")


def expire(db: Database, ctx: Ctx, one: Booking) -> None:
    """Give a time that nobody paid for to others, and tell who had it."""
    end(db, ctx, one, BookingState.EXPIRED)
    tell_member(db, ctx, one, texts.hold_lost(one, zone_of(ctx)), "expired")


def set_reminders(db: Database, ctx: Ctx, one: Booking) -> None:
    """See to it that both are reminded."""
    for before in ctx.config.remind:
        at = one.slot.starts_at - before
        if at > ctx.now:
            data = {"number": one.number, "starts_at": to_stamp(one.slot.starts_at)}
            key = _reminder_key(one, before)
            ctx.set_deadline(db, REMIND, key=key, at=at, data=data, missed="send", within=_REMINDER_LATE)


def drop_reminders(db: Database, ctx: Ctx, one: Booking) -> None:
    """Take the reminders back."""
    for before in ctx.config.remind:
        ctx.drop_deadline(db, REMIND, _reminder_key(one, before))


def _reminder_key(one: Booking, before: timedelta) -> str:
    return f"{one.number}/{before // timedelta(seconds=1)}"


def _add_order(db: Database, ctx: Ctx, slot: Slot, until: datetime) -> Order:
    zone = zone_of(ctx)
    return add_order(
        db,
        Order(
            kind=NAME,
            item=slot.host,
            title=texts.named(slot, zone),
            member_id=ctx.talker.id,
            name=ctx.talker_name,
            room_id=ctx.room.id if ctx.room else "",
            amount_fen=slot.price_fen,
            made_at=ctx.now,
            expires_at=until,
            data=_delivered(slot),
        ),
    )


def _delivered(slot: Slot) -> dict[str, dict[str, str]]:
    """Return when it is earned: when it is over, as `accounts` reads it."""
    end = slot.ends_at.isoformat()
    return {"delivered": {"from": end, "until": end}}
