"""What was put into the outbox and is not to be done any more."""

from __future__ import annotations

from bot.storage import Database


def withdraw(db: Database, dedupe_key: str) -> bool:
    """Take back what waits to be sent; the key is free again.

    Args:
        db: a write transaction.
        dedupe_key: as it was enqueued.

    Returns:
        False when there is none, or it is being sent or was sent.
    """
    taken = db.execute(
        "delete from outbox where community = :community and dedupe_key = :key and state = 'pending'",
        {"key": dedupe_key},
    )
    return taken > 0
