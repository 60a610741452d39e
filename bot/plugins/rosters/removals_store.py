"""Whom the owner was told will leave a room, and what became of it, as rows."""

from __future__ import annotations

from datetime import datetime

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.rosters.model import Removal, RemovalState

_COLUMNS = "room_id, member_id, ends_at, name, state, remove_at, kept_until"


def put_removal(db: Database, removal: Removal) -> None:
    """Keep a removal; one of the same member, room and end is overwritten."""
    db.execute(
        f"insert into roster_removals (community, {_COLUMNS})"  # noqa: S608 - constant names
        " values (:community, :room_id, :member_id, :ends_at, :name, :state, :remove_at, :kept_until)"
        " on conflict (community, room_id, member_id, ends_at) do update set name = excluded.name,"
        " state = excluded.state, remove_at = excluded.remove_at,"
        " kept_until = excluded.kept_until",
        {
            "room_id": removal.room_id, "member_id": removal.member_id, "ends_at": to_stamp(removal.ends_at),
            "name": removal.name, "state": removal.state, "remove_at": to_stamp(removal.remove_at),
            "kept_until": to_stamp(removal.kept_until) if removal.kept_until else None,
        },
    )  # fmt: skip


def get_removal(db: Database, room_id: str, member_id: str, ends_at: datetime) -> Removal | None:
    """Return the removal for one end; None when there was none yet."""
    found = _select(
        db,
        "room_id = :room_id and member_id = :member_id and ends_at = :ends_at",
        {"room_id": room_id, "member_id": member_id, "ends_at": to_stamp(ends_at)},
    )
    return found[0] if found else None


def removals_in(db: Database, room_id: str, states: set[RemovalState]) -> list[Removal]:
    """Return the removals from a room in one of those states, the earliest end first."""
    return [one for one in _select(db, "room_id = :room_id", {"room_id": room_id}) if one.state in states]


def open_rooms(db: Database, now: datetime) -> list[str]:
    """Return the ids of the rooms with a list whose hour has not come."""
    rows = db.query(
        "select distinct room_id from roster_removals where community = :community and remove_at > :now"
        " and state in ('listed', 'kept', 'told') order by room_id",
        {"now": to_stamp(now)},
    )
    return [row["room_id"] for row in rows]


def removals_of(db: Database, member_id: str) -> list[Removal]:
    """Return all removals of a member, the earliest end first."""
    return _select(db, "member_id = :member_id", {"member_id": member_id})


def forget_removals(db: Database, before: datetime) -> int:
    """Delete what is over since before that time; return how many."""
    return db.execute(
        "delete from roster_removals where community = :community and state in ('removed', 'spared', 'kept')"
        " and remove_at < :before and (kept_until is null or kept_until < :before)",
        {"before": to_stamp(before)},
    )


def _select(db: Database, condition: str, params: dict[str, str]) -> list[Removal]:
    rows = db.query(
        f"select {_COLUMNS} from roster_removals where community = :community and {condition}"  # noqa: S608 - see above
        " order by ends_at, member_id",
        params,
    )
    return [_removal(row) for row in rows]


def _removal(row: Row) -> Removal:
    ends_at, remove_at = from_stamp(row["ends_at"]), from_stamp(row["remove_at"])
    assert ends_at is not None
    assert remove_at is not None
    return Removal(
        room_id=row["room_id"],
        member_id=row["member_id"],
        ends_at=ends_at,
        name=row["name"],
        state=RemovalState(row["state"]),
        remove_at=remove_at,
        kept_until=from_stamp(row["kept_until"]),
    )
