"""The checkpoints that were signed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from bot.storage import Database
from bot.storage_time import to_stamp


class StoredCheckpoint(NamedTuple):
    """A checkpoint as the database has it; all of it may have been forged.

    Attributes:
        size: how many entries the log had.
        root: the Merkle root of these.
        note: what was signed.
    """

    size: int
    root: bytes
    note: str


def last_checkpoint(db: Database) -> StoredCheckpoint | None:
    """Return the newest checkpoint."""
    rows = db.query_damaged(
        "select size, root, note from ledger_checkpoints where community = :community order by size desc limit 1"
    )
    return StoredCheckpoint._make(rows[0]) if rows else None


def get_checkpoint(db: Database, size: int) -> StoredCheckpoint | None:
    """Return the checkpoint over so many entries; None when none was signed."""
    rows = db.query_damaged(
        "select size, root, note from ledger_checkpoints where community = :community and size = :size", {"size": size}
    )
    return StoredCheckpoint._make(rows[0]) if rows else None


def all_checkpoints(db: Database) -> list[StoredCheckpoint]:
    """Return every checkpoint, the oldest first."""
    rows = db.query_damaged(
        "select size, root, note from ledger_checkpoints where community = :community order by size"
    )
    return [StoredCheckpoint._make(row) for row in rows]


def add_checkpoint(db: Database, signed: StoredCheckpoint, at: datetime) -> str:
    """Keep a checkpoint and return the note that is kept for its size: the first one."""
    db.execute(
        "insert into ledger_checkpoints (community, size, at, root, note) values (:community, :size, :at, :root, :note)"
        " on conflict (community, size) do nothing",
        {**signed._asdict(), "at": to_stamp(at)},
    )
    rows = db.query(
        "select note from ledger_checkpoints where community = :community and size = :size", {"size": signed.size}
    )
    return str(rows[0]["note"])
