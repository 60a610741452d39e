"""The knowledge folder: read at the start and again when its files have changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.plugin import DocumentReader
from bot.plugins.qa.files import find_files, read_posts
from bot.plugins.qa.files_store import Change, FileContent, forget_files, known_files, store_files

log = logging.getLogger(__name__)

Run = Callable[..., Awaitable[Any]]
"""`Context.db`, `Context.read`, or the same of a `Storage`: runs a function of a `Database` in a transaction."""
Progress = Callable[[int, int], None]
"""Is told how many files are done, and of how many."""

_BATCH = 20  # files written in one transaction: other writes wait for no more than these
_PAUSE = timedelta(seconds=5)  # between two looks at the folder
_AT_ONCE = 200  # files read while somebody waits: about two seconds


class KnowledgeFolder:
    """One folder of one community.

    It is looked at when somebody asks, at most every few seconds: a bot that nobody asks does no work.

    Args:
        root: the folder; it may be missing.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._looked_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def refresh(self, run: Run, read: Run, now: datetime) -> Change:
        """Read what changed, unless the folder was looked at a moment ago; a lot of it is left for `load`."""
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < _PAUSE:
            return Change()
        async with self._lock:
            self._looked_at = now
            return await self._load(run, read, now, lambda _done, _all: None, _AT_ONCE)

    async def load(self, run: Run, read: Run, now: datetime, progress: Progress = lambda _done, _all: None) -> Change:
        """Read all that changed since the last time, also before a restart.

        Args:
            run: writes.
            read: reads.
            now: aware UTC.
            progress: is told after every batch.
        """
        async with self._lock:
            return await self._load(run, read, now, progress, None)

    async def _load(self, run: Run, read: Run, now: datetime, progress: Progress, most: int | None) -> Change:
        known: dict[str, str] = await read(known_files)
        present = await asyncio.to_thread(_stamp_files, self.root)
        if present is None:
            log.warning("knowledge folder %s is missing: the posts it had stay", self.root)
            return Change()
        every = [path for path, stamp in present.items() if known.get(path) != stamp]
        changed = every[:most]
        change = Change(left=len(every) - len(changed))
        for start in range(0, len(changed), _BATCH):
            contents = await asyncio.to_thread(_read_files, self.root, changed[start : start + _BATCH], present)
            change = change.join(Change(**await run(store_files, contents, list(present), now)))
            progress(min(start + _BATCH, len(changed)), len(changed))
        if gone := [path for path in known if path not in present]:
            change = change.join(Change(**await run(forget_files, gone, now)))
        if changed or gone:
            log.info("knowledge read files=%d gone=%d faults=%d", len(changed), len(gone), len(change.faults))
        return change


def _stamp_files(root: Path) -> dict[str, str] | None:
    """Return path → what changes with the file, in order; None when there is no such folder."""
    if not root.is_dir():
        return None
    stamps = {}
    for path in find_files(root):
        with suppress(FileNotFoundError):  # an editor replaced it at this moment: the next look finds it
            facts = path.stat()
            stamps[str(path)] = f"{facts.st_mtime_ns}-{facts.st_size}"
    return stamps


def _read_files(root: Path, paths: Sequence[str], stamps: dict[str, str]) -> list[FileContent]:
    with DocumentReader() as converter:
        readings = ((path, read_posts(Path(path), root, converter)) for path in paths)
        return [FileContent(path, stamps[path], reading.drafts, reading.faults) for path, reading in readings]
