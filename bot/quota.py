"""How often people may use commands: cooldowns and daily counts, and when they are told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import sqlite_utils

from bot.storage import Database, Migrations, Row, Storage
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("quota")

_REMEMBERED = timedelta(days=1)


@migrations()
def m001_quotas(db: sqlite_utils.Database) -> None:
    """One line per thing that is counted; an empty column means all of them."""
    db.execute(
        "create table quotas (community text not null, member_id text not null, room_id text not null,"
        " command text not null, day text not null, used integer not null, free_at text, is_told integer not null,"
        " primary key (community, member_id, room_id, command))"
    )
    db.execute("create index quotas_day on quotas (community, day)")


class Refusal(StrEnum):
    """Which limit was reached."""

    COOLDOWN = "cooldown"
    DAILY = "daily"
    FLOOD = "flood"
    MEMBER_DAILY = "member_daily"
    ROOM_DAILY = "room_daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one use of a command is held against; 0 means no limit.

    Attributes:
        cooldown: seconds between two uses of this command by one member in one room.
        daily: uses of this command by one member on one day, in all rooms together.
        pace: seconds a member's commands of all kinds in one room may follow each other on average.
        burst: commands a member may send at once before `pace` is held against them.
        member_daily: commands of one member in one room on one day.
        room_daily: commands in one room on one day.
    """

    cooldown: float = 0.0
    daily: int = 0
    pace: float = 0.0
    burst: int = 60
    member_daily: int = 0
    room_daily: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """The outcome of one try.

    Attributes:
        allowed: whether the command may run.
        wait_seconds: until it may run again; 0 when allowed, and for daily limits (they end with the day).
        left_today: uses of this command left today; None when it has no daily limit.
        tell: whether the member is told: once per refusal period, so that the notice does not spam.
        refusal: which limit was reached.
        limit: that limit's number.
    """

    allowed: bool
    wait_seconds: float = 0.0
    left_today: int | None = None
    tell: bool = False
    refusal: Refusal | None = None
    limit: float = 0


Key = tuple[str, str, str]
"""Member id, room id and command; an empty one means all of them."""


class QuotaLine(NamedTuple):
    """What was counted for one key.

    Attributes:
        key: what is counted.
        day: the room's day of the last use.
        used: uses on that day.
        free_at: when the uses so far, spread out at the gap, are over.
        is_told: whether the member was told of the refusal that holds.
    """

    key: Key
    day: date
    used: int = 0
    free_at: datetime | None = None
    is_told: bool = False


class _Count(NamedTuple):
    """One line that is held against a limit.

    Attributes:
        key: what is counted; see `QuotaLine`.
        refusal: what it is called when the limit is reached.
        most: uses a day; 0 means no limit.
        gap: seconds between uses on average; 0 means none.
        burst: uses at once before the gap counts.
    """

    key: Key
    refusal: Refusal
    most: int = 0
    gap: float = 0.0
    burst: int = 1


class Quotas:
    """The counts in memory, so that a command costs no look into the database.

    What a use changes is handed out as lines, and stored in the transaction that finishes the message: a message that
    is handled again after a crash counts once.
    """

    def __init__(self) -> None:
        self._lines: dict[Key, QuotaLine] = {}
        self._day = date.min

    async def load(self, storage: Storage, community: str) -> None:
        """Take in what is stored; called once before messages are handled."""
        self._lines = {line.key: line for line in await storage.read(community, load)}

    def spend(
        self, member_id: str, room_id: str, command: str, *, limits: Limits, now: datetime, day: date
    ) -> tuple[Spent, list[QuotaLine]]:
        """Count one use of a command if every limit allows it; a refused try counts nowhere.

        Args:
            member_id: who.
            room_id: where; empty in private chats.
            command: the canonical word.
            limits: what it is held against.
            now: aware.
            day: the day in the room's zone.

        Returns:
            The outcome, and the lines to store.
        """
        self._forget_before(day)
        used: list[QuotaLine] = []
        left_today: int | None = None
        for count in _counts(member_id, room_id, command, limits):
            line = self._today(count, day)
            wait = _wait(count, line.free_at, now) if line.free_at is not None else 0.0
            if wait > 0 or (count.most and line.used >= count.most):
                return self._refuse(count, line, wait)
            used.append(_use(count, line, now))
            if count.refusal is Refusal.DAILY:
                left_today = limits.daily - used[-1].used
        return Spent(allowed=True, left_today=left_today), self._keep(used)

    def refund(self, member_id: str, command: str) -> list[QuotaLine]:
        """Give back one use of today's count: the command refused to do its work. The cooldown stays."""
        line = self._lines.get((member_id, "", command))
        return self._keep([line._replace(used=line.used - 1)]) if line and line.used else []

    def _refuse(self, count: _Count, line: QuotaLine, wait: float) -> tuple[Spent, list[QuotaLine]]:
        limit = count.gap if wait > 0 else count.most
        tell = not line.is_told
        spent = Spent(allowed=False, wait_seconds=wait, tell=tell, refusal=count.refusal, limit=limit)
        return spent, self._keep([line._replace(is_told=True)]) if tell else []

    def _today(self, count: _Count, day: date) -> QuotaLine:
        line = self._lines.get(count.key)
        if line is None:
            return QuotaLine(count.key, day)
        if line.day == day:
            return line
        return line._replace(day=day, used=0, is_told=line.is_told and not count.most)

    def _keep(self, lines: list[QuotaLine]) -> list[QuotaLine]:
        for line in lines:
            self._lines[line.key] = line
        return lines

    def _forget_before(self, day: date) -> None:
        if day <= self._day:
            return
        self._day = day
        oldest = day - _REMEMBERED  # rooms in other time zones are still in the day before
        self._lines = {key: line for key, line in self._lines.items() if line.day >= oldest}


