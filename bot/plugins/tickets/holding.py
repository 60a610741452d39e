"""The tickets a member has, used and given back in the transaction of the place."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database, orders_by
from bot.plugins.tickets.model import Ticket
from bot.plugins.tickets.rules import choose, tickets_in
from bot.plugins.tickets.store import add_use, remove_use, uses_by


def tickets_of(db: Database, member_id: str) -> list[Ticket]:
    """Return the tickets that a member has paid for, what ends first first; also those that are used up or over."""
    return tickets_in(orders_by(db, member_id), uses_by(db, member_id))


def usable_tickets(db: Database, member_id: str, now: datetime) -> list[Ticket]:
    """Return those with something left."""
    return [one for one in tickets_of(db, member_id) if one.is_usable(now)]


def ticket_for(db: Database, member_id: str, session_id: str, entry: str, now: datetime) -> Ticket | None:
    """Return the ticket that would be used for a session; None without one.

    Args:
        db: a transaction.
        member_id: whose.
        session_id: of one dated training.
        entry: of its entry in schedules.yaml.
        now: aware.
    """
    return choose(tickets_of(db, member_id), now, session_id, entry)


def use_ticket(db: Database, member_id: str, session_id: str, entry: str, now: datetime) -> Ticket | None:
    """Use a ticket for a place and return it as it is afterwards; None when the member has none for it.

    The arguments are those of `ticket_for`. Used once for a place, it is not used again for the same one.
    """
    ticket = ticket_for(db, member_id, session_id, entry, now)
    if ticket is None:
        return None
    add_use(db, session_id, member_id, ticket.order_number, now)
    return next(one for one in tickets_of(db, member_id) if one.order_number == ticket.order_number)


def give_back(db: Database, member_id: str, session_id: str) -> Ticket | None:
    """Give the use of a ticket back with its place; return the ticket, None when none was used for it."""
    number = remove_use(db, session_id, member_id)
    return next((one for one in tickets_of(db, member_id) if one.order_number == number), None) if number else None
