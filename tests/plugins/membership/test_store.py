"""Versions, terms, what is read for one member and for all, and what stays of somebody who is forgotten."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.payments.facts_store import add_fact, erase_facts
from bot.payments.model import FactKind
from bot.payments.orders_store import add_order, erase_orders
from bot.payments.settling import settle
from bot.plugins.membership import erase_member, everyone_store, export_member
from bot.plugins.membership.api import (
    Phase,
    bought_entitlements,
    entitlements_of,
    get_version,
    keep_version,
    memberships_by_member,
    memberships_of,
)
from bot.plugins.membership.versions_store import accept, has_accepted, hash_of, migrations
from bot.storage import Database, Storage
from tests.plugins.membership.kit import DAY, MONTH, PRO, T0, TRIAL, fact, granted, order, paid, refunded

pytestmark = pytest.mark.slow  # many members


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    made = Storage.open(tmp_path / "test.db", VirtualClock(T0), [*core_migrations(), migrations])
    yield made
    await made.close()


async def test_a_version_is_made_when_the_content_is_new_and_found_again_when_it_returns(storage: Storage) -> None:
    def keep(db: Database) -> list[str]:
        dearer = replace(MONTH, price_fen=2990)
        plans = [replace(MONTH, version=0), dearer, replace(dearer, seconds=30 * 86_400), MONTH, PRO, dearer]
        return [keep_version(db, plan, T0).ref for plan in plans]

    assert await storage.run("c", keep) == ["month@1", "month@2", "month@3", "month@1", "pro@1", "month@2"]
    assert await storage.read("c", get_version, "month", 1) == MONTH
    assert await storage.read("c", get_version, "month", 4) is None
    assert await storage.run("other", lambda db: keep_version(db, replace(MONTH, price_fen=1), T0).ref) == "month@1"


async def test_terms_are_accepted_once_and_other_terms_are_not(storage: Storage) -> None:
    first, second = hash_of("条款一"), hash_of("条款二")
    for _ in range(2):
        await storage.run("c", accept, "m1", first, T0)
    assert await storage.read("c", has_accepted, "m1", first)
    assert not await storage.read("c", has_accepted, "m1", second)
    assert not await storage.read("c", has_accepted, "m2", first)
    assert (await storage.read("c", export_member, "m1"))["accepted_terms"] == [
        {"terms_hash": first, "accepted_at": "2026-12-01T01:00:00.000000+00:00"}
    ]


def make_community(db: Database, count: int, seed: int) -> None:
    """Store what a random community bought, was given, got back and had halted."""
    chance = random.Random(seed)
    for number in range(count):
        member = f"m{number:05d}"
        at = T0 + timedelta(days=chance.randrange(300), seconds=chance.randrange(86_400))
        before = 0
        for plan in chance.choices([MONTH, PRO], k=chance.randrange(4)):
            asked = order(0, plan)
            upgrade = {"cuts": [f"D{before}"], "credit_fen": 100} if before and chance.random() < 0.3 else {}
            gift = {"gift": "m1"} if chance.random() < 0.1 else {}
            made = add_order(db, replace(asked, member_id=member, data={**asked.data, **upgrade, **gift}))
            add_fact(db, paid(made.number, at + (before > 0) * DAY, made.amount_fen))
            before = made.number
            if chance.random() < 0.2:
                add_fact(db, refunded(made.number, at + 3 * DAY, chance.choice([made.amount_fen, 500])))
            settle(db, made.number, f"test:{made.number}")
        if chance.random() < 0.3:
            add_fact(db, replace(granted(f"t:{member}", TRIAL, at - 3 * DAY), member_id=member))
        if chance.random() < 0.1:
            add_fact(db, replace(fact(FactKind.PAUSED, f"p:{member}", at + DAY, seconds=864_000), member_id=member))


async def test_the_whole_community_is_read_as_each_of_its_members(storage: Storage) -> None:
    await storage.run("c", make_community, 300, 7)
    now = T0 + 200 * DAY

    def compare(db: Database) -> tuple[list[str], set[Phase]]:
        found = dict(memberships_by_member(db, now))
        wrong = [f"m{n:05d}" for n in range(300) if memberships_of(db, f"m{n:05d}", now) != found.get(f"m{n:05d}", [])]
        return wrong, {one.phase for held in found.values() for one in held}

    wrong, phases = await storage.read("c", compare)
    assert wrong == []
    assert phases >= {Phase.ACTIVE, Phase.EXPIRED, Phase.PAUSED}


@pytest.mark.parametrize("page", [1, 2, 7])
async def test_pages_of_any_size_bring_the_same_members(
    storage: Storage, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await storage.run("c", make_community, 40, 11)
    now = T0 + 200 * DAY
    whole = await storage.read("c", lambda db: list(memberships_by_member(db, now)))
    monkeypatch.setattr(everyone_store, "_PAGE", page)
    assert await storage.read("c", lambda db: list(memberships_by_member(db, now))) == whole
    assert len(whole) > 20


async def test_who_is_forgotten_has_no_membership_and_the_books_keep_the_money(storage: Storage) -> None:
    def write(db: Database) -> None:
        made = add_order(db, order(0, MONTH))
        add_fact(db, paid(made.number, T0, 1990))
        settle(db, made.number, "test")
        add_fact(db, granted("g", PRO, T0 + DAY))
        accept(db, "m1", hash_of("条款"), T0)

    await storage.run("c", write)
    exported = await storage.read("c", export_member, "m1")
    assert [(one["plan"], one["paid_fen"]) for one in exported["grants"]] == [("month@1", 1990), ("pro@1", 0)]

    def forget(db: Database) -> None:
        erase_member(db, "m1")
        erase_facts(db, "m1")
        erase_orders(db, "m1")

    await storage.run("c", forget)
    assert await storage.read("c", memberships_of, "m1", T0 + DAY) == []
    assert await storage.read("c", export_member, "m1") == {"grants": [], "accepted_terms": []}
    left = await storage.read("c", lambda db: db.query("select * from orders where community = :community"))
    assert [(row["amount_fen"], row["member_id"], row["name"]) for row in left] == [(1990, "", "")]
    assert await storage.read("c", lambda db: list(memberships_by_member(db, T0))) == []


def test_what_was_bought_alone_opens_itself_until_its_money_is_given_back() -> None:
    course = replace(order(1, MONTH), kind="courses", item="go", data={"opens": ["feature-x"]})
    assert bought_entitlements([course]) == frozenset()
    settled = replace(course, state=type(course.state).PAID)
    assert bought_entitlements([settled]) == {"courses:go", "course:go", "feature-x"}
    assert bought_entitlements([replace(settled, data={"gift": "m2"})]) == frozenset()
    assert entitlements_of([]) == frozenset()
