"""How much an account has sent: per local day for its budget, lately for its pace, and since when it is known."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.ids import first_id_at
from bot.storage import Database
from bot.storage_time import from_stamp, to_stamp


def note_calls(db: Database, account: str, day: date, calls: int) -> None:
    """Add to what an account has sent on a local day."""
    db.execute(
        "insert into sending_days (community, account, day, calls) values (:community, :account, :day, :calls)"
        " on conflict (community, account, day) do update set calls = sending_days.calls + excluded.calls",
        {"account": account, "day": day.isoformat(), "calls": calls},
    )


def calls_on(db: Database, account: str, day: date) -> int:
    """Return how much an account has sent on a local day."""
    rows = db.query(
        "select calls from sending_days where community = :community and account = :account and day = :day",
        {"account": account, "day": day.isoformat()},
    )
    return int(rows[0]["calls"]) if rows else 0


def known_since(db: Database, account: str, now: datetime) -> datetime:
    """Return when an account was used here first; that is now when it never was."""
    db.execute(
        "insert into sending_accounts (community, account, since) values (:community, :account, :now)"
        " on conflict (community, account) do nothing",
        {"account": account, "now": to_stamp(now)},
    )
    rows = db.query(
        "select since from sending_accounts where community = :community and account = :account", {"account": account}
    )
    return from_stamp(rows[0]["since"]) or now


def calls_since(db: Database, since: datetime) -> list[tuple[str, datetime]]:
    """Return the lanes and times of what was sent since then, in order; of rows made within a day before."""
    rows = db.query(
        "select lane, called_at from outbox where community = :community and id > :first and called_at >= :since"
        " order by called_at",
        {"first": first_id_at(since - timedelta(days=1)), "since": to_stamp(since)},
    )
    calls = [(str(r["lane"]), from_stamp(r["called_at"])) for r in rows]
    return [(lane, at) for lane, at in calls if at is not None]
