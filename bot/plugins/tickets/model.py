"""What a ticket is: uses that were paid for, and which sessions they are good for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from bot.plugin import DomainEvent

NAME = "tickets"

TicketId = NewType("TicketId", str)
"""A ticket as members name it: its id, its title, its place in the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket that a member has paid for, as it was sold.

    Attributes:
        order_number: of the order that was paid.
        title: what members read.
        uses: how often it is good.
        left: how many of these are left.
        until: when it ends, aware UTC; half open.
        sessions: ids of entries in schedules.yaml, or of single sessions; empty when it is good for all.
    """

    order_number: int
    title: str
    uses: int
    left: int
    until: datetime
    sessions: tuple[str, ...] = ()

    def covers(self, *session_names: str) -> bool:
        """Return whether it is good for a session: by the id of its entry or its own."""
        return not self.sessions or not set(session_names).isdisjoint(self.sessions)

    def is_usable(self, now: datetime) -> bool:
        """Return whether something of it is left."""
        return self.left > 0 and now < self.until


@dataclass(frozen=True, slots=True)
class TicketTakenBack(DomainEvent):
    """All money for a ticket was given back with which a member has a place in a session."""

    session_id: str
    member_id: str
