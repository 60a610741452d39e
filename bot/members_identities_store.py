"""Two records of one person become one: whatever names the one names the other from then on."""

from __future__ import annotations

from bot.storage import Database
from bot.storage_schema import Column, find_columns

_NAMES = frozenset(
    {"member_id", "asker_id", "author_id", "sharer_id", "decider_id", "reporter_id", "decided_by", "noted_by"}
)
_HOLD_IDS = frozenset({"data", "payload", "mentions"})
"""Columns whose JSON may name members."""
_LIKE_JSON = {("deadlines", "key"), ("deadlines", "bundle")}
_ONLY_WHERE = {
    "outbox": "mentions <> '[]'",
    "events": "state = 'open'",
}
"""Tables that grow, and in which of their rows ids can stand that somebody still reads."""
_ADDRESSES = {("outbox", "lane")}
_DROPPED = ("dialogues", "quotas")  # what was asked of, and counted for, an account that is answered otherwise now
_OWN = {"members", "merged_members"}


def names_member(table: str, column: str) -> bool:
    """Tell whether a column holds a member's id and nothing else."""
    if table in _OWN:
        return False
    return column in _NAMES or column.endswith("_member_id") or (table, column) in _ADDRESSES


def may_name_members(table: str, column: str) -> bool:
    """Tell whether a column is a text in which members' ids may stand."""
    return (column in _HOLD_IDS or (table, column) in _LIKE_JSON) and not table.startswith("ledger")


def move_member(db: Database, from_id: str, to_id: str) -> None:
    """Make everything of one member another one's, in every table there is; the first record is no more.

    Where both have a row of which there can be one only (the same room, the same session), that of `to_id` stays.
    Done twice it takes along what was written in between by what had begun before.

    Args:
        db: a write transaction.
        from_id: whose record ends.
        to_id: who it is really.
    """
    for table in _DROPPED:
        db.execute(
            f"delete from {table} where community = :community and member_id = :from_id",  # noqa: S608 - names from above
            {"from_id": from_id},
        )
    _stay_present(db, from_id, to_id)
    for column in find_columns(db, names_member):
        _move(db, column, from_id, to_id)
    for column in find_columns(db, may_name_members):
        _rewrite(db, column, from_id, to_id)
    db.execute("delete from members where community = :community and id = :from_id", {"from_id": from_id})
    db.execute(
        "update merged_members set to_id = :to_id where community = :community and to_id = :from_id",
        {"from_id": from_id, "to_id": to_id},
    )
    db.execute(
        "insert into merged_members (community, from_id, to_id) values (:community, :from_id, :to_id)"
        " on conflict (community, from_id) do update set to_id = excluded.to_id",
        {"from_id": from_id, "to_id": to_id},
    )


def merged_into(db: Database, member_id: str) -> list[str]:
    """Return which records ended as this member's."""
    rows = db.query(
        "select from_id from merged_members where community = :community and to_id = :id order by from_id",
        {"id": member_id},
    )
    return [row["from_id"] for row in rows]


def has_lost_members(db: Database) -> bool:
    """Tell whether there are members whom no contact points to since the last login."""
    return bool(
        db.query(
            "select 1 from identities i where i.community = :community and i.kind = 'contact' and i.is_current = 0"
            " and not exists (select 1 from identities o where o.community = i.community"
            " and o.member_id = i.member_id and o.kind = 'contact' and o.is_current = 1) limit 1"
        )
    )


def member_after_merges(db: Database, member_id: str) -> str:
    """Return who a member is now: the same, or whom they turned out to be."""
    rows = db.query(
        "select to_id from merged_members where community = :community and from_id = :id", {"id": member_id}
    )
    return str(rows[0]["to_id"]) if rows else member_id


def is_reached_by(db: Database, member_id: str, contact_id: str) -> bool:
    """Tell whether a contact points to a member now."""
    return bool(
        db.query(
            "select 1 from identities where community = :community and kind = 'contact' and value = :value"
            " and member_id = :member_id and is_current = 1",
            {"value": contact_id, "member_id": member_id},
        )
    )


def prefer_contact(db: Database, contact_id: str) -> None:
    """Have a member reached by that contact from now on, of several that are theirs."""
    db.execute(
        "update identities set seen_id = :seen_id, is_current = 1"
        " where community = :community and kind = 'contact' and value = :value",
        {"value": contact_id, "seen_id": db.new_id()},
    )


def add_identity(db: Database, member_id: str, kind: str, value: str) -> bool:
    """Note a strong identity that is no contact, such as an openid; False when it points to somebody already."""
    return (
        db.execute(
            "insert into identities (community, kind, value, member_id, account, strength, seen_id)"
            " values (:community, :kind, :value, :member_id, '', 'strong', :seen_id)"
            " on conflict (community, kind, value) do nothing",
            {"kind": kind, "value": value, "member_id": member_id, "seen_id": db.new_id()},
        )
        > 0
    )


def _stay_present(db: Database, from_id: str, to_id: str) -> None:
    """Have a room in which both were count by the newer one, whose name is the one that is shown there now."""
    db.execute(
        "delete from room_members where community = :community and member_id = :to_id"
        " and exists (select 1 from room_members o where o.community = room_members.community"
        " and o.room_id = room_members.room_id and o.member_id = :from_id and o.is_present = 1)",
        {"from_id": from_id, "to_id": to_id},
    )


def _move(db: Database, column: Column, from_id: str, to_id: str) -> None:
    table, name = column.table, column.name
    params = {"from_id": from_id, "to_id": to_id}
    where = f"where community = :community and {name} = :from_id"
    db.execute(f"update {table} set {name} = :to_id {where}{_untaken(column, ':to_id')}", params)  # noqa: S608
    if column.keys:
        db.execute(f"delete from {table} {where}", params)  # noqa: S608 - names of the schema


def _rewrite(db: Database, column: Column, from_id: str, to_id: str) -> None:
    """Put one id in place of the other inside a text: ids are long enough to be nothing else."""
    table, name = column.table, column.name
    changed = f"replace({table}.{name}, :from_id, :to_id)"
    db.execute(
        f"update {table} set {name} = {changed} where community = :community"  # noqa: S608 - names of the schema
        f" and {_ONLY_WHERE.get(table, 'true')} and {name} like :pattern{_untaken(column, changed)}",
        {"from_id": from_id, "to_id": to_id, "pattern": f"%{from_id}%"},
    )


def _untaken(column: Column, value: str) -> str:
    """Return the condition that no other row has that value where there can be one only."""
    table = column.table
    conditions = []
    for keys in column.keys:
        alike = [f"o.{column.name} = {value}", *(f"o.{key} = {table}.{key}" for key in ("community", *keys))]
        conditions.append(f" and not exists (select 1 from {table} o where {' and '.join(alike)})")  # noqa: S608
    return "".join(conditions)
