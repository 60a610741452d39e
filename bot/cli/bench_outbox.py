"""How fast what is due at one instant gets out, pacing left aside."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import outbox
from bot.app import App
from bot.cli.bench_pipeline import ROOMS, Crowd, unlimited, until
from bot.config_model import Config
from bot.model import Outgoing, Priority
from bot.storage import Database

_AHEAD = timedelta(seconds=3)  # the rows are on disk before they are due, as the scheduler's are


async def _measure(count: int, folder: Path) -> dict[str, Any]:
    crowd = Crowd()
    app = App(unlimited(Config()), crowd.gateway, crowd.clock, data_dir=folder, encoder="hashing", is_paced=False)
    await app.start()
    try:
        await until(lambda: len(app.core.facts.rooms()) == ROOMS)
        await app.drain()
        before, due = crowd.answered(), crowd.clock.now() + _AHEAD
        rooms = [room.id for room in app.core.facts.rooms()]

        def announce(db: Database) -> None:
            for number in range(count):
                room, key = rooms[number % ROOMS], f"bench/{number}"
                text = f"通知 {number}"
                row = Outgoing(room_id=room, text=text, dedupe_key=key, not_before=due, priority=Priority.ANNOUNCEMENT)
                outbox.enqueue(db, row)

        await app.storage.run(app.core.community, announce)
        await until(lambda: crowd.answered() - before >= count)
        late = sorted((act.at - due).total_seconds() * 1000 for act in crowd.world.acts[before:])
        return {
            "rows": count,
            "rows_per_s": round(count / max(late[-1] / 1000, 0.001)),
            "late_ms_p50": round(late[count // 2], 1),
            "late_ms_p99": round(late[int(count * 0.99)], 1),
        }
    finally:
        await app.stop()


def bench_outbox(count: int) -> dict[str, Any]:
    """Measure announcements that are all due at one instant.

    Args:
        count: how many, over five rooms.

    Returns:
        rows, rows_per_s, and how late they went out (late_ms_p50, late_ms_p99).
    """
    logging.getLogger("bot").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="qunzhi-bench-", dir=".") as folder:
        return asyncio.run(_measure(count, Path(folder)))
