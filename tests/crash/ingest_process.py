"""The process that is killed while posts come in: puts, replaces and removes posts, several in one transaction.

Beside the database it keeps a journal: what it is about to do, and that it is done. A killed process loses nothing it
has written to a file, so the journal tells what must be there after the next start.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import SystemClock
from bot.plugins.qa import plugin
from bot.plugins.qa.api import Draft, put_post, remove_post
from bot.search import store
from bot.search.service import Search
from bot.storage import Storage

COMMUNITY = "c"
POSTS, SECTIONS = 30, 3
_MOST_AT_ONCE = 5


def open_storage(path: Path) -> Storage:
    """Open the database of posts and search."""
    return Storage.open(path, SystemClock(), [store.migrations, plugin.migrations])


def mark(post: int, version: int, section: int) -> str:
    """Return a word that stands in this section of this version only."""
    return f"zq{post}v{version}s{section}"


def body(post: int, version: int) -> str:
    """Return a text of several passages."""
    words = (mark(post, version, section) for section in range(SECTIONS))
    return "\n\n".join(f"## {word}\n\n先看 {word} 的日志，再看配置。{'写得长一点。' * 40}" for word in words)


@dataclass
class Journal:
    """What is said to be done.

    Attributes:
        posts: number → version; None once removed.
        begun: the change that was under way when the process died: it is there as a whole or not at all.
        changes: how many are done.
    """

    posts: dict[int, int | None] = field(default_factory=dict)
    begun: dict[int, int | None] = field(default_factory=dict)
    changes: int = 0

    @classmethod
    def read(cls, path: Path) -> Journal:
        """Return what the file says; a line that a kill cut off was not done."""
        journal = cls()
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        for line in lines:
            if line == b"undone":
                journal.begun = {}
            elif line == b"done":
                journal.posts |= journal.begun
                journal.begun = {}
                journal.changes += 1
            else:
                journal.begun = {int(post): version for post, version in json.loads(line).items()}
        return journal

    def outcomes(self) -> tuple[dict[int, int | None], ...]:
        """Return what may be there: without the change under way, or with all of it."""
        return self.posts, self.posts | self.begun


def texts_of(posts: dict[int, int | None]) -> dict[str, str]:
    """Return id → text of the posts that are there."""
    return {f"p{post}": body(post, version) for post, version in posts.items() if version is not None}


def live_posts(db):
    return {row["id"]: row["body"] for row in db.query("select id, body from posts where removed_at is null")}


def apply(db, change):
    now = SystemClock().now()
    for post, version in change.items():
        if version is None:
            remove_post(db, f"p{post}", now)
        else:
            put_post(db, Draft(id=f"p{post}", title=f"第 {post} 篇", body=body(post, version)), now)


async def main(path: Path, encoder: str) -> None:
    storage = open_storage(path)
    search = Search(storage, SystemClock(), encoder)
    await search.start()
    file = path.with_suffix(".journal")
    journal = Journal.read(file)
    dice = random.Random(journal.changes)
    number = journal.changes * 10 + dice.randrange(10)
    with file.open("ab", buffering=0) as out:
        if journal.begun:
            is_done = await storage.read(COMMUNITY, live_posts) == texts_of(journal.posts | journal.begun)
            out.write(b"done\n" if is_done else b"undone\n")
        os.write(1, f"ready {os.getpid()}\n".encode())
        while True:
            number += 1
            chosen = dice.sample(range(POSTS), dice.randint(1, _MOST_AT_ONCE))
            change = {post: None if dice.random() < 0.15 else number for post in chosen}
            out.write(json.dumps(change).encode() + b"\n")
            await storage.run(COMMUNITY, apply, change)
            out.write(b"done\n")
            await asyncio.sleep(dice.choice((0.0, 0.02)))  # the encoder gets its turn, and sometimes all it wants
