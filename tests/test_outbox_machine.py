"""Any order of enqueueing, claiming, crashing, echoes, time-outs and sweeps keeps the outbox's promises."""

import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlite_utils
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot import members, outbox
from bot.clock import VirtualClock
from bot.ids import IdSource
from bot.model import Delivery, Outgoing, Priority
from bot.outbox_queue import claim_all
from bot.outbox_rows import OutboxState
from bot.storage import Database
from tests.examples import examples

pytestmark = pytest.mark.slow  # properties by the hundred

SETTLE = timedelta(seconds=10)
TEXTS = st.sampled_from(["dong", "你好", "上课啦"])


class OutboxMachine(RuleBasedStateMachine):
    """The group's view beside the outbox: what was shown is the truth, rows with one text in one room are alike."""

    echoes_always_come = True

    @initialize(names_ids=st.booleans())
    def open(self, names_ids):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        migrating = sqlite_utils.Database(connection)
        for migrations in (members.migrations, outbox.migrations):
            migrations.apply(migrating)
        self.clock = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
        self.db = Database(connection, "c", IdSource(self.clock))
        self.names_ids = names_ids
        self.owner = 0
        self.flying = []  # claimed and not finished by the present owner
        self.asked = Counter()  # (lane, text) → rows
        self.shown = Counter()  # (lane, text) → times the group saw it
        self.at_most_once = Counter()
        self.echoes = []  # what the account still has to be told
        self.told = []
        self.messages = 0

    def tick(self, seconds):
        self.clock._now += timedelta(seconds=seconds)

    def show(self, row):
        """The group sees it; its echo is on the way."""
        self.messages += 1
        message_id = f"m{self.messages}"
        self.shown[row.lane, row.text] += 1
        self.echoes.append((message_id, row.lane, row.spoken_text, self.clock.now()))
        return message_id if self.names_ids else ""

    def finish(self, row, attempt, state, **facts):
        outbox.finish(self.db, row.id, str(self.owner), attempt, state, at=self.clock.now(), **facts)

    @rule(
        lane=st.sampled_from(["r1", "r2"]),
        text=TEXTS,
        delivery=st.sampled_from(Delivery),
        priority=st.sampled_from(Priority),
    )
    def enqueue(self, lane, text, delivery, priority):
        outbox.enqueue(self.db, Outgoing(room_id=lane, text=text, delivery=delivery, priority=priority))
        self.asked[lane, text] += 1
        self.at_most_once[lane, text] += delivery is Delivery.AT_MOST_ONCE

    @rule()
    def claim(self):
        claimed = claim_all(self.db, str(self.owner), self.clock.now(), 50, lambda rows: rows[:1])
        self.flying += claimed
        self.tick(0.1)

    @rule(is_shown=st.booleans(), is_answered=st.booleans())
    def call(self, is_shown, is_answered):
        if not self.flying:
            return
        row, attempt = self.flying.pop()
        self.tick(0.1)
        if is_shown:
            message_id = self.show(row)
            if is_answered:
                self.finish(row, attempt, OutboxState.SENT, message_id=message_id)
                return
        elif is_answered:
            self.finish(row, attempt, OutboxState.PENDING, next_at=self.clock.now())
            return
        self.finish(row, attempt, OutboxState.UNCERTAIN, next_at=self.clock.now() + SETTLE)

    @rule(is_shown=st.booleans())
    def crash(self, is_shown):
        """The process dies; what it was calling may have reached the group."""
        for row, _ in self.flying:
            if is_shown:
                self.show(row)
        self.flying.clear()
        self.owner += 1
        self.tick(1)

    @rule()
    def hear_an_echo(self):
        if self.echoes:
            self.told.append(self.echoes.pop(0))
            self.hear(self.told[-1])

    @rule(data=st.data())
    def hear_an_echo_again(self, data):
        if self.told:
            self.hear(data.draw(st.sampled_from(self.told)))

    def hear(self, echo):
        message_id, lane, text, at = echo
        outbox.settle_echo(self.db, room_id=lane, text=text, at=at, message_id=message_id)

    @rule()
    def settle(self):
        """The settle time passes: by then all echoes have come, and what they leave in doubt is decided."""
        while self.echoes and self.echoes_always_come:
            self.hear_an_echo()
        self.tick(SETTLE.total_seconds())
        outbox.sweep(self.db, str(self.owner), self.clock.now())

    @invariant()
    def nothing_is_shown_more_often_than_asked(self):
        if hasattr(self, "db"):
            assert self.shown <= self.asked

    def teardown(self):
        if not hasattr(self, "db"):
            return
        self.crash(is_shown=False)
        for _ in range(200):
            self.settle()
            self.claim()
            while self.flying:
                self.call(is_shown=True, is_answered=True)
            if not outbox.due(self.db, self.clock.now(), 1):
                break
        self.settle()
        self.check_the_end()

    def check_the_end(self):
        """Whatever the group did not see is listed for the owner."""
        states = outbox.counts(self.db, self.clock.now()).by_state
        assert not states.keys() & {OutboxState.PENDING, OutboxState.SENDING}
        left = Counter((row.lane, row.text) for row in outbox.in_doubt(self.db, 1000))
        missing = self.asked - self.shown
        assert missing <= left
        self.nothing_is_shown_more_often_than_asked()


class SilentMachine(OutboxMachine):
    """The same without the promise that echoes come: at most once holds all the same, repeats are listed."""

    echoes_always_come = False

    def hear_an_echo(self):
        return

    def nothing_is_shown_more_often_than_asked(self):
        if not hasattr(self, "db"):
            return
        repeated = self.shown - self.asked
        listed = Counter((row.lane, row.text) for row in outbox.in_doubt(self.db, 1000))
        assert repeated.keys() <= listed.keys()
        only_once = {key for key in self.asked if self.asked[key] == self.at_most_once[key]}
        assert not repeated.keys() & only_once


class ForgetfulMachine(SilentMachine):
    """Some echoes come and some are forgotten with a gateway that died: repeats are listed all the same."""

    def hear_an_echo(self):
        OutboxMachine.hear_an_echo(self)

    @rule()
    def forget_the_echoes(self):
        self.echoes.clear()


TestWithEchoes = OutboxMachine.TestCase
TestWithEchoes.settings = settings(max_examples=examples(20), stateful_step_count=30, deadline=None)
TestWithoutEchoes = SilentMachine.TestCase
TestWithoutEchoes.settings = settings(max_examples=examples(20), stateful_step_count=30, deadline=None)
TestWithSomeEchoes = ForgetfulMachine.TestCase
TestWithSomeEchoes.settings = settings(max_examples=examples(20), stateful_step_count=30, deadline=None)


@pytest.mark.soak
@pytest.mark.parametrize("machine", [OutboxMachine, SilentMachine, ForgetfulMachine])
def test_very_many_orders(machine):
    many = settings(max_examples=2000, stateful_step_count=60, deadline=None)
    run_state_machine_as_test(machine, settings=many)
