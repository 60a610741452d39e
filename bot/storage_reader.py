"""The threads that read: each has its own connection, and is started when the others are at work."""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from bot.errors import StorageError
from bot.ids import IdSource
from bot.storage_database import Database, storage_error
from bot.storage_files import connect

log = logging.getLogger(__name__)
T = TypeVar("T")


class _Read(NamedTuple):
    community: str
    fn: Callable[[Database], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Readers:
    """Runs reads, a few at once.

    An executor would do, but its futures are made for threads that wait: this takes half the time of one.

    Args:
        path: the database file.
        ids: makes row ids.
        most: how many threads.
    """

    def __init__(self, path: Path, ids: IdSource, most: int) -> None:
        self._path = path
        self._ids = ids
        self._most = most
        self._queue: queue.SimpleQueue[_Read | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._open = 0
        self._closed = False

    def submit(self, community: str, fn: Callable[[Database], T]) -> asyncio.Future[T]:
        """Queue a read of one snapshot; it cannot write."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._closed:
            future.set_exception(StorageError("the database is closed"))
            return future
        self._open += 1
        if len(self._threads) < min(self._open, self._most):
            self._start_thread()
        self._queue.put(_Read(community, fn, loop, cast("asyncio.Future[Any]", future)))
        return future

    def close(self) -> None:
        """Finish what was submitted and end the threads."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"storage-read-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        with ExitStack() as opened:
            connect_once = cache(lambda: opened.enter_context(closing(connect(self._path, query_only=True))))
            while self._serve(connect_once):
                pass

    def _serve(self, connect_once: Callable[[], sqlite3.Connection]) -> bool:
        """Run the next read, and keep nothing of it while waiting for another; False when there will be none."""
        if (read := self._queue.get()) is None:
            return False
        result, error = None, None
        try:
            if not read.future.cancelled():
                result = self._run(connect_once(), read)
        except BaseException as raised:  # noqa: BLE001 - handed to the one who asked
            error = raised
        self._answer(read, result, error)
        return True

    def _run(self, connection: sqlite3.Connection, read: _Read) -> Any:  # noqa: ANN401 - as different as the reads
        connection.execute("begin")
        try:
            return read.fn(Database(connection, read.community, self._ids))
        except sqlite3.OperationalError as error:
            raise storage_error(error, self._path) from error
        finally:
            connection.execute("rollback")

    def _answer(self, read: _Read, result: object, error: BaseException | None) -> None:
        try:
            read.loop.call_soon_threadsafe(self._resolve, read.future, result, error)
        except RuntimeError:  # the loop was closed while its last reads were on the way
            log.debug("nobody waits for a finished read")

    def _resolve(self, future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
        self._open -= 1
        if future.done():  # cancelled by the one who asked
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
