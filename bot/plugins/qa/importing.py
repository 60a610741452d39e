"""Imports files and folders that an owner names on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from bot.plugin import Database, DocumentReader, Fault, publish
from bot.plugins.qa.files import find_files, read_posts
from bot.plugins.qa.files_store import Change
from bot.plugins.qa.folder import Progress, Run
from bot.plugins.qa.model import Draft
from bot.plugins.qa.store import Outcome, PostsAdded, put_post

_BATCH = 50  # posts written in one transaction


@dataclass(frozen=True, slots=True)
class _Named:
    path: Path
    root: Path | None


async def import_paths(
    run: Run, paths: Sequence[Path], now: datetime, progress: Progress = lambda _done, _all: None
) -> Change:
    """Read files and folders and store their posts; what was imported before is found again by id or content.

    Args:
        run: runs a function in a writing transaction.
        paths: files, or folders that are read with everything below them.
        now: aware UTC.
        progress: is told after every file.
    """
    files = await asyncio.to_thread(_list_files, paths)
    change = Change(faults=[str(Fault(str(path), 1, 1, "这个目录里没有能读的文件")) for path in _empty(paths, files)])
    with DocumentReader() as converter:
        for done, file in enumerate(files, 1):
            reading = await asyncio.to_thread(read_posts, file.path, file.root, converter)
            change.faults += [str(fault) for fault in reading.faults]
            for start in range(0, len(reading.drafts), _BATCH):
                stored = await run(_store, reading.drafts[start : start + _BATCH], now)
                change = change.join(Change(**stored))
            progress(done, len(files))
    return change


def _list_files(paths: Sequence[Path]) -> list[_Named]:
    return [_Named(file, path if path.is_dir() else None) for path in paths for file in find_files(path)]


def _empty(paths: Sequence[Path], files: Sequence[_Named]) -> list[Path]:
    roots = {file.root for file in files}
    return [path for path in paths if path.is_dir() and path not in roots]


def _store(db: Database, drafts: Sequence[Draft], now: datetime) -> dict[str, object]:
    change, new = Change(), list[str]()
    for draft in drafts:
        stored = put_post(db, draft, now)
        change.count(stored.outcome)
        new += [stored.post.id] if stored.outcome in {Outcome.ADDED, Outcome.UPDATED} else []
        if stored.outcome is Outcome.CLASH:
            taken = f"id「{draft.id}」已被 #{stored.post.number}《{stored.post.title}》用了，请换一个"
            change.faults.append(str(Fault(draft.path, 1, 1, taken)))
    if new:
        publish(db, PostsAdded(tuple(new)))
    return asdict(change)
