"""Training sessions in force: what schedules.yaml said when it was applied, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.training.model import TrainingSession

_COLUMNS = (
    "id, entry, starts_at, ends_at, timezone, title, host, place, link, materials, recording, price_fen, capacity,"
    " access, rooms, announce, remind, missed, within_seconds, revision, is_cancelled, secret"
)


def put_session(db: Database, session: TrainingSession) -> None:
    """Store a session, in place of an older one with its id."""
    names = _COLUMNS.split(", ")
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    db.execute(
        f"insert into training_sessions (community, {_COLUMNS})"  # noqa: S608 - constant names
        f" values (:community, {', '.join(f':{name}' for name in names)})"
        f" on conflict (community, id) do update set {changed}",
        _to_row(session),
    )


def get_session(db: Database, session_id: str) -> TrainingSession | None:
    """Return a session, called off or over as it may be."""
    found = _select(db, "id = :id", {"id": session_id})
    return found[0] if found else None


def list_sessions(db: Database, since: datetime, until: datetime | None = None) -> list[TrainingSession]:
    """Return the sessions that end after a moment, soonest first, those called off included.

    Args:
        db: a transaction.
        since: aware.
        until: aware; sessions that start later are left out.
    """
    end = to_stamp(until) if until else "~"
    return _select(db, "ends_at > :since and starts_at <= :until", {"since": to_stamp(since), "until": end})


def list_by_entry(db: Database, entry: str) -> list[TrainingSession]:
    """Return all sessions of an entry of schedules.yaml."""
    return _select(db, "entry = :entry", {"entry": entry})


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[TrainingSession]:
    rows = db.query(
        f"select {_COLUMNS} from training_sessions where community = :community and {condition}"  # noqa: S608 - our own
        " order by starts_at, id",
        params,
    )
    return [_from_row(row) for row in rows]


def _to_row(session: TrainingSession) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(session, name) for name in session.__slots__ if name != "within"}
    return values | {
        "starts_at": to_stamp(session.starts_at),
        "ends_at": to_stamp(session.ends_at),
        "rooms": json.dumps(session.rooms, ensure_ascii=False),
        "announce": _write_spans(session.announce),
        "remind": _write_spans(session.remind),
        "within_seconds": int(session.within.total_seconds()),
        "is_cancelled": int(session.is_cancelled),
    }


def _from_row(row: Row) -> TrainingSession:
    starts_at, ends_at = from_stamp(row["starts_at"]), from_stamp(row["ends_at"])
    assert starts_at is not None
    assert ends_at is not None
    values = {name: value for name, value in row.items() if name != "within_seconds"}
    return TrainingSession(
        **values
        | {
            "starts_at": starts_at,
            "ends_at": ends_at,
            "rooms": tuple(json.loads(row["rooms"])),
            "announce": _read_spans(row["announce"]),
            "remind": _read_spans(row["remind"]),
            "within": timedelta(seconds=row["within_seconds"]),
            "is_cancelled": bool(row["is_cancelled"]),
        }
    )


def _write_spans(spans: Sequence[timedelta]) -> str:
    return json.dumps([int(span.total_seconds()) for span in spans])


def _read_spans(text: str) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=seconds) for seconds in json.loads(text))
