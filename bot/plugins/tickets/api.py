"""What other plugins may use of tickets."""

from __future__ import annotations

from bot.plugins.tickets.holding import give_back, ticket_for, tickets_of, usable_tickets, use_ticket
from bot.plugins.tickets.model import Ticket, TicketTakenBack
from bot.plugins.tickets.texts import given_back as ticket_given_back_text
from bot.plugins.tickets.texts import own_lines as ticket_lines
from bot.plugins.tickets.texts import used as ticket_used_text

__all__ = [
    "Ticket", "TicketTakenBack", "give_back", "ticket_for", "ticket_given_back_text", "ticket_lines",
    "ticket_used_text", "tickets_of", "usable_tickets", "use_ticket",
]  # fmt: skip
