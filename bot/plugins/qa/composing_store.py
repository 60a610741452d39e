"""How often the language model was asked today, by everybody and by each member."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.plugin import Database, Row
from bot.plugins.qa.composing_settings import ComposingSettings
from bot.plugins.qa.store import migrations

_EVERYBODY = ""
SPENT, MEMBER_SPENT, ALLOWED = "daily", "daily_per_member", ""


@migrations()
def m006_composing_days(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Calls of the language model by day; an empty member stands for everybody."""
    db.execute(
        "create table composing_days (community text not null, day text not null, member_id text not null,"
        " used integer not null, primary key (community, day, member_id))"
    )


def spend_call(db: Database, member_id: str, day: date, settings: ComposingSettings) -> str:
    """Count one call if both budgets allow it.

    Returns:
        `ALLOWED`, or the name of the budget that is used up.
    """
    if _used(db, _EVERYBODY, day) >= settings.daily:
        return SPENT
    if _used(db, member_id, day) >= settings.daily_per_member:
        return MEMBER_SPENT
    db.execute("delete from composing_days where community = :community and day < :day", {"day": day.isoformat()})
    for who in (_EVERYBODY, member_id):
        db.execute(
            "insert into composing_days (community, day, member_id, used) values (:community, :day, :member_id, 1)"
            " on conflict (community, day, member_id) do update set used = composing_days.used + 1",
            {"day": day.isoformat(), "member_id": who},
        )
    return ALLOWED


def export_composing(db: Database, member_id: str) -> Row:
    """Return on which day the language model was asked for a member, and how often."""
    days = db.query(
        "select day, used from composing_days where community = :community and member_id = :member_id order by day",
        {"member_id": member_id},
    )
    return {"composing_days": days}


def erase_composing(db: Database, member_id: str) -> Row:
    """Delete what was counted about a member; return how many rows."""
    deleted = db.execute(
        "delete from composing_days where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    return {"composing_days": deleted}


def _used(db: Database, member_id: str, day: date) -> int:
    rows = db.query(
        "select used from composing_days where community = :community and day = :day and member_id = :member_id",
        {"day": day.isoformat(), "member_id": member_id},
    )
    return int(rows[0]["used"]) if rows else 0
