"""Contacts, rooms and members as last read, kept fresh: what the service calls dirty is read anew before it is used."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Generic, TypeVar

from bot.clock import Clock
from bot.errors import GatewayRefused, NotSupported
from bot.gateway.wechaty_client import PuppetClient
from bot.gateway.wechaty_mapping import to_contact, to_room
from bot.gateway.wechaty_wire import DirtyCode
from bot.model import Contact, RoomInfo

V = TypeVar("V")
MAX_AGE = 600.0  # seconds; some puppets never say that a name changed
CAPACITY = 20_000  # entries of each kind, a few hundred bytes each
CONCURRENT_READS = 16


class PayloadCache(Generic[V]):
    """Values by key, each read at most once at a time and anew after it was marked stale.

    Args:
        read: fetches one value.
        clock: for the age.
    """

    def __init__(self, read: Callable[[str], Awaitable[V]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._values: OrderedDict[str, tuple[V, float]] = OrderedDict()
        self._stale: set[str] = set()
        self._reading: dict[str, asyncio.Task[V]] = {}

    def peek(self, key: str) -> V | None:
        """Return what was last read, however old."""
        entry = self._values.get(key)
        return None if entry is None else entry[0]

    def mark_stale(self, key: str) -> None:
        """Have the next `get` read anew, also when a read is under way: it may have begun before the change."""
        if key in self._values:
            self._stale.add(key)
        self._reading.pop(key, None)

    def mark_stale_under(self, prefix: str) -> None:
        """Mark every key with this prefix."""
        for key in [key for key in (*self._values, *self._reading) if key.startswith(prefix)]:
            self.mark_stale(key)

    async def get(self, key: str) -> V:
        """Return the value, read anew when stale or old.

        Raises:
            GatewayError: it could not be read.
        """
        entry = self._values.get(key)
        if entry is not None and key not in self._stale and self._clock.monotonic() - entry[1] < MAX_AGE:
            return entry[0]
        task = self._reading.get(key)
        if task is None:
            self._stale.discard(key)
            task = self._reading[key] = asyncio.create_task(self._fetch(key))
            task.add_done_callback(lambda done: self._finish(key, done))
        return await asyncio.shield(task)

    async def _fetch(self, key: str) -> V:
        began = self._clock.monotonic()
        value = await self._read(key)
        if self._reading.get(key) is asyncio.current_task():  # else it was marked stale meanwhile
            self._values[key] = (value, began)
            self._values.move_to_end(key)
            if len(self._values) > CAPACITY:
                self._stale.discard(self._values.popitem(last=False)[0])
        return value

    def _finish(self, key: str, task: asyncio.Task[V]) -> None:
        if self._reading.get(key) is task:
            del self._reading[key]
        if (task.cancelled() or task.exception() is not None) and key in self._values:
            self._stale.add(key)


class Directory:
    """Who and where, for one account.

    Args:
        client: returns the live connection; raises GatewayUnavailable when there is none.
        clock: for the age of what was read.
    """

    def __init__(self, client: Callable[[], PuppetClient], clock: Clock) -> None:
        self._client = client
        self._contacts: PayloadCache[Contact] = PayloadCache(self._read_contact, clock)
        self._rooms: PayloadCache[RoomInfo] = PayloadCache(self._read_room, clock)
        self._members: PayloadCache[Contact] = PayloadCache(self._read_member, clock)
        self._rooms_of: dict[str, set[str]] = {}

    def mark_stale(self, code: int, key: str) -> None:
        """Take note of a DIRTY event."""
        if code == DirtyCode.CONTACT:
            self._contacts.mark_stale(key)
            for room_id in self._rooms_of.get(key, ()):
                self._members.mark_stale(_member_key(room_id, key))
        elif code == DirtyCode.ROOM:
            self._rooms.mark_stale(key)
        elif code == DirtyCode.ROOM_MEMBER:
            self._members.mark_stale_under(_member_key(key, ""))

    def mark_room_changed(self, room_id: str, *, members: Sequence[str] = ()) -> None:
        """Take note of a room event."""
        self._rooms.mark_stale(room_id)
        for contact_id in members:
            self._members.mark_stale(_member_key(room_id, contact_id))

    async def contact(self, contact_id: str, *, fresh: bool = False) -> Contact:
        """Return a contact; `fresh` asks the service to read it anew too."""
        if fresh:
            await self._client().forget(DirtyCode.CONTACT, contact_id)
            self._contacts.mark_stale(contact_id)
        return await self._contacts.get(contact_id)

    async def room(self, room_id: str, *, fresh: bool = False) -> RoomInfo:
        """Return a room; `fresh` asks the service to read it anew too."""
        if fresh:
            await self._client().forget(DirtyCode.ROOM, room_id)
            self._rooms.mark_stale(room_id)
        return await self._rooms.get(room_id)

    async def member(self, room_id: str, contact_id: str) -> Contact:
        """Return how a contact appears in a room; what else is known of the contact is added without asking."""
        member = await self._members.get(_member_key(room_id, contact_id))
        if member.name and self._contacts.peek(contact_id) is None:
            return member
        contact = await self._or_last_known(self._contacts, contact_id)
        return _merge(member, contact)

    async def members(self, room_id: str) -> list[Contact]:
        """Return everybody in a room; who leaves while it is read is left out."""
        ids = list(dict.fromkeys(await self._client().room_members(room_id)))

        async def read(contact_id: str) -> Contact | None:
            try:
                return await self.member(room_id, contact_id)
            except GatewayRefused:
                return None

        return [contact for contact in await _each(read, ids) if contact is not None]

    async def places(self, room_ids: Sequence[str]) -> list[RoomInfo]:
        """Return several rooms as far as they are known."""
        return await _each(self.place, room_ids)

    async def talker(self, room_id: str, contact_id: str) -> Contact:
        """Return all that is known of somebody who speaks in a room (empty in private); never fails for a stranger.

        Raises:
            GatewayUnavailable: the gateway could not be reached.
        """
        contact = await self._or_last_known(self._contacts, contact_id)
        member = None
        if room_id:
            member = await self._or_last_known(self._members, _member_key(room_id, contact_id))
        return _merge(member or Contact(id=contact_id, name=""), contact)

    async def place(self, room_id: str) -> RoomInfo:
        """Return a room as far as it is known; a room the bot was removed from may be only an id.

        Raises:
            GatewayUnavailable: the gateway could not be reached.
        """
        room = await self._or_last_known(self._rooms, room_id)
        return room or RoomInfo(id=room_id, topic="")

    async def _or_last_known(self, cache: PayloadCache[V], key: str) -> V | None:
        try:
            return await cache.get(key)
        except (GatewayRefused, NotSupported):
            return cache.peek(key)

    async def _read_contact(self, contact_id: str) -> Contact:
        return to_contact(_of(contact_id, await self._client().contact_payload(contact_id)))

    async def _read_room(self, room_id: str) -> RoomInfo:
        return to_room(_of(room_id, await self._client().room_payload(room_id)))

    async def _read_member(self, key: str) -> Contact:
        room_id, _, contact_id = key.rpartition("\n")
        self._rooms_of.setdefault(contact_id, set()).add(room_id)
        member = await self._client().member(room_id, contact_id)
        return Contact(id=contact_id, name=member.name, room_alias=member.room_alias)


def _merge(member: Contact, contact: Contact | None) -> Contact:
    """Return the contact with its room alias; the service keeps names of members longer than those of contacts."""
    if contact is None:
        return member
    return replace(contact, name=contact.name or member.name, room_alias=member.room_alias)


async def _each(read: Callable[[str], Awaitable[V]], keys: Sequence[str]) -> list[V]:
    """Read many things, a few at a time, in the order of their keys."""
    limit = asyncio.Semaphore(CONCURRENT_READS)

    async def read_one(key: str) -> V:
        async with limit:
            return await read(key)

    return await asyncio.gather(*map(read_one, keys))


def _member_key(room_id: str, contact_id: str) -> str:
    return f"{room_id}\n{contact_id}"


def _of(key: str, payload: Any) -> Any:  # noqa: ANN401  # generated classes without types
    """Return the payload with its id filled in: some services leave it out."""
    payload.id = payload.id or key
    return payload
