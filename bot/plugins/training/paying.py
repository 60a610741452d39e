"""What follows on money for a place: who paid gets it, who got the money back gives it up."""

from __future__ import annotations

from dataclasses import replace

from bot.plugin import Context, Database, Delivery, OrderPaid, OrderRefunded, OrderState
from bot.plugins.training import queueing
from bot.plugins.training import registering_texts as texts
from bot.plugins.training.model import TAKES_A_PLACE, Registration, RegistrationState, SessionOrder, TrainingSession
from bot.plugins.training.notices import tell, tell_owner
from bot.plugins.training.orders import close_order, find_order, want_refund
from bot.plugins.training.places import leave, register
from bot.plugins.training.registrations_store import get_registration, registrations_of
from bot.plugins.training.sessions_store import get_session
from bot.plugins.training.settings import TrainingSettings

Ctx = Context[TrainingSettings]
_State = RegistrationState


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Give the place that was paid for, or see to it that the money goes back."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell the member of money that went back; a place that was still paid for is given up."""
    await ctx.db(_follow_refund, ctx, event)


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = find_order(db, number)
    session = get_session(db, order.session_id) if order else None
    if order is None or session is None or order.state is not OrderState.PAID:
        return  # not for a place, or given back meanwhile
    one = get_registration(db, order.session_id, order.member_id)
    if one is not None and _may_have_place(db, session, one, order):
        if one.order_number not in {0, number}:
            close_order(db, ctx, one.order_number)
        register(db, ctx, session, replace(one, order_number=number))
        return
    order = want_refund(db, ctx, number)
    tell_owner(db, ctx, None, texts.paid_too_late(session, order), f"refund/{number}")
    if one is not None:
        told = replace(one, state=_State.REMOVED)
        tell(db, ctx, told, texts.money_comes_back(session, order), delivery=Delivery.AT_MOST_ONCE, is_private=True)


def _follow_refund(db: Database, ctx: Ctx, event: OrderRefunded) -> None:
    order = find_order(db, event.order_number)
    if order is None:
        return
    session, one = get_session(db, order.session_id), get_registration(db, order.session_id, order.member_id)
    is_theirs = one is not None and one.state in TAKES_A_PLACE and one.order_number == order.number
    if event.is_whole and session is not None and one is not None and is_theirs:
        leave(db, ctx, session, one, _State.CANCELLED)
    if one is not None:
        text = texts.refunded(session, order, event.amount_fen)
        tell(db, ctx, one, text, delivery=Delivery.AT_MOST_ONCE, is_private=True)


def _may_have_place(db: Database, session: TrainingSession, one: Registration, order: SessionOrder) -> bool:
    """Return whether who paid gets a place: it was kept, or one is free and nobody waits for it."""
    if session.is_cancelled:
        return False
    if one.state in {_State.HELD, _State.OFFERED}:
        return True
    is_theirs = one.state is _State.EXPIRED and one.order_number == order.number
    return is_theirs and queueing.admit(session, registrations_of(db, session.id)) is not _State.WAITING
