"""How many durable writes a second the storage takes, how long each waits, and what the event loop feels of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.cli.bench_store import add_row, migrations
from bot.clock import Clock, SystemClock
from bot.storage import Storage

_WARM_UP = 0.5
_LAG_PROBE = 0.005


async def bench_storage(folder: Path, per_second: float = 2200.0, seconds: float = 5.0) -> dict[str, Any]:
    """Write single rows at random moments, whether or not the earlier ones are done, as members talk.

    Args:
        folder: where the database is made; its disk is what is measured.
        per_second: rows offered each second.
        seconds: how long.

    Returns:
        writes_per_s (durable rows a second), p50_ms, p99_ms and max_ms from the due moment to the row being on disk,
        loop_lag_p99_ms, offered_per_s, rows.
    """
    clock = SystemClock()
    storage = Storage.open(folder / "bench_storage.db", clock, [migrations])
    try:
        await _offer(storage, clock, per_second, _WARM_UP)
        lags: list[float] = []
        probe = asyncio.create_task(_probe_lag(clock, lags))
        began = clock.monotonic()
        waits = await _offer(storage, clock, per_second, seconds)
        took = clock.monotonic() - began
        probe.cancel()
    finally:
        await storage.close()
    return {
        "writes_per_s": round(len(waits) / took),
        "p50_ms": percentile(waits, 50),
        "p99_ms": percentile(waits, 99),
        "max_ms": percentile(waits, 100),
        "loop_lag_p99_ms": percentile(lags, 99),
        "offered_per_s": round(per_second),
        "rows": len(waits),
    }


def percentile(seconds: Sequence[float], percent: float) -> float:
    """Return a percentile in milliseconds, rounded to a hundredth; 0 when there are none."""
    if not seconds:
        return 0.0
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000, 2)


async def _offer(storage: Storage, clock: Clock, per_second: float, seconds: float) -> list[float]:
    dice = random.Random(1)  # noqa: S311 - the same arrivals in every run
    waits: list[float] = []
    writes: list[asyncio.Task[None]] = []
    began = due = clock.monotonic()
    while (due := due + dice.expovariate(per_second)) < began + seconds:
        if (early := due - clock.monotonic()) > 0:
            await clock.sleep(early)
        writes.append(asyncio.create_task(_write(storage, clock, due, waits)))
        if len(writes) % 50 == 0:
            await asyncio.sleep(0)  # behind schedule, too, the loop goes round
    await asyncio.gather(*writes)
    return waits


async def _write(storage: Storage, clock: Clock, due: float, waits: list[float]) -> None:
    await storage.run("bench", add_row, f"群{len(waits) % 5}")
    waits.append(clock.monotonic() - due)


async def _probe_lag(clock: Clock, lags: list[float]) -> None:
    while True:
        began = clock.monotonic()
        await clock.sleep(_LAG_PROBE)
        lags.append(clock.monotonic() - began - _LAG_PROBE)
