"""Writes every post into a folder as Markdown; imported again, they are the same posts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.plugin import Database, QunzhiError, find_room
from bot.plugins.qa.folder import Progress
from bot.plugins.qa.front_matter import write_markdown
from bot.plugins.qa.model import TOPIC_SCOPE, Post
from bot.plugins.qa.store import count_posts, posts_after
from bot.plugins.qa.versions_store import versions_of

_PAGE = 200  # posts in memory at once
_LONGEST_NAME = 40  # characters of a title in a file's name


async def export_posts(
    read: Callable[..., Awaitable[Any]], folder: Path, progress: Progress = lambda _done, _all: None
) -> int:
    """Write every post into a file of its own and return how many there are.

    Args:
        read: runs a function in a reading transaction.
        folder: is made; what it holds already must not mix with what is exported.
        progress: is told after every page of posts.

    Raises:
        QunzhiError: the folder is not empty, or cannot be written.
    """
    try:
        await asyncio.to_thread(_make_empty, folder)
        total: int = await read(count_posts)
        done, last = 0, 0
        while files := await read(_read_page, last):
            await asyncio.to_thread(_write_all, folder, files)
            done, last = done + len(files), max(files)
            progress(done, max(total, done))
    except OSError as error:
        raise QunzhiError(f"{folder} 写不进去：{error.strerror}") from error
    return done


def _make_empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise QunzhiError(f"{folder} 里已经有文件，请换一个空目录")


def _read_page(db: Database, last: int) -> dict[int, tuple[str, str]]:
    """Return number → name and text of the files of the next posts."""
    return {post.number: (_name_of(post), _text_of(db, post)) for post in posts_after(db, last, _PAGE)}


def _text_of(db: Database, post: Post) -> str:
    return write_markdown(post, _topic_of(db, post.room), max(1, len(versions_of(db, post.number))))


def _topic_of(db: Database, scope: str) -> str:
    """Return the name of the group a post belongs to: its number means nothing in another database."""
    if not scope or scope.startswith(TOPIC_SCOPE):
        return scope.removeprefix(TOPIC_SCOPE)
    room = find_room(db, scope)
    return room.topic if room else scope


def _name_of(post: Post) -> str:
    title = re.sub(r"[^\w+#.]+", "-", post.title)[:_LONGEST_NAME].strip("-.")
    return f"{post.number:04}-{title}.md" if title else f"{post.number:04}.md"


def _write_all(folder: Path, files: dict[int, tuple[str, str]]) -> None:
    for name, text in files.values():
        (folder / name).write_bytes(text.encode())
