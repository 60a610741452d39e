"""Sessions that are over, with orders and attendance, put where they are looked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.plugin import Order, OrderState, add_fact, add_order, close_order, payment_by_owner, refund_by_owner, settle
from bot.plugins.attendance.closings_store import put_closing
from bot.plugins.attendance.model import Closing
from bot.plugins.revenue.model import Result
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.sessions_store import put_session
from bot.storage import Database
from bot.testing import SimulatedRoom
from tests.plugins.attendance.kit import STARTS, session


def result(about: TrainingSession | None = None, **changed: Any) -> Result:
    """Return a session for 99 yuan to which 25 of 120 came, all of whom paid."""
    facts: dict[str, Any] = {
        "registered": 28,
        "came": 25,
        "members": 120,
        "paid_fen": 25 * 9900,
        "refund_due_fen": 0,
        "payers": 25,
    }
    return Result(session=about or session(price_fen=9900), **facts | changed)


async def hold(
    room: SimulatedRoom, name: str, price: int, came: int, *, payers: int | None = None, starts_at: datetime = STARTS
) -> None:
    """Put a session on record that is over: `came` of 100 people, of whom so many have paid `price` yuan."""
    about = session(id=name, entry=name, title=f"{name} 课", price_fen=price * 100, starts_at=starts_at)
    paid = came if payers is None else payers

    def write(db: Database) -> None:
        put_session(db, about)
        for _ in range(paid):
            put_order(db, name, price * 100, OrderState.PAID)
        counts = Closing(session_id=name, registered=came, came=came, late=0, walk_in=0, absent=0, members=100)
        put_closing(db, counts, [], starts_at + timedelta(hours=2))

    await room.app.storage.run("default", write)


def put_order(db: Database, session_id: str, fen: int, state: OrderState) -> int:
    """Put an order on record that stands so; return its number."""
    title, paid = f"《{session_id}》", state not in {OrderState.OPEN, OrderState.CLOSED}
    new = Order(kind="training", item=session_id, title=title, member_id="m", amount_fen=fen, made_at=STARTS)
    order = add_order(db, new)
    if paid:
        add_fact(db, payment_by_owner(order, STARTS))
    if state is OrderState.REFUNDED:
        add_fact(db, refund_by_owner(order, fen, STARTS))
    settle(db, order.number, "test", is_quiet=True)  # nobody is to act on it
    if state in {OrderState.CLOSED, OrderState.REFUND_DUE}:
        close_order(db, order.number)
    return order.number
