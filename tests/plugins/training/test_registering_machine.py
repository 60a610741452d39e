"""Any order of registering, cancelling, confirming, paying, terms, edits and crashes keeps what was promised.

No place is given twice, nobody passes those who wait, every change is told, and money is where it belongs.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot import deadlines_store, events, inbox, members, outbox
from bot.clock import VirtualClock
from bot.errors import UserError
from bot.gateway import Capabilities
from bot.ids import IdSource
from bot.ledger import log_store
from bot.model import Member, Outgoing, Role, Room
from bot.payments import facts_store, orders_store, reviews_store, waiting_store
from bot.payments.taking import take
from bot.plugin import Context, Deadline, OrderRefunded, get_order, payment_by_owner, refund_by_owner
from bot.plugins.tickets.store import migrations as ticket_tables
from bot.plugins.training import paying, queueing, registering, terms
from bot.plugins.training.model import (
    IS_OPEN,
    TAKES_A_PLACE,
    OrderState,
    Registration,
    RegistrationState,
    TrainingSession,
)
from bot.plugins.training.orders import orders_of
from bot.plugins.training.registrations_store import registrations_of
from bot.plugins.training.sessions_store import get_session, put_session
from bot.plugins.training.settings import TrainingSettings
from bot.plugins.training.store import migrations
from bot.storage_database import CORE, Database
from bot.testing import TOPIC
from tests.examples import examples
from tests.plugins.training.kit import STARTS, make_session

ID = "fastapi-101"
OWNER = "owner"
MEMBERS = [f"m{number}" for number in range(4)]
ROOM = Room("r1", TOPIC, "g1")
_State = RegistrationState
HANDLERS = {"offer_over": terms._end_offer, "hold_over": terms._end_hold, "line_over": terms._end_line}
ALL_STATES = frozenset(RegistrationState)
CUT = st.none() | st.integers(0, 3)
STORY = [
    *["register"] * 5, *["cancel"] * 3, *["take_offer"] * 3, *["pay"] * 4, *["refund"] * 2, *["let_time_pass"] * 5,
    "be_down_for_a_while", *["fire_an_old_deadline"] * 3, "handle_again", "change_capacity", "change_price", "move",
    "call_off",
]  # fmt: skip


@cache
def empty_database() -> bytes:
    """Return the file of a database with all tables and nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrating = sqlite_utils.Database(connection)
    for made in (CORE, members.migrations, inbox.migrations, outbox.migrations, events.migrations):
        made.apply(migrating)
    for store in (log_store, orders_store, facts_store, reviews_store, waiting_store):
        store.migrations.apply(migrating)
    for made in (deadlines_store.migrations, ticket_tables, migrations):
        made.apply(migrating)
    return connection.serialize()


class PowerCut(Exception):
    """The process died in the middle of a transaction."""


class Core:
    """What contexts reach: the real outbox, events and deadlines; the power may be cut at any promise."""

    community, bot_name = "c", "小知"

    def __init__(self) -> None:
        self.cut_after: int | None = None

    def enqueue(self, db: Database, outgoing: Outgoing) -> None:
        self.spend()
        assert outbox.enqueue(db, outgoing) is not None, f"a promise was dropped as a repetition: {outgoing}"

    def publish(self, db: Database, event: Any) -> None:
        events.publish(db, event)

    def set_deadline(self, db: Database, deadline: deadlines_store.StoredDeadline) -> None:
        self.spend()
        deadlines_store.set_deadline(db, deadline)

    def drop_deadline(self, db: Database, plugin: str, name: str, key: str) -> None:
        deadlines_store.drop_deadline(db, plugin, name, key)

    def write(self, db: Database, text: str, key: str, room: Room | None = None) -> int:
        self.enqueue(db, Outgoing(member_id=OWNER, text=text, dedupe_key=f"owner/{key}", cause=key))
        return 1

    def part(self, name: str) -> Any:
        desk = SimpleNamespace(give_back=lambda *_: False)  # the owner gives money back
        return {"gateway": SimpleNamespace(capabilities=Capabilities()), "notices": self, "payments": desk}[name]

    def spend(self) -> None:
        if self.cut_after is not None:
            if self.cut_after == 0:
                raise PowerCut
            self.cut_after -= 1


