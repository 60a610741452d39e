"""The database: the only opener of it, and the seam behind which another engine can stand.

One SQLite file in WAL mode with `synchronous=FULL`. Writes go through one thread that commits what has queued up in
one transaction (a savepoint per operation once one fails), reads through two threads with their own connections.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Concatenate, ParamSpec, TypeVar

import sqlite_utils
from sqlite_utils import Migrations

from bot.clock import Clock
from bot.errors import StorageError
from bot.ids import IdSource
from bot.storage_database import CORE, Database, Params, Row, storage_error
from bot.storage_files import connect, copy_database, inspect_database, lock_path, restore_database
from bot.storage_reader import Readers
from bot.storage_writer import Writer

__all__ = ["Database", "Migrations", "Params", "Row", "Storage", "Watch"]

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

_READERS = 2
_BALLAST_BYTES = 4 << 20  # freed when the disk is full: without it even a DELETE fails


class Watch:
    """Wakes a task after transactions that called `Database.notify` with the watched topic have committed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Return at once when something was notified since the last call, else when something is."""
        await self._event.wait()
        self._event.clear()

    def wake(self) -> None:
        """Let the waiting task run."""
        self._event.set()


class Storage:
    """One database file and its threads. Make it with `Storage.open`."""

    inspect = staticmethod(inspect_database)
    restore = staticmethod(restore_database)

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._ids = IdSource(clock)
        self._watches: dict[str, list[Watch]] = {}
        self._locks: dict[str, IO[str]] = {}
        self._ballast = path.with_suffix(".ballast")
        self._writer = Writer(lambda: connect(path), self._ids, self._on_committed, self._free_ballast)
        self._readers = Readers(path, self._ids, _READERS)

    @classmethod
    def open(cls, path: Path, clock: Clock, migrations: Sequence[Migrations] = ()) -> Storage:
        """Open the file, make it if missing, and bring its schema up to date.

        Args:
            path: the database file; its folder is made.
            clock: gives ids their time part.
            migrations: the sets of all modules and plugins that store something.

        Raises:
            StorageError: the file cannot be opened, is damaged, or was written by a newer program.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _migrate(path, [CORE, *migrations])
        except (sqlite3.Error, OSError) as error:
            raise storage_error(error, path) from error
        storage = cls(path, clock)
        storage._fill_ballast()
        storage._writer.start()
        log.info("database open path=%s sqlite=%s", path, sqlite3.sqlite_version)
        return storage

    async def run(
        self, community: str, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(db, …)` in one write transaction and return its result once that is on disk.

        What `fn` raises is raised here, after everything it wrote was undone.

        Raises:
            StorageError: the database could not write (disk full, damaged, closed).
        """
        return await self._writer.submit(community, lambda db: fn(db, *args, **kwargs))

    def submit(self, community: str, fn: Callable[[Database], T]) -> asyncio.Future[T]:
        """Begin what `run` does and return at once; the future is done when it is on disk, or failed."""
        return self._writer.submit(community, fn)

    async def read(
        self, community: str, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(db, …)` on one snapshot of the database, off the event loop; it cannot write."""
        return await self._readers.submit(community, lambda db: fn(db, *args, **kwargs))

    def watch(self, topic: str) -> Watch:
        """Return a watch that wakes after every commit that notified `topic`."""
        watch = Watch()
        self._watches.setdefault(topic, []).append(watch)
        return watch

    def own(self, account: str) -> bool:
        """Take the right to speak for a gateway account; False when another process has it.

        Here it is a lock on a file beside the database, so a killed process gives it up at once.
        """
        if account in self._locks:
            return True
        lock = lock_path(self.path, account).open("w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._locks[account] = lock
        return True

    async def backup(self, target: Path) -> None:
        """Write a consistent copy while the bot goes on writing.

        Raises:
            StorageError: the copy could not be written or does not pass the integrity check.
        """
        await asyncio.to_thread(copy_database, self.path, target)

    async def close(self) -> None:
        """Finish what was submitted and close; a second call does nothing."""
        await asyncio.to_thread(self._writer.close)
        self._let_go()

    def abandon(self) -> None:
        """Let go of the file as a crash would: writes that were not committed yet are lost (for simulations)."""
        self._writer.abandon()
        self._let_go()

    def _let_go(self) -> None:
        self._readers.close()
        for lock in self._locks.values():
            lock.close()
        self._locks.clear()

    def _on_committed(self, topics: set[str]) -> None:
        for topic in topics:
            for watch in self._watches.get(topic, ()):
                watch.wake()

    def _fill_ballast(self) -> None:
        if not self._ballast.exists() or self._ballast.stat().st_size < _BALLAST_BYTES:
            try:
                self._ballast.write_bytes(bytes(_BALLAST_BYTES))
            except OSError as error:
                log.warning("no room for the ballast file: %s", error)

    def _free_ballast(self) -> bool:
        """Give the ballast's room to the database; False when it was given already."""
        if not self._ballast.exists():
            return False
        self._ballast.unlink()
        log.error("the disk is full: gave up the ballast file %s; free some space soon", self._ballast)
        return True


def _migrate(path: Path, migrations: Sequence[Migrations]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("pragma busy_timeout=10000")
        connection.execute("pragma journal_mode=WAL")
        db = sqlite_utils.Database(connection)
        connection.execute("begin immediate")  # all of them or none, and no second process in between
        for migration_set in migrations:
            _refuse_newer(db, migration_set, path)
            if migration_set.pending(db):
                migration_set.apply(db)
        connection.execute("commit")
    finally:
        connection.close()  # rolls back what was not committed


def _refuse_newer(db: sqlite_utils.Database, migration_set: Migrations, path: Path) -> None:
    known = {m.name for m in migration_set._migrations}  # noqa: SLF001 - there is no public list of all names
    unknown = [m.name for m in migration_set.applied(db) if m.name not in known]
    if unknown:
        name = f"{migration_set.name}.{unknown[0]}"
        raise StorageError(f"{path} was written by a newer program (it knows {name}): update qunzhi")
