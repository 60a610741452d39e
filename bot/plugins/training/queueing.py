"""Who gets a place, who waits, who is offered what became free: decided from the registrations alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.plugins.training.model import TAKES_A_PLACE, Registration, RegistrationState, TrainingSession

_State = RegistrationState


def places_left(capacity: int | None, registrations: Iterable[Registration]) -> int | None:
    """Return how many places are free, never less than 0; None when there is no limit."""
    if capacity is None:
        return None
    return max(0, capacity - sum(one.state in TAKES_A_PLACE for one in registrations))


def line_of(registrations: Iterable[Registration]) -> list[Registration]:
    """Return who waits, the first in line first."""
    return sorted((one for one in registrations if one.state is _State.WAITING), key=lambda one: one.position)


def place_in_line(registrations: Iterable[Registration], member_id: str) -> int:
    """Return a member's place in the waitlist, counted from 1; 0 for who does not wait."""
    members = [one.member_id for one in line_of(registrations)]
    return members.index(member_id) + 1 if member_id in members else 0


def admit(session: TrainingSession, registrations: Sequence[Registration]) -> RegistrationState:
    """Return the state of a registration that comes now: nobody passes those who wait, even when a place is free.

    Args:
        session: for what.
        registrations: those that are open.
    """
    if places_left(session.capacity, registrations) == 0 or line_of(registrations):
        return _State.WAITING
    return seat(session)


def seat(session: TrainingSession) -> RegistrationState:
    """Return the state of who is given a place: it is held until it is paid for."""
    return _State.HELD if session.price_fen else _State.REGISTERED


def next_offers(session: TrainingSession, registrations: Sequence[Registration], now: datetime) -> list[Registration]:
    """Return who is offered a place now: the first in line, as many as places are free, until the session begins."""
    if session.is_cancelled or now >= session.starts_at:
        return []
    return line_of(registrations)[: places_left(session.capacity, registrations)]


def offer_until(session: TrainingSession, now: datetime, offer: timedelta) -> datetime:
    """Return when an offer made now is over: at the start at the latest."""
    return min(now + offer, session.starts_at)


def hold_until(session: TrainingSession, now: datetime, hold: timedelta, offer: timedelta) -> datetime:
    """Return when a place that is not paid for is lost.

    It is not held beyond the start, where others could not take it any more, but always for as long as an offer is.
    """
    return max(min(now + hold, session.starts_at), now + offer)


def overlapping(session: TrainingSession, others: Iterable[TrainingSession]) -> list[TrainingSession]:
    """Return those of the others that go on at the same time."""
    return [
        other
        for other in others
        if other.id != session.id
        and not other.is_cancelled
        and other.starts_at < session.ends_at
        and session.starts_at < other.ends_at
    ]
