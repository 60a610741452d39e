"""Turns due times into outbox rows, each once: over crashes, jumps of the clock and edited schedules."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import deadlines_store, dialogue, events, inbox, members, outbox, owed_notices_store, quota
from bot.config_model import KeepConfig
from bot.deadlines_store import StoredDeadline
from bot.dispatcher_core import Core, spawn
from bot.dispatcher_lanes import Lanes
from bot.dispatcher_notices import OwnerNotices
from bot.errors import QunzhiError
from bot.model import Delivery, Outgoing, Priority, Room
from bot.schedule_model import Announcement, Schedules
from bot.scheduler_deadlines import DeadlineDesk, DueDeadlines
from bot.scheduler_jobs import RETRY_SECONDS, JobDesk
from bot.scheduler_store import Mark, TimerKey, delete_marks, read_marks, set_mark
from bot.scheduler_timers import Due, Timer, collect_timers, next_fire, sort_due, unknown_rooms
from bot.storage import Database

log = logging.getLogger(__name__)

_EARLIER = timedelta(microseconds=1)  # a schedule first seen at the very moment it is due still fires
_WRONG_CLOCK = timedelta(days=1)  # a mark further ahead was made by a clock that had been set wrong
_GROUP = 100  # announcements in one transaction
_LONGEST_LANE = 100_000  # what is due at one instant is all queued at once
_QUOTA_DAYS = timedelta(days=2)  # the day before may still be going on in another time zone
_DRAIN_SECONDS = 1.0  # real seconds
_LOGIN_PATIENCE = timedelta(seconds=30)  # half of what still counts as on time
_UNWANTED = timedelta(days=30)  # deadlines of plugins that are off or gone
_MOST_NAMED = 3  # of what was missed
_SHORT_TEXT = 100  # characters; what is longer, or rings everybody, is rather missing once than said twice


class Scheduler:
    """The loop that fires timers.

    Args:
        core: the parts.
        notices: tell the owner what was missed.
        schedules: returns `schedules.yaml` as it is in force.
    """

    def __init__(self, core: Core, notices: OwnerNotices, schedules: Callable[[], Schedules]) -> None:
        self._core = core
        self._notices = notices
        self._schedules = schedules
        self._timers: dict[TimerKey, Timer] = {}
        self._marks: dict[TimerKey, Mark] = {}
        self._next: dict[TimerKey, datetime | None] = {}
        self._changed = asyncio.Event()
        self._is_stale = True
        self._rooms_known = asyncio.Event()
        self._told_rooms: set[tuple[str, str]] = set()
        self._lanes = Lanes(core.clock, _LONGEST_LANE)
        self._jobs = JobDesk(core, self._lanes, self._on_job_done)
        self._deadlines = DeadlineDesk(core, notices, self._lanes, self._changed.set)
        self._next_deadline: datetime | None = None
        self._tasks: list[asyncio.Task[None]] = []
        core.loader.on_change.append(self.refresh)
        core.facts.on_change.append(self.refresh)

    async def start(self) -> None:
        """Begin to fire; what was missed since the last run is handled first.

        Who owns the rooms is known from the login on: what is due is not done before it, unless it is long in coming.
        """
        self._marks = await self._core.storage.read(self._core.community, read_marks)
        await self._deadlines.start()
        self._tasks = [spawn(self._run(), "scheduler"), spawn(self._watch_deadlines(), "deadlines")]

    async def stop(self) -> None:
        """Stop firing; what is due later is found at the next start."""
        tasks = self._cancel()
        await self._lanes.stop(_DRAIN_SECONDS)
        await asyncio.gather(*tasks, return_exceptions=True)

    def drop(self) -> None:
        """Stop at once, as a killed process does."""
        self._cancel()
        self._lanes.drop()

    def _cancel(self) -> list[asyncio.Task[None]]:
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        return tasks

    def refresh(self) -> None:
        """Look again at schedules, plugins and rooms: something about them changed."""
        self._is_stale = True
        self._changed.set()

    def note_rooms(self) -> None:
        """Take note that the gateway has told all its rooms: from now on a room that is missing is a mistake."""
        self._rooms_known.set()
        self.refresh()

    @property
    def next_due(self) -> datetime | None:
        """When there is something to do next; None when there never will be."""
        deadlines = [self._next_deadline] if self._next_deadline else []
        return min([*(wake for _, wake in self._wakes()), *deadlines], default=None)

    async def _watch_deadlines(self) -> None:
        watch = self._core.storage.watch(deadlines_store.TOPIC)
        while True:
            await watch.wait()
            self._changed.set()

    async def _run(self) -> None:
        await self._wait_for(self._rooms_known, self._core.clock.now() + _LOGIN_PATIENCE)
        while True:
            with self._core.clock.busy():
                self._changed.clear()
                is_done = await self._try_to_work()
            if is_done:
                await self._wait_for(self._changed, self.next_due)
            else:
                await self._core.clock.sleep(RETRY_SECONDS)

    async def _try_to_work(self) -> bool:
        try:
            await self._work()
        except QunzhiError:  # a full disk: the marks stand where they stood, so nothing is lost by waiting
            log.exception("the scheduler cannot work now")
            self._is_stale = True
            return False
        return True

    async def _work(self) -> None:
        if self._is_stale:
            self._is_stale = False
            await self._look_again()
        now = self._core.clock.now()
        due = await self._find_due(now)
        due.sort(key=lambda d: (d.until, d.timer.key.room_id))
        await self._begin(due, await self._deadlines.find_due(now), now)
        await self._announce([one for one in due if is_announcement(one) and not one.is_late])
        for one in due:
            if one.timer.job:
                await self._jobs.run(one)
            elif one.timer.room is None:
                await self._purge(one)
        self._next_deadline = await self._deadlines.next_at(now)

    async def _find_due(self, now: datetime) -> list[Due]:
        due = []
        for key, wake in self._wakes():
            if wake <= now and (found := sort_due(self._timers[key], self._since(key), now)):
                due.append(found)
                if len(due) % _GROUP == 0:
                    await asyncio.sleep(0)  # people who talk are not kept waiting
        return due

    def _wakes(self) -> list[tuple[TimerKey, datetime]]:
        """Return when each timer that is not being handled must be handled."""
        free = [(key, at) for key, at in self._next.items() if at is not None and key not in self._jobs.in_hand]
        return [(key, at - self._timers[key].ahead) for key, at in free]

    async def _wait_for(self, event: asyncio.Event, until: datetime | None) -> None:
        """Return when it has happened, or at a time."""
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(event.wait())]
        if until is not None:
            waits.append(asyncio.create_task(self._core.clock.sleep_until(until)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _look_again(self) -> None:
        core, now = self._core, self._core.clock.now()
        are_rooms_known = self._rooms_known.is_set()  # asked first: what is learnt meanwhile is looked at next time
        rooms = await core.storage.read(core.community, members.rooms)
        found = collect_timers(core.config(), self._schedules(), core.loader, rooms)
        self._timers = {timer.key: timer for timer in found}
        gone = [key for key in self._marks if key not in self._timers]
        new = {
            key: Mark(now - _EARLIER, timer.signature)
            for key, timer in self._timers.items()
            if not self._is_known(key, timer, now)
        }

        def store(db: Database) -> None:
            delete_marks(db, gone)
            for key, mark in new.items():
                set_mark(db, key, mark)

        if gone or new:
            await core.storage.run(core.community, store)
        self._marks = {key: mark for key, mark in self._marks.items() if key in self._timers} | new
        self._next = {key: next_fire(timer, self._since(key)) for key, timer in self._timers.items()}
        if are_rooms_known:
            await self._tell_unknown_rooms(rooms)

    def _is_known(self, key: TimerKey, timer: Timer, now: datetime) -> bool:
        mark = self._marks.get(key)
        return mark is not None and mark.signature == timer.signature and mark.handled_until <= now + _WRONG_CLOCK

    def _since(self, key: TimerKey) -> datetime:
        return self._marks[key].handled_until

    async def _begin(self, due: list[Due], deadlines: DueDeadlines, now: datetime) -> None:
        """Take the deadlines in hand, handle what was missed, and tell the owner of it in one line."""
        late = [one for one in due if one.is_late]
        if not deadlines and not late:
            return
        announcements = [one for one in late if is_announcement(one)]

        def write(db: Database) -> DueDeadlines:
            promise(db, announcements)
            begun = self._deadlines.begin(db, deadlines)
            if told := describe_missed(late, begun):
                self._notices.write(db, told, f"missed/{now.isoformat()}")
            return begun

        begun = await self._core.storage.run(self._core.community, write)
        log.info("began deadlines=%d late announcements=%d", len(begun.to_run), len(announcements))
        for one in announcements:
            self._note_fired(one)
        await self._deadlines.run(begun)

    async def _announce(self, due: list[Due]) -> None:
        """Promise announcements that are on time, many in one transaction."""
        for first in range(0, len(due), _GROUP):
            group = due[first : first + _GROUP]
            await self._core.storage.run(self._core.community, promise, group)
            log.info("promised announcements=%d", len(group))
            for one in group:
                self._note_fired(one)

    async def _purge(self, due: Due) -> None:
        core, keep = self._core, self._core.config().keep

        def write(db: Database) -> None:
            purge(db, core.clock.now(), keep)
            set_mark(db, due.timer.key, due.mark)

        await core.storage.run(core.community, write)
        self._note_fired(due)

    def _on_job_done(self, due: Due, is_done: bool) -> None:  # noqa: FBT001 - its only fact
        if is_done:
            self._note_fired(due)
        if self._timers.get(due.timer.key) is not due.timer:
            self._is_stale = True
        self._changed.set()

    def _note_fired(self, due: Due) -> None:
        self._marks[due.timer.key] = due.mark
        if due.timer.key in self._timers:  # not while its plugin was switched off meanwhile
            self._next[due.timer.key] = next_fire(due.timer, due.until)

    async def _tell_unknown_rooms(self, rooms: list[Room]) -> None:
        for entry, topic in unknown_rooms(self._schedules(), rooms, self._core.clock.now()):
            if (entry.id, topic) not in self._told_rooms:
                self._told_rooms.add((entry.id, topic))
                day = self._core.clock.now().date()
                kind = "定时" if isinstance(entry, Announcement) else "场次"
                text = f"{kind}「{entry.id}」要发到「{topic}」，但我不在这个群里，请核对 schedules.yaml 里的群名。"
                await self._notices.tell(text, f"unknown-room/{entry.id}/{topic}/{day}")


def purge(db: Database, now: datetime, keep: KeepConfig) -> None:
    """Forget what is older than `bot.yaml` says.

    Args:
        db: a write transaction.
        now: the time.
        keep: how long what stays.
    """
    gone = {
        "messages": inbox.purge(db, now - keep.messages),
        "events": events.purge(db, now - keep.messages),
        "sent": outbox.purge(db, now - keep.sent),
        "deadlines": deadlines_store.purge(db, now - _UNWANTED),
        "notices": owed_notices_store.purge(db, now - keep.sent),
        "dialogues": dialogue.purge(db, now - keep.dialogues),
        "quotas": quota.purge(db, (now - _QUOTA_DAYS).date()),
    }
    log.info("purged %s", " ".join(f"{name}={count}" for name, count in gone.items()))


def is_announcement(due: Due) -> bool:
    """Tell whether these are fires of an announcement of `schedules.yaml`."""
    return isinstance(due.timer.entry, Announcement)


def promise(db: Database, due: Iterable[Due]) -> None:
    """Put announcements into the outbox, and note how far each has come.

    Args:
        db: a write transaction.
        due: fires of announcements.
    """
    for one in due:
        for fire in one.to_send:
            outbox.enqueue(db, announce(one.timer, fire))
        set_mark(db, one.timer.key, one.mark)


def describe_missed(due: Iterable[Due], deadlines: DueDeadlines) -> str:
    """Return the owner's line on what was missed, empty when nothing was.

    The core's own timers, and jobs that need not be made up for, are of no interest.
    """
    ours = [one for one in due if one.timer.room is not None and not (one.timer.job and one.timer.job.missed == "skip")]
    missed = {
        "补发": [_name_of(one) for one in ours for _ in one.late] + [_title_of(one) for one in deadlines.late],
        "跳过": [_name_of(one) for one in ours for _ in one.skipped] + [_title_of(one) for one in deadlines.skipped],
        "过期": [_name_of(one) for one in ours for _ in one.expired] + [_title_of(one) for one in deadlines.expired],
    }
    told = "，".join(f"{word} {len(names)} 条{_named(names)}" for word, names in missed.items() if names)
    return f"错过定时 {sum(map(len, missed.values()))} 条：{told}。" if told else ""


def _name_of(due: Due) -> str:
    timer = due.timer
    return timer.entry.id if isinstance(timer.entry, Announcement) else timer.plugin.title if timer.plugin else ""


def _title_of(deadline: StoredDeadline) -> str:
    return str(deadline.data.get("title", ""))


def _named(names: Sequence[str]) -> str:
    different = list(dict.fromkeys(filter(None, names)))
    more = " 等" if len(different) > _MOST_NAMED else ""
    return f"（{'、'.join(different[:_MOST_NAMED])}{more}）" if different else ""


def announce(timer: Timer, fire: datetime) -> Outgoing:
    """Return what an announcement of `schedules.yaml` says when it fires."""
    entry = timer.entry
    assert isinstance(entry, Announcement)
    assert timer.room is not None
    is_risky = len(entry.text) > _SHORT_TEXT or "@所有人" in entry.text
    return Outgoing(
        room_id=timer.room.id,
        text=entry.text,
        dedupe_key=timer.cause(fire),
        not_before=fire.astimezone(UTC),
        priority=Priority.ANNOUNCEMENT,
        delivery=Delivery.AT_MOST_ONCE if is_risky else Delivery.AT_LEAST_ONCE,
        cause=timer.cause(fire),
        reason=f"定时 {entry.id}",
    )
