"""How long a question takes through the whole bot, and what search adds to plain FAISS and FTS5 calls, by size."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bot.app import DATABASE_FILE, App, core_migrations, make_loader
from bot.cli.bench_folder import bench_folder
from bot.cli.bench_memory import resident_mb
from bot.cli.bench_pipeline import ROOMS, Crowd, unlimited, until
from bot.cli.bench_plain import PlainSearch
from bot.cli.bench_posts import Maker
from bot.cli.bench_posts_store import count_passages, count_rows, known_vectors, put_made, real_documents
from bot.clock import Clock, SystemClock
from bot.config_model import Config
from bot.plugins.qa.api import import_paths
from bot.search.encoder import load_encoder
from bot.search.evaluation import running_search
from bot.storage import Storage, Watch

Progress = Callable[[str], None]
_POSTS_AT_ONCE = 500
_WARM_UP, _QUESTIONS = 10, 100
_PATIENCE = 60.0  # seconds for one answer


def bench_ask(
    sizes: Sequence[int],
    encoder_spec: str = "embedded",
    progress: Progress = lambda _text: None,
    *,
    knowledge: Path = Path("knowledge"),
    questions: int = _QUESTIONS,
) -> dict[str, dict[str, float]]:
    """Measure questions to a growing database; every size is measured in a fresh process.

    The real posts come first and are what the questions are about; the others are put together from their sentences
    and made-up names, with vectors near those of real ones, since encoding a million texts takes a day.

    Args:
        sizes: numbers of passages.
        encoder_spec: see `load_encoder`.
        progress: is told in one sentence how far it is.
        knowledge: folder of the real posts.
        questions: how many are asked.

    Returns:
        By size: `ms_p50`, `ms_p95` from a message's arrival to the answer in the outbox on disk; `cpu_ms_p50`,
        `cpu_ms_p95` the same in processor time, which a busy machine does not stretch as much; `ms_search` for search
        alone, `ms_plain` for encoding and one call each of FAISS and FTS5, `ms_added` and `cpu_ms_added` for what
        search takes more (medians of the differences); `answered`, the share of questions that got an answer;
        `ready_s` until online, `searchable_s` until meaning is compared; `rss_mb`; `database_mb`.
    """
    found: dict[str, dict[str, float]] = {}
    with bench_folder() as folder:
        for size in sorted(sizes):
            arguments = json.dumps([str(folder), size, encoder_spec, str(knowledge), questions])
            progress(f"写入 {size} 段…")
            _in_own_process("fill", arguments)
            progress(f"{size} 段，开始提问…")
            found[str(size)] = _in_own_process("ask", arguments)
            progress(json.dumps(found[str(size)]))
    return found


async def fill(folder: Path, size: int, encoder_spec: str, knowledge: Path) -> None:
    """Bring a database to that many passages, at least those of the real posts."""
    clock, config = SystemClock(), Config()
    loader = make_loader(lambda: config, clock)
    loader.load_all()
    storage = Storage.open(folder / DATABASE_FILE, clock, [*core_migrations(), *loader.migrations()])
    community = config.community
    try:
        encoder = load_encoder(encoder_spec)
        if not await storage.read(community, count_passages):
            await import_paths(lambda *call: storage.run(community, *call), [knowledge], clock.now())
            async with running_search(storage, encoder) as search:
                await search.settle()
        documents = await storage.read(community, real_documents)
        known = (await storage.read(community, known_vectors, encoder.fingerprint))[: len(documents)]
        maker, there = Maker(documents), await storage.read(community, count_passages)
        while there < size:
            posts = maker.posts(there, min(_POSTS_AT_ONCE, -((there - size) // 2)))
            count = sum(len(post.passages) for post in posts)
            vectors = maker.vectors(known, there, count)
            await storage.run(community, put_made, posts, encoder.fingerprint, vectors)
            there += count
    finally:
        await storage.close()


@dataclass
class _Times:
    """Wall-clock and processor milliseconds of the same things."""

    clock: Clock
    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @contextmanager
    def measure(self) -> Iterator[None]:
        wall, processor = self.clock.monotonic(), time.process_time()
        yield
        self.processor.append((time.process_time() - processor) * 1000)
        self.wall.append((self.clock.monotonic() - wall) * 1000)


async def ask(folder: Path, encoder_spec: str, questions: int) -> dict[str, float]:
    """Start a bot on that database and ask it."""
    crowd = Crowd()
    config = unlimited(Config(knowledge=str(folder / "no-knowledge")))
    app = App(config, crowd.gateway, crowd.clock, data_dir=folder, encoder=encoder_spec, is_paced=False)
    began = crowd.clock.monotonic()
    await app.start()
    try:
        await until(lambda: len(app.core.facts.rooms()) == ROOMS)
        ready = crowd.clock.monotonic() - began
        await app.search.wait_ready()
        searchable = crowd.clock.monotonic() - began
        if pending := await app.search.count_pending():
            raise RuntimeError(f"{pending} passages have no vectors: the encoder was changed while filling")
        gc.freeze()  # as `bot run` does
        maker = Maker(await app.storage.read(config.community, real_documents))
        result = await _ask_members(app, crowd, maker, questions)
        result |= {"rss_mb": resident_mb(), "ready_s": round(ready, 2), "searchable_s": round(searchable, 2)}
        return result | await _ask_search(app, crowd.clock, maker, encoder_spec, questions) | _size(folder)
    finally:
        await app.stop()


async def _ask_members(app: App, crowd: Crowd, maker: Maker, questions: int) -> dict[str, float]:
    """Let members ask one after another, and wait for each answer's row in the outbox."""
    watch, community = app.storage.watch("outbox"), app.config.community
    times = _Times(crowd.clock)
    for number, question in enumerate(maker.questions(_WARM_UP + questions)):
        await app.drain()
        watch.wake()
        await watch.wait()  # what was notified before is none of this question's
        before = await app.storage.read(community, count_rows)
        with times.measure():
            crowd.say(number, f"@{app.config.name} {question}")
            await _wait_for_row(app, watch, before)
    await app.drain()
    answered = sum("把握" in act.text for act in crowd.world.acts)
    wall, processor = times.wall[_WARM_UP:], times.processor[_WARM_UP:]
    return {
        "ms_p50": _quantile(wall, 0.5),
        "ms_p95": _quantile(wall, 0.95),
        "cpu_ms_p50": _quantile(processor, 0.5),
        "cpu_ms_p95": _quantile(processor, 0.95),
        "answered": round(answered / (_WARM_UP + questions), 3),
    }


