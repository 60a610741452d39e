"""What is recognised and what is deferred always add up to what was paid and not given back, whatever happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.payments.facts_store import add_fact
from bot.payments.model import Fact, FactKind, Order
from bot.payments.orders_store import add_order, get_order, orders_by
from bot.payments.settling import settle, want_refund
from bot.plugin import balances_of_order, trial_balance
from bot.plugins.accounts.periods import month_of
from bot.plugins.accounts.recognition import (
    MARK,
    earned_until,
    months_to_close,
    not_booked_yet,
    owed_orders,
    recognise_orders,
)
from bot.plugins.accounts.store import get_mark, set_mark
from bot.plugins.accounts.store import migrations as accounts_migrations
from bot.plugins.growth.gifts_store import add_gift
from bot.plugins.growth.model import Gift, GiftState
from bot.plugins.growth.store import migrations as growth_migrations
from bot.plugins.membership.model import PlanVersion
from bot.plugins.membership.versions_store import migrations as membership_migrations
from bot.plugins.tickets.store import add_use, remove_use
from bot.plugins.tickets.store import migrations as ticket_migrations
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.sessions_store import put_session
from bot.plugins.training.store import migrations as training_migrations
from bot.storage import Database, Storage
from tests.examples import examples

pytestmark = pytest.mark.slow  # properties by the hundred

START = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LIFETIME = timedelta(days=1098)
MONTH = PlanVersion(plan_id="month", version=1, title="月度会员", price_fen=3100, seconds=31 * 86_400)
PRO = PlanVersion(plan_id="pro", version=1, title="专业版", price_fen=6200, seconds=31 * 86_400, tier=2)
LIFE = PlanVersion(plan_id="life", version=1, title="永久会员", price_fen=109_800, seconds=None)
PLANS = {plan.plan_id: plan for plan in (MONTH, PRO, LIFE)}


MIGRATIONS = (
    membership_migrations, training_migrations, ticket_migrations, growth_migrations, accounts_migrations,
)  # fmt: skip


def open_books(folder: Path) -> Storage:
    return Storage.open(folder / "books.db", VirtualClock(START), [*core_migrations(), *MIGRATIONS])


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    made = open_books(tmp_path)
    yield made
    await made.close()


def order(
    db: Database, fen: int, *, kind: str = "membership", item: str = "month@1", member: str = "m", **data: Any
) -> int:
    made = Order(kind=kind, item=item, title=item, member_id=member, amount_fen=fen, made_at=START, data=data)
    return add_order(db, made).number


def pay(db: Database, number: int, at: datetime = START) -> int:
    found = get_order(db, number)
    assert found is not None
    _take(db, FactKind.PAID, number, found.amount_fen, at)
    return number


def refund(db: Database, number: int, fen: int, at: datetime) -> None:
    _take(db, FactKind.REFUNDED, number, fen, at)


def _take(db: Database, kind: FactKind, number: int, fen: int, at: datetime) -> None:
    key = f"{kind}:{number}" if kind is FactKind.PAID else f"{kind}:{number}:{at}:{fen}"
    if add_fact(db, Fact(key=key, kind=kind, at=at, provider="owner", order_number=number, amount_fen=fen)):
        settle(db, number, key)


def buy(
    db: Database, plan: PlanVersion, at: datetime, *, member: str = "m", fen: int | None = None, **data: Any
) -> int:
    price = plan.price_fen if fen is None else fen
    return pay(db, order(db, price, item=plan.ref, member=member, plan=plan.to_data(), **data), at)


def earned(db: Database, number: int, at: datetime) -> int:
    found = get_order(db, number)
    assert found is not None
    return earned_until(db, found, at, LIFETIME)


async def test_a_plan_is_earned_by_the_day(storage: Storage) -> None:
    def play(db: Database) -> None:
        number = buy(db, MONTH, START)
        assert [earned(db, number, START + DAY * day) for day in (0, 1, 30, 31, 90)] == [0, 100, 3000, 3100, 3100]

    await storage.run("c", play)


async def test_a_renewal_is_earned_after_what_it_renews(storage: Storage) -> None:
    def play(db: Database) -> None:
        first, second = buy(db, MONTH, START), buy(db, MONTH, START + DAY)
        assert (earned(db, first, START + 31 * DAY), earned(db, second, START + 31 * DAY)) == (3100, 0)
        assert earned(db, second, START + 41 * DAY) == 1000

    await storage.run("c", play)


async def test_a_lifetime_is_earned_over_three_years(storage: Storage) -> None:
    def play(db: Database) -> None:
        number = buy(db, LIFE, START)
        assert [earned(db, number, START + DAY * day) for day in (1, 549, 1098, 5000)] == [
            100,
            54_900,
            109_800,
            109_800,
        ]

    await storage.run("c", play)


async def test_what_an_upgrade_credits_is_earned_with_the_upgrade(storage: Storage) -> None:
    def play(db: Database) -> None:
        old = buy(db, MONTH, START)
        at = START + 11 * DAY
        new = buy(db, PRO, at, fen=4200, credit_fen=2000, cuts=[f"D{old}"])
        assert earned(db, old, at) == 1100
        assert earned(db, old, at + 31 * DAY) == 3100
        assert earned(db, old, at + 15 * DAY) == 1100 + 2000 * 15 // 31
        assert earned(db, new, at + 15 * DAY) == 4200 * 15 // 31

    await storage.run("c", play)


async def test_a_session_is_earned_when_it_is_over(storage: Storage) -> None:
    def play(db: Database) -> None:
        session = TrainingSession(
            id="s", entry="s", starts_at=START + DAY, ends_at=START + DAY * 2, timezone="Asia/Shanghai", title="s"
        )
        put_session(db, session)
        number = pay(db, order(db, 9900, kind="training", item="s"))
        assert earned(db, number, START + DAY * 2 - timedelta(seconds=1)) == 0
        assert earned(db, number, START + DAY * 2) == 9900

    await storage.run("c", play)


async def test_a_consultation_says_itself_when_it_is_delivered(storage: Storage) -> None:
    def play(db: Database) -> None:
        slot = {"from": (START + DAY).isoformat(), "until": (START + DAY).isoformat()}
        number = pay(db, order(db, 9900, kind="consulting", item="x", delivered=slot))
        assert (earned(db, number, START), earned(db, number, START + DAY)) == (0, 9900)
        course = pay(db, order(db, 9900, kind="courses", item="go"))
        assert earned(db, course, START) == 9900

    await storage.run("c", play)


async def test_a_ticket_is_earned_by_its_uses_and_the_rest_at_its_end(storage: Storage) -> None:
    def play(db: Database) -> None:
        data = {"title": "十次票", "uses": 10, "sessions": [], "valid_seconds": 366 * 86_400}
        number = pay(db, order(db, 50_000, kind="tickets", item="ten", **data))
        for session in "abc":
            add_use(db, session, "m", number, START)
        assert earned(db, number, START + DAY) == 15_000
        remove_use(db, "c", "m")
        assert earned(db, number, START + DAY) == 10_000
        assert earned(db, number, START + 366 * DAY) == 50_000

    await storage.run("c", play)


async def test_a_gift_is_earned_with_the_receivers_time(storage: Storage) -> None:
    def play(db: Database) -> None:
        number = pay(db, order(db, 3100, kind="growth", gift=True, plan=MONTH.to_data()))
        add_gift(db, Gift(order_number=number, giver_id="m", receiver_id="r", state=GiftState.GIVEN))
        own = buy(db, MONTH, START - DAY, member="r")
        given = Fact(
            key=f"gift:{number}", kind=FactKind.GRANTED, at=START, provider="gift", member_id="r",
            data={"plan": MONTH.to_data()},
        )  # fmt: skip
        add_fact(db, given)
        assert (earned(db, own, START + 30 * DAY), earned(db, number, START + 30 * DAY)) == (3100, 0)
        assert earned(db, number, START + 40 * DAY) == 1000

    await storage.run("c", play)


async def test_a_part_that_was_given_back_is_never_earned(storage: Storage) -> None:
    def play(db: Database) -> None:
        number = buy(db, MONTH, START)
        recognise_orders(db, [number], START + 10 * DAY, "a", LIFETIME)
        refund(db, number, 1550, START + 10 * DAY)
        assert balances_of_order(db, number)["income:membership:month"] == -1000
        recognise_orders(db, [number], START + 10 * DAY, "b", LIFETIME)
        assert balances_of_order(db, number)["income:membership:month"] == -500
        refund(db, number, 1550, START + 11 * DAY)
        assert balances_of_order(db, number) == {}

    await storage.run("c", play)


async def test_what_is_recognised_twice_for_one_cause_stands_once(storage: Storage) -> None:
    def play(db: Database) -> None:
        number = buy(db, MONTH, START)
        for _ in range(3):
            recognise_orders(db, [number], START + DAY, "month:2026-12", LIFETIME)
        assert trial_balance(db) == {
            "assets:owner": 3100, "income:membership:month": -100, "liabilities:deferred": -3000,
        }  # fmt: skip

    await storage.run("c", play)


async def test_money_that_is_due_back_stays_deferred(storage: Storage) -> None:
    def play(db: Database) -> None:
        number = buy(db, MONTH, START)
        want_refund(db, number)
        assert owed_orders(db) == []
        recognise_orders(db, [number], START + DAY, "x", LIFETIME)
        assert balances_of_order(db, number)["liabilities:deferred"] == -3100

    await storage.run("c", play)


async def test_months_are_closed_one_after_the_other(storage: Storage) -> None:
    def play(db: Database) -> None:
        assert months_to_close(db, date(2027, 3, 5)) == ["2027-02-01"]
        set_mark(db, MARK, "2026-11-01")
        assert months_to_close(db, date(2027, 3, 5)) == ["2026-12-01", "2027-01-01", "2027-02-01"]
        set_mark(db, MARK, "2027-02-01")
        assert months_to_close(db, date(2027, 3, 31)) == []
        assert get_mark(db, MARK) == "2027-02-01"
        assert month_of(date(2027, 2, 1)).end == date(2027, 3, 1)

    await storage.run("c", play)


acts = st.one_of(
    st.tuples(st.just("buy"), st.sampled_from(sorted(PLANS)), st.sampled_from("mn")),
    st.tuples(st.just("refund"), st.integers(1, 6), st.sampled_from([1, 2, 100])),
    st.tuples(st.just("upgrade"), st.integers(1, 6), st.just(0)),
    st.tuples(st.just("unwanted"), st.integers(1, 6), st.just(0)),
    st.tuples(st.just("recognise"), st.just(0), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 40), st.just(0)),
)


def act(db: Database, now: datetime, done: tuple[Any, ...], step: int) -> datetime:
    """Do one thing and return what time it is then."""
    what, which, more = done
    found = get_order(db, which) if isinstance(which, int) and which else None
    if what == "wait":
        return now + which * DAY
    if what == "buy":
        buy(db, PLANS[which], now, member=more)
    elif what == "recognise":
        recognise_orders(db, owed_orders(db), now, f"step:{step}", LIFETIME)
    elif found is not None and what == "refund" and found.paid_fen:
        refund(db, which, max(1, found.paid_fen * more // 100 if more == 100 else found.paid_fen // (more + 1)), now)
        recognise_orders(db, [which], now, f"step:{step}", LIFETIME)
    elif found is not None and what == "upgrade" and found.item == "month@1":
        buy(db, PRO, now, member=found.member_id, fen=4200, credit_fen=2000, cuts=[f"D{which}"])
        recognise_orders(db, [which], now, f"step:{step}", LIFETIME)
    elif found is not None and what == "unwanted":
        want_refund(db, which)
    return now


def check(db: Database, now: datetime) -> None:
    for member in "mn":
        for one in orders_by(db, member):
            balances = balances_of_order(db, one.number)
            income = -sum(fen for account, fen in balances.items() if account.startswith("income:"))
            deferred = -balances.get("liabilities:deferred", 0)
            assert income + deferred == one.paid_fen
            assert 0 <= income <= one.paid_fen
            assert 0 <= earned_until(db, one, now, LIFETIME) <= one.paid_fen
    assert sum(trial_balance(db).values()) == 0


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(st.lists(acts, max_size=25))
async def test_recognised_and_deferred_are_what_was_paid_and_kept(done: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as folder:
        storage = open_books(Path(folder))

        def play(db: Database) -> None:
            now = START
            for step, one in enumerate(done):
                now = act(db, now, one, step)
                check(db, now)
            now += 4000 * DAY
            recognise_orders(db, owed_orders(db), now, "end", LIFETIME)
            check(db, now)
            assert owed_orders(db) == []
            assert not_booked_yet(db, now, LIFETIME) == 0

        await storage.run("c", play)
        await storage.close()
