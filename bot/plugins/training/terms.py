"""What happens to places by themselves: terms that end, sessions that are changed, called off or begin."""

from __future__ import annotations

from datetime import timedelta

from bot.plugin import Context, Database, Deadline, OrderState
from bot.plugins.tickets.api import TicketTakenBack
from bot.plugins.training import registering_texts as texts
from bot.plugins.training.model import Registration, RegistrationState, SessionOrder
from bot.plugins.training.notices import send_calendar, tell, tell_owner
from bot.plugins.training.places import LINE_OVER, leave, offer, offer_free_places, watch_start
from bot.plugins.training.registrations_store import get_registration, registrations_of
from bot.plugins.training.sessions_store import get_session
from bot.plugins.training.settings import TrainingSettings

Ctx = Context[TrainingSettings]
_State = RegistrationState
_MISSED = timedelta(minutes=1)


async def end_offer(ctx: Ctx, due: Deadline) -> None:
    """Give a place that nobody took to the next in line."""
    await ctx.db(_end_offer, ctx, due)


async def end_hold(ctx: Ctx, due: Deadline) -> None:
    """Give a place that nobody paid for to the next in line."""
    await ctx.db(_end_hold, ctx, due)


async def end_line(ctx: Ctx, due: Deadline) -> None:
    """Tell those who still wait that the session begins without them."""
    await ctx.db(_end_line, ctx, due)


async def follow_change(ctx: Ctx, session_id: str) -> None:
    """Follow a changed session: new calendar files, more places, another start."""
    await ctx.db(_follow_change, ctx, session_id)


async def fill(ctx: Ctx, session_id: str) -> None:
    """Offer what is free: a member was forgotten who had a place."""
    await ctx.db(_fill, ctx, session_id)


async def lose_ticket(ctx: Ctx, event: TicketTakenBack) -> None:
    """Give up a place whose ticket was paid back, unless the session has begun."""
    await ctx.db(_lose_ticket, ctx, event)


async def close(ctx: Ctx, session_id: str) -> None:
    """End all registrations of a session that was called off; members are told by who called it off."""
    await ctx.db(_close, ctx, session_id)


def _end_offer(db: Database, ctx: Ctx, due: Deadline) -> None:
    session, one = get_session(db, due.data["session"]), _due(db, due, _State.OFFERED)
    if session is None or one is None:
        return
    if due.late > _MISSED and ctx.now < session.starts_at:  # what they answered meanwhile may be lost
        offer(db, ctx, session, one, texts.offered_again)
        return
    leave(db, ctx, session, one, _State.EXPIRED)
    tell(db, ctx, one, texts.offer_lost(session))


def _end_hold(db: Database, ctx: Ctx, due: Deadline) -> None:
    session, one = get_session(db, due.data["session"]), _due(db, due, _State.HELD)
    if session is None or one is None:
        return
    leave(db, ctx, session, one, _State.EXPIRED)
    tell(db, ctx, one, texts.hold_lost(session, one.order_number), is_private=True)


def _end_line(db: Database, ctx: Ctx, due: Deadline) -> None:
    session = get_session(db, due.data["session"])
    if session is None or session.is_cancelled or ctx.now < session.starts_at:
        return
    for one in registrations_of(db, session.id, {_State.WAITING, _State.OFFERED}):
        leave(db, ctx, session, one, _State.EXPIRED)
        tell(db, ctx, one, texts.line_ended(session))


def _due(db: Database, due: Deadline, state: RegistrationState) -> Registration | None:
    """Return the registration whose term is over; None when it stands otherwise by now, or has a later term."""
    one = get_registration(db, due.data["session"], due.data["member"])
    is_over = one is not None and one.state is state and one.until is not None and one.until <= due.at
    return one if is_over else None


def _follow_change(db: Database, ctx: Ctx, session_id: str) -> None:
    session = get_session(db, session_id)
    if session is None or session.is_cancelled:
        return
    queue = registrations_of(db, session_id)
    for one in queue:
        if one.state is _State.REGISTERED and ctx.now < session.ends_at:
            send_calendar(db, ctx, session, one.member_id)
    if queue:
        watch_start(db, ctx, session)
    offer_free_places(db, ctx, session)


def _fill(db: Database, ctx: Ctx, session_id: str) -> None:
    session = get_session(db, session_id)
    if session is not None:
        offer_free_places(db, ctx, session)


def _lose_ticket(db: Database, ctx: Ctx, event: TicketTakenBack) -> None:
    session, one = get_session(db, event.session_id), get_registration(db, event.session_id, event.member_id)
    if session is None or one is None or ctx.now >= session.starts_at:
        return
    if one.state is _State.REGISTERED and not one.order_number:
        leave(db, ctx, session, one, _State.CANCELLED)


def _close(db: Database, ctx: Ctx, session_id: str) -> None:
    session = get_session(db, session_id)
    if session is None or not session.is_cancelled:
        return
    ctx.drop_deadline(db, LINE_OVER, session_id)
    due: list[SessionOrder] = []
    for one in registrations_of(db, session_id):
        order = leave(db, ctx, session, one, _State.REMOVED)
        due += [order] if order and order.state is OrderState.REFUND_DUE else []
    if due:
        tell_owner(db, ctx, None, texts.refunds_due(session, due), "refunds")
