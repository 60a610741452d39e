"""How long a bot with a past takes to start, and how much memory it holds when nothing happens."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import inbox
from bot.app import DATABASE_FILE, App, core_migrations, make_loader
from bot.cli.bench_folder import bench_folder
from bot.cli.bench_pipeline import Crowd, until
from bot.clock import SystemClock
from bot.config_model import Config
from bot.model import Contact, MessageReceived, RoomInfo
from bot.storage import Database, Storage

_BATCH = 1000


def _fill(folder: Path, count: int) -> None:
    """Put that many handled messages of one room on record."""
    clock, config = SystemClock(), Config()
    loader = make_loader(lambda: config, clock)
    loader.load_all()
    room, talker = RoomInfo("room", "Python学习群", "owner"), Contact("someone", "小明")

    def write(db: Database, first: int) -> None:
        for number in range(first, min(first + _BATCH, count)):
            at = clock.now() - timedelta(seconds=count - number)
            event = MessageReceived(id=f"old-{number}", at=at, talker=talker, room=room, text=f"第 {number} 条消息")
            inbox.accept(db, "bot", event, True)  # noqa: FBT003 - stable ids
            inbox.finish(db, event.id, {"stage": "chat"}, [])

    async def fill() -> None:
        storage = Storage.open(folder / DATABASE_FILE, clock, [*core_migrations(), *loader.migrations()])
        for first in range(0, count, _BATCH):
            await storage.run(config.community, write, first)
        await storage.close()

    asyncio.run(fill())


async def _start(folder: Path, encoder: str) -> dict[str, float]:
    """Start a bot on that data, let it come to rest, and say what it took."""
    crowd = Crowd()
    app = App(Config(), crowd.gateway, crowd.clock, data_dir=folder, encoder=encoder)
    began = crowd.clock.monotonic()
    await app.start()
    await until(lambda: app.dispatcher.counters.is_online)
    ready = crowd.clock.monotonic() - began
    await app.search.wait_ready()
    await app.search.settle()
    await asyncio.sleep(1)
    pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - one line of the kernel's
    await app.stop()
    return {"ready_s": round(ready, 3), "rss_mb": round(pages * 4096 / 1e6, 1)}


def bench_start(messages: int) -> dict[str, Any]:
    """Measure a start on many stored messages, each time in a fresh process.

    Args:
        messages: how many are on record.

    Returns:
        ready_s (from the first call to being online), rss_mb at rest without and with the embedded encoder, MB of 10⁶.
    """
    with bench_folder() as folder:
        _fill(folder, messages)
        light, full = (_in_own_process(folder, encoder) for encoder in ("none", "embedded"))
    return {
        "messages": messages,
        "ready_s": light["ready_s"],
        "rss_mb_without_encoder": light["rss_mb"],
        "rss_mb_with_encoder": full["rss_mb"],
    }


def _in_own_process(folder: Path, encoder: str) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, str(folder), encoder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own module
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_start(Path(sys.argv[1]), sys.argv[2]))) + "\n")
