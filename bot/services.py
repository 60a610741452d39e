"""The core as handlers see it: storage of their community, the outbox, events, and the parts by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bot import deadlines_store, events, inbox, outbox
from bot.deadlines_store import StoredDeadline
from bot.model import Outgoing
from bot.plugin import Database, DomainEvent
from bot.storage import Storage

T = TypeVar("T")


class CoreServices:
    """Implements `bot.plugin_context.Services`.

    Args:
        storage: where everything is kept.
        community: whose rows plugins touch.
        bot_name: what members call the bot.
    """

    def __init__(self, storage: Storage, community: str, bot_name: str) -> None:
        self.storage = storage
        self.community = community
        self.bot_name = bot_name
        self._parts: dict[str, Any] = {}

    async def step(self, cause: str, number: int, fn: Callable[[Database], T]) -> T:
        """Run a write once per (cause, number); see `Context.db`."""
        return await self.storage.run(self.community, inbox.step, cause, number, fn)

    async def write(self, fn: Callable[[Database], T]) -> T:
        """Run a write that is no step of answering anything."""
        return await self.storage.run(self.community, fn)

    async def read(self, fn: Callable[[Database], T]) -> T:
        """Run a read on a snapshot."""
        return await self.storage.read(self.community, fn)

    def enqueue(self, db: Database, outgoing: Outgoing) -> None:
        """Put something to send into the outbox, in the transaction at hand."""
        outbox.enqueue(db, outgoing)

    def publish(self, db: Database, event: DomainEvent) -> None:
        """Store an event for its listeners, in the transaction at hand."""
        events.publish(db, event)

    def set_deadline(self, db: Database, deadline: StoredDeadline) -> None:
        """Keep a deadline, in the transaction at hand; see `Context.set_deadline`."""
        plugin = self.part("loader").plugins.get(deadline.plugin)
        if plugin is None or deadline.name not in plugin.deadlines:
            raise LookupError(f"no plugin has the handler @plugin.deadline for {deadline.plugin}.{deadline.name}")
        if deadline.missed not in deadlines_store.MISSED:
            raise ValueError(f"missed={deadline.missed!r} is none of {', '.join(sorted(deadlines_store.MISSED))}")
        deadlines_store.set_deadline(db, deadline)

    def drop_deadline(self, db: Database, plugin: str, name: str, key: str) -> None:
        """Forget a deadline, in the transaction at hand."""
        deadlines_store.drop_deadline(db, plugin, name, key)

    def provide(self, name: str, part: Any) -> None:  # noqa: ANN401 - parts have no common type
        """Make a part of the core known by name."""
        self._parts[name] = part

    def part(self, name: str) -> Any:  # noqa: ANN401 - parts have no common type
        """Return a part of the core by name.

        Raises:
            LookupError: this bot runs without that part.
        """
        if name not in self._parts:
            raise LookupError(f"this bot runs without {name}")
        return self._parts[name]
