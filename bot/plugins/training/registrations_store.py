"""Registrations and the waitlist, as rows; what may follow on what is decided in `queueing`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.plugin import Database, Row, from_stamp
from bot.plugins.training.model import IS_OPEN, Registration, RegistrationState

_COLUMNS = "session_id, member_id, room_id, name, position, state, until, order_number"


def registrations_of(
    db: Database, session_id: str, states: Collection[RegistrationState] = IS_OPEN
) -> list[Registration]:
    """Return a session's registrations in the order in which members came.

    Args:
        db: a transaction.
        session_id: of which session.
        states: only those; all that are open unless told otherwise.
    """
    return [row for row in _select(db, "session_id = :session_id", {"session_id": session_id}) if row.state in states]


def registrations_by(db: Database, member_id: str) -> list[Registration]:
    """Return all registrations a member ever made, whatever became of them, oldest first."""
    return _select(db, "member_id = :member_id", {"member_id": member_id})


def get_registration(db: Database, session_id: str, member_id: str) -> Registration | None:
    """Return a member's registration for a session, whatever became of it."""
    found = _select(
        db, "session_id = :session_id and member_id = :member_id", {"session_id": session_id, "member_id": member_id}
    )
    return found[0] if found else None


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Registration]:
    rows = db.query(
        f"select {_COLUMNS} from registrations where community = :community and {condition}"  # noqa: S608 - our own
        " order by position",
        params,
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Registration:
    return Registration(**row | {"state": RegistrationState(row["state"]), "until": from_stamp(row["until"])})
