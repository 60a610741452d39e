"""The audit log: one entry for every act, by a rule or by a person, with its reason and the case it belongs to."""

from __future__ import annotations

import json
from datetime import datetime

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.moderation.model import FORGOTTEN, NO_REASON, AuditEntry, Done

_COLUMNS = "done, at, case_number, strike_number, room_id, member_id, name, decided_by, rule, reason, data"


def add(db: Database, entry: AuditEntry) -> str:
    """Put an act on record, in the transaction of the act; return the entry's id."""
    entry_id = db.new_id()
    db.execute(
        f"insert into moderation_audit (community, id, {_COLUMNS}) values (:community, :id, :done, :at, :case,"  # noqa: S608 - see above
        " :strike, :room_id, :member_id, :name, :decided_by, :rule, :reason, :data)",
        {
            "id": entry_id, "done": entry.done, "at": to_stamp(entry.at), "case": entry.case, "strike": entry.strike,
            "room_id": entry.room_id, "member_id": entry.member_id, "name": entry.name,
            "decided_by": entry.decided_by, "rule": entry.rule, "reason": entry.reason.strip() or NO_REASON,
            "data": json.dumps(dict(entry.data), ensure_ascii=False),
        },
    )  # fmt: skip
    return entry_id


def entries_of_case(db: Database, number: int) -> list[AuditEntry]:
    """Return what was done about a case, the first first."""
    return _select(db, "case_number = :number order by id", {"number": number})


def entries_of_member(db: Database, member_id: str, limit: int) -> list[AuditEntry]:
    """Return the latest acts that concern a member, the latest first."""
    return _select(db, "member_id = :member_id order by id desc limit :limit", {"member_id": member_id, "limit": limit})


def latest_entries(db: Database, room_ids: list[str], limit: int) -> list[AuditEntry]:
    """Return the latest acts in some rooms and those that concern no room, the latest first."""
    if not room_ids:
        return _select(db, "true order by id desc limit :limit", {"limit": limit})
    names = ", ".join(f":room_{number}" for number in range(len(room_ids)))
    rooms: Row = {f"room_{number}": room_id for number, room_id in enumerate(room_ids)}
    return _select(db, f"room_id in ({names}, '') order by id desc limit :limit", {**rooms, "limit": limit})


def entries_between(db: Database, since: datetime, until: datetime) -> list[AuditEntry]:
    """Return all acts of a time, the first first, for a table."""
    return _select(db, "at >= :since and at < :until order by id", {"since": to_stamp(since), "until": to_stamp(until)})


def count_removals(db: Database, since: datetime, room_id: str = "") -> int:
    """Return how many people the rules removed, or had the owner remove, since then; in a room or everywhere."""
    rows = db.query(
        "select count(*) as n from moderation_audit where community = :community and done in ('remove', 'by_hand')"
        " and decided_by = '' and at > :since and (:room_id = '' or room_id = :room_id)",
        {"since": to_stamp(since), "room_id": room_id},
    )
    return int(rows[0]["n"])


def forget_member(db: Database, member_id: str) -> int:
    """Take a person out of the log: what was done stays, not about or by whom; return how many entries changed."""
    concerned = db.execute(
        "update moderation_audit set member_id = '', name = '', reason = '', data = '{}'"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )
    decided = db.execute(
        "update moderation_audit set decided_by = :forgotten where community = :community and decided_by = :member_id",
        {"member_id": member_id, "forgotten": FORGOTTEN},
    )
    return concerned + decided


def export_member(db: Database, member_id: str) -> list[Row]:
    """Return the acts that concern a member, without who decided them."""
    return db.query(
        "select done, at, case_number, strike_number, room_id, rule, reason from moderation_audit"
        " where community = :community and member_id = :member_id order by id",
        {"member_id": member_id},
    )


def purge(db: Database, before: datetime) -> int:
    """Delete what is older; return how many entries."""
    return db.execute(
        "delete from moderation_audit where community = :community and at < :before", {"before": to_stamp(before)}
    )


def _select(db: Database, condition: str, params: Row) -> list[AuditEntry]:
    rows = db.query(
        f"select {_COLUMNS} from moderation_audit where community = :community and {condition}",  # noqa: S608 - see above
        params,
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    at = from_stamp(row["at"])
    assert at is not None
    return AuditEntry(
        done=Done(row["done"]),
        at=at,
        case=row["case_number"],
        strike=row["strike_number"],
        room_id=row["room_id"],
        member_id=row["member_id"],
        name=row["name"],
        decided_by=row["decided_by"],
        rule=row["rule"],
        reason=row["reason"],
        data=json.loads(row["data"]),
    )