def pay_order(db: Database, ctx: Any, number: int) -> dict[str, str]:
    """Do what 确认收款 and the event that follows on it do."""
    order = get_order(db, number)
    assert order is not None
    take(db, payment_by_owner(order, ctx.now))
    paying._follow_payment(db, ctx, number)
    return {"text": ""}


def refund_order(db: Database, ctx: Any, number: int) -> dict[str, str]:
    """Do what 退款 and the event that follows on it do."""
    order = get_order(db, number)
    assert order is not None
    take(db, refund_by_owner(order, order.paid_fen, ctx.now))
    paying._follow_refund(db, ctx, OrderRefunded(number, order.paid_fen, is_whole=True))
    return {"text": ""}


class RegistrationMachine(RuleBasedStateMachine):
    """Looks at the rows before and after each transaction: what changed must have been allowed and told."""

    @initialize(capacity=st.integers(1, 2), price=st.sampled_from([9900, 9900, 0]), days=st.sampled_from([2, 20]))
    def open(self, capacity, price, days):
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "bot.db"
        path.write_bytes(empty_database())
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("pragma synchronous = off")
        self.connection.execute("pragma journal_mode = wal")
        self.clock = VirtualClock(STARTS - timedelta(days=days))
        self.db = Database(self.connection, "c", IdSource(self.clock))
        self.core = Core()
        self.causes = 0
        self.done: list[tuple[str, Any, Any]] = []
        put_session(self.db, make_session(capacity=capacity, price_fen=price))
        for who in MEMBERS[:3]:
            self.act(registering._register, ID, who=who)

    def teardown(self):
        if hasattr(self, "folder"):
            self.connection.close()
            self.folder.cleanup()

    # What can happen; drawn by weight, so that long stories with money in them come about.

    @rule(data=st.data())
    def happen(self, data):
        getattr(self, data.draw(st.sampled_from(STORY)))(data.draw)

    def register(self, draw):
        """Who is in asks again, too, and so takes an offer."""
        is_private = draw(st.booleans())
        self.act(registering._register, ID, who=draw(st.sampled_from(MEMBERS)), is_private=is_private, cut=draw(CUT))

    def cancel(self, draw):
        if registered := [one.member_id for one in registrations_of(self.db, ID)]:
            self.act(registering._cancel, ID, who=draw(st.sampled_from(registered)), cut=draw(CUT))

    def take_offer(self, draw):
        if offered := [one.member_id for one in registrations_of(self.db, ID, {_State.OFFERED})]:
            self.act(registering._register, ID, who=draw(st.sampled_from(offered)), cut=draw(CUT))

    def pay(self, draw):
        states = {OrderState.OPEN, OrderState.CLOSED}
        if owed := [one.number for one in orders_of(self.db, ID) if one.state in states]:
            self.act(pay_order, draw(st.sampled_from(owed)), who=OWNER, cut=draw(CUT))

    def refund(self, draw):
        states = {OrderState.PAID, OrderState.REFUND_DUE}
        if paid := [one.number for one in orders_of(self.db, ID) if one.state in states]:
            self.act(refund_order, draw(st.sampled_from(paid)), who=OWNER, cut=draw(CUT))

    def change_capacity(self, draw):
        self.edit(capacity=draw(st.none() | st.integers(1, 4)))

    def change_price(self, draw):
        self.edit(price_fen=draw(st.sampled_from([0, 9900, 5000])))

    def move(self, draw):
        starts = self.session.starts_at + timedelta(hours=draw(st.sampled_from([-3, 1, 30])))
        if starts > self.now:
            self.edit(starts_at=starts, ends_at=starts + timedelta(hours=2))

    def let_time_pass(self, draw):
        """Due deadlines fire in order; mostly until just after the next one, which is where things happen."""
        minutes, soon = draw(st.sampled_from([0, 0, 5, 31, 25 * 60])), self.next_deadline()
        until = self.now + timedelta(minutes=minutes) if minutes or not soon else max(self.now, soon.at)
        while (due := self.next_deadline()) is not None and due.at <= until:
            self.clock._now = max(self.now, due.at)
            self.fire(due)
        self.clock._now = until

    def be_down_for_a_while(self, draw):
        """Deadlines pass unseen and fire late, all at once."""
        self.clock._now += timedelta(minutes=draw(st.sampled_from([31, 24 * 60])))
        while (due := self.next_deadline()) is not None and due.at <= self.now:
            self.fire(due)

    def fire_an_old_deadline(self, draw):
        """One that was moved or dropped while it was firing comes after all: it must find the facts."""
        who = draw(st.sampled_from([one.member_id for one in self.rows()]))
        at = self.now - timedelta(minutes=draw(st.integers(0, 10)))
        self.act(
            HANDLERS[draw(st.sampled_from(sorted(HANDLERS)))], Deadline("", "", at, {"session": ID, "member": who})
        )

    def handle_again(self, draw):
        """After a crash a message is handled again: nothing changes, and the answer is the same."""
        cause, run, answer = draw(st.sampled_from(self.done[-3:]))
        before, promised = self.rows(), self.count_promises()
        assert run(cause) == answer
        assert (self.rows(), self.count_promises()) == (before, promised)

    def call_off(self, draw):
        if self.now < self.session.starts_at and len(self.done) > 15:
            put_session(self.db, replace(self.session, is_cancelled=True, revision=self.session.revision + 1))
            self.act(terms._close, ID)
            assert not [one for one in self.rows() if one.state in IS_OPEN]

    # How it happens.

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def session(self) -> TrainingSession:
        session = get_session(self.db, ID)
        assert session is not None
        return session

    def rows(self) -> list[Registration]:
        return registrations_of(self.db, ID, ALL_STATES)

    def count_promises(self) -> int:
        return self.db.query("select count(*) as n from outbox where community = :community")[0]["n"]

    def next_deadline(self) -> deadlines_store.StoredDeadline | None:
        return next(iter(deadlines_store.find_deadlines(self.db, "training")), None)

    def fire(self, due: deadlines_store.StoredDeadline) -> None:
        deadlines_store.begin(self.db, due)
        given = Deadline(due.name, due.key, due.at, due.data, self.now - due.at)
        self.act(HANDLERS[due.name], given, cause=due.cause)
        deadlines_store.finish(self.db, due)

    def edit(self, **changes: Any) -> None:
        if not self.session.is_cancelled:
            put_session(self.db, replace(self.session, revision=self.session.revision + 1, **changes))
            self.act(terms._follow_change, ID)

    def make_context(self, cause: str, who: str, *, is_private: bool) -> Context[TrainingSettings]:
        return Context(
            services=self.core,  # type: ignore[arg-type]
            config=TrainingSettings(),
            now=self.now,
            zone=ZoneInfo("Asia/Shanghai"),
            cause=cause,
            member=Member(who, who) if who else None,
            room=None if is_private or not who else ROOM,
            role=Role.OWNER if who == OWNER else Role.MEMBER,
            plugin="training",
        )

    def act(self, step: Any, *args: Any, who: str = "", is_private: bool = False, cut=None, cause: str = "") -> None:
        """Run a step in one transaction; when the power is cut in it, nothing of it is there, and it is run again."""
        self.causes += 1
        cause = cause or f"cause{self.causes}"

        def run(name: str) -> Any:
            ctx = self.make_context(name, who, is_private=is_private)
            self.connection.execute("begin immediate")
            try:
                done = inbox.step(
                    self.db, name, 1, partial(step, ctx=ctx) if not args else lambda db: step(db, ctx, *args)
                )
            except BaseException:
                self.connection.execute("rollback")
                raise
            self.connection.execute("commit")
            return done

        before, promised, money = self.rows(), self.count_promises(), self.refunds()
        if cut is not None:
            self.core.cut_after = cut
            try:
                run(cause)
            except PowerCut:
                assert (self.rows(), self.count_promises()) == (before, promised)
            except UserError:
                pass
            self.core.cut_after = None
        try:
            answer = run(cause)
        except UserError:
            assert self.rows() == before
            return
        self.done.append((cause, run, answer))
        self.check_change(before, answer, who, cause)
        if self.refunds() - money:
            assert who == OWNER or self.told(OWNER, cause), "the owner does not know of money to give back"

    # What must be so.

    def check_change(self, before: list[Registration], answer: Any, who: str, cause: str) -> None:
        earlier = {one.member_id: one for one in before}
        changed = [one for one in self.rows() if earlier.get(one.member_id) != one]
        for one in changed:
            self.check_told(one, answer, who, cause)
            self.check_loss(earlier.get(one.member_id), one, who)
        self.check_order(before, changed)
        taken_before = sum(one.state in TAKES_A_PLACE for one in before)
        taken = sum(one.state in TAKES_A_PLACE for one in self.rows())
        capacity = self.session.capacity
        assert capacity is None or taken <= max(capacity, taken_before), "a place was given twice"

    def check_loss(self, earlier: Registration | None, one: Registration, who: str) -> None:
        """A place is lost only by one's own word, the owner's, a term that is over, or with the session."""
        if earlier is None or earlier.state not in TAKES_A_PLACE or one.state in TAKES_A_PLACE:
            return
        is_over = earlier.until is not None and earlier.until <= self.now
        assert who in {one.member_id, OWNER} or is_over or self.session.is_cancelled, f"{one} was thrown out"

    def told(self, who: str, cause: str) -> list[str]:
        rows = self.db.query(
            "select text from outbox where community = :community and member_id = :member and act = 'text'"
            " and (cause = :cause or dedupe_key like :key)",
            {"member": who, "cause": cause, "key": f"owner/training/{cause}/%"},
        )
        return [row["text"] for row in rows]

    def refunds(self) -> set[int]:
        return {one.number for one in orders_of(self.db, ID) if one.state is OrderState.REFUND_DUE}

    def check_told(self, one: Registration, answer: Any, who: str, cause: str) -> None:
        if one.state is _State.REMOVED:
            return  # who called the session off tells them
        is_answered = who == one.member_id and answer["text"]
        is_asked_to_pay = one.state is _State.HELD and one.order_number in self.wanted_payments()
        is_told = self.told(one.member_id, cause) or is_answered or is_asked_to_pay
        assert is_told, f"{one.member_id} was not told of {one.state}"

    def wanted_payments(self) -> set[int]:
        """Return the orders whose payers the plugin `orders` was asked to tell how to pay."""
        rows = self.db.query(
            "select payload from events where community = :community and name = :name", {"name": "PaymentWanted"}
        )
        return {json.loads(row["payload"])["order_number"] for row in rows}

    def check_order(self, before: list[Registration], changed: list[Registration]) -> None:
        """Who is offered a place is never behind one who still waits; who comes new gets none while others wait."""
        line = queueing.line_of(self.rows())
        waited = {one.member_id for one in before if one.state is _State.WAITING}
        for one in changed:
            if one.state is _State.OFFERED and one.member_id in waited:
                assert all(one.position < other.position for other in line), "somebody was passed"
            is_new = one.state in {_State.HELD, _State.REGISTERED} and one.member_id not in {
                other.member_id for other in before if other.state in TAKES_A_PLACE
            }
            assert not (is_new and waited & {other.member_id for other in line}), "the line was passed"

    @invariant()
    def nobody_waits_beside_a_free_place(self):
        if hasattr(self, "db") and self.now < self.session.starts_at and not self.session.is_cancelled:
            queue = registrations_of(self.db, ID)
            assert not queueing.line_of(queue) or queueing.places_left(self.session.capacity, queue) == 0

    @invariant()
    def every_term_has_its_deadline_and_the_line_ends_at_the_start(self):
        if not hasattr(self, "db"):
            return
        waiting = deadlines_store.find_deadlines(self.db, "training")
        terms_set = {(one.name, one.data.get("member")): one.at for one in waiting}
        for one in registrations_of(self.db, ID):
            if one.state is _State.OFFERED:
                assert terms_set[("offer_over", one.member_id)] == one.until
            elif one.state is _State.HELD:
                assert terms_set[("hold_over", one.member_id)] == one.until
            elif one.state is _State.WAITING:
                assert terms_set[("line_over", None)] == self.session.starts_at > self.now

    @invariant()
    def money_is_with_a_place_or_on_its_way_back(self):
        if not hasattr(self, "db"):
            return
        behind = {one.order_number: one for one in self.rows() if one.order_number and one.state in IS_OPEN}
        for order in orders_of(self.db, ID):
            one = behind.get(order.number)
            state = one.state if one else None
            bought = {OrderState.PAID: _State.REGISTERED, OrderState.OPEN: _State.HELD}.get(order.state)
            assert state is bought, f"D{order.number} is {order.state}, the registration {state}"


@pytest.mark.slow
def test_places_lines_notices_and_money_hold_in_any_order():
    run_state_machine_as_test(
        RegistrationMachine, settings=settings(max_examples=examples(60), stateful_step_count=30, deadline=None)
    )


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_places_lines_notices_and_money_hold_in_any_order_for_long():
    run_state_machine_as_test(
        RegistrationMachine, settings=settings(max_examples=1500, stateful_step_count=60, deadline=None)
    )