def apply(db: Database, lines: Iterable[QuotaLine]) -> None:
    """Store what uses have changed; a later line of the same key wins."""
    db.query_rows(
        "insert into quotas (community, member_id, room_id, command, day, used, free_at, is_told) values {rows}"
        " on conflict (community, member_id, room_id, command) do update set day = excluded.day,"
        " used = excluded.used, free_at = excluded.free_at, is_told = excluded.is_told",
        [_row_of(line) for line in {line.key: line for line in lines}.values()],
    )


def _row_of(line: QuotaLine) -> Row:
    return {
        **dict(zip(("member_id", "room_id", "command"), line.key, strict=True)),
        "day": line.day.isoformat(),
        "used": line.used,
        "free_at": to_stamp(line.free_at) if line.free_at else None,
        "is_told": int(line.is_told),
    }


def load(db: Database) -> list[QuotaLine]:
    """Return all that is counted."""
    return [
        QuotaLine(
            (row["member_id"], row["room_id"], row["command"]),
            date.fromisoformat(row["day"]),
            row["used"],
            from_stamp(row["free_at"]),
            bool(row["is_told"]),
        )
        for row in db.query("select * from quotas where community = :community")
    ]


def purge(db: Database, before: date) -> int:
    """Delete lines last used before that day; return how many."""
    return db.execute("delete from quotas where community = :community and day < :day", {"day": before.isoformat()})


def erase(db: Database, member_id: str) -> int:
    """Delete everything counted about a member; return how many lines."""
    return db.execute(
        "delete from quotas where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def _counts(member_id: str, room_id: str, command: str, limits: Limits) -> list[_Count]:
    """Return the lines to look at, the narrowest first; those without a limit are left out."""
    place = room_id or "private"
    counts = []
    if limits.cooldown:
        counts.append(_Count((member_id, place, command), Refusal.COOLDOWN, gap=limits.cooldown))
    if limits.daily:
        counts.append(_Count((member_id, "", command), Refusal.DAILY, most=limits.daily))
    if limits.pace:
        counts.append(_Count((member_id, place, "*"), Refusal.FLOOD, gap=limits.pace, burst=limits.burst))
    if limits.member_daily:
        counts.append(_Count((member_id, place, ""), Refusal.MEMBER_DAILY, most=limits.member_daily))
    if limits.room_daily and room_id:
        counts.append(_Count(("", room_id, ""), Refusal.ROOM_DAILY, most=limits.room_daily))
    return counts


def _wait(count: _Count, free_at: datetime, now: datetime) -> float:
    """Return the seconds until the gap allows the next use.

    `free_at` is the generic cell rate algorithm's theoretical arrival time (ITU-T I.371): when the uses so far, spread
    out at the gap, would be over. A burst may run ahead of it.
    """
    ahead = (free_at - now).total_seconds() - count.gap * (count.burst - 1)
    return max(0.0, ahead)


def _use(count: _Count, line: QuotaLine, now: datetime) -> QuotaLine:
    free_at = max(now, line.free_at or now) + timedelta(seconds=count.gap) if count.gap else None
    return QuotaLine(line.key, line.day, line.used + 1, free_at)
