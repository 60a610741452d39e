"""Moments at which plugins must act, kept with the fact that made them, each until it has been acted on."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlite_utils

from bot.storage import Database, Migrations, Row
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("deadlines")

TOPIC = "deadlines"
"""`Storage.watch` topic that is notified when one was set."""

RUN, SEND, SKIP, MERGE = "run", "send", "skip", "merge"
MISSED = frozenset({RUN, SEND, SKIP, MERGE})
"""What may be done about a deadline that passed while the process was down; see `Context.set_deadline`."""

_IS_SAME = "community = :community and plugin = :plugin and name = :name and key = :key"


@migrations()
def m001_deadlines(db: sqlite_utils.Database) -> None:
    """At most one waits per (plugin, name, key), and beside it one that is being acted on."""
    db.execute(
        "create table deadlines (community text not null, plugin text not null, name text not null, key text not null,"
        " state text not null check (state in ('set', 'firing')), at text not null, cause text not null,"
        " data text not null, room_id text not null,"
        " missed text not null check (missed in ('run', 'send', 'skip', 'merge')), within_seconds integer not null,"
        " bundle text not null, tries integer not null default 0,"
        " primary key (community, plugin, name, key, state))"
    )
    db.execute("create index deadlines_by_time on deadlines (community, state, at)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDeadline:
    """One deadline on record.

    Attributes:
        plugin, name, key: which one.
        at: when, aware UTC.
        data: what the handler needs to know, JSON values.
        room_id: where what it returns is announced; empty for nowhere.
        missed, within: what to do when it was missed; see `Context.set_deadline`.
        group: of several missed ones that are merged only the latest fires.
        is_firing: it was begun; it will be done even when it is moved or dropped meanwhile.
        tries: how often its handler has failed.
    """

    plugin: str
    name: str
    key: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    room_id: str = ""
    missed: str = RUN
    within: timedelta = timedelta(hours=2)
    group: str = ""
    is_firing: bool = False
    tries: int = 0

    @property
    def cause(self) -> str:
        """What makes this fire unique; moved to another time it is another fire."""
        return f"deadline/{self.plugin}.{self.name}/{self.key}/{to_stamp(self.at)}"


def set_deadline(db: Database, deadline: StoredDeadline) -> None:
    """Keep a deadline; one that waits under the same name and key is moved."""
    db.execute(
        "insert into deadlines (community, plugin, name, key, state, at, cause, data, room_id, missed, within_seconds,"
        " bundle) values (:community, :plugin, :name, :key, 'set', :at, :cause, :data, :room_id, :missed, :within,"
        " :bundle) on conflict (community, plugin, name, key, state) do update set at = excluded.at,"
        " cause = excluded.cause, data = excluded.data, room_id = excluded.room_id, missed = excluded.missed,"
        " within_seconds = excluded.within_seconds, bundle = excluded.bundle,"
        " tries = 0",
        {
            **_key(deadline), "at": to_stamp(deadline.at), "cause": deadline.cause,
            "data": json.dumps(deadline.data, ensure_ascii=False), "room_id": deadline.room_id,
            "missed": deadline.missed, "within": int(deadline.within.total_seconds()), "bundle": deadline.group,
        },
    )  # fmt: skip
    db.notify(TOPIC)


def drop_deadline(db: Database, plugin: str, name: str, key: str) -> bool:
    """Forget a deadline that waits; False when none does."""
    params = {"plugin": plugin, "name": name, "key": key}
    return db.execute(f"delete from deadlines where {_IS_SAME} and state = 'set'", params) > 0  # noqa: S608 - constants


def find_deadlines(db: Database, plugin: str, name: str = "") -> list[StoredDeadline]:
    """Return what waits of a plugin, all or those of one name, the earliest first."""
    rows = db.query(
        "select * from deadlines where community = :community and plugin = :plugin and state = 'set'"
        " and (:name = '' or name = :name) order by at, name, key",
        {"plugin": plugin, "name": name},
    )
    return [_deadline(row) for row in rows]


def due(db: Database, now: datetime) -> list[StoredDeadline]:
    """Return what was begun and what is due, the earliest first."""
    rows = db.query(
        "select * from deadlines where community = :community and state in ('firing', 'set') and at <= :now"
        " order by at, plugin, name, key, state",
        {"now": to_stamp(now)},
    )
    return [_deadline(row) for row in rows]


def next_at(db: Database, now: datetime) -> datetime | None:
    """Return the first time after now at which one is due; None when none waits."""
    rows = db.query(
        "select min(at) as at from deadlines where community = :community and state = 'set' and at > :now",
        {"now": to_stamp(now)},
    )
    return from_stamp(rows[0]["at"])


def begin(db: Database, deadline: StoredDeadline) -> bool:
    """Take one that is due in hand; False when it was moved or dropped meanwhile, or its last fire is not over."""
    changed = db.execute(
        f"update deadlines set state = 'firing' where {_IS_SAME} and state = 'set' and at = :at"  # noqa: S608 - constants
        f" and not exists (select 1 from deadlines where {_IS_SAME} and state = 'firing')",
        {**_key(deadline), "at": to_stamp(deadline.at)},
    )
    return changed > 0


def goes_on(db: Database, deadline: StoredDeadline) -> bool:
    """Tell whether one that was begun is not over yet: what was read a moment ago may have ended since."""
    rows = db.query(
        f"select 1 from deadlines where {_IS_SAME} and state = 'firing' and at = :at",  # noqa: S608 - constants
        {**_key(deadline), "at": to_stamp(deadline.at)},
    )
    return bool(rows)


def pass_over(db: Database, deadline: StoredDeadline) -> bool:
    """Forget one that was missed and is not wanted any more; False when it was moved or dropped meanwhile."""
    changed = db.execute(
        f"delete from deadlines where {_IS_SAME} and state = 'set' and at = :at",  # noqa: S608 - constants
        {**_key(deadline), "at": to_stamp(deadline.at)},
    )
    return changed > 0


def finish(db: Database, deadline: StoredDeadline) -> None:
    """Forget one that was acted on."""
    db.execute(f"delete from deadlines where {_IS_SAME} and state = 'firing'", _key(deadline))  # noqa: S608 - constants


def note_failure(db: Database, deadline: StoredDeadline) -> None:
    """Count a failure of its handler; it stays, to be tried again."""
    db.execute(f"update deadlines set tries = tries + 1 where {_IS_SAME} and state = 'firing'", _key(deadline))  # noqa: S608 - constants


def put_back(db: Database) -> int:
    """At the start, let what was begun but has done no step wait again, so that it counts as missed when it is late.

    Returns:
        How many.
    """
    idle = (
        " where community = :community and state = 'firing' and not exists"
        " (select 1 from steps where steps.community = deadlines.community and steps.cause = deadlines.cause)"
    )
    db.execute(
        f"delete from deadlines{idle} and exists (select 1 from deadlines as later where"  # noqa: S608 - constants
        " later.community = deadlines.community and later.plugin = deadlines.plugin and later.name = deadlines.name"
        " and later.key = deadlines.key and later.state = 'set')"
    )
    return db.execute(f"update deadlines set state = 'set'{idle}")  # noqa: S608 - constants


def purge(db: Database, before: datetime) -> int:
    """Forget what nobody has acted on since before that time (its plugin is gone or off); return how many."""
    return db.execute(
        "delete from deadlines where community = :community and state = 'set' and at < :before",
        {"before": to_stamp(before)},
    )


def _key(deadline: StoredDeadline) -> dict[str, str]:
    return {"plugin": deadline.plugin, "name": deadline.name, "key": deadline.key}


def _deadline(row: Row) -> StoredDeadline:
    at = from_stamp(row["at"])
    assert at is not None
    return StoredDeadline(
        plugin=row["plugin"],
        name=row["name"],
        key=row["key"],
        at=at,
        data=json.loads(row["data"]),
        room_id=row["room_id"],
        missed=row["missed"],
        within=timedelta(seconds=row["within_seconds"]),
        group=row["bundle"],
        is_firing=row["state"] == "firing",
        tries=row["tries"],
    )
