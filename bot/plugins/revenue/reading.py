"""Gathers the numbers of sessions from training and attendance."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database
from bot.plugins.attendance.api import attendances_of, get_closing
from bot.plugins.revenue.model import Result
from bot.plugins.training.api import (
    OrderState,
    RegistrationState,
    TrainingSession,
    list_sessions,
    orders_of,
    registrations_of,
)

_BEGINNING = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def read_result(db: Database, session: TrainingSession) -> Result:
    """Return a session with its numbers: while it is not over, those of now."""
    closing = get_closing(db, session.id)
    orders = orders_of(db, session.id)
    paid = [order for order in orders if order.state is OrderState.PAID]
    due = [order for order in orders if order.state is OrderState.REFUND_DUE]
    registered = len(registrations_of(db, session.id, {RegistrationState.REGISTERED}))
    return Result(
        session=session,
        registered=closing.registered if closing else registered,
        came=closing.came if closing else len(attendances_of(db, session.id)),
        members=closing.members if closing else 0,
        paid_fen=sum(order.paid_fen for order in paid),
        refund_due_fen=sum(order.paid_fen for order in due),
        payers=len(paid),
    )


def read_results(db: Database) -> list[Result]:
    """Return all sessions with their numbers, the earliest first; those called off where money is behind them."""
    results = [read_result(db, session) for session in list_sessions(db, _BEGINNING)]
    return [one for one in results if not one.session.is_cancelled or one.paid_fen or one.refund_due_fen]
