"""Takes events from the gateway and sees to it that each is handled once, in order, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot import dispatcher_store, events, members
from bot.dispatcher_closings import Closings
from bot.dispatcher_core import Core, spawn
from bot.dispatcher_events import EventHandler, Request, RoomEvent
from bot.dispatcher_gaps import LeftOpen, describe_gap, keep_beating, note_kill, take_up
from bot.dispatcher_intake import Arrival, Intake
from bot.dispatcher_lanes import Lane, Lanes
from bot.dispatcher_messages import MessageHandler
from bot.dispatcher_notices import OwnerNotices
from bot.dispatcher_survey import look_around
from bot.dispatcher_watchdog import Watchdog
from bot.errors import QunzhiError
from bot.events import StoredEvent
from bot.log import log_context
from bot.model import (
    Event,
    GatewayLost,
    GatewayRestored,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    ScanRequired,
)
from bot.router import Router

log = logging.getLogger(__name__)

_ACCOUNT_LANE = "account"
_DRAIN_SECONDS = 1.0  # real seconds: SIGTERM must end the program in two


@dataclass(slots=True)
class Counters:
    """What 状态 tells of the dispatcher.

    Attributes:
        received: events since the start.
        is_online: whether the account is logged in and the gateway reachable, as far as was told.
        trouble: what is wrong with the connection, in Chinese; empty when nothing is.
    """

    received: int = 0
    is_online: bool = False
    trouble: str = ""


class Dispatcher:
    """The way of every event through the bot.

    Args:
        core: the parts.
        router: finds who answers a message.

    Attributes:
        on_rooms_known: called after each login, once the rooms are known.
        on_connection: called with whether the account can be spoken for now.
    """

    def __init__(self, core: Core, router: Router) -> None:
        self.core = core
        self.notices = OwnerNotices(core)
        self.counters = Counters()
        self.on_rooms_known: list[Callable[[], None]] = []
        self.on_connection: list[Callable[[bool], None]] = []
        self._lanes = Lanes(core.clock)
        self._intake = Intake(core)
        self._closings = Closings(core)
        self._messages = MessageHandler(core, router)
        self._events = EventHandler(core, self.notices)
        self._watchdog = Watchdog()
        self._is_taken_up = False
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closed = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is being handled."""
        return self._lanes.is_idle

    @property
    def waiting(self) -> int:
        """How many events wait to be handled."""
        return self._lanes.waiting

    def is_behind(self) -> bool:
        """Whether messages that arrived are not on disk yet."""
        return self._intake.is_busy

    async def start(self) -> None:
        """Begin to deliver published events; what a crash left open is taken up at the login."""
        self._watchdog.start()
        self._tasks = [
            spawn(self._deliver_published(), "published events"),
            spawn(keep_beating(self.core), "heartbeat"),
        ]

    async def stop(self) -> None:
        """Finish what is being handled if that takes no more than a second; the rest is open at the next start."""
        self._is_closed = True
        await self._lanes.stop(_DRAIN_SECONDS)
        self._cancel_tasks()
        await self.core.storage.run(self.core.community, dispatcher_store.beat, self.core.clock.now())

    def drop(self) -> None:
        """Stop at once without a word, as a killed process does."""
        self._is_closed = True
        note_kill(self.core.clock)
        self._lanes.drop()
        self._cancel_tasks()

    async def deliver(self, event: Event) -> None:
        """Take one event over; returns once it is queued, which takes as long as its queue is full."""
        if self._is_closed:
            return
        self.counters.received += 1
        if isinstance(event, MessageReceived) and event.from_self:
            self._settle_own(event)
        elif isinstance(event, MessageReceived):
            await self._put_message(event)
        elif isinstance(event, RoomEvent | Request):
            await self._put_gateway_event(event)
        elif isinstance(event, LoggedIn):
            await self._on_login(event)
        elif isinstance(event, GatewayRestored):
            await self._on_restored(event)
        elif isinstance(event, LoggedOut | ScanRequired | GatewayLost):
            self._on_trouble(event)
        else:
            log.warning("event of an unknown kind: %s", type(event).__name__)

    def _settle_own(self, event: MessageReceived) -> None:
        """Let an own message settle its outbox row; nothing waits for that, so it needs no lane."""
        hold = self.core.clock.hold()

        def release(settled: asyncio.Future[Arrival]) -> None:
            hold.release()
            if not settled.cancelled():
                settled.exception()  # the intake has logged it

        self._intake.submit(event).add_done_callback(release)

    async def _put_message(self, event: MessageReceived, arrival: Arrival | None = None) -> None:
        taken = None if arrival else self._intake.submit(event)

        async def handle(lane: Lane) -> None:
            arrived = arrival or await taken  # type: ignore[misc] # one of the two is there
            if arrived.accepted is None or not arrived.accepted.is_new:
                return
            await lane.wait_for(arrived.accepted.talker.id)
            with log_context(message_id=event.id, room=event.room.id if event.room else ""):
                closing = await self._messages.handle(event, arrived)
            lane.finish(closing.talker_id, self._closings.submit(closing, may_wait=bool(lane.jobs)))
            if self.notices.owes(arrived.identities):
                await self.notices.tell_owed()

        await self._lanes.put(event.conversation.key, handle)

    def forget_people(self) -> None:
        """Look up again who is behind which contact: two records turned out to be one person."""
        self._intake.acquaintances.clear()

    async def _put_gateway_event(self, event: Event, *, is_again: bool = False) -> None:
        assert isinstance(event, RoomEvent | Request)
        self._intake.acquaintances.clear()
        key = event.room.id if isinstance(event, RoomEvent) else _ACCOUNT_LANE

        async def handle(lane: Lane) -> None:
            await lane.drain()
            await self._events.handle_gateway(event, is_again=is_again)

        await self._lanes.put(key, handle)

    async def _deliver_published(self) -> None:
        core = self.core
        watch = core.storage.watch(events.TOPIC)
        last = ""
        while True:
            with core.clock.busy():
                last = await self._put_all_published(last)
            await watch.wait()

    async def _put_all_published(self, last: str) -> str:
        """Queue what was published after an event, and return the last one queued."""
        core = self.core
        try:
            while found := await core.storage.read(core.community, events.open_events, "plugin", last):
                for stored in found:
                    await self._put_published(stored)
                last = found[-1].id
        except QunzhiError:  # the database cannot be read now: they are found at the next event, or the next start
            log.exception("published events cannot be read")
        return last

    async def _put_published(self, stored: StoredEvent) -> None:
        async def handle(_: Lane) -> None:
            await self._events.handle_published(stored)

        await self._lanes.put(f"events/{stored.name}", handle)

    async def _on_login(self, event: LoggedIn) -> None:
        core = self.core
        self._note_connection("")
        log.info("logged in account=%s missing=%s", event.account.id, ",".join(core.gateway.capabilities.missing()))
        left = None if self._is_taken_up else await self._take_up(event.account.id)
        self._is_taken_up = True
        if not core.gateway.capabilities.stable_ids:
            await core.storage.run(core.community, members.begin_login, event.account.id)

        async def begin(_: Lane) -> None:
            await look_around(core)
            await self.notices.tell_owed()
            for react in self.on_rooms_known:
                react()
            if left and (told := left.tell(core.clock.now())):
                await self.notices.tell(told, f"gap/{left.alive_at}/{core.clock.now().isoformat()}")

        await self._lanes.put(_ACCOUNT_LANE, begin)

    async def _take_up(self, account: str) -> LeftOpen:
        """Handle again what a crash left open, before anything new: the account must be known to read mentions."""
        core = self.core
        stable_ids = core.gateway.capabilities.stable_ids
        left = await core.storage.run(
            core.community, lambda db: take_up(db, account, core.clock, stable_ids=stable_ids)
        )
        log.info("left open messages=%d expired=%d events=%d", len(left.messages), left.expired, len(left.events))
        for event, arrival in left.messages:
            await self._put_message(event, arrival)
        for gateway_event in left.events:
            await self._put_gateway_event(gateway_event, is_again=True)
        return left

    async def _on_restored(self, event: GatewayRestored) -> None:
        self._note_connection("")
        gap = describe_gap(event.at - event.lost_at)
        log.warning("gateway restored after %s", event.at - event.lost_at)
        since = event.lost_at.astimezone(self.core.zone(None))
        text = f"和微信断开了 {gap}（{since:%H:%M:%S} 起），期间的消息收不到，可能有漏掉的提问。"

        async def tell(_: Lane) -> None:
            await self.notices.tell(text, f"gateway-gap/{event.lost_at.isoformat()}")

        await self._lanes.put(_ACCOUNT_LANE, tell)

    def _on_trouble(self, event: LoggedOut | ScanRequired | GatewayLost) -> None:
        if isinstance(event, LoggedOut):
            log.error("logged out reason=%s: scan again with the phone", event.reason)
            self._note_connection("微信已退出登录，请重新扫码")
        elif isinstance(event, ScanRequired):
            log.error("scan this QR code with the phone: %s", event.qr_code)
            self._note_connection("等待扫码登录")
        elif event.is_permanent:
            log.error("the gateway is lost for good (%s): correct the settings and start again", event.reason)
            self._note_connection("网关拒绝连接，请检查 token")
        else:
            log.warning("the gateway is lost: %s, trying again until it answers", event.reason)
            self._note_connection("网关断开，正在重连")

    def _note_connection(self, trouble: str) -> None:
        self.counters.is_online, self.counters.trouble = not trouble, trouble
        for react in self.on_connection:
            react(not trouble)

    def _cancel_tasks(self) -> None:
        self._watchdog.stop()
        self._closings.drop()
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
