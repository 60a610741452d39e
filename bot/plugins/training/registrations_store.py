"""Registrations and the waitlist, as rows; what may follow on what is decided in `queueing`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bot.plugin import Database, Row, from_stamp, publish, to_stamp
from bot.plugins.training.model import IS_OPEN, TAKES_A_PLACE, PlaceFreed, Registration, RegistrationState

_SAYS_MORE = (
    RegistrationState.REGISTERED,
    RegistrationState.HELD,
    RegistrationState.OFFERED,
    RegistrationState.WAITING,
    RegistrationState.CANCELLED,
    RegistrationState.EXPIRED,
    RegistrationState.REMOVED,
)
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


def put_registration(db: Database, registration: Registration, now: datetime) -> None:
    """Store a registration, in place of the member's earlier one for that session."""
    one = registration
    db.execute(
        "insert into registrations (community, session_id, member_id, room_id, name, position, state, until,"
        " order_number, made_at, changed_at) values (:community, :session_id, :member_id, :room_id, :name, :position,"
        " :state, :until, :order_number, :now, :now) on conflict (community, session_id, member_id) do update set"
        " room_id = excluded.room_id, name = excluded.name, position = excluded.position, state = excluded.state,"
        " until = excluded.until, order_number = excluded.order_number, changed_at = excluded.changed_at,"
        " made_at = case when registrations.position = excluded.position then registrations.made_at"
        " else excluded.made_at end",
        {
            "session_id": one.session_id, "member_id": one.member_id, "room_id": one.room_id, "name": one.name,
            "position": one.position, "state": str(one.state), "until": to_stamp(one.until) if one.until else None,
            "order_number": one.order_number, "now": to_stamp(now),
        },
    )  # fmt: skip


def export_registrations(db: Database, member_id: str) -> list[Row]:
    """Return what a member registered for."""
    return db.query(
        "select session_id, name, state, order_number, made_at, changed_at from registrations"
        " where community = :community and member_id = :member_id order by position",
        {"member_id": member_id},
    )


def erase_registrations(db: Database, member_id: str) -> int:
    """Delete what a member registered for and free their places; return how many."""
    for one in registrations_by(db, member_id):
        if one.state in TAKES_A_PLACE:
            publish(db, PlaceFreed(one.session_id, ""))
    return db.execute(
        "delete from registrations where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def merge_registrations(db: Database, from_id: str, to_id: str) -> None:
    """Keep, of two registrations of one person for one session, the one that says more; two places become one."""
    for one in registrations_by(db, from_id):
        other = get_registration(db, one.session_id, to_id)
        if other is None:
            continue
        worse = max(one, other, key=lambda row: (_SAYS_MORE.index(row.state), row.member_id == from_id))
        db.execute(
            "delete from registrations"
            " where community = :community and session_id = :session_id and member_id = :member_id",
            {"session_id": worse.session_id, "member_id": worse.member_id},
        )
        if {one.state, other.state} <= TAKES_A_PLACE:
            publish(db, PlaceFreed(one.session_id, ""))


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Registration]:
    rows = db.query(
        f"select {_COLUMNS} from registrations where community = :community and {condition}"  # noqa: S608 - our own
        " order by position",
        params,
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Registration:
    return Registration(**row | {"state": RegistrationState(row["state"]), "until": from_stamp(row["until"])})
