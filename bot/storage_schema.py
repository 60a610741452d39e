"""What tables there are and what keeps their rows apart, as the engine tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.storage_database import Database

_TABLES = "select name from sqlite_master where type = 'table' and sql not like 'create virtual%' order by name"
_COLUMNS = "select name from pragma_table_info(?)"
_INDEXES = 'select name from pragma_index_list(?) where "unique" = 1'
_KEYS = "select name from pragma_index_info(?)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table of a community.

    Attributes:
        table: the table.
        name: the column.
        keys: the other columns, the community left out, of every key and unique index this one is part of; for each
            of them, two rows that are alike there cannot have the same value here.
    """

    table: str
    name: str
    keys: tuple[tuple[str, ...], ...]


def find_columns(db: Database, is_wanted: Callable[[str, str], bool]) -> list[Column]:
    """Return the columns for which `is_wanted(table, column)`, of all tables that have a community."""
    found = []
    for (table,) in db.connection.execute(_TABLES).fetchall():
        names = [name for (name,) in db.connection.execute(_COLUMNS, (table,))]
        wanted = [name for name in names if is_wanted(table, name)] if "community" in names else []
        keys = _unique_keys(db, table) if wanted else []
        for name in wanted:
            own = [columns for columns in keys if name in columns]
            others = (tuple(key for key in columns if key not in {name, "community"}) for columns in own)
            found.append(Column(table, name, tuple(others)))
    return found


def _unique_keys(db: Database, table: str) -> list[list[str]]:
    """Return the columns of each key; those that hold for a part of the rows count as if they held for all."""
    indexes = db.connection.execute(_INDEXES, (table,)).fetchall()
    return [[name for (name,) in db.connection.execute(_KEYS, (index,))] for (index,) in indexes]
