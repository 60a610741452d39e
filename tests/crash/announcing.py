"""Kills the bot again and again while announcements and deadlines fall due, and then counts."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

from bot import deadlines_store, members, outbox
from bot.app import core_migrations
from bot.clock import SystemClock
from bot.model import RoomInfo
from bot.scheduler_store import Mark, set_mark
from bot.scheduler_timers import ANNOUNCEMENT, Timer, TimerKey
from bot.storage import Database, Storage
from tests.crash.announce_process import ONCE, link, link_text, read_plan
from tests.crash.bot_process import COMMUNITY
from tests.crash.harness import ROOMS
from tests.crash.recorder import Recorder
from tests.crash.socket_gateway import ME
from tests.crash.zygote import Zygote

_CHAIN = 10  # links
_FIRST_LIFE = 1.0  # seconds until the first of it is due
_MARK = re.compile(r"\n（补发 \w{4}）$")


@dataclass
class Tally:
    """What came of a run.

    Attributes:
        wanted: what had to be said, as (room, text).
        said: the same → how often the group saw it.
        doubted: what was in doubt without an echo, and is listed for the owner.
        fired: how often the step of each link was done.
        unfinished: rows, deadlines and steps that never reached an end.
    """

    wanted: set[tuple[str, str]]
    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubted: set[tuple[str, str]] = field(default_factory=set)
    fired: dict[str, int] = field(default_factory=dict)
    unfinished: list[str] = field(default_factory=list)

    @property
    def lost(self) -> set[tuple[str, str]]:
        return self.wanted - set(self.said)

    @property
    def repeated(self) -> set[tuple[str, str]]:
        return {one for one, times in self.said.items() if times > 1}

    def __str__(self) -> str:
        """Say it in one line, for the closing note."""
        return (
            f"wanted {len(self.wanted)}, said {sum(self.said.values())}, lost {len(self.lost)} (at most once"
            f" {len(once_of(self.lost))}), repeated {len(self.repeated)} (at most once {len(once_of(self.repeated))}),"
            f" listed as in doubt {len(self.doubted)}, unfinished {', '.join(self.unfinished) or 'nothing'}"
        )


def once_of(said: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what is of a kind that is sent at most once."""
    return {(room, text) for room, text in said if text.startswith(ONCE)}


class AnnouncementRun:
    """One bot, one recorder, one database.

    Args:
        folder: for the database.
        zygote: forks the bots.
        recorder: the WeChat side.
        count: what has to be said: half of it by announcements, half by deadlines that set the next one.
        seconds: over how long it falls due.
    """

    def __init__(self, folder: Path, zygote: Zygote, recorder: Recorder, *, count: int, seconds: float) -> None:
        self.path = folder / "qunzhi.db"
        self._plan = folder / "plan.json"
        self._zygote, self._recorder = zygote, recorder
        self._count, self._seconds = count, seconds
        self._dice = random.Random(count)
        self._clock = SystemClock()
        self._wanted: set[tuple[str, str]] = set()

    async def prepare(self) -> None:
        """Write what is to happen: the schedule, and the first link of each chain."""
        begin = self._begin = self._clock.now() + timedelta(seconds=_FIRST_LIFE)
        entries = []
        for number in range(self._count // 2 // len(ROOMS)):
            at = begin + timedelta(seconds=self._dice.uniform(0, self._seconds))
            text = f"{ONCE if number % 3 == 0 else ''}通知 {number}"
            wall = at.astimezone(UTC).replace(tzinfo=None).isoformat()
            entries.append({"id": f"n{number}", "rooms": ROOMS, "text": text, "at": wall})
            self._wanted |= {(room, text) for room in ROOMS}
        self._plan.write_text(json.dumps(entries), encoding="utf-8")
        storage = Storage.open(self.path, self._clock, core_migrations())
        try:
            await storage.run(COMMUNITY, self._set_marks)
            await storage.run(COMMUNITY, self._set_chains, begin)
        finally:
            await storage.close()

    def _set_marks(self, db: Database) -> None:
        """Have the schedule seen: what is due before a bot first sees it is not announced, and starts may be slow."""
        seen = self._clock.now()
        for entry in read_plan(self._plan).announcements:
            for topic in entry.rooms:
                room = members.resolve_room(db, ME.id, RoomInfo(topic, topic), True)
                timer = Timer(TimerKey(ANNOUNCEMENT, entry.id, room.id), entry, room)
                set_mark(db, timer.key, Mark(seen, timer.signature))

    def _set_chains(self, db: Database, begin) -> None:
        rooms = [members.resolve_room(db, ME.id, RoomInfo(room, room), True) for room in ROOMS]
        every = self._seconds / _CHAIN
        for chain in range(self._count // 2 // _CHAIN):
            room = rooms[chain % len(ROOMS)]
            at = begin + timedelta(seconds=self._dice.uniform(0, every))
            deadlines_store.set_deadline(db, link(chain, 1, of=_CHAIN, at=at, every=every, room_id=room.id))
            self._wanted |= {(room.topic, link_text(chain, number)) for number in range(1, _CHAIN + 1)}

    async def kill_repeatedly(self, kills: int) -> None:
        """Start the bot and kill it at a random moment, some of them while it still starts."""
        pid = await self._spawn()
        await self._clock.sleep_until(self._begin)
        await self._zygote.kill(pid)
        longest = 2 * self._seconds / kills
        for _ in range(kills - 1):
            pid = await self._spawn()
            if self._dice.random() < 0.9:
                await self._zygote.ready(pid)
            await asyncio.sleep(self._dice.uniform(0.0, longest))
            await self._zygote.kill(pid)

    async def finish(self, seconds: float) -> Tally:
        """Let the bot work until nothing is left to do, then look."""
        pid = await self._spawn()
        for _ in range(int(seconds * 5)):
            await asyncio.sleep(0.2)
            tally = await self._look()
            if tally.lost <= tally.doubted and not tally.unfinished:
                break
        await asyncio.sleep(0.6)  # a repetition would come now
        await self._zygote.kill(pid)
        return await self._look()

    async def _spawn(self) -> int:
        options = {"announce": str(self._plan), "replays_missed": self._recorder.replays_missed}
        return await self._zygote.fork(str(self.path), self._recorder.port, options)

    async def _look(self) -> Tally:
        tally = Tally(
            self._wanted, Counter((said["room"], _MARK.sub("", said["text"])) for said in self._recorder.said)
        )
        storage = Storage.open(self.path, self._clock, core_migrations())
        try:
            await storage.read(COMMUNITY, _read_into, tally)
        finally:
            await storage.close()
        return tally


def _read_into(db: Database, tally: Tally) -> None:
    topics = {row["id"]: row["topic"] for row in db.query("select id, topic from rooms where community = :community")}
    tally.doubted = {(topics[row.room_id], row.text) for row in outbox.in_doubt(db, 10_000)}
    fired = db.query("select name, value from counters where community = :community and name like 'fired %'")
    tally.fired = {row["name"]: row["value"] for row in fired}
    left = db.query(
        "select 'row ' || state as what from outbox where community = :community and (state in ('pending', 'sending')"
        " or (state = 'uncertain' and settle_at is not null))"
        " union all select 'deadline ' || key from deadlines where community = :community and plugin <> 'moderation'"
        " union all select 'step of ' || cause from steps where community = :community"
    )
    tally.unfinished = [row["what"] for row in left]