async def _wait_for_row(app: App, watch: Watch, before: int) -> None:
    async with asyncio.timeout(_PATIENCE):
        await watch.wait()
        while await app.storage.read(app.config.community, count_rows) == before:
            await watch.wait()


async def _ask_search(app: App, clock: Clock, maker: Maker, encoder_spec: str, questions: int) -> dict[str, float]:
    """Ask search alone and, in turn, one call each of encoder, FAISS and FTS5."""
    plain = await PlainSearch.open(app.storage, app.config.community, encoder_spec)
    ours, theirs = _Times(clock), _Times(clock)
    for number, question in enumerate(maker.questions(_WARM_UP + questions, seed=1)):
        for is_ours in (True, False) if number % 2 else (False, True):  # the second finds the database's pages read
            with (ours if is_ours else theirs).measure():
                await (app.search.find(app.config.community, question) if is_ours else plain.find(question))
    added = np.array(ours.wall[_WARM_UP:]) - theirs.wall[_WARM_UP:]
    cpu_added = np.array(ours.processor[_WARM_UP:]) - theirs.processor[_WARM_UP:]
    return {
        "ms_search": _quantile(ours.wall[_WARM_UP:], 0.5),
        "ms_plain": _quantile(theirs.wall[_WARM_UP:], 0.5),
        "ms_added": _quantile(added, 0.5),
        "cpu_ms_search": _quantile(ours.processor[_WARM_UP:], 0.5),
        "cpu_ms_added": _quantile(cpu_added, 0.5),
    }


def _size(folder: Path) -> dict[str, float]:
    return {"database_mb": round(sum(file.stat().st_size for file in folder.glob(f"{DATABASE_FILE}*")) / 1e6, 1)}


def _quantile(times: Sequence[float] | np.ndarray[Any, Any], share: float) -> float:
    return round(float(np.quantile(times, share)), 2)


def _in_own_process(step: str, arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, step, arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own module
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    logging.getLogger("bot").setLevel(logging.ERROR)
    folder, size, encoder_spec, knowledge, questions = json.loads(sys.argv[2])
    if sys.argv[1] == "fill":
        asyncio.run(fill(Path(folder), size, encoder_spec, Path(knowledge)))
        sys.stdout.write("{}\n")
    else:
        sys.stdout.write(json.dumps(asyncio.run(ask(Path(folder), encoder_spec, questions))) + "\n")
