"""What the core itself stores about a person: shown whole, and erased whole."""

from __future__ import annotations

from bot.storage import Database, Row

# Table → the column that names the member. `members` comes last: what points to it is gone by then.
_PERSONAL = {
    "messages": "member_id",
    "outbox": "member_id",
    "dialogues": "member_id",
    "quotas": "member_id",
    "room_members": "member_id",
    "identities": "member_id",
    "members": "id",
}
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
    """Delete every row of the core about a member and return how many went, by table."""
    return {
        table: db.execute(
            f"delete from {table} where community = :community and {column} = :member",  # noqa: S608 - names from above
            {"member": member_id},
        )
        for table, column in _PERSONAL.items()
    }
