"""What a handler holds: the message, who and where, its settings, and the few things it may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from bot.deadlines_store import StoredDeadline
from bot.events import DomainEvent
from bot.model import Member, Message, Outgoing, Role, Room
from bot.storage import Database

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)


class Settings(BaseModel):
    """Base of a plugin's settings: unknown keys are faults, values never change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Services(Protocol):
    """What the core offers to contexts; built once by `app.py`."""

    community: str
    bot_name: str

    async def step(self, cause: str, number: int, fn: Callable[[Database], T]) -> T:
        """Run a write once per (cause, number): run again after a crash, it returns the first result."""

    async def write(self, fn: Callable[[Database], T]) -> T:
        """Run a write that is no step of answering anything (a cache, a folder that was read)."""

    async def read(self, fn: Callable[[Database], T]) -> T:
        """Run a read."""

    def enqueue(self, db: Database, outgoing: Outgoing) -> None:
        """Put something to send into the outbox, in the transaction at hand."""

    def publish(self, db: Database, event: DomainEvent) -> None:
        """Store an event for its listeners, in the transaction at hand."""

    def set_deadline(self, db: Database, deadline: StoredDeadline) -> None:
        """Keep a deadline, in the transaction at hand."""

    def drop_deadline(self, db: Database, plugin: str, name: str, key: str) -> None:
        """Forget a deadline, in the transaction at hand."""

    def part(self, name: str) -> Any:  # noqa: ANN401 - the parts are as different as search and the help index
        """Return a part of the core by name: `search`, `commands`, `outbox`, `loader`, `gateway`, `schedules`…"""


@dataclass(slots=True, kw_only=True)
class Context(Generic[S]):
    """One call of one handler.

    Attributes:
        services: the core.
        config: this plugin's settings, as they are in this room.
        now: when the call began, aware UTC.
        zone: the room's time zone, for everything a member reads.
        cause: what this call answers: a message id, a job fire, an event id.
        message: the message; None in jobs and starters.
        member: who it is about: the talker, or the one who joined.
        room: where; None in private chats.
        role: the talker's role here.
        notes: what decided so far, shown by 为什么.
        plugin: name of the plugin whose handler it is.
        is_replayed: whether it is handled again after a crash; starters and stoppers run anew, with nothing done.
    """

    services: Services
    config: S
    now: datetime
    zone: ZoneInfo
    cause: str
    message: Message | None = None
    member: Member | None = None
    room: Room | None = None
    role: Role = Role.GUEST
    notes: list[str] = field(default_factory=list)
    ahead: Awaitable[Any] | None = None
    plugin: str = ""
    is_replayed: bool = True
    _steps: int = 0

    @property
    def talker(self) -> Member:
        """Who said the message.

        Raises:
            LookupError: there is no talker (jobs, starters).
        """
        if self.member is None:
            raise LookupError("this call has no talker")
        return self.member

    @property
    def talker_name(self) -> str:
        """The name the others see."""
        return self.talker.name

    @property
    def text(self) -> str:
        """The normalised text of the message; empty without one."""
        return self.message.text if self.message else ""

    async def db(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(db, …)` in one write transaction.

        Handled again after a crash, the same call does not run twice: its first result (a JSON value) is returned,
        so the reply is the one the member was owed.
        """
        if not self.is_replayed:
            return await self.services.write(lambda db: fn(db, *args, **kwargs))
        self._steps += 1
        return await self.services.step(self.cause, self._steps, lambda db: fn(db, *args, **kwargs))

    async def read(self, fn: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(db, …)` on a snapshot, without writing."""
        return await self.services.read(lambda db: fn(db, *args, **kwargs))

    def enqueue(self, db: Database, outgoing: Outgoing) -> None:
        """Promise a message inside `fn`: it is sent if and only if the transaction commits."""
        self.services.enqueue(db, outgoing)

    def publish(self, db: Database, event: DomainEvent) -> None:
        """Tell other plugins inside `fn`: listeners run after the transaction has committed, also after a crash."""
        self.services.publish(db, event)

    def set_deadline(
        self,
        db: Database,
        name: str,
        *,
        key: str,
        at: datetime,
        data: dict[str, Any] | None = None,
        room_id: str = "",
        missed: str = "run",
        within: timedelta = timedelta(hours=2),
        group: str = "",
    ) -> None:
        """Have the handler `@plugin.deadline(name)` called at a time, once, whatever crashes until then.

        It is set if and only if the transaction at hand commits. One with this name and key that still waits is moved;
        one that has begun to fire is done to its end, so the handler looks at the facts first.

        Args:
            db: the transaction.
            name: of this plugin's handler, or `plugin.name` for another plugin's.
            key: what it is about.
            at: when, aware; a time that has passed fires at once.
            data: what the handler needs to know, JSON values.
            room_id: our id of the room where what it returns is announced, and whose settings count.
            missed: when it passed while the process was down: `run` acts however late and tells nobody, `send` acts
                unless it is later than `within`, `skip` does not act, `merge` is `send` for only the latest of those
                of the same `group` that were missed.
            within: see there.
            group: see there.

        Raises:
            LookupError: no plugin has such a handler.
            ValueError: `missed` is none of the four.
        """
        plugin, _, own = name.rpartition(".")
        self.services.set_deadline(
            db,
            StoredDeadline(
                plugin=plugin or self.plugin, name=own, key=key, at=at, data=data or {}, room_id=room_id,
                missed=missed, within=within, group=group,
            ),
        )  # fmt: skip

    def drop_deadline(self, db: Database, name: str, key: str) -> None:
        """Take a deadline back inside `fn`; nothing happens when there is none, or when it is firing already."""
        plugin, _, own = name.rpartition(".")
        self.services.drop_deadline(db, plugin or self.plugin, own, key)

    def part(self, name: str) -> Any:  # noqa: ANN401 - see Services.part
        """Return a part of the core, such as `search`."""
        return self.services.part(name)
