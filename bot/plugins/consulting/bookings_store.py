"""Consultations as rows; what may become of one is decided in `booking`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.consulting.model import Booking, BookingState, Slot

SERIES = "consultation"
_SLOT = ("starts_at", "ends_at", "host", "account", "title", "price_fen", "access", "place")
_OWN = ("number", "member_id", "name", "room_id", "state", "until", "order_number")
_COLUMNS = ", ".join((*_OWN, *_SLOT))


def add_booking(db: Database, booking: Booking, now: datetime) -> Booking:
    """Store a new consultation; its number is given here."""
    booking = replace(booking, number=db.next_number(SERIES))
    names = f"{_COLUMNS}, made_at"
    db.execute(
        f"insert into consultations (community, {names})"  # noqa: S608 - constant names
        f" values (:community, {', '.join(f':{name}' for name in names.split(', '))})",
        _to_row(booking) | {"made_at": to_stamp(now)},
    )
    return booking


def put_booking(db: Database, booking: Booking) -> None:
    """Store what became of a consultation."""
    changed = ", ".join(f"{name} = :{name}" for name in _COLUMNS.split(", ") if name != "number")
    db.execute(
        f"update consultations set {changed} where community = :community and number = :number",  # noqa: S608
        _to_row(booking),
    )


def get_booking(db: Database, number: int) -> Booking | None:
    """Return one consultation; None when there is none of that number."""
    return next(iter(_select(db, "number = :number", {"number": number})), None)


def booking_of_order(db: Database, order_number: int) -> Booking | None:
    """Return the consultation that an order is for."""
    return next(iter(_select(db, "order_number = :order_number", {"order_number": order_number})), None)


def taken_since(db: Database, since: datetime) -> list[Booking]:
    """Return the consultations that take time and end after a moment, soonest first."""
    return _select(db, "ends_at > :since and state in ('held', 'booked')", {"since": to_stamp(since)})


def export_bookings(db: Database, member_id: str) -> list[Row]:
    """Return a member's consultations."""
    return db.query(
        "select number, starts_at, ends_at, host, title, price_fen, name, state, order_number from consultations"
        " where community = :community and member_id = :member_id order by number",
        {"member_id": member_id},
    )


def erase_bookings(db: Database, member_id: str) -> int:
    """Delete a member's consultations; the time is free again, and orders with money behind them are the core's."""
    return db.execute(
        "delete from consultations where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Booking]:
    rows = db.query(
        f"select {_COLUMNS} from consultations where community = :community and {condition}"  # noqa: S608 - our own
        " order by starts_at, number",
        params,
    )
    return [_from_row(row) for row in rows]


def _to_row(booking: Booking) -> dict[str, Any]:
    slot = booking.slot
    row = {name: getattr(booking, name) for name in _OWN} | {name: getattr(slot, name) for name in _SLOT}
    return row | {
        "state": str(booking.state),
        "until": to_stamp(booking.until) if booking.until else None,
        "starts_at": to_stamp(slot.starts_at),
        "ends_at": to_stamp(slot.ends_at),
    }


def _from_row(row: Row) -> Booking:
    starts_at, ends_at = from_stamp(row["starts_at"]), from_stamp(row["ends_at"])
    assert starts_at is not None
    assert ends_at is not None
    slot = {name: row[name] for name in _SLOT} | {"starts_at": starts_at, "ends_at": ends_at}
    own = {name: row[name] for name in _OWN}
    return Booking(
        **own | {"state": BookingState(row["state"]), "until": from_stamp(row["until"]), "slot": Slot(**slot)}
    )
