"""How many passages a second come in, from a post's text to being found by meaning."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.app import DATABASE_FILE, core_migrations, make_loader
from bot.cli.bench_memory import resident_mb
from bot.cli.bench_posts_store import count_passages, real_documents
from bot.clock import SystemClock
from bot.config_model import Config
from bot.plugins.qa.api import Draft, import_paths, put_post
from bot.search.encoder import load_encoder
from bot.search.evaluation import running_search
from bot.search.model import Document
from bot.storage import Database, Storage

Progress = Callable[[str], None]
_COMMUNITY = Config().community


def bench_ingest(
    sizes: Sequence[int],
    encoder_spec: str = "embedded",
    progress: Progress = lambda _text: None,
    *,
    knowledge: Path = Path("knowledge"),
) -> dict[str, dict[str, float]]:
    """Measure real posts under titles that make them new, since vectors of the posts as they are come ready-made.

    Returns:
        By number of passages: `passages_per_s` from put to found by meaning; `passages_per_cpu_s` the same by
        processor time, which is what one core does when it has nothing else to do; `characters`, the mean length of
        title and text; `rss_mb`.
    """
    return {str(size): asyncio.run(_ingest(size, encoder_spec, progress, knowledge)) for size in sizes}


async def _ingest(size: int, encoder_spec: str, progress: Progress, knowledge: Path) -> dict[str, float]:
    clock, config = SystemClock(), Config()
    loader = make_loader(lambda: config, clock)
    loader.load_all()
    encoder = load_encoder(encoder_spec, progress)
    with tempfile.TemporaryDirectory(prefix="qunzhi-bench-", dir=".") as folder:
        migrations = [*core_migrations(), *loader.migrations()]
        storage = Storage.open(Path(folder) / DATABASE_FILE, clock, migrations)
        try:
            await import_paths(lambda *call: storage.run("real", *call), [knowledge], clock.now())
            documents = await storage.read("real", real_documents)
            async with running_search(storage, encoder) as search:
                await search.settle()
                wall, processor = clock.monotonic(), time.process_time()
                count, characters = await _put(storage, documents, size, clock.now())
                await search.settle()
                wall, processor = clock.monotonic() - wall, time.process_time() - processor
        finally:
            await storage.close()
    return {
        "passages_per_s": round(count / wall, 1),
        "passages_per_cpu_s": round(count / processor, 1),
        "characters": round(characters / count),
        "rss_mb": resident_mb(),
    }


async def _put(storage: Storage, documents: Sequence[Document], size: int, now: datetime) -> tuple[int, int]:
    """Put posts until there are that many passages; return how many, and the characters of their titles and texts."""
    count = characters = number = 0
    while count < size:
        document = documents[number % len(documents)]
        new = replace(document, title=f"{document.title}（{number}）")
        await storage.run(_COMMUNITY, _put_post, new, now)
        before, count = count, await storage.read(_COMMUNITY, count_passages)
        characters += len(new.text) + len(new.title) * (count - before)
        number += 1
    return count, characters


def _put_post(db: Database, document: Document, now: datetime) -> None:
    put_post(db, Draft(title=document.title, body=document.text), now)
