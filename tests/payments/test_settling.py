"""Facts may come in any order and any number of times: state, books and what waits for the owner are the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice, permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.payments.facts_store import add_fact, facts_by_member, facts_of_member, facts_of_order
from bot.payments.model import Fact, FactKind, OrderState
from bot.payments.orders_store import add_order, find_by_trade_number, get_order, orders_by_member
from bot.payments.reviews_store import all_reviews
from bot.payments.settling import claim, close_order, keep_order, note_fee, recognise, settle, want_refund
from bot.payments.taking import take
from bot.storage import Database
from tests.payments.money_kit import NOW, books, events_of, fresh, look, make_order, paid, play, refunded

pytestmark = pytest.mark.slow  # every order of six facts

SIX = (
    paid("a", 1, fee=59),
    paid("b", 2),
    paid("c", 0, 9000),
    refunded("r", 3, 4000, fee=24),
    refunded("s", 4, of="bank:b"),
    paid("x", 5, 100, order=0),
)
TEN = (*SIX, paid("a2", 1, order=2), refunded("r2", 2, order=2), refunded("q", 6, 9900), paid("d", 7, 1))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with books(tmp_path_factory.mktemp("books")) as db:
        yield db


@pytest.fixture
def db(file: Database) -> Iterator[Database]:
    with fresh(file):
        yield file


@pytest.mark.slow
@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.soak)])
def test_six_facts_in_all_720_orders_come_to_one_state(file: Database, step: int) -> None:
    results = []
    for order in islice(permutations(SIX), 0, None, step):
        with fresh(file):
            found = play(file, order)
        if found not in results:
            results.append(found)
    assert len(results) == 1
    assert results[0]["orders"] == [(OrderState.PAID, SIX[0].at, 4000)]
    assert results[0]["reviews"] == [
        (0, "bank:x", "unknown_order", 100),
        (1, "bank:c", "wrong_amount", 9000),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("orders", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_ten_facts_with_repetitions_in_random_orders_come_to_one_state(file: Database, orders: int) -> None:
    dice, results = random.Random(5), []
    for _ in range(orders):
        facts = [*TEN, *dice.choices(TEN, k=4)]
        dice.shuffle(facts)
        with fresh(file):
            found = play(file, facts, make_order(), make_order(member_id="m2"))
        if found not in results:
            results.append(found)
    assert len(results) == 1
    assert [state for state, _, _ in results[0]["orders"]] == [OrderState.REFUNDED, OrderState.REFUNDED]  # type: ignore[attr-defined]


@pytest.mark.slow
@given(
    facts=st.lists(
        st.builds(
            lambda kind, name, minutes, fen, fee, of: (
                paid(name, minutes, fen, fee=min(fee, fen)) if kind else refunded(name, minutes, fen, of=of)
            ),
            st.booleans(),
            st.sampled_from("abcdef"),
            st.integers(0, 5),
            st.sampled_from([9900, 9900, 9900, 100, 5000]),
            st.integers(0, 60),
            st.sampled_from(["", "", "bank:a", "bank:b"]),
        ),
        max_size=8,
        unique_by=lambda fact: fact.key,
    ),
    seed=st.randoms(use_true_random=False),
    earned=st.integers(0, 12_000),
)
def test_whatever_happens_the_books_balance_and_order_does_not_matter(file: Database, facts, seed, earned) -> None:
    shuffled = [*facts, *facts]
    seed.shuffle(shuffled)
    with fresh(file):
        first = play(file, facts)
        recognise(file, 1, earned, NOW, "month")
        then = look(file)
    with fresh(file):
        assert play(file, shuffled) == first
    for books_of in (first, then):
        assert sum(books_of["all"].values()) == 0  # type: ignore[attr-defined]
    (state, _, back) = then["orders"][0]  # type: ignore[index]
    kept = -sum(fen for name, fen in then["books"][1].items() if name.startswith(("income", "liabilities:def")))  # type: ignore[index]
    has_paid = any(one.kind is FactKind.PAID and one.amount_fen == 9900 for one in facts)
    assert kept == (9900 - back if has_paid else 0)
    assert (state is OrderState.OPEN) == (not has_paid)


def replay(db: Database, orders: int, seed: int) -> None:
    """Replay the callbacks of so many orders ten times each, in random order."""
    for number in range(1, orders + 1):
        add_order(db, make_order(member_id=f"m{number}"))
    facts = [paid(f"t{number}", number, order=number, fee=59) for number in range(1, orders + 1)]
    callbacks = facts * 10
    random.Random(seed).shuffle(callbacks)
    became_paid = sum(take(db, fact).became_paid for fact in callbacks)
    assert became_paid == orders
    assert sum(name == "OrderPaid" for name, _ in events_of(db)) == orders
    assert look(db, orders)["all"] == {
        "assets:bank": 9841 * orders,
        "expenses:fees:bank": 59 * orders,
        "liabilities:deferred": -9900 * orders,
    }


@pytest.mark.slow
def test_two_thousand_replayed_callbacks_pay_each_order_once(db: Database) -> None:
    replay(db, 200, 1)


@pytest.mark.soak
def test_twenty_thousand_replayed_callbacks_pay_each_order_once(db: Database) -> None:
    replay(db, 2000, 2)


def test_each_change_is_told_once(db: Database) -> None:
    play(db, [paid("a", 1), paid("a", 1), refunded("r", 2, 4000), refunded("s", 3, 5900), refunded("r", 2, 4000)])
    assert events_of(db) == [
        ("OrderPaid", '{"order_number":1}'),
        ("OrderRefunded", '{"order_number":1,"amount_fen":4000,"is_whole":false}'),
        ("OrderRefunded", '{"order_number":1,"amount_fen":5900,"is_whole":true}'),
    ]
    assert settle(db, 1, "again").order == get_order(db, 1)
    assert len(events_of(db)) == 3


def test_money_that_went_back_before_it_was_heard_of_delivers_nothing(db: Database) -> None:
    play(db, [refunded("r", 2), paid("a", 1)])
    assert [name for name, _ in events_of(db)] == ["MoneyInReview", "OrderRefunded"]


def test_money_for_a_closed_order_is_taken_and_its_seller_decides(db: Database) -> None:
    add_order(db, make_order())
    settled = close_order(db, 1)
    assert settled.order is not None
    assert settled.order.state is OrderState.CLOSED
    settled = take(db, paid("a", 1))
    assert settled.became_paid
    assert ("OrderPaid", '{"order_number":1}') in events_of(db)
    settled = want_refund(db, 1)
    assert settled.order is not None
    assert settled.order.state is OrderState.REFUND_DUE
    settled = keep_order(db, 1)
    assert settled.order is not None
    assert settled.order.state is OrderState.PAID


def test_money_for_no_order_waits_and_is_claimed(db: Database) -> None:
    add_order(db, make_order())
    take(db, paid("x", 1, order=0))
    take(db, paid("y", 1, order=77))
    assert [(number, one.why) for number, one in all_reviews(db)] == [(0, "unknown_order"), (0, "unknown_order")]
    settled = claim(db, "bank:x", 1, NOW)
    assert settled.became_paid
    assert [one.key for one in facts_of_order(db, 1)] == ["bank:x"]
    assert look(db)["all"] == {
        "assets:bank": 19800, "liabilities:deferred": -9900, "liabilities:review": -9900,
    }  # fmt: skip
    with pytest.raises(LookupError):
        claim(db, "bank:x", 1, NOW)
    with pytest.raises(LookupError):
        claim(db, "bank:y", 9, NOW)


def test_a_second_payment_is_claimed_for_the_order_it_was_meant_for(db: Database) -> None:
    add_order(db, make_order())
    add_order(db, make_order(member_id="m2"))
    take(db, paid("a", 1))
    take(db, paid("b", 2))
    assert claim(db, "bank:b", 2, NOW).became_paid
    assert [one.key for one in facts_of_order(db, 1)] == ["bank:a"]
    assert look(db, 2)["reviews"] == []
    assert [(one.key, one.order_number) for one in facts_of_member(db, "m2")] == [("bank:b", 2)]


def test_what_is_claimed_for_another_price_stays_in_review(db: Database) -> None:
    add_order(db, make_order())
    take(db, paid("x", 1, 9000, order=0))
    settled = claim(db, "bank:x", 1, NOW)
    assert not settled.became_paid
    assert [(number, one.why) for number, one in all_reviews(db)] == [(1, "wrong_amount")]


def test_what_only_the_provider_knows_is_netted_with_its_refund(db: Database) -> None:
    for facts in ([paid("x", 1, order=0), refunded("r", 2, 4000, order=0, of="bank:x")],):
        for fact in reversed(facts):
            take(db, fact)
    assert [(one.fact_key, one.amount_fen) for _, one in all_reviews(db)] == [("bank:x", 5900)]
    assert look(db, 0)["all"] == {"assets:bank": 5900, "liabilities:review": -5900}


def test_a_fee_that_the_bill_tells_of_is_written_once(db: Database) -> None:
    play(db, [paid("a", 1), paid("x", 2, order=0)])
    for key in ("bank:a", "bank:a", "bank:x"):
        fact = next(one for one in [*facts_of_order(db, 1), *facts_of_order(db, 0)] if one.key == key)
        note_fee(db, fact, 60)
    assert look(db)["all"]["expenses:fees:bank"] == 120  # type: ignore[index]
    assert look(db)["all"]["assets:bank"] == 19680  # type: ignore[index]


def test_revenue_moves_from_deferred_to_income(db: Database) -> None:
    play(db, [paid("a", 1)])
    for day, earned in ((1, 300), (2, 600), (2, 600)):
        recognise(db, 1, earned, NOW.replace(day=day), f"day {day}")
    assert look(db)["books"][1] == {  # type: ignore[index]
        "assets:bank": 9900, "income:membership:month": -600, "liabilities:deferred": -9300,
    }  # fmt: skip
    take(db, refunded("r", 9, 9500))
    assert look(db)["books"][1] == {"assets:bank": 400, "income:membership:month": -400}  # type: ignore[index]


@pytest.mark.parametrize("amount", [99.0, True, -1, "99"])
def test_money_is_whole_and_never_negative(db: Database, amount: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        add_order(db, make_order(amount_fen=amount))
    with pytest.raises((TypeError, ValueError)):
        add_fact(db, paid("a", 1, amount))  # type: ignore[arg-type]


def test_facts_hold_no_floats_and_no_fee_above_the_amount(db: Database) -> None:
    fact = Fact(key="a", kind=FactKind.GRANTED, at=NOW, provider="code", data={"deep": [{"price": 1.5}]})
    with pytest.raises(TypeError):
        add_fact(db, fact)
    with pytest.raises(ValueError, match="fee"):
        add_fact(db, paid("a", 1, 100, fee=101))


def test_orders_are_found_by_the_number_that_providers_know(db: Database) -> None:
    numbers = {add_order(db, make_order()).trade_number for _ in range(50)}
    assert len(numbers) == 50
    assert all(20 <= len(one) <= 32 and one.isalnum() and one.isascii() for one in numbers)
    for trade_number in numbers:
        order = find_by_trade_number(db, trade_number)
        assert order is not None
        assert order.trade_number == trade_number
    assert find_by_trade_number(db, "QZ1") is None


def test_the_whole_community_is_read_member_by_member(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.payments.facts_store._MEMBERS_A_PAGE", 3)
    monkeypatch.setattr("bot.payments.orders_store._PAGE", 4)
    for number in range(1, 12):
        add_order(db, make_order(member_id=f"m{number % 5}"))
        take(db, paid(f"t{number}", number, order=number))
    take(db, Fact(key="code:1", kind=FactKind.GRANTED, at=NOW, provider="code", member_id="m7"))
    take(db, Fact(key="code:2", kind=FactKind.GRANTED, at=NOW, provider="code", member_id="m1"))
    take(db, paid("x", 3, order=0))
    claim(db, "bank:x", add_order(db, make_order(member_id="m8")).number, NOW)
    members = dict(facts_by_member(db))
    assert list(members) == sorted(members)
    assert set(members) == {"m0", "m1", "m2", "m3", "m4", "m7", "m8"}
    for member_id, facts in members.items():
        assert facts == facts_of_member(db, member_id)
    assert sum(map(len, members.values())) == 14
    owners = dict(orders_by_member(db, "membership"))
    assert {member_id: len(orders) for member_id, orders in owners.items()} == {
        "m0": 2, "m1": 3, "m2": 2, "m3": 2, "m4": 2, "m8": 1,
    }  # fmt: skip


def test_other_communities_are_not_touched(tmp_path: Path) -> None:
    with books(tmp_path) as db, fresh(db):
        play(db, [paid("a", 1)])
        other = Database(db.connection, "other", db._ids)
        assert get_order(other, 1) is None
        assert look(other) == {"orders": [], "books": [{}, {}], "all": {}, "reviews": []}
        assert add_order(other, make_order()).number == 1
