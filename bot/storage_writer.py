"""The one thread that writes: group commit, so that two thousand durable writes a second need few syncs.

An operation may be run more than once before it is committed: its function must have no effect but on the database.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from bot.errors import StorageError
from bot.ids import IdSource
from bot.storage_database import Database, storage_error

log = logging.getLogger(__name__)
T = TypeVar("T")

_LARGEST_GROUP = 256
_SWITCH_SECONDS = 0.0005
"""How long a thread that wants the interpreter waits for one that computes.

Every SQLite statement gives the interpreter away and wants it back: with Python's 5 ms a busy event loop slows the
writer to 6,500 rows a second, with half a millisecond it does 22,000 (`bench storage`, 100 writers at once).
"""
_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE"}
_BROKEN = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CANTOPEN")
_SCHEMA_ACTIONS = {
    sqlite3.SQLITE_ALTER_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_TRIGGER,
    sqlite3.SQLITE_CREATE_VIEW, sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_INDEX, sqlite3.SQLITE_DROP_TABLE,
    sqlite3.SQLITE_DROP_TRIGGER, sqlite3.SQLITE_DROP_VIEW, sqlite3.SQLITE_DROP_VTABLE,
}  # fmt: skip


class _MustBeApart(Exception):
    """The operations of a group have to be run with a savepoint each."""


@dataclass(slots=True)
class _Operation:
    community: str
    fn: Callable[[Database], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Runs operations one after another and commits what has queued up together.

    Args:
        connect: opens the connection, in the writer's thread.
        ids: makes row ids.
        on_committed: is told, in the event loop, the topics that were notified.
        free_space: is asked for room when the disk is full; True when it found some.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        ids: IdSource,
        on_committed: Callable[[set[str]], None],
        free_space: Callable[[], bool],
    ) -> None:
        self._connect = connect
        self._ids = ids
        self._on_committed = on_committed
        self._free_space = free_space
        self._queue: queue.SimpleQueue[_Operation | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="storage-write", daemon=True)
        self._closed = False
        self._abandoned = False

    def start(self) -> None:
        """Start the thread."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._thread.start()

    def submit(self, community: str, fn: Callable[[Database], T]) -> asyncio.Future[T]:
        """Queue an operation; the future is done when its transaction is on disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._closed:
            future.set_exception(StorageError("the database is closed"))
        else:
            self._queue.put(_Operation(community, fn, loop, cast("asyncio.Future[Any]", future)))
        return future

    def close(self) -> None:
        """Finish what was submitted and end the thread."""
        self._closed = True
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def abandon(self) -> None:
        """End the thread as a crash would: what was not committed yet is lost."""
        self._closed = self._abandoned = True
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _work(self) -> None:
        connection = self._connect()
        connection.set_authorizer(_deny_schema_changes)
        try:
            while group := self._next_group():
                self._commit(connection, group)
        finally:
            connection.close()

    def _next_group(self) -> list[_Operation]:
        first = self._queue.get()
        group = [] if first is None or self._abandoned else [first]
        while group and len(group) < _LARGEST_GROUP:
            try:
                operation = self._queue.get_nowait()
            except queue.Empty:
                break
            if operation is None:
                self._queue.put(None)
                break
            group.append(operation)
        return group

    def _commit(self, connection: sqlite3.Connection, group: list[_Operation]) -> None:
        try:
            topics = self._run_group(connection, group)
        except sqlite3.Error as error:
            _roll_back(connection)
            if getattr(error, "sqlite_errorname", "") in _FULL and self._free_space():
                self._commit(connection, group)
                return
            topics = set()
            for operation in group:
                operation.error = storage_error(error, Path(_file_of(connection)))
        _answer(group, self._on_committed, topics)

    def _run_group(self, connection: sqlite3.Connection, group: list[_Operation]) -> set[str]:
        connection.execute("begin immediate")
        try:
            topics = self._run_together(connection, group)
        except _MustBeApart:  # rare: savepoints for all would be two more statements for every operation
            connection.execute("rollback")
            if len(group) == 1:  # there is nobody to be kept apart from
                return set()
            connection.execute("begin immediate")
            topics = self._run_apart(connection, group)
        connection.execute("commit")
        return topics

    def _run_together(self, connection: sqlite3.Connection, group: list[_Operation]) -> set[str]:
        """Run the operations one after another.

        Raises:
            _MustBeApart: one failed after it had written something, which must be undone alone.
        """
        topics: set[str] = set()
        for operation in group:
            written = connection.total_changes
            self._run(connection, operation, topics)
            if operation.error is not None and connection.total_changes != written:
                raise _MustBeApart
        return topics

    def _run_apart(self, connection: sqlite3.Connection, group: list[_Operation]) -> set[str]:
        """Run the operations so that each can be undone without the others."""
        topics: set[str] = set()
        for operation in group:
            connection.execute("savepoint operation")
            self._run(connection, operation, topics)
            if operation.error is not None:
                connection.execute("rollback to operation")
            connection.execute("release operation")
        return topics

    def _run(self, connection: sqlite3.Connection, operation: _Operation, topics: set[str]) -> None:
        db = Database(connection, operation.community, self._ids)
        operation.error = None
        try:
            operation.result = operation.fn(db)
        except BaseException as error:  # handed to the one who asked, in _answer
            if str(getattr(error, "sqlite_errorname", "")).startswith(_BROKEN):
                raise  # the database fails, not the operation
            operation.error = error
        else:
            topics |= db.topics


def _answer(group: list[_Operation], on_committed: Callable[[set[str]], None], topics: set[str]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[_Operation]] = {}
    for operation in group:
        loops.setdefault(operation.loop, []).append(operation)
    for loop, operations in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve, operations, on_committed, topics)
        except RuntimeError:  # the loop was closed while its last writes were on the way; they are on disk
            log.debug("nobody waits for %d finished writes", len(operations))


def _resolve(operations: list[_Operation], on_committed: Callable[[set[str]], None], topics: set[str]) -> None:
    on_committed(topics)
    for operation in operations:
        if operation.future.done():  # cancelled by the one who asked
            continue
        if operation.error is not None:
            operation.future.set_exception(operation.error)
        else:
            operation.future.set_result(operation.result)


def _deny_schema_changes(action: int, *_: object) -> int:
    """A mistyped table name must fail, not create a table (sqlite-utils' insert does that)."""
    return sqlite3.SQLITE_DENY if action in _SCHEMA_ACTIONS else sqlite3.SQLITE_OK


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("rollback")


def _file_of(connection: sqlite3.Connection) -> str:
    return str(connection.execute("pragma database_list").fetchone()[2])
