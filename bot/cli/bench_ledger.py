"""How fast the books grow one durable entry at a time, how long the full check takes, and a proof."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.cli.bench_memory import resident_mb
from bot.cli.bench_storage import percentile
from bot.clock import Clock, SystemClock
from bot.ledger import books_store
from bot.ledger.model import Entry, Posting
from bot.ledger.part import LedgerPart
from bot.storage import Database, Storage

_COMMUNITY = "bench"
_BATCH = 2000
_SINGLE = 500
_PROOFS = 300
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


async def bench_ledger(folder: Path, entries: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Fill the books, add to them one by one, prove entries and check everything.

    Args:
        folder: where the database is made; its disk is what is measured.
        entries: how many the books have in the end.
        progress: is told what is under way.

    Returns:
        entries; append_per_s (one transaction each, `synchronous=FULL`) and append_ms_p99; proof_ms_p50 and
        proof_ms_p99 of a payer's receipt; receipt_bytes; checkpoint_s of a log never signed before; verify_s of the
        full check and verify_cpu_s, what it takes on a machine with nothing else to do; database_mb, rss_mb.
    """
    clock = SystemClock()
    path = folder / "bench_ledger.db"
    storage = Storage.open(path, clock, [books_store.migrations])
    part = LedgerPart(storage, _COMMUNITY, clock, folder)
    try:
        progress(f"正在记 {entries} 笔……")
        await _fill(storage, entries - _SINGLE)
        waits = await _append(storage, clock, entries)
        progress("正在签名、出收据、校验……")
        began = clock.monotonic()
        await part.checkpoint()
        signed = clock.monotonic()
        proofs, size = await _prove(part, clock, entries)
        checking, used = clock.monotonic(), time.process_time()
        report = await part.check()
        checked, used = clock.monotonic(), time.process_time() - used
    finally:
        await storage.close()
    assert report.is_whole, report.english
    return {
        "entries": report.entries,
        "append_per_s": round(len(waits) / sum(waits)),
        "append_ms_p99": percentile(waits, 99),
        "proof_ms_p50": percentile(proofs, 50),
        "proof_ms_p99": percentile(proofs, 99),
        "receipt_bytes": size,
        "checkpoint_s": round(signed - began, 2),
        "verify_s": round(checked - checking, 2),
        "verify_cpu_s": round(used, 2),
        "database_mb": round(path.stat().st_size / 1e6),
        "rss_mb": resident_mb(),
    }


async def _fill(storage: Storage, count: int) -> None:
    for first in range(0, count, _BATCH):
        await storage.run(_COMMUNITY, _post_many, first, min(first + _BATCH, count))


async def _append(storage: Storage, clock: Clock, count: int) -> list[float]:
    waits = []
    for number in range(count - _SINGLE, count):
        began = clock.monotonic()
        await storage.run(_COMMUNITY, books_store.post, _payment(number))
        waits.append(clock.monotonic() - began)
    return waits


async def _prove(part: LedgerPart, clock: Clock, count: int) -> tuple[list[float], int]:
    dice, waits, text = random.Random(1), [], ""  # noqa: S311 - the same entries in every run
    for _ in range(_PROOFS):
        number = dice.randrange(count)
        began = clock.monotonic()
        text = await part.receipt(number + 1)
        waits.append(clock.monotonic() - began)
    return waits, len(text.encode())


def _post_many(db: Database, first: int, end: int) -> None:
    for number in range(first, end):
        books_store.post(db, _payment(number))


def _payment(number: int) -> Entry:
    """Return a payment with its fee, as long as a real one."""
    order, fen = number + 1, 100 + number % 9973
    fee = fen * 6 // 1000
    lines = (("assets:wechat_pay", fen - fee), ("expenses:fees:wechat_pay", fee), ("liabilities:deferred", -fen))
    return Entry(
        key=f"wechat_pay:4200{number:024d}",
        kind="paid",
        at=_BEGAN + timedelta(minutes=number),
        postings=tuple(Posting(account=a, amount_fen=fen, order_number=order) for a, fen in lines),
        data={"item": "month@2"},
    )


def run_bench(folder: Path, entries: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Run `bench_ledger` to its end."""
    return asyncio.run(bench_ledger(folder, max(entries, _SINGLE), progress))
