"""Every change of a registration: the row, its term, its order and what people are told, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.plugin import Context, Database, PaymentWanted
from bot.plugins.training import queueing
from bot.plugins.training import registering_texts as texts
from bot.plugins.training.model import (
    TAKES_A_PLACE,
    PlaceFreed,
    Registration,
    RegistrationState,
    SessionOrder,
    SessionRegistered,
    TrainingSession,
)
from bot.plugins.training.notices import send_calendar, tell
from bot.plugins.training.orders import add_order, close_order
from bot.plugins.training.registrations_store import put_registration, registrations_of
from bot.plugins.training.settings import TrainingSettings
from bot.plugins.training.ticket_places import pay_with_ticket, return_ticket

OFFER_OVER, HOLD_OVER, LINE_OVER = "offer_over", "hold_over", "line_over"
SERIES = "registration"

Ctx = Context[TrainingSettings]
_State = RegistrationState


def join(
    db: Database,
    ctx: Ctx,
    session: TrainingSession,
    one: Registration,
    *,
    as_state: RegistrationState,
    needs_ticket: bool = False,
) -> Registration:
    """Put a member who comes now at the end of the line, with a place when one is theirs.

    Args:
        db: the transaction.
        ctx: the call.
        session: for what.
        one: who; position and state are decided here.
        as_state: what `queueing.admit` said.
        needs_ticket: they may only take part with a ticket.
    """
    one = replace(one, position=db.next_number(SERIES), until=None, order_number=0)
    if as_state is _State.WAITING:
        put_registration(db, one := replace(one, state=as_state), ctx.now)
        watch_start(db, ctx, session)
        return one
    return give_place(db, ctx, session, one, needs_ticket=needs_ticket)


def give_place(
    db: Database, ctx: Ctx, session: TrainingSession, one: Registration, *, needs_ticket: bool = False
) -> Registration:
    """Give a member a free place: it is held when there is something to pay and no ticket, else it is theirs."""
    by_ticket = pay_with_ticket(db, ctx, session, one, is_needed=needs_ticket)
    if queueing.seat(session) is _State.HELD and not by_ticket:
        return _hold(db, ctx, session, one)
    return register(db, ctx, session, replace(one, order_number=0), note=by_ticket)


def register(db: Database, ctx: Ctx, session: TrainingSession, one: Registration, *, note: str = "") -> Registration:
    """Make a place a member's own, and tell them all that only registered members know, and a note below it."""
    drop_terms(db, ctx, one)
    one = replace(one, state=_State.REGISTERED, until=None)
    put_registration(db, one, ctx.now)
    if ctx.now < session.ends_at:
        tell(db, ctx, one, "\n".join(line for line in (texts.details(session), note) if line), is_private=True)
        send_calendar(db, ctx, session, one.member_id)
    else:  # the owner looked at the account later
        tell(db, ctx, one, texts.payment_noted(session), is_private=True)
    ctx.publish(db, SessionRegistered(session.id, one.member_id))
    return one


def leave(
    db: Database, ctx: Ctx, session: TrainingSession, one: Registration, state: RegistrationState
) -> SessionOrder | None:
    """End a registration and offer its place to the next in line.

    Args:
        db: the transaction.
        ctx: the call.
        session: of which.
        one: as it stands.
        state: CANCELLED or EXPIRED; REMOVED when nobody is to follow.

    Returns:
        The order behind it as it stands now; None when it had none.
    """
    drop_terms(db, ctx, one)
    put_registration(db, replace(one, state=state, until=None), ctx.now)
    return_ticket(db, ctx, session, one)
    order = close_order(db, ctx, one.order_number)
    send_calendar(db, ctx, session, one.member_id, is_cancelled=True)
    if one.state in TAKES_A_PLACE and state is not _State.REMOVED:
        ctx.publish(db, PlaceFreed(session.id, one.member_id))
        offer_free_places(db, ctx, session)
    return order


def offer_free_places(db: Database, ctx: Ctx, session: TrainingSession) -> None:
    """Offer what is free to the first in line, and tell them."""
    for one in queueing.next_offers(session, registrations_of(db, session.id), ctx.now):
        offer(db, ctx, session, one, texts.offered)


def offer(db: Database, ctx: Ctx, session: TrainingSession, one: Registration, text: Any) -> None:  # noqa: ANN401 - of texts
    """Keep a place for a member who waited, for a while, and tell them."""
    until = queueing.offer_until(session, ctx.now, ctx.config.offer)
    one = replace(one, state=_State.OFFERED, until=until)
    put_registration(db, one, ctx.now)
    _set_term(db, ctx, OFFER_OVER, one, until)
    tell(db, ctx, one, text(session, until))


def watch_start(db: Database, ctx: Ctx, session: TrainingSession) -> None:
    """See to it that who still waits when the session begins is told so."""
    ctx.set_deadline(db, LINE_OVER, key=session.id, at=session.starts_at, data={"session": session.id})


def drop_terms(db: Database, ctx: Ctx, one: Registration) -> None:
    """Take back what was to happen at the end of an offer or a hold."""
    for name in (OFFER_OVER, HOLD_OVER):
        ctx.drop_deadline(db, name, _term_key(one))


def _hold(db: Database, ctx: Ctx, session: TrainingSession, one: Registration) -> Registration:
    drop_terms(db, ctx, one)
    until = queueing.hold_until(session, ctx.now, ctx.config.hold, ctx.config.offer)
    order = add_order(db, session, one, now=ctx.now, until=until)
    one = replace(one, state=_State.HELD, until=until, order_number=order.number)
    put_registration(db, one, ctx.now)
    _set_term(db, ctx, HOLD_OVER, one, until)
    ctx.publish(db, PaymentWanted(order.number, texts.how_to_pay(session, order, until), ctx.config.payment_hint))
    return one


def _set_term(db: Database, ctx: Ctx, name: str, one: Registration, until: datetime) -> None:
    data = {"session": one.session_id, "member": one.member_id}
    ctx.set_deadline(db, name, key=_term_key(one), at=until, data=data)


def _term_key(one: Registration) -> str:
    return f"{one.session_id}/{one.member_id}"
