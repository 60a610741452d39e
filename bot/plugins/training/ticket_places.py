"""Places that a ticket pays for: used with the place, given back with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.plugin import Context, Database, UserError
from bot.plugins.tickets.api import (
    give_back,
    ticket_for,
    ticket_given_back_text,
    ticket_lines,
    ticket_used_text,
    usable_tickets,
    use_ticket,
)
from bot.plugins.training.model import Registration, RegistrationState, TrainingSession
from bot.plugins.training.notices import tell


def has_ticket(db: Database, ctx: Context[Any], session: TrainingSession) -> bool:
    """Return whether the talker has a ticket that is good for a session."""
    return ticket_for(db, ctx.talker.id, session.id, session.entry, ctx.now) is not None


def pay_with_ticket(
    db: Database, ctx: Context[Any], session: TrainingSession, one: Registration, *, is_needed: bool
) -> str:
    """Use a ticket for a place when it costs something, or when it takes one to get in.

    Args:
        db: the transaction of the place.
        ctx: the call.
        session: for what.
        one: who.
        is_needed: they may only take part with a ticket.

    Returns:
        What they are told of it; empty when no ticket was used.

    Raises:
        UserError: it takes a ticket, and they have none any more.
    """
    if not session.price_fen and not is_needed:
        return ""
    ticket = use_ticket(db, one.member_id, session.id, session.entry, ctx.now)
    if ticket is None and is_needed:
        raise UserError(locked(session))
    return ticket_used_text(ticket, ctx.zone) if ticket else ""


def return_ticket(db: Database, ctx: Context[Any], session: TrainingSession, one: Registration) -> None:
    """Give the ticket of a place back that was given up before the session began, and tell whose it is."""
    if ctx.now >= session.starts_at and not session.is_cancelled:
        return
    ticket = give_back(db, one.member_id, session.id)
    if ticket is not None:
        left = replace(one, state=RegistrationState.CANCELLED)  # what else they are told has a key of its own
        tell(db, ctx, left, ticket_given_back_text(ticket), is_private=True)


def ticket_standings(db: Database, ctx: Context[Any]) -> list[str]:
    """Return the lines about the tickets that the talker has left."""
    return ticket_lines(usable_tickets(db, ctx.talker.id, ctx.now), ctx.zone)


def locked(session: TrainingSession) -> str:
    """Return what is said to who may not take part."""
    return f"《{session.title}》是会员场次，发送「套餐」看看怎么开通，有「课票」也可以。"
