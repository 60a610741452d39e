"""Database files: opening a connection, copying while the bot writes, restoring, and looking at one."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import Any

from bot.errors import StorageError
from bot.storage_database import storage_error

SYNC = "synchronous=FULL"  # NORMAL loses acknowledged rows in a power cut
_PRAGMAS = ("busy_timeout=10000", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-4096")


def connect(path: Path, *, query_only: bool = False) -> sqlite3.Connection:
    """Open a connection with the pragmas every connection has."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.row_factory = sqlite3.Row
    for pragma in (SYNC, *_PRAGMAS):
        connection.execute(f"pragma {pragma}")
    if query_only:
        connection.execute("pragma query_only=ON")
    return connection


def lock_path(path: Path, account: str) -> Path:
    """Return the file whose lock says which process speaks for a gateway account."""
    name = "".join(c if c.isalnum() else "-" for c in account)
    return path.with_name(f"{path.stem}.{name}.lock")


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent, checked copy of a database that may be written meanwhile.

    Raises:
        StorageError: the copy could not be written, would replace its source, or does not pass the integrity check.
    """
    if target.exists() and target.samefile(source):
        raise StorageError(f"{target} is the database itself: give the backup another name")
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        origin, copy = connect(source, query_only=True), sqlite3.connect(partial)
        try:
            origin.backup(copy, pages=-1)  # one step: a stepwise copy starts over at every commit of the bot
            problem = copy.execute("pragma integrity_check(1)").fetchone()[0]
        finally:
            origin.close()
            copy.close()
        if problem != "ok":
            raise StorageError(f"the copy of {source} is damaged: {problem}")
        partial.replace(target)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise storage_error(error, target) from error


def inspect_database(path: Path) -> dict[str, Any]:
    """Say how a database file is, without changing it.

    Returns:
        integrity (`ok` or the first problem), sqlite_version, tables (name → rows), bytes.

    Raises:
        StorageError: the file cannot be read as a database.
    """
    if not path.exists():
        raise StorageError(f"no database at {path}")
    try:
        db = connect(path, query_only=True)
        try:
            integrity = db.execute("pragma quick_check(1)").fetchone()[0]
            tables = [r[0] for r in db.execute("select name from sqlite_master where type = 'table' order by name")]
            count = "select count(*) from [{}]".format
            rows = {table: db.execute(count(table)).fetchone()[0] for table in tables}
        finally:
            db.close()
    except sqlite3.Error as error:
        raise storage_error(error, path) from error
    return {
        "integrity": integrity,
        "sqlite_version": sqlite3.sqlite_version,
        "tables": rows,
        "bytes": path.stat().st_size,
    }


def restore_database(source: Path, target: Path) -> Path | None:
    """Put a backup in the place of the database; the old files are kept beside it.

    Args:
        source: a file made by a backup.
        target: the database file; no bot may be running on it.

    Returns:
        Where the old database is now; None when there was none.

    Raises:
        StorageError: a bot is running on the database, or the backup is damaged; nothing was changed.
    """
    problem = inspect_database(source)["integrity"]
    if problem != "ok":
        raise StorageError(f"{source} is damaged ({problem}); nothing was changed")
    for lock in target.parent.glob(f"{target.stem}.*.lock"):
        _refuse_while_locked(lock, target)
    copy_database(source, fresh := target.with_name(target.name + ".restored"))
    old = _move_aside(target)
    fresh.replace(target)
    return old


def _refuse_while_locked(lock: Path, target: Path) -> None:
    with lock.open("w", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StorageError(f"a bot is running on {target}: stop it first") from None


def _move_aside(target: Path) -> Path | None:
    if not target.exists():
        return None
    number = 1
    while (old := target.with_name(f"{target.name}.old-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm"):  # they belong to the old file and would be replayed into the new one
        side = target.with_name(target.name + suffix)
        if side.exists():
            side.replace(old.with_name(old.name + suffix))
    return target.replace(old)
