"""How fast what is due at one instant gets out, pacing left aside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import outbox
from bot.app import App
from bot.cli.bench_folder import bench_folder
from bot.cli.bench_pipeline import ROOMS, Crowd, unlimited, until
from bot.clock import SystemClock
from bot.config_model import Config
from bot.deadlines_store import StoredDeadline, set_deadline
from bot.model import Outgoing, Priority
from bot.plugin import Context, Deadline, Plugin, Settings
from bot.storage import Database

_AHEAD = timedelta(seconds=3)  # what is due is on disk before, and the bot at rest
alarm: Plugin[Settings] = Plugin("alarm", title="对照测试")


@alarm.deadline("ring")
async def ring(_ctx: Context[Settings], due: Deadline) -> str:
    """Say it."""
    return f"通知 {due.key}"


class ShiftedClock(SystemClock):
    """The real clock, set so that a minute is about to begin: schedules know no seconds."""

    def __init__(self) -> None:
        now = super().now()
        self._ahead = now.replace(second=0, microsecond=0) + timedelta(minutes=1) - now - _AHEAD

    def now(self) -> datetime:
        """Return the shifted time."""
        return super().now() + self._ahead


@asynccontextmanager
async def _running(crowd: Crowd, folder: Path, schedules: str = "") -> AsyncIterator[App]:
    path = folder / "schedules.yaml"
    await asyncio.to_thread(_write, path, schedules)
    app = App(
        unlimited(Config()),
        crowd.gateway,
        crowd.clock,
        data_dir=folder,
        schedules_path=path,
        plugins=[alarm],
        encoder="hashing",
        is_paced=False,
    )
    await app.start()
    try:
        await until(lambda: len(app.core.facts.rooms()) == ROOMS)
        await app.drain()
        yield app
    finally:
        await app.stop()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")


async def _lateness(crowd: Crowd, count: int, due: datetime) -> list[float]:
    """Return how many milliseconds after they were due `count` messages went out, ascending."""
    before = crowd.answered()
    await until(lambda: crowd.answered() - before >= count)
    return sorted((act.at - due).total_seconds() * 1000 for act in crowd.world.acts[before:])


async def _rows(count: int, folder: Path) -> list[float]:
    crowd = Crowd()
    async with _running(crowd, folder) as app:
        due = crowd.clock.now() + _AHEAD
        rooms = [room.id for room in app.core.facts.rooms()]

        def announce(db: Database) -> None:
            for number in range(count):
                room, key = rooms[number % ROOMS], f"bench/{number}"
                text = f"通知 {number}"
                row = Outgoing(room_id=room, text=text, dedupe_key=key, not_before=due, priority=Priority.ANNOUNCEMENT)
                outbox.enqueue(db, row)

        await app.storage.run(app.core.community, announce)
        return await _lateness(crowd, count, due)


async def _announcements(count: int, folder: Path) -> list[float]:
    crowd = Crowd(ShiftedClock())
    due = crowd.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    entries = [
        f"  - {{id: n{number}, room: 群{number % ROOMS}, every: '每天 {due:%H:%M}', text: 通知 {number}}}\n"
        for number in range(count)
    ]
    async with _running(crowd, folder, "timezone: UTC\nannouncements:\n" + "".join(entries)):
        return await _lateness(crowd, count, due)


async def _deadlines(count: int, folder: Path) -> list[float]:
    crowd = Crowd()
    async with _running(crowd, folder) as app:
        due = crowd.clock.now() + _AHEAD
        rooms = [room.id for room in app.core.facts.rooms()]

        def promise(db: Database) -> None:
            for number in range(count):
                room = rooms[number % ROOMS]
                set_deadline(db, StoredDeadline(plugin="alarm", name="ring", key=str(number), at=due, room_id=room))

        await app.storage.run(app.core.community, promise)
        return await _lateness(crowd, count, due)


def bench_outbox(count: int) -> dict[str, Any]:
    """Measure what is all due at one instant: rows on disk, announcements of schedules.yaml, deadlines of a plugin.

    Args:
        count: how many, over five rooms.

    Returns:
        rows, rows_per_s, and how late they went out: late_ms_p50, late_ms_p99, announcements_late_p99_ms,
        deadlines_late_p99_ms.
    """
    logging.getLogger("bot").setLevel(logging.ERROR)
    with bench_folder() as folder:
        rows = asyncio.run(_rows(count, folder / "rows"))
        announcements = asyncio.run(_announcements(count, folder / "announcements"))
        deadlines = asyncio.run(_deadlines(count, folder / "deadlines"))
    return {
        "rows": count,
        "rows_per_s": round(count / max(rows[-1] / 1000, 0.001)),
        "late_ms_p50": round(rows[count // 2], 1),
        "late_ms_p99": round(rows[int(count * 0.99)], 1),
        "announcements_late_p99_ms": round(announcements[int(count * 0.99)], 1),
        "deadlines_late_p99_ms": round(deadlines[int(count * 0.99)], 1),
    }
