"""What fires when: schedules.yaml, the jobs of plugins, the core's own; and what to do about a missed one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.config_model import Config
from bot.loader import Loader
from bot.model import Room
from bot.plugin import Plugin
from bot.plugin_types import Job
from bot.schedule_cron import parse_cron
from bot.schedule_model import Announcement, ScheduleEntry, Schedules
from bot.schedule_times import CronRule
from bot.scheduler_store import Mark, TimerKey
from bot.schedules import next_fires

ANNOUNCEMENT, JOB, CORE = "announcement", "job", "core"
PURGE = "purge"
ON_TIME = timedelta(minutes=1)
"""A fire handled no later than this was not missed."""

_AHEAD = timedelta(seconds=5)  # so short that an edit just before is still minded
_MOST_FIRES = 2_000  # of one timer after a long absence; older ones would be too late in any case


@dataclass(frozen=True, slots=True)
class Timer:
    """One schedule in one room.

    Attributes:
        key: which one.
        entry: when it fires, and what to do about missed fires.
        room: where; None for the core's own.
        plugin: whose job it is.
        job: the job.
    """

    key: TimerKey
    entry: ScheduleEntry
    room: Room | None = None
    plugin: Plugin[Any] | None = None
    job: Job | None = None

    @property
    def ahead(self) -> timedelta:
        """How long before its time it is handled: an announcement waits in the outbox, and goes out on the second."""
        return _AHEAD if isinstance(self.entry, Announcement) else timedelta()

    @property
    def signature(self) -> str:
        """The times as they are written, which tells an edited schedule from an unchanged one."""
        entry = self.entry
        return repr((entry.timezone, entry.starts, entry.rules, entry.first_day, entry.last_day, entry.skipped))

    def cause(self, fire: datetime) -> str:
        """Return what makes a fire unique: kind, schedule, local date and time, room."""
        local = fire.astimezone(self.entry.zone)
        return f"{self.key.kind}/{self.key.schedule_id}/{local:%Y-%m-%dT%H:%M}/{self.key.room_id}"


@dataclass(slots=True)
class Due:
    """The fires of one timer that are due, sorted by what happens to them.

    Attributes:
        timer: whose.
        until: the last fire, sent or not.
        to_send: on time, or late and still wanted.
        late: those of `to_send` that were missed.
        skipped: missed, and the schedule says skip, or merged into a later one.
        expired: missed too long ago.
    """

    timer: Timer
    until: datetime
    to_send: list[datetime] = field(default_factory=list)
    late: list[datetime] = field(default_factory=list)
    skipped: list[datetime] = field(default_factory=list)
    expired: list[datetime] = field(default_factory=list)

    @property
    def mark(self) -> Mark:
        """What is stored when these fires were handled."""
        return Mark(self.until, self.timer.signature)

    @property
    def is_late(self) -> bool:
        """Whether any of them was missed and that concerns a room."""
        return self.timer.room is not None and bool(self.late or self.skipped or self.expired)


def collect_timers(config: Config, schedules: Schedules, loader: Loader, rooms: Iterable[Room]) -> Iterator[Timer]:
    """Yield every timer of every room the bot speaks in, and the core's own.

    Args:
        config: the configuration in force.
        schedules: `schedules.yaml`.
        loader: knows where each plugin runs.
        rooms: the rooms on record.
    """
    yield Timer(
        TimerKey(CORE, PURGE), _cron_entry(parse_cron("10 4 * * *"), config.timezone, "merge", timedelta(days=1))
    )
    for room in rooms:
        if config.room(room.topic).enabled and not loader.is_paused(room):
            for announcement in schedules.announcements:
                if room.topic in announcement.rooms:
                    yield Timer(TimerKey(ANNOUNCEMENT, announcement.id, room.id), announcement, room)
            yield from _jobs_in(room, config, loader)


def unknown_rooms(schedules: Schedules, rooms: Iterable[Room], now: datetime) -> list[tuple[ScheduleEntry, str]]:
    """Return the announcements and the sessions to come for rooms the bot is not in, with the topic."""
    topics = {room.topic for room in rooms}
    missing = [(entry, topic) for entry in schedules.entries for topic in entry.rooms if topic not in topics]
    return [(entry, topic) for entry, topic in missing if isinstance(entry, Announcement) or next_fires(entry, now, 1)]


def next_fire(timer: Timer, after: datetime) -> datetime | None:
    """Return the first fire after a moment; None when there is none."""
    return next(iter(next_fires(timer.entry, after, 1)), None)


def sort_due(timer: Timer, since: datetime, now: datetime) -> Due | None:
    """Return what is to be done about the fires after `since`, up to now or a little ahead; None without any."""
    fires = next_fires(timer.entry, since, _MOST_FIRES, until=now + timer.ahead)
    if not fires:
        return None
    due = Due(timer, until=fires[-1])
    for fire in fires:
        if now - fire <= ON_TIME:
            due.to_send.append(fire)
        elif timer.entry.missed == "skip":
            due.skipped.append(fire)
        elif now - fire > timer.entry.within:
            due.expired.append(fire)
        else:
            due.late.append(fire)
    if timer.entry.missed == "merge":
        _merge(due)
    due.to_send = sorted([*due.late, *due.to_send])
    return due


def _merge(due: Due) -> None:
    """Keep one of several: the one that is on time, else the latest."""
    keep = due.late[-1:] if not due.to_send else []
    due.skipped += due.late[: len(due.late) - len(keep)]
    due.late = keep


def _jobs_in(room: Room, config: Config, loader: Loader) -> Iterator[Timer]:
    for plugin in loader.enabled_in(room):
        for job in plugin.jobs:
            zone = config.zone(room.topic).key
            rule = getattr(loader.settings(plugin, room), job.setting) if job.setting else parse_cron(job.cron)
            entry = _cron_entry(rule, zone, job.missed, timedelta(minutes=job.within_minutes))
            yield Timer(TimerKey(JOB, f"{plugin.name}.{job.name}", room.id), entry, room, plugin, job)


def _cron_entry(cron: CronRule, timezone: str, missed: str, within: timedelta) -> ScheduleEntry:
    return ScheduleEntry.model_construct(
        id="timer", room=(), timezone=timezone, cron=cron, missed=missed, within=within
    )
