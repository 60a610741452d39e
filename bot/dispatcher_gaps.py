"""What happened while the bot was not there: open work is taken up again, and the owner reads it in one line."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from bot import dispatcher_store, events, inbox
from bot.clock import Clock
from bot.dispatcher_core import Core
from bot.dispatcher_events import KINDS
from bot.dispatcher_intake import Arrival
from bot.errors import QunzhiError
from bot.events import StoredEvent, read_event
from bot.inbox import StoredMessage
from bot.members import identities_of
from bot.model import Event, MessageReceived
from bot.storage import Database
from bot.units import format_duration

log = logging.getLogger(__name__)

STILL_FRESH = timedelta(minutes=10)
"""Work that a crash left open is done again when it is no older; nobody wants last night's answer."""

_WORTH_TELLING = timedelta(minutes=1)
_BEAT_SECONDS = 30.0  # real seconds: whether this process lives does not depend on the bot's clock


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What the last run of the program left.

    Attributes:
        alive_at: when it was last known to be alive; None at the very first start.
        messages: still fresh, with the people behind them, in the order they were accepted.
        events: of the gateway, still fresh.
        expired: how many messages are too old to be answered.
    """

    alive_at: datetime | None
    messages: list[tuple[MessageReceived, Arrival]]
    events: list[Event]
    expired: int

    def tell(self, now: datetime) -> str | None:
        """Return the line for the owner; None when nobody will have noticed."""
        offline = now - self.alive_at if self.alive_at else timedelta()
        if offline < _WORTH_TELLING and not self.expired:
            return None
        redone = len(self.messages)
        parts = [f"重新处理 {redone} 条" if redone else "", f"过期 {self.expired} 条" if self.expired else ""]
        told = "，".join(part for part in parts if part) or "没有遗留的消息"
        return f"离线 {describe_gap(offline)}：{told}。"


_KILLED_AT: WeakKeyDictionary[Clock, datetime] = WeakKeyDictionary()
"""When a simulated kill happened, by the clock that outlives it: virtual hours pass between two real heartbeats."""


def note_kill(clock: Clock) -> None:
    """Remember that the bot on this clock was killed now, inside this process."""
    _KILLED_AT[clock] = clock.now()


def take_up(db: Database, account: str, clock: Clock, *, stable_ids: bool) -> LeftOpen:
    """Return what the last run left open; what is too old is closed.

    Args:
        db: a write transaction.
        account: contact id of the bot's account.
        clock: the time.
        stable_ids: whether the gateway's ids survive a login.
    """
    now, alive_at = clock.now(), dispatcher_store.last_beat(db)
    if alive_at is not None:
        alive_at = max(alive_at, _KILLED_AT.get(clock, alive_at))
    open_messages, expired = inbox.open_messages(db, now - STILL_FRESH)
    for event_id in events.expire(db, now - STILL_FRESH):
        inbox.forget_steps(db, event_id)
    fresh = [_arrival_of(db, account, message, stable_ids=stable_ids) for message in open_messages if message.event]
    stored = [event for event in events.open_events(db, "gateway") if event.name in KINDS]
    dispatcher_store.beat(db, now)
    return LeftOpen(alive_at, fresh, [_event_of(event) for event in stored], expired)


async def keep_beating(core: Core) -> None:
    """Note twice a minute that the bot is alive, until cancelled."""
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        try:
            await core.storage.run(core.community, dispatcher_store.beat, core.clock.now())
        except QunzhiError as error:
            log.warning("no heartbeat: %s", error)


def describe_gap(gap: timedelta) -> str:
    """Return a time without the bot as the owner reads it: seconds up to two minutes, then minutes."""
    seconds = max(1, round(gap.total_seconds()))
    return format_duration(timedelta(seconds=seconds if seconds < 120 else seconds // 60 * 60))  # noqa: PLR2004


def _arrival_of(
    db: Database, account: str, message: StoredMessage, *, stable_ids: bool
) -> tuple[MessageReceived, Arrival]:
    assert message.event is not None
    accepted = replace(inbox.accept(db, account, message.event, stable_ids), is_new=True)
    return message.event, Arrival(accepted, tuple(identities_of(db, accepted.talker.id)))


def _event_of(stored: StoredEvent) -> Event:
    event: Event = read_event(KINDS[stored.name], stored.payload)
    return event
