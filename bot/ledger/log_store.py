"""The log in the database: entries that can only be added, and the Merkle nodes that each of them completes.

The hashes of the complete subtrees that leaf `n` is the last one of stand in its own row, from the leaf's upwards: the
node (level, number) is found in row (number + 1)·2^level - 1. So an entry and its nodes are written or lost together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import sqlite_utils

from bot.ledger.merkle import HASH_BYTES, ReadNode, completed_by, leaf_hash
from bot.storage import Database, Migrations, Row
from bot.storage_time import to_stamp

migrations = Migrations("ledger")

Line = tuple[int, str, int, int]
"""An entry's line as it is stored: the entry's place, account, amount in fen, order number."""


class StoredEntry(NamedTuple):
    """An entry as it is stored; all of it may have been forged, the types too.

    Attributes:
        seq: its place.
        key, kind, at: as in its body, for finding it.
        body: its canonical form.
        hashes: of the subtrees it completes, from the leaf's upwards.
    """

    seq: int
    key: str
    kind: str
    at: str
    body: bytes
    hashes: bytes


BEFORE_ALL = -(1 << 63)
"""Below the place of any entry, a forged one too."""

_PAGE = 1000
_APPEND_ONLY = (
    "create trigger {table}_no_{act} before {act} on {table}"
    " begin select raise(abort, 'the books are append-only'); end"
)


@migrations()
def m001_ledger(db: sqlite_utils.Database) -> None:
    """The log, its lines by account and by order, their sums, and what was signed."""
    db.execute(
        "create table ledger_entries (community text not null,"
        " seq integer not null check (typeof(seq) = 'integer' and seq >= 0), key text not null, kind text not null,"
        " at text not null, body blob not null check (typeof(body) = 'blob'),"
        " hashes blob not null check (typeof(hashes) = 'blob'), primary key (community, seq), unique (community, key))"
    )
    db.execute("create index ledger_entries_at on ledger_entries (community, at)")
    db.execute(
        "create table ledger_postings (community text not null, seq integer not null, line integer not null,"
        " account text not null, amount_fen integer not null check (typeof(amount_fen) = 'integer'),"
        " order_number integer not null, primary key (community, seq, line))"
    )
    db.execute("create index ledger_postings_order on ledger_postings (community, order_number, account)")
    db.execute(
        "create table ledger_balances (community text not null, account text not null,"
        " amount_fen integer not null check (typeof(amount_fen) = 'integer'), primary key (community, account))"
    )
    db.execute(
        "create table ledger_checkpoints (community text not null, size integer not null, at text not null,"
        " root blob not null, note text not null, primary key (community, size))"
    )
    for table in ("ledger_entries", "ledger_postings", "ledger_checkpoints"):
        for act in ("update", "delete"):
            db.execute(_APPEND_ONLY.format(table=table, act=act))


def size_of(db: Database) -> int:
    """Return how many entries the log has; the next one's `seq`."""
    rows = db.query("select max(seq) as last from ledger_entries where community = :community")
    return 0 if rows[0]["last"] is None else int(rows[0]["last"]) + 1


def count_of(db: Database) -> int:
    """Return how many entries there are, which is `size_of` unless somebody removed some."""
    return int(db.query("select count(*) as n from ledger_entries where community = :community")[0]["n"])


def append(db: Database, seq: int, body: bytes, *, key: str, kind: str, at: datetime) -> None:
    """Add the entry `seq`, which is `size_of(db)`, in the transaction at hand."""
    hashes = completed_by(seq, leaf_hash(body), node_reader(db))
    db.execute(
        "insert into ledger_entries (community, seq, key, kind, at, body, hashes)"
        " values (:community, :seq, :key, :kind, :at, :body, :hashes)",
        {"seq": seq, "key": key, "kind": kind, "at": to_stamp(at), "body": body, "hashes": b"".join(hashes)},
    )


def node_reader(db: Database) -> ReadNode:
    """Return what looks a node up.

    It raises LookupError for a node that is not there, because the tree is smaller or somebody removed it.
    """

    def read(level: int, number: int) -> bytes:
        seq = ((number + 1) << level) - 1
        rows = db.query("select hashes from ledger_entries where community = :community and seq = :seq", {"seq": seq})
        found = rows[0]["hashes"][level * HASH_BYTES :][:HASH_BYTES] if rows else b""
        if not isinstance(found, bytes) or len(found) != HASH_BYTES:
            raise LookupError(f"the log has no node {number} of level {level}")
        return found

    return read


def row_of(db: Database, seq: int) -> Row | None:
    """Return an entry as it is stored."""
    rows = db.query("select * from ledger_entries where community = :community and seq = :seq", {"seq": seq})
    return rows[0] if rows else None


def row_by_key(db: Database, key: str) -> Row | None:
    """Return the entry that is known by a key, as it is stored."""
    rows = db.query("select * from ledger_entries where community = :community and key = :key", {"key": key})
    return rows[0] if rows else None


def page_after(db: Database, seq: int) -> list[StoredEntry]:
    """Return a page of the entries after a place."""
    rows = db.query_damaged(
        "select seq, key, kind, at, body, hashes from ledger_entries where community = :community and seq > :seq"
        " order by seq limit :most",
        {"seq": seq, "most": _PAGE},
    )
    return [StoredEntry._make(row) for row in rows]


def entries_after(db: Database, seq: int) -> Iterator[StoredEntry]:
    """Yield the entries after a place, a page at a time: the log may be longer than the memory."""
    while page := page_after(db, seq):
        yield from page
        seq = page[-1].seq


def lines_between(db: Database, after: int, until: int) -> dict[int, list[Line]]:
    """Return the lines of the entries after one and up to another, by entry."""
    return _by_entry(
        db.query_damaged(
            "select seq, account, amount_fen, order_number from ledger_postings"
            " where community = :community and seq > :after and seq <= :until order by seq, line",
            {"after": after, "until": until},
        )
    )


def lines_after(db: Database, after: int) -> dict[int, list[Line]]:
    """Return the lines of the entries after one, by entry."""
    return _by_entry(
        db.query_damaged(
            "select seq, account, amount_fen, order_number from ledger_postings"
            " where community = :community and seq > :after order by seq, line",
            {"after": after},
        )
    )


def _by_entry(lines: list[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[line[0]].append(line)
    return found


def balances(db: Database) -> dict[str, int]:
    """Return what stands in each account, in fen."""
    return dict(
        db.query_damaged(
            "select account, amount_fen from ledger_balances where community = :community order by account"
        )
    )


def repeated_key(db: Database) -> tuple[str, int] | None:
    """Return key and last place of an entry that was written twice, which the table does not allow."""
    rows = db.query_damaged(
        "select key, max(seq) from ledger_entries where community = :community group by key having count(*) > 1 limit 1"
    )
    return rows[0] if rows else None


def rows_between(db: Database, since: datetime, until: datetime) -> list[Row]:
    """Return the entries of a time, `until` not included, in the order of the log."""
    return db.query(
        "select seq, body from ledger_entries where community = :community and at >= :since and at < :until"
        " order by seq",
        {"since": to_stamp(since), "until": to_stamp(until)},
    )
