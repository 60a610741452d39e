"""What the core itself stores about a person: shown whole, and erased whole."""

from __future__ import annotations

from collections.abc import Collection

from bot import owed_notices_store
from bot.outbox_names import mask_names, name_mask
from bot.storage import Database, Row

# Table → the column that names the member. `members` comes last: what points to it is gone by then.
_PERSONAL = {
    "messages": "member_id",
    "outbox": "member_id",
    "dialogues": "member_id",
    "quotas": "member_id",
    "room_members": "member_id",
    "identities": "member_id",
    "merged_members": "to_id",
    "members": "id",
}
_MASKED = "outbox（隐去名字）"
_NOT_SHOWN = {"community", "envelope"}  # a copy of the other columns, in the form it came in


def export_member(db: Database, member_id: str) -> Row:
    """Return every row of the core about a member, by table."""
    return {
        table: [
            {name: value for name, value in row.items() if name not in _NOT_SHOWN}
            for row in db.query(
                f"select * from {table} where community = :community and {column} = :member",  # noqa: S608 - names from above
                {"member": member_id},
            )
        ]
        for table, column in _PERSONAL.items()
    }


def erase_member(db: Database, member_id: str) -> Row:
    """Delete every row of the core about a member and return how many went, by table.

    What the bot said to others stays without their name; how many rows that changed stands beside.
    """
    masked = 0
    if names := _names_of(db, member_id):
        others = _names_like(db, member_id, names)
        masked = mask_names(db, member_id, names, others)
        owed_notices_store.rewrite(db, name_mask(names, others))
    return {_MASKED: masked} | {
        table: db.execute(
            f"delete from {table} where community = :community and {column} = :member",  # noqa: S608 - names from above
            {"member": member_id},
        )
        for table, column in _PERSONAL.items()
    }


def conceal_message(db: Database, message_id: str, shown: str) -> None:
    """Keep another text of a message than what was said, because that held a secret.

    Args:
        db: a write transaction.
        message_id: the message.
        shown: what is kept in its place.
    """
    db.execute(
        "update messages set text = :shown where community = :community and id = :id",
        {"id": message_id, "shown": shown},
    )


def _names_of(db: Database, member_id: str) -> set[str]:
    """Return how a member is and was called."""
    rows = db.query(
        "select name from members where community = :community and id = :member"
        " union select name from room_members where community = :community and member_id = :member"
        " union select name from messages where community = :community and member_id = :member",
        {"member": member_id},
    )
    return {row["name"] for row in rows if row["name"].strip()}


def _names_like(db: Database, member_id: str, names: Collection[str]) -> set[str]:
    """Return the names of others that contain one of these without being it."""
    rows = db.query(
        "select name from members where community = :community and id <> :member"
        " union select name from room_members where community = :community and member_id <> :member",
        {"member": member_id},
    )
    return {row["name"] for row in rows if any(name in row["name"] and name != row["name"] for name in names)} - {
        *names
    }
