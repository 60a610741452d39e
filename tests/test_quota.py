"""Cooldowns and daily counts on a real database."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import quota
from bot.clock import VirtualClock
from bot.quota import Limits, Quotas, Refusal, Spent
from bot.storage import Storage
from tests.examples import examples

NUMBERS = itertools.count()
NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = Storage.open(tmp_path / "quota.db", VirtualClock(NOW), [quota.migrations])
    yield storage
    await storage.close()


async def use(
    storage: Storage, limits: Limits, after: float = 0, *, member: str = "m1", room: str = "r1", word: str = "问"
) -> Spent:
    """Use a command after a restart: nothing but the database remembers the earlier uses."""
    quotas, now = await loaded(storage), NOW + timedelta(seconds=after)
    spent, lines = quotas.spend(member, room, word, limits=limits, now=now, day=now.date())
    await storage.run("c", quota.apply, lines)
    return spent


async def loaded(storage: Storage) -> Quotas:
    quotas = Quotas()
    await quotas.load(storage, "c")
    return quotas


async def give_back(storage: Storage, member: str, word: str) -> None:
    await storage.run("c", quota.apply, (await loaded(storage)).refund(member, word))


async def test_a_cooldown_refuses_tells_once_and_ends(storage: Storage) -> None:
    limits = Limits(cooldown=60)
    assert (await use(storage, limits)).allowed
    first, second = await use(storage, limits, 22), await use(storage, limits, 30)
    assert (first.allowed, first.wait_seconds, first.tell, first.refusal) == (False, 38.0, True, Refusal.COOLDOWN)
    assert (second.wait_seconds, second.tell) == (30.0, False)
    assert (await use(storage, limits, 60)).allowed
    assert (await use(storage, limits, 61)).tell


async def test_a_cooldown_is_for_one_member_one_room_and_one_command(storage: Storage) -> None:
    limits = Limits(cooldown=60)
    assert (await use(storage, limits)).allowed
    assert (await use(storage, limits, member="m2")).allowed
    assert (await use(storage, limits, room="r2")).allowed
    assert (await use(storage, limits, room="")).allowed
    assert (await use(storage, limits, word="报名")).allowed
    assert not (await use(storage, limits)).allowed


async def test_a_daily_count_runs_over_all_rooms_and_begins_anew(storage: Storage) -> None:
    limits = Limits(daily=2)
    assert (await use(storage, limits)).left_today == 1
    assert (await use(storage, limits, room="r2")).left_today == 0
    refused = [await use(storage, limits, room=room) for room in ("r1", "r2", "")]
    assert [(one.refusal, one.tell) for one in refused] == [(Refusal.DAILY, tell) for tell in (True, False, False)]
    assert (await use(storage, limits, 86_400)).left_today == 1


async def test_a_refused_try_counts_nowhere(storage: Storage) -> None:
    limits = Limits(cooldown=60, daily=2)
    await use(storage, limits)
    await use(storage, limits, 1)
    assert (await use(storage, limits, 60)).left_today == 0


async def test_a_use_that_came_to_nothing_is_given_back(storage: Storage) -> None:
    limits = Limits(daily=1)
    await use(storage, limits)
    await give_back(storage, "m1", "问")
    assert (await use(storage, limits)).allowed
    await give_back(storage, "m1", "报名")
    assert not (await use(storage, limits)).allowed


async def test_a_burst_is_forgiven_and_a_flood_is_not(storage: Storage) -> None:
    limits = Limits(pace=2, burst=3)
    assert [(await use(storage, limits, word=word)).allowed for word in "甲乙丙丁"] == [True, True, True, False]
    assert (await use(storage, limits, 2)).allowed
    assert (await use(storage, limits, 2.5)).refusal is Refusal.FLOOD
    assert [(await use(storage, limits, after)).allowed for after in (60, 60, 60, 60)] == [True, True, True, False]


async def test_a_member_and_a_room_have_a_days_limit(storage: Storage) -> None:
    limits = Limits(member_daily=2, room_daily=3)
    assert [(await use(storage, limits, word=word)).refusal for word in "甲乙丙"] == [None, None, Refusal.MEMBER_DAILY]
    assert [(await use(storage, limits, member="m2")).refusal for _ in range(2)] == [None, Refusal.ROOM_DAILY]
    assert (await use(storage, limits, member="m2", room="")).allowed


async def test_what_memory_holds_agrees_with_the_database_and_old_days_are_forgotten(storage: Storage) -> None:
    quotas, limits = Quotas(), Limits(cooldown=60, daily=3)
    for after in (0, 70, 140, 200, 3 * 86_400):
        now = NOW + timedelta(seconds=after)
        spent, lines = quotas.spend("m1", "r1", "问", limits=limits, now=now, day=now.date())
        await storage.run("c", quota.apply, lines)
        fresh, _ = (await loaded(storage)).spend("m1", "r1", "问", limits=limits, now=now, day=now.date())
        assert fresh.allowed is False  # the use just counted is known to both
        assert spent.allowed is (after != 200)
    assert quotas.refund("m1", "报名") == []


async def test_old_counts_are_purged_and_a_persons_erased(storage: Storage) -> None:
    await use(storage, Limits(cooldown=1, daily=1))
    assert await storage.run("c", quota.purge, date(2026, 12, 1)) == 0
    assert await storage.run("c", quota.erase, "m1") == 2
    await use(storage, Limits(daily=1))
    assert await storage.run("c", quota.purge, date(2026, 12, 2)) == 1


@settings(
    max_examples=examples(25),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(gaps=st.lists(st.integers(0, 40), max_size=12), cooldown=st.integers(1, 60))
async def test_allowed_uses_are_never_closer_than_the_cooldown_and_one_notice_stands_between(
    storage: Storage, gaps: list[int], cooldown: int
) -> None:
    at, last, told = 0, None, False
    word = f"问{next(NUMBERS)}"
    for gap in gaps:
        at += gap
        spent = await use(storage, Limits(cooldown=cooldown), at, word=word)
        assert spent.allowed == (last is None or at - last >= cooldown)
        assert not (spent.tell and told)
        told = False if spent.allowed else told or spent.tell
        last = at if spent.allowed else last
