"""Facts about posts that need no text: who wrote them, and the list of all."""

from __future__ import annotations

from collections.abc import Collection

from bot.plugin import Database, Row


def authors_of(db: Database, ids: Collection[str]) -> dict[str, str]:
    """Return post id → member id of who wrote it, of those posts whose author is a member."""
    found: dict[str, str] = {}
    for post_id in ids:
        rows = db.query(
            "select author_id, member_id from posts where community = :community and id = :id", {"id": post_id}
        )
        if rows and (author := rows[0]["author_id"] or rows[0]["member_id"]):
            found[post_id] = author
    return found


def list_posts(db: Database) -> list[Row]:
    """Return id, number, title, author, room, tags (JSON), date, source and created_at of every post, by number."""
    return db.query(
        "select id, number, title, author, room, tags, date, source, created_at from posts"
        " where community = :community and removed_at is null order by number"
    )
