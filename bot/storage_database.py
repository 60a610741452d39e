"""What a transaction sees of the database, and the tables every community has."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlite_utils
from sqlite_utils import Migrations

from bot.errors import StorageError
from bot.ids import IdSource

Row = dict[str, Any]
Params = Mapping[str, Any]

_MOST_AT_ONCE = 64  # rows of one statement: more of them save nothing

CORE = Migrations("core")


@CORE()
def m001_counters(db: sqlite_utils.Database) -> None:
    """Numbers people type (#57, Q17) come from here."""
    db.execute(
        "create table counters (community text not null, name text not null, value integer not null,"
        " primary key (community, name))"
    )


class Database:
    """One transaction of one community. `:community` is filled in for every statement.

    Attributes:
        community: whose rows this transaction may touch.
    """

    __slots__ = ("_ids", "community", "connection", "topics")

    def __init__(self, connection: sqlite3.Connection, community: str, ids: IdSource) -> None:
        self.community = community
        self.connection = connection  # for storage*.py only: the engine's own features
        self.topics: set[str] = set()
        self._ids = ids

    def query(self, sql: str, params: Params | None = None) -> list[Row]:
        """Return all rows of a statement as dictionaries."""
        return _as_dictionaries(self.connection.execute(sql, {"community": self.community, **(params or {})}))

    def query_tuples(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        """Return all rows of a statement as tuples, for whole tables: half the time of dictionaries."""
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, {"community": self.community, **(params or {})}).fetchall()

    def query_damaged(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        """Return rows as tuples, also of edited tables: what is no UTF-8 in a text is U+FFFD."""
        values = {"community": self.community, **(params or {})}
        cursor = self.connection.cursor()
        cursor.row_factory = None
        try:
            return cursor.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
        self.connection.text_factory = _read_text
        try:
            return cursor.execute(sql, values).fetchall()
        finally:
            self.connection.text_factory = str

    def execute(self, sql: str, params: Params | None = None) -> int:
        """Run a statement and return how many rows it changed."""
        return self.connection.execute(sql, {"community": self.community, **(params or {})}).rowcount

    def query_rows(self, sql: str, rows: Sequence[Params]) -> list[Row]:
        """Run one statement for several rows and return what it returns.

        Args:
            sql: contains `values {rows}`; each stands for the community and then what is in the row, in its order.
                It has no other parameters.
            rows: all with the same keys.
        """
        returned: list[Row] = []
        left = list(rows)
        while left:  # in powers of two, so that few statements have to be compiled and kept
            count = min(_MOST_AT_ONCE, 1 << (len(left).bit_length() - 1))
            returned += self._query_some(sql, left[:count])
            left = left[count:]
        return returned

    def _query_some(self, sql: str, rows: Sequence[Params]) -> list[Row]:
        names = list(rows[0])
        marks = f"({', '.join('?' * (1 + len(names)))})"  # SQLite looks for a name among all names, one after the other
        values = [value for row in rows for value in (self.community, *[row[name] for name in names])]
        return _as_dictionaries(self.connection.execute(sql.format(rows=", ".join([marks] * len(rows))), values))

    def new_id(self) -> str:
        """Return a new time-ordered id."""
        return self._ids.new()

    def next_number(self, name: str) -> int:
        """Return the next number of a series people type, beginning with 1, unique in the community."""
        rows = self.query(
            "insert into counters (community, name, value) values (:community, :name, 1)"
            " on conflict (community, name) do update set value = counters.value + 1 returning value",
            {"name": name},
        )
        return int(rows[0]["value"])

    def take_number(self, name: str, number: int) -> None:
        """See to it that `next_number` never returns a number that was given elsewhere, nor one below it."""
        self.execute(
            "insert into counters (community, name, value) values (:community, :name, :number)"
            " on conflict (community, name) do update set value ="
            " case when counters.value < excluded.value then excluded.value else counters.value end",
            {"name": name, "number": number},
        )

    def notify(self, topic: str) -> None:
        """Wake the watchers of `topic` when this transaction has committed."""
        self.topics.add(topic)


def _as_dictionaries(cursor: sqlite3.Cursor) -> list[Row]:
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]  # dict(row) would look for each name


def _read_text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def storage_error(error: Exception, path: Path) -> StorageError:
    """Say in one line what happened to the database and what to do."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL" or getattr(error, "errno", None) == 28:  # noqa: PLR2004 - ENOSPC
        return StorageError(f"the disk with {path} is full: free some space, nothing was lost")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StorageError(f"{path} is damaged: stop the bot and run `python -m bot restore BACKUP`")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or isinstance(error, PermissionError):
        return StorageError(f"{path} cannot be written: check the owner and the permissions of its folder")
    return StorageError(f"{path}: {error}")
