"""Acts on the deadlines of plugins: which of those that are due are wanted, and their handlers, in order in a room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot import deadlines_store, inbox, members, outbox
from bot.deadlines_store import MERGE, RUN, SKIP, StoredDeadline
from bot.dispatcher_core import Core, spawn
from bot.dispatcher_lanes import Lane, Lanes
from bot.dispatcher_notices import OwnerNotices
from bot.errors import StorageError
from bot.model import Outgoing, Priority, Room
from bot.plugin import Deadline, Plugin
from bot.replies import as_reply, to_announcement
from bot.scheduler_jobs import RETRY_SECONDS
from bot.scheduler_timers import ON_TIME
from bot.storage import Database
from bot.supervisor import FAILED

log = logging.getLogger(__name__)

_MOST_TRIES = 3
_TAKE = {True: deadlines_store.goes_on, False: deadlines_store.begin}  # by whether it had begun when it was read
Which = tuple[str, str, str]


@dataclass(slots=True)
class DueDeadlines:
    """Deadlines that are due, sorted by what happens to them.

    Attributes:
        to_run: on time, or late and still wanted.
        late: those of `to_run` that were missed and that the owner is told of.
        skipped: missed, and not wanted late, or merged into a later one.
        expired: missed too long ago.
    """

    to_run: list[StoredDeadline] = field(default_factory=list)
    late: list[StoredDeadline] = field(default_factory=list)
    skipped: list[StoredDeadline] = field(default_factory=list)
    expired: list[StoredDeadline] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.to_run or self.skipped or self.expired)


def sort_deadlines(found: Iterable[StoredDeadline], now: datetime) -> DueDeadlines:
    """Return what is to be done about deadlines that are due, given the earliest first."""
    due = DueDeadlines()
    for one in found:
        late = now - one.at
        if one.is_firing or one.missed == RUN or late <= ON_TIME:
            due.to_run.append(one)
        elif one.missed == SKIP:
            due.skipped.append(one)
        elif late > one.within:
            due.expired.append(one)
        else:
            due.to_run.append(one)
            due.late.append(one)
    _merge(due)
    return due


def _merge(due: DueDeadlines) -> None:
    """Keep one of several late ones that are merged: the latest, or none when one of them is on time."""
    latest = {(one.plugin, one.group): one for one in due.to_run if _is_merged(one)}
    merged = [one for one in due.late if _is_merged(one) and latest[one.plugin, one.group] is not one]
    gone = {id(one) for one in merged}
    due.to_run = [one for one in due.to_run if id(one) not in gone]
    due.late = [one for one in due.late if id(one) not in gone]
    due.skipped += merged


def _is_merged(deadline: StoredDeadline) -> bool:
    return deadline.missed == MERGE and bool(deadline.group) and not deadline.is_firing


class DeadlineDesk:
    """Finds the deadlines that are due and calls their handlers.

    Args:
        core: the parts.
        notices: tell the owner of what is given up.
        lanes: what is done in the rooms.
        on_done: called when a handler is done, for what has waited for it.
    """

    def __init__(self, core: Core, notices: OwnerNotices, lanes: Lanes, on_done: Callable[[], None]) -> None:
        self._core = core
        self._notices = notices
        self._on_done = on_done
        self._lanes = lanes
        self._in_hand: set[Which] = set()
        self._failed: dict[Which, Plugin[Any]] = {}
        self._rooms: dict[str, Room | None] = {}

    async def start(self) -> None:
        """Let what a crash left untouched wait again."""
        await self._core.storage.run(self._core.community, deadlines_store.put_back)

    async def next_at(self, now: datetime) -> datetime | None:
        """Return when the next one is due."""
        return await self._core.storage.read(self._core.community, deadlines_store.next_at, now)

    async def find_due(self, now: datetime) -> DueDeadlines:
        """Return what is due and can be acted on now; what belongs to a plugin that is off or gone waits for it."""
        found, rooms = await self._core.storage.read(self._core.community, _read_due, now)
        self._rooms = rooms
        return sort_deadlines([one for one in found if self._can_run(one)], now)

    def _can_run(self, deadline: StoredDeadline) -> bool:
        which, loader = _which(deadline), self._core.loader
        plugin = loader.plugins.get(deadline.plugin)
        if plugin is None or deadline.name not in plugin.deadlines or which in self._in_hand:
            return False
        room = self._rooms.get(deadline.room_id)
        is_new = self._failed.get(which) is not plugin
        return is_new and plugin in loader.enabled_in(room) and not loader.is_paused(room)

    def begin(self, db: Database, due: DueDeadlines) -> DueDeadlines:
        """Take in hand what is to run and forget what is not wanted; return what was not moved or dropped meanwhile."""
        begun = DueDeadlines(
            to_run=[one for one in due.to_run if _TAKE[one.is_firing](db, one)],
            skipped=[one for one in due.skipped if deadlines_store.pass_over(db, one)],
            expired=[one for one in due.expired if deadlines_store.pass_over(db, one)],
        )
        running = {id(one) for one in begun.to_run}
        begun.late = [one for one in due.late if id(one) in running]
        return begun

    async def run(self, begun: DueDeadlines) -> None:
        """Call the handlers, those of one room in order; returns when they are queued."""
        for one in begun.to_run:
            self._in_hand.add(_which(one))
            await self._lanes.put(one.room_id or one.plugin, lambda lane, one=one: self._act(lane, one))  # type: ignore[misc]

    async def _act(self, lane: Lane, deadline: StoredDeadline) -> None:
        core, which, room = self._core, _which(deadline), self._rooms.get(deadline.room_id)
        plugin = core.loader.plugins.get(deadline.plugin)
        if plugin is None:
            self._let_go(which)
            return
        await lane.wait_for("")
        try:
            rows = await self._call(plugin, room, deadline)
        except StorageError:  # a full disk: it stays on record
            log.exception("a deadline waits cause=%s", deadline.cause)
            await self._try_later(which)
            return
        if rows is None:
            await self._note_failure(plugin, deadline)
            return

        def write(db: Database) -> None:
            for row in rows:
                outbox.enqueue(db, row)
            deadlines_store.finish(db, deadline)
            inbox.forget_steps(db, deadline.cause)

        writing = core.storage.submit(core.community, write)
        writing.add_done_callback(lambda done: self._on_written(which, done))
        lane.finish(deadline.cause, writing)

    async def _call(self, plugin: Plugin[Any], room: Room | None, deadline: StoredDeadline) -> list[Outgoing] | None:
        """Return what is to be said, None when the handler failed.

        Raises:
            StorageError: the database could not do it now.
        """
        core = self._core
        full: list[StorageError] = []

        async def run() -> Any:  # noqa: ANN401 - whatever the handler returns
            ctx = core.make_context(plugin, deadline.cause, room=room)
            late = max(ctx.now - deadline.at, timedelta())
            due = Deadline(deadline.name, deadline.key, deadline.at, deadline.data, late)
            try:
                return await plugin.deadlines[deadline.name](ctx, due)
            except StorageError as error:
                full.append(error)
                return None

        result = await core.supervisor.call(plugin.name, room, deadline.cause, run)
        if full:
            raise full[0]
        reply = as_reply(result)
        if reply is None:
            return []
        if reply.why == FAILED:
            return None
        reply = replace(reply, priority=max(reply.priority, Priority.ANNOUNCEMENT))
        return to_announcement(reply, room, None, deadline.cause, core.gateway.capabilities)

    async def _note_failure(self, plugin: Plugin[Any], deadline: StoredDeadline) -> None:
        which = _which(deadline)
        text = (
            f"插件「{plugin.title}」的定时「{deadline.name} {deadline.key}」出错 {_MOST_TRIES} 次，不再重试。"
            f"详情在日志里，编号 {deadline.cause}。"
        )

        def write(db: Database) -> None:
            if deadline.tries + 1 < _MOST_TRIES:
                deadlines_store.note_failure(db, deadline)
                return
            deadlines_store.finish(db, deadline)
            inbox.forget_steps(db, deadline.cause)
            self._notices.write(db, text, f"given-up/{deadline.cause}", self._rooms.get(deadline.room_id))

        self._failed[which] = plugin
        try:
            await self._core.storage.run(self._core.community, write)
        finally:
            self._let_go(which)

    def _on_written(self, which: Which, done: asyncio.Future[None]) -> None:
        if done.cancelled() or done.exception() is None:
            self._let_go(which)
        else:  # its lane logs the error
            spawn(self._try_later(which), "deadline")

    async def _try_later(self, which: Which) -> None:
        await self._core.clock.sleep(RETRY_SECONDS)
        self._let_go(which)

    def _let_go(self, which: Which) -> None:
        self._in_hand.discard(which)
        self._on_done()


def _read_due(db: Database, now: datetime) -> tuple[list[StoredDeadline], dict[str, Room | None]]:
    found = deadlines_store.due(db, now)
    room_ids = {one.room_id for one in found if one.room_id}
    return found, {room_id: members.room(db, room_id) for room_id in room_ids}


def _which(deadline: StoredDeadline) -> Which:
    return deadline.plugin, deadline.name, deadline.key
