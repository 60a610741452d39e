"""How many passages a second come in, from a post's text to being found by meaning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import cycle
from pathlib import Path
from statistics import mean

from bot.app import DATABASE_FILE, core_migrations, make_loader
from bot.cli.bench_folder import bench_folder
from bot.cli.bench_memory import resident_mb
from bot.cli.bench_posts_store import real_documents
from bot.clock import SystemClock
from bot.config_model import Config
from bot.plugins.qa.api import Draft, import_paths, put_post
from bot.search.encoder import load_encoder
from bot.search.evaluation import running_search
from bot.search.model import Document
from bot.search.passages import split_passages
from bot.search.service import Search
from bot.storage import Database, Storage

Progress = Callable[[str], None]
Tokenise = Callable[[Sequence[str]], list[list[int]]]
_COMMUNITY = Config().community
_SHORT = 200  # characters of title and text together, the unit of RESEARCH.md
_FEWEST = 20  # characters of text, however long the title is


def bench_ingest(
    sizes: Sequence[int],
    encoder_spec: str = "embedded",
    progress: Progress = lambda _text: None,
    *,
    knowledge: Path = Path("knowledge"),
) -> dict[str, dict[str, dict[str, float]]]:
    """Measure real posts under titles that make them new, since vectors of the posts as they are come ready-made.

    Returns:
        By number of passages: `real` with the posts as they are, `short` with passages of 200 characters. In each
        `passages_per_s_per_core` from put to found by meaning, by processor time: what one core does when it has
        nothing else to do; `passages_per_s`, the same by the clock; `characters` and, with the embedded encoder,
        `tokens` of a passage with its title, on average; `rss_mb`.
    """
    tokenise = _load_tokenizer(encoder_spec, progress)
    return {str(size): asyncio.run(_ingest(size, encoder_spec, progress, knowledge, tokenise)) for size in sizes}


def _load_tokenizer(encoder_spec: str, progress: Progress) -> Tokenise | None:
    if encoder_spec != "embedded":
        return None
    from bot.search.embedded import build, open_tokenizer

    return open_tokenizer(build(progress=progress))


async def _ingest(
    size: int, encoder_spec: str, progress: Progress, knowledge: Path, tokenise: Tokenise | None
) -> dict[str, dict[str, float]]:
    clock, config = SystemClock(), Config()
    loader = make_loader(lambda: config, clock)
    loader.load_all()
    encoder = load_encoder(encoder_spec, progress)
    with bench_folder() as folder:
        migrations = [*core_migrations(), *loader.migrations()]
        storage = Storage.open(folder / DATABASE_FILE, clock, migrations)
        try:
            await import_paths(lambda *call: storage.run("real", *call), [knowledge], clock.now())
            real = await storage.read("real", real_documents)
            async with running_search(storage, encoder) as search:
                await search.settle()
                return {
                    "real": await _measure(storage, search, _renewed(real), size, tokenise),
                    "short": await _measure(storage, search, _shortened(real), size, tokenise),
                }
        finally:
            await storage.close()


async def _measure(
    storage: Storage, search: Search, documents: Iterator[Document], size: int, tokenise: Tokenise | None
) -> dict[str, float]:
    clock = SystemClock()
    wall, processor = clock.monotonic(), time.process_time()
    texts = await _put(storage, documents, size, clock.now())
    await search.settle()
    wall, processor = clock.monotonic() - wall, time.process_time() - processor
    found: dict[str, float] = {
        "passages_per_s_per_core": round(len(texts) / processor, 1),
        "passages_per_s": round(len(texts) / wall, 1),
        "characters": round(mean(map(len, texts))),
    }
    if tokenise:
        found["tokens"] = round(mean(map(len, tokenise(texts))))
    return found | {"rss_mb": resident_mb()}


def _renewed(documents: Sequence[Document]) -> Iterator[Document]:
    for number, document in enumerate(cycle(documents)):
        yield replace(document, title=f"{document.title}（{number}）")


def _shortened(documents: Sequence[Document]) -> Iterator[Document]:
    """Yield posts of one passage, the beginnings of those passages that are long enough."""
    made = [
        (document.title, passage.text)
        for document in documents
        for passage in split_passages(document.text)
        if len(passage.text) >= _SHORT
    ]
    for number, (title, text) in enumerate(cycle(made)):
        new = f"{title}（短 {number}）"
        yield Document(f"short{number}", new, text[: max(_SHORT - len(new), _FEWEST)])


async def _put(storage: Storage, documents: Iterator[Document], size: int, now: datetime) -> list[str]:
    """Put posts until there are so many passages more; return title and text of each, as the encoder gets them."""
    texts: list[str] = []
    while len(texts) < size:
        document = next(documents)
        await storage.run(_COMMUNITY, _put_post, document, now)
        texts += [f"{piece.full_title(document.title)}\n{piece.text}" for piece in split_passages(document.text)]
    return texts


def _put_post(db: Database, document: Document, now: datetime) -> None:
    put_post(db, Draft(title=document.title, body=document.text), now)
