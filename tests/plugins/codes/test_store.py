"""Codes as rows: one winner, nothing but hashes on disk."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import core_migrations
from bot.clock import SystemClock
from bot.plugins.codes import store
from bot.plugins.membership.api import PlanVersion
from bot.storage import Storage

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
PLAN = PlanVersion(plan_id="month", version=1, title="月度会员", price_fen=1990, seconds=31 * 86400)


@pytest.fixture
async def storage(tmp_path: Path):
    opened = Storage.open(tmp_path / "a.db", SystemClock(), [*core_migrations(), store.migrations])
    yield opened
    await opened.close()


async def fill(storage: Storage, uses: int = 1) -> None:
    def add(db) -> None:
        made = store.add_batch(db, PLAN, count=2, uses=uses, expires_at=None, made_by="", now=NOW)
        store.add_codes(db, made, ["h1", "h2"])

    await storage.run("c", add)


def redeem(db, member_id: str) -> bool:
    found = store.find_code(db, "h1")
    assert found is not None
    if store.find_redemption(db, "h1", member_id) or not store.take_use(db, "h1"):
        return False
    store.add_redemption(db, found, member_id, NOW)
    return True


@pytest.mark.parametrize("uses", [1, 7])
async def test_of_a_hundred_at_once_as_many_win_as_may(storage, uses):
    await fill(storage, uses)
    won = await asyncio.gather(*(storage.run("c", redeem, f"m{n}") for n in range(100)))
    assert sum(won) == uses
    assert len(await storage.read("c", store.redemptions_of, 1)) == uses
    assert (await storage.read("c", store.get_batch, 1)).redeemed == uses


async def test_a_code_may_not_be_used_more_often_than_it_may(storage):
    await fill(storage)
    assert [await storage.run("c", store.take_use, "h1") for _ in range(3)] == [True, False, False]
    await storage.run("c", store.void_code, "h2")
    assert not await storage.run("c", store.take_use, "h2")


async def test_a_member_is_forgotten_and_a_used_code_stays_used(storage):
    await fill(storage)
    await storage.run("c", redeem, "ming")
    assert len(await storage.read("c", store.export_redemptions, "ming")) == 1
    assert await storage.run("c", store.erase_redemptions, "ming") == 1
    assert await storage.read("c", store.export_redemptions, "ming") == []
    assert not await storage.run("c", redeem, "hong")
    assert (await storage.read("c", store.get_batch, 1)).redeemed == 1


async def test_a_batch_is_read_as_it_was_made(storage):
    await fill(storage, uses=3)
    made = await storage.read("c", store.get_batch, 1)
    assert (made.plan, made.count, made.uses, made.expires_at) == (PLAN, 2, 3, None)
    assert await storage.read("c", store.get_batch, 2) is None
    assert await storage.read("d", store.get_batch, 1) is None
    await storage.run("c", store.void_batch, 1, NOW)
    assert (await storage.read("c", store.get_batch, 1)).voided_at == NOW
