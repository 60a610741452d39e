"""Calls the plugins that listen: for what happens to rooms, and for what other plugins published."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from bot import events, inbox, members, outbox
from bot.dispatcher_core import Core
from bot.dispatcher_notices import OwnerNotices
from bot.events import StoredEvent
from bot.model import (
    Contact,
    Event,
    FriendRequested,
    Member,
    Outgoing,
    Room,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)
from bot.plugin import Message, Plugin
from bot.replies import as_reply, to_announcement
from bot.storage import Database

log = logging.getLogger(__name__)

RoomEvent = RoomJoined | RoomLeft | RoomTopicChanged
Request = RoomInvited | FriendRequested
KINDS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (RoomJoined, RoomLeft, RoomTopicChanged, RoomInvited, FriendRequested)
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that listeners are told.

    Attributes:
        id: of the event on record; what the calls answer.
        name: the class's name.
        payload: its fields as JSON.
        room: where it happened; None when it concerns no room.
        member: whom it is about, if it is one person.
    """

    id: str
    name: str
    payload: str
    room: Room | None = None
    member: Member | None = None


class EventHandler:
    """Delivers events to listeners, each at least once, its writes and messages exactly once.

    Args:
        core: the parts.
        notices: tell the owner of requests that no plugin answers.
    """

    def __init__(self, core: Core, notices: OwnerNotices) -> None:
        self._core = core
        self._notices = notices

    async def handle_gateway(self, event: RoomEvent | Request, *, is_again: bool = False) -> None:
        """Put on record what the gateway reported, then call the listeners.

        Args:
            event: what happened.
            is_again: a crash left it open.
        """
        core = self._core
        account, stable_ids = core.account, core.gateway.capabilities.stable_ids
        occasion, is_new = await core.storage.run(
            core.community, lambda db: take_in(db, account, event, stable_ids=stable_ids)
        )
        if occasion.room and not isinstance(event, Request):
            core.facts.note(occasion.room, event.room)
        if not (is_new or is_again):
            return
        if isinstance(event, Request) and not self._is_heard(occasion):
            await self._notices.tell(describe_request(event), occasion.id)
        await self._tell(occasion)

    async def handle_published(self, stored: StoredEvent) -> None:
        """Call the listeners of an event that a plugin published."""
        core = self._core
        fields = json.loads(stored.payload)
        room_id, member_id = str(fields.get("room_id") or ""), str(fields.get("member_id") or "")
        room = await core.storage.read(core.community, members.room, room_id) if room_id else None
        member = await core.storage.read(core.community, members.member, member_id, room_id) if member_id else None
        await self._tell(Occasion(stored.id, stored.name, stored.payload, room, member), is_published=True)

    def _is_heard(self, occasion: Occasion) -> bool:
        enabled = self._core.loader.enabled_in(occasion.room)
        return any(kind.__name__ == occasion.name for plugin in enabled for kind, _ in plugin.listeners)

    async def _tell(self, occasion: Occasion, *, is_published: bool = False) -> None:
        """Call the listeners; while the bot is paused only those of published events, who must know, and silently."""
        rows: list[Outgoing] = []
        loader = self._core.loader
        is_silent = loader.is_paused(occasion.room)
        for plugin in [] if is_silent and not is_published else loader.enabled_in(occasion.room):
            for number, (kind, handler) in enumerate(plugin.listeners):
                if kind is not Message and kind.__name__ == occasion.name:
                    rows += await self._call(plugin, number, kind, handler, occasion)

        def finish(db: Database) -> None:
            for row in [] if is_silent else rows:
                outbox.enqueue(db, row)
            events.finish(db, occasion.id)
            inbox.forget_steps(db, occasion.id)

        await self._core.storage.run(self._core.community, finish)

    async def _call(
        self,
        plugin: Plugin[Any],
        number: int,
        kind: type[Any],
        handler: Any,  # noqa: ANN401 - a listener takes its own event class
        occasion: Occasion,
    ) -> list[Outgoing]:
        core = self._core

        async def run() -> Any:  # noqa: ANN401 - whatever the listener returns
            event = events.read_event(kind, occasion.payload)
            ctx = core.make_context(plugin, occasion.id, room=occasion.room, member=occasion.member)
            return await handler(ctx, event)

        result = await core.supervisor.call(plugin.name, occasion.room, occasion.id, run, quiet=True)
        reply = as_reply(result)
        if reply is None:
            return []
        cause = f"{occasion.id}/{plugin.name}/{number}"
        rows = to_announcement(reply, occasion.room, occasion.member, cause, core.gateway.capabilities)
        if not rows:
            log.warning("a listener's answer has nowhere to go plugin=%s event=%s", plugin.name, occasion.id)
        return rows


def take_in(db: Database, account: str, event: RoomEvent | Request, *, stable_ids: bool) -> tuple[Occasion, bool]:
    """Record an event of the gateway and the people in it; False when it was reported before.

    Args:
        db: a write transaction.
        account: contact id of the bot's account.
        event: what happened.
        stable_ids: whether the gateway's ids survive a login.
    """
    event_id = _id_of(event)
    is_new = events.record(db, event_id, event, event.at)
    payload = events.write_event(event)
    if isinstance(event, Request):
        return Occasion(event_id, type(event).__name__, payload), is_new
    room = members.resolve_room(db, account, event.room, stable_ids)
    people = [members.resolve_contact(db, account, contact, stable_ids) for contact in _people_in(event)]
    if isinstance(event, RoomJoined):
        for person in people:
            members.note_presence(db, room.id, person)
    elif isinstance(event, RoomLeft):
        members.note_absence(db, room.id, [person.id for person in people])
    member = people[0] if len(people) == 1 else None
    return Occasion(event_id, type(event).__name__, payload, room, member), is_new


def describe_request(event: Request) -> str:
    """Return what the owner reads of a request that nobody here answers."""
    if isinstance(event, FriendRequested):
        hello = f"，说「{event.hello}」" if event.hello else ""
        return f"{event.contact.name} 想加好友{hello}，请在手机上处理。"
    inviter = event.inviter.name if event.inviter else "有人"
    return f"{inviter} 邀请我进群「{event.topic}」，请在手机上处理。"


def _people_in(event: RoomEvent) -> tuple[Contact, ...]:
    if isinstance(event, RoomJoined):
        return event.joined
    return event.left if isinstance(event, RoomLeft) else ()


def _id_of(event: RoomEvent | Request) -> str:
    """Return an id made of what happened, so that a repeated report is the same event."""
    if isinstance(event, RoomInvited):
        return f"RoomInvited/{event.invitation_id}"
    if isinstance(event, FriendRequested):
        return f"FriendRequested/{event.request_id}"
    people = ",".join(contact.id for contact in _people_in(event))
    return f"{type(event).__name__}/{event.room.id}/{event.at.isoformat()}/{people}"
