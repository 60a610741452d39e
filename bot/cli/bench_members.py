"""How long it takes to know how everybody stands, and whether one member may use something."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import core_migrations
from bot.cli.bench_members_store import put_facts, put_orders
from bot.clock import VirtualClock
from bot.payments.model import Fact, FactKind, Order
from bot.plugins.membership.api import (
    PlanVersion,
    entitlements_of,
    keep_version,
    memberships_by_member,
    memberships_of,
)
from bot.storage import Database, Storage

_NOW = datetime(2026, 12, 1, tzinfo=UTC)
_DAY = 86_400
_SEED = 20261201
_BATCH = 5000
_ASKED = 2000
_GRACE = 3 * _DAY
_PLANS = (
    PlanVersion(plan_id="month", version=1, title="月度会员", price_fen=1990, seconds=31 * _DAY, grace_seconds=_GRACE),
    PlanVersion(plan_id="year", version=1, title="年度会员", price_fen=19900, seconds=366 * _DAY, grace_seconds=_GRACE),
    PlanVersion(
        plan_id="pro", version=1, title="专业会员", price_fen=4900, seconds=31 * _DAY, tier=2, grace_seconds=_GRACE,
        opens=("member", "room:VIP群"),
    ),
)  # fmt: skip
_TRIAL = PlanVersion(plan_id="week", version=1, title="试用", price_fen=0, seconds=7 * _DAY, is_trial=True)


def bench_members(folder: Path, members: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Measure on made members: one to three purchases each over two years; a tenth with a refund, a fifth a trial.

    Args:
        folder: where the database is made.
        members: how many.
        progress: told what is done.

    Returns:
        state_s: the whole community's state; state_cpu_s: how much of that this process worked; may_use_ms_p50 and
        _p95: one member's entitlements, read and folded; in_force: how many of the members are.
    """
    return asyncio.run(_bench(folder, members, progress))


async def _bench(folder: Path, members: int, progress: Callable[[str], None]) -> dict[str, Any]:
    from bot.plugins.membership import plugin

    assert plugin.migrations is not None
    storage = Storage.open(folder / "bench.db", VirtualClock(_NOW), [*core_migrations(), plugin.migrations])
    await storage.run("bench", lambda db: [keep_version(db, plan, _NOW).ref for plan in _PLANS])
    chance, numbers = random.Random(_SEED), iter(range(1, members * 4))  # noqa: S311 - no secret
    for first in range(0, members, _BATCH):
        made = [_make(number, chance, numbers) for number in range(first, min(first + _BATCH, members))]
        await storage.run("bench", _put, made)
    progress(f"{members} 位成员已写好")
    found = await storage.read("bench", _measure_all)
    found |= await storage.read("bench", _measure_one, members)
    await storage.close()
    return {"members": members} | found


def _make(number: int, chance: random.Random, numbers: Iterator[int]) -> tuple[list[Order], list[Fact]]:
    """Return what one made member bought and what became of it."""
    member_id = f"m{number:08d}"
    at = _NOW - timedelta(seconds=chance.randrange(30 * _DAY, 730 * _DAY))
    orders, facts = [], []
    if chance.random() < 0.2:  # noqa: PLR2004 - see bench_members
        facts.append(
            Fact(
                key=f"trial:{member_id}", kind=FactKind.GRANTED, at=at, provider="trial", member_id=member_id,
                data={"plan": _TRIAL.to_data()},
            )
        )  # fmt: skip
    for _ in range(chance.randint(1, 3)):
        plan, order = chance.choice(_PLANS), next(numbers)
        at += timedelta(seconds=chance.randrange(40 * _DAY))
        orders.append(_order(order, member_id, plan, at))
        facts.append(_money(f"paid:{order}", FactKind.PAID, order, plan.price_fen, at))
    if chance.random() < 0.1:  # noqa: PLR2004 - the same
        last = orders[-1]
        facts.append(
            _money(f"back:{last.number}", FactKind.REFUNDED, last.number, last.amount_fen, at + timedelta(days=2))
        )
    return orders, facts


def _order(number: int, member_id: str, plan: PlanVersion, at: datetime) -> Order:
    return Order(
        number=number, kind="membership", item=plan.ref, title=plan.title, member_id=member_id,
        amount_fen=plan.price_fen, made_at=at, data={"plan": plan.to_data()},
    )  # fmt: skip


def _money(key: str, kind: FactKind, order: int, amount_fen: int, at: datetime) -> Fact:
    return Fact(key=key, kind=kind, at=at, provider="owner", order_number=order, amount_fen=amount_fen)


def _put(db: Database, made: list[tuple[list[Order], list[Fact]]]) -> None:
    put_orders(db, (order for orders, _ in made for order in orders))
    put_facts(db, (fact for _, facts in made for fact in facts))


def _measure_all(db: Database) -> dict[str, Any]:
    began, began_cpu, count, in_force = time.perf_counter(), time.process_time(), 0, 0
    for _, held in memberships_by_member(db, _NOW):
        count += 1
        in_force += any(one.is_in_force for one in held)
    return {
        "state_s": round(time.perf_counter() - began, 3), "state_cpu_s": round(time.process_time() - began_cpu, 3),
        "counted": count, "in_force": in_force,
    }  # fmt: skip


def _measure_one(db: Database, members: int) -> dict[str, Any]:
    chance, taken = random.Random(_SEED), []  # noqa: S311 - no secret
    for _ in range(_ASKED):
        member_id = f"m{chance.randrange(members):08d}"
        began = time.perf_counter()
        entitlements_of(memberships_of(db, member_id, _NOW))
        taken.append(time.perf_counter() - began)
    taken.sort()
    at = {"may_use_ms_p50": 0.5, "may_use_ms_p95": 0.95}
    return {name: round(taken[int(len(taken) * part)] * 1000, 3) for name, part in at.items()}
