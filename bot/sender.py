"""Sends what the outbox holds: paced, claimed on disk before the call, and never twice while echoes come back."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot import outbox, outbox_days
from bot.clock import Clock, Hold
from bot.config_model import SendingConfig
from bot.errors import GatewayError, StorageError
from bot.gateway import Gateway
from bot.outbox_queue import Head, first_of_each_lane
from bot.outbox_rows import OutboxState
from bot.outbox_turn import Outcome, Parcel, Plan, TellOwner, Turn, take_turn
from bot.sender_acts import doubtful, failed, is_reachable, perform, put_back, succeeded, unreachable
from bot.sender_pacing import MINUTE, Pacer, Waiting
from bot.storage import Storage

log = logging.getLogger(__name__)

_ROWS_A_TURN = 64  # when not paced
_ROWS_A_LANE = 16  # of those: a crash leaves no more than these in doubt
_LOGIN_CHECK = timedelta(seconds=1)
_DISK_RETRY = timedelta(seconds=5)
_CATCH_UP = timedelta(seconds=1)
_LONGEST_BACKOFF = 60.0
_STOP_SECONDS = 1.0  # real ones; `bot run` has to end within two
_REMEMBERED_ERRORS = 5


class Sender:
    """One account's sending.

    Args:
        storage: where the outbox is.
        community: whose outbox.
        gateway: the account.
        clock: paces, and stamps the rows.
        settings: the limits.
        owner: names this process; a row claimed by another name was left by a process that is gone.
        zone: the community's; its midnight begins a new daily budget.
        tell_owner: enqueues a notice to the owner about what failed; without it there is only the log.
        is_behind: whether messages wait to be written down: a missing echo may be among them.
        is_paced: False sends as fast as the gateway takes it, rooms in parallel (benchmarks, load tests).
        chance: draws the pauses.
    """

    def __init__(  # noqa: PLR0917 - the six parts a sender joins, in the order app.py builds them
        self,
        storage: Storage,
        community: str,
        gateway: Gateway,
        clock: Clock,
        settings: SendingConfig,
        owner: str,
        *,
        zone: ZoneInfo,
        tell_owner: TellOwner | None = None,
        is_behind: Callable[[], bool] = lambda: False,
        is_paced: bool = True,
        chance: random.Random | None = None,
    ) -> None:
        self._storage = storage
        self._community = community
        self._gateway = gateway
        self._clock = clock
        self._owner = owner
        self._tell_owner = tell_owner
        self._is_behind = is_behind
        self._is_paced = is_paced
        self._pacer = Pacer(settings, zone, chance or random.Random())  # noqa: S311 - looks human, keeps no secret
        self._watch = storage.watch("outbox")
        self._wake = asyncio.Event()
        self._outcomes: list[tuple[Outcome, Hold]] = []
        self._in_flight: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._timer: asyncio.Task[None] | None = None
        self._is_up, self._is_paused, self._is_stopping = True, False, False
        self._up_since: datetime | None = None
        self._is_swept = False
        self._settle_at: datetime | None = None
        self._restored_for = ""
        self._failures = 0
        self._hold_until: datetime | None = None
        self._allowed_at: datetime | None = None
        self._errors: deque[tuple[datetime, str]] = deque(maxlen=_REMEMBERED_ERRORS)

    # ---- life

    def start(self) -> None:
        """Begin to send."""
        self._wake.set()
        loops = (self._work(), self._forward())
        self._tasks = [asyncio.create_task(loop, context=contextvars.Context()) for loop in loops]

    async def stop(self) -> None:
        """Take nothing new, give what is on the way a second, record it, end."""
        self._is_stopping = True
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks[:1])  # a turn that is under way may still bring something to send
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=_STOP_SECONDS)
        if self._outcomes:
            await self._round()
        self.abandon()

    def abandon(self) -> None:
        """End at once and record nothing, as a killed process does."""
        for task in (*self._tasks, *self._in_flight, *([self._timer] if self._timer else [])):
            task.cancel()

    def pause(self) -> None:
        """Send nothing until `resume`; what is on the way is finished."""
        self._is_paused = True

    def resume(self) -> None:
        """Send again."""
        self._is_paused = False
        self._wake.set()

    def gateway_state(self, is_up: bool) -> None:  # noqa: FBT001
        """Take note that the gateway is connected and logged in, or is not."""
        self._is_up = is_up
        self._up_since = None
        self._hold_until, self._failures = None, 0
        self._wake.set()

    @property
    def settings(self) -> SendingConfig:
        """The limits in force; new ones count from the next message on."""
        return self._pacer.settings

    @settings.setter
    def settings(self, settings: SendingConfig) -> None:
        self._pacer.settings = settings
        self._wake.set()

    # ---- what others ask

    @property
    def waiting(self) -> int:
        """How many messages are on the way or held back by the pace, as far as is known without looking."""
        return len(self._in_flight) + (self._allowed_at is not None)

    async def has_due(self) -> bool:
        """Whether something is being sent or could be sent now."""
        if self._in_flight or self._outcomes:
            return True
        return bool(await self._storage.read(self._community, outbox.due, self._clock.now(), 1))

    async def explain(self, row_id: str) -> Waiting | None:
        """Say where a row stands and about how long it will take; None when there is none of that id."""
        place = await self._storage.read(self._community, outbox.explain, row_id, self._clock.now())
        if place is None:
            return None
        waits = place.row.state is OutboxState.PENDING
        seconds = self._seconds_for(place.ahead + 1, 2) if waits else 0.0
        return Waiting(place.row, place.ahead, seconds)

    async def snapshot(self) -> dict[str, Any]:
        """Return how sending goes, for 状态.

        Returns:
            is_up, is_paused, budget and used (messages today), queue (priority name → rows), later (rows whose time
            has not come), oldest_wait_seconds, expected_seconds, in_doubt and undelivered (rows for the owner),
            errors ((time, text), the latest last).
        """
        now = self._clock.now()
        counts = await self._storage.read(self._community, outbox.counts, now)
        waiting = sum(counts.waiting.values())
        return {
            "is_up": self._is_up and self._gateway.account is not None,
            "is_paused": self._is_paused,
            "budget": self._pacer.budget(now),
            "used": self._pacer.used(now),
            "queue": {priority.name.lower(): rows for priority, rows in counts.waiting.items()},
            "later": counts.later,
            "oldest_wait_seconds": (now - counts.oldest).total_seconds() if counts.oldest else 0.0,
            "expected_seconds": self._seconds_for(waiting, 2) if waiting else 0.0,
            "in_doubt": await self._storage.read(self._community, outbox.in_doubt),
            "undelivered": await self._storage.read(self._community, outbox.undelivered),
            "errors": list(self._errors),
        }

    def _seconds_for(self, messages: int, lanes: int) -> float:
        held = max(0.0, (self._hold_until - self._clock.now()).total_seconds()) if self._hold_until else 0.0
        return held + (self._pacer.estimate(messages, lanes) if self._is_paced else 0.0)

    # ---- the loop

    async def _forward(self) -> None:
        while True:
            await self._watch.wait()
            self._wake.set()

    async def _work(self) -> None:
        while not self._is_stopping:
            await self._wake.wait()
            self._wake.clear()
            with self._clock.busy():
                wake_at = await self._round()
            self._set_timer(wake_at)

    async def _round(self) -> datetime | None:
        """Record what came back, claim what may go out, and return when to look again."""
        batch, self._outcomes = self._outcomes, []
        for _, hold in batch:
            hold.release()  # this task is busy with it now
        try:
            await self._restore()
            turn = await self._storage.run(self._community, take_turn, self._plan([o for o, _ in batch]))
        except StorageError as error:
            log.error("sending waits for the database: %s", error)  # noqa: TRY400 - one line says it all
            self._is_swept = False
            self._outcomes = [(outcome, self._clock.hold()) for outcome, _ in batch] + self._outcomes
            return self._clock.now() + _DISK_RETRY
        self._settle_at = turn.settle_at
        for row in turn.doubted:
            self._remember(f"no echo for {row.id}")
        for parcels in turn.by_lane():
            self._dispatch(parcels)
        return self._next_look(turn)

    async def _restore(self) -> None:
        """Take over what an earlier process has sent for the account that is logged in now."""
        account, now = self._gateway.account, self._clock.now()
        if account is None or account.id == self._restored_for:
            return
        run, community = self._storage.run, self._community
        calls = await self._storage.read(community, outbox_days.calls_since, now - MINUTE)
        used = await self._storage.read(community, outbox_days.calls_on, account.id, self._pacer.day(now))
        since = await run(community, outbox_days.known_since, account.id, now)
        self._pacer.restore(calls, used, since, now)
        self._restored_for = account.id

    def _plan(self, outcomes: list[Outcome]) -> Plan:
        now, settings, can = self._clock.now(), self._pacer.settings, self._gateway.capabilities
        return Plan(
            owner=self._owner,
            account=self._restored_for,
            now=now,
            day=self._pacer.day(now),
            outcomes=outcomes,
            choose=self._choose,
            limit=1 if self._is_paced else _ROWS_A_TURN,
            is_settled=self._is_settled(now),
            is_proof=can.echoes_own_messages and can.replays_missed,
            merge_from=settings.merge_from if settings.merge_under_pressure else 0,
            longest=settings.max_length,
            tell_owner=self._tell_owner,
        )

    def _choose(self, heads: Sequence[Head]) -> list[Head]:
        """Pick what goes out now from what is due; runs in the writer's thread."""
        self._allowed_at = None
        now = self._clock.now()
        if not heads or not self._may_send(now):
            return []
        if not self._is_paced:
            return first_of_each_lane(heads, _ROWS_A_LANE)
        if self._in_flight:
            return []  # a person writes one message at a time
        self._allowed_at = self._pacer.allowed_at(heads[0].lane, now)
        return [heads[0]] if self._allowed_at <= now else []

    def _may_send(self, now: datetime) -> bool:
        is_held = self._hold_until is not None and now < self._hold_until
        is_online = self._is_up and self._gateway.account is not None
        return is_online and not (self._is_paused or self._is_stopping or is_held)

    def _settled_at(self, now: datetime) -> datetime:
        """Return from when on a missing echo means something: the gateway has to be up for a while first."""
        if not self._is_up or self._gateway.account is None:
            self._up_since = None
            return datetime.max.replace(tzinfo=now.tzinfo)
        if self._up_since is None:
            self._up_since, self._is_swept = now, False
        settled_at = self._up_since + self._settle_time()
        return max(settled_at, now + _CATCH_UP) if self._is_behind() else settled_at

    def _is_settled(self, now: datetime) -> bool:
        """Whether to look for echoes that did not come: once after a start, then whenever a row's time is over."""
        if self._settled_at(now) > now:
            return False
        was_swept, self._is_swept = self._is_swept, True
        return not was_swept or (self._settle_at is not None and self._settle_at <= now)

    def _settle_time(self) -> timedelta:
        can_settle = self._gateway.capabilities.echoes_own_messages
        return timedelta(seconds=self._pacer.settings.settle_seconds if can_settle else 0.0)

    def _next_look(self, turn: Turn) -> datetime | None:
        now = self._clock.now()
        if not self._is_up:
            return None
        if self._gateway.account is None:
            return now + _LOGIN_CHECK
        settled_at = self._settled_at(now)
        moments = [turn.ready_at, self._allowed_at]
        if turn.settle_at is not None:
            moments.append(max(turn.settle_at, settled_at))
        if not self._is_swept:
            moments.append(settled_at)
        if self._hold_until is not None and now < self._hold_until:
            moments.append(self._hold_until)
        return min((moment for moment in moments if moment is not None), default=None)

    def _set_timer(self, wake_at: datetime | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if wake_at is not None:
            sleep = self._sleep_until(wake_at)
            self._timer = asyncio.create_task(sleep, context=contextvars.Context())

    async def _sleep_until(self, when: datetime) -> None:
        await self._clock.sleep_until(when)
        self._wake.set()

    # ---- the messages of one lane

    def _dispatch(self, parcels: list[Parcel]) -> None:
        now = self._clock.now()
        for parcel in parcels:
            self._pacer.note(parcel.row.lane, now)
        hold = self._clock.hold()
        task = asyncio.create_task(self._deliver_all(parcels), name=f"send {parcels[0].row.lane}")
        self._in_flight.add(task)
        task.add_done_callback(lambda done: self._on_done(hold, done))

    async def _deliver_all(self, parcels: list[Parcel]) -> None:
        """Send one after another; once one may still come out later than the rest would, the rest is put back."""
        in_doubt = False
        for parcel in parcels:
            now = self._clock.now()
            may_send = self._may_send(now) and not in_doubt
            outcome = await self._deliver(parcel) if may_send else put_back(parcel, now)
            in_doubt |= outcome.result.state is OutboxState.UNCERTAIN
            self._outcomes.append((outcome, self._clock.hold()))
            if parcel is not parcels[-1]:  # the last one is looked at when nothing is in flight any more
                self._wake.set()

    async def _deliver(self, parcel: Parcel) -> Outcome:
        if not is_reachable(parcel):
            return unreachable(parcel, self._clock.now())
        try:
            message_id = await perform(self._gateway, parcel)
        except GatewayError as error:
            return self._on_error(parcel, error)
        except Exception as error:
            log.exception("the gateway broke its contract for row %s", parcel.row.id)
            self._remember(f"{type(error).__name__}: {error}")
            now = self._clock.now()
            return doubtful(parcel, type(error).__name__, now, now + self._settle_time())
        self._failures = 0
        return succeeded(parcel, message_id, self._clock.now())

    def _on_error(self, parcel: Parcel, error: GatewayError) -> Outcome:
        now = self._clock.now()
        self._remember(f"{type(error).__name__}: {error}")
        backoff = timedelta(seconds=min(_LONGEST_BACKOFF, 2.0**self._failures))
        outcome = failed(parcel, error, now, now + self._settle_time())
        if outcome.result.state is OutboxState.PENDING:
            self._failures += 1
            self._hold_until = now + backoff
            log.warning("row %s not sent, next try in %.0f s: %s", parcel.row.id, backoff.total_seconds(), error)
        return outcome

    def _on_done(self, hold: Hold, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._wake.set()
        hold.release()  # rows of a task that was cancelled stay `sending`; the next process waits for their echo

    def _remember(self, text: str) -> None:
        self._errors.append((self._clock.now(), text))
