"""Events that outlive a crash: what plugins publish, and what the gateway says about rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlite_utils
from pydantic import TypeAdapter

from bot.storage import Database, Migrations
from bot.storage_time import to_stamp

migrations = Migrations("events")

TOPIC = "events"
"""`Storage.watch` topic that is notified when a plugin published something."""


class DomainEvent:
    """Base of events plugins publish; subclasses are frozen dataclasses of JSON values.

    `Context.publish(db, event)` stores one in the transaction of the fact, so no listener misses it.
    """


@migrations()
def m001_events(db: sqlite_utils.Database) -> None:
    """Make the table of events and the index that finds the open ones."""
    db.execute(
        "create table events (community text not null, id text not null, source text not null"
        " check (source in ('plugin', 'gateway')), name text not null, payload text not null,"
        " state text not null default 'open' check (state in ('open', 'done')), happened_at text,"
        " primary key (community, id))"
    )
    db.execute("create index events_open on events (community, source, id) where state = 'open'")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event on record.

    Attributes:
        id: ours for published ones; for the gateway's, made of what happened, so a repeated report is the same event.
        name: the class's name.
        payload: its fields as JSON.
    """

    id: str
    name: str
    payload: str


def publish(db: Database, event: object) -> str:
    """Store an event for its listeners, in the transaction of the fact.

    Args:
        db: the transaction.
        event: a frozen dataclass of JSON values.

    Returns:
        The event's id.
    """
    event_id = db.new_id()
    _insert(db, event_id, "plugin", event, None)
    db.notify(TOPIC)
    return event_id


def record(db: Database, event_id: str, event: object, happened_at: datetime) -> bool:
    """Store what the gateway reported; False when it was reported before."""
    return _insert(db, event_id, "gateway", event, happened_at)


def open_events(db: Database, source: str, after: str = "", limit: int = 100) -> list[StoredEvent]:
    """Return events whose listeners have not all been called, oldest first.

    Args:
        db: the transaction.
        source: `plugin` or `gateway`.
        after: only those with a greater id.
        limit: how many at most.
    """
    rows = db.query(
        "select id, name, payload from events where community = :community and source = :source and state = 'open'"
        " and id > :after order by id limit :limit",
        {"source": source, "after": after, "limit": limit},
    )
    return [StoredEvent(row["id"], row["name"], row["payload"]) for row in rows]


def finish(db: Database, event_id: str) -> None:
    """Note that all listeners were called; what a plugin published is not kept any longer."""
    db.execute("delete from events where community = :community and id = :id and source = 'plugin'", {"id": event_id})
    db.execute("update events set state = 'done' where community = :community and id = :id", {"id": event_id})


def expire(db: Database, before: datetime) -> list[str]:
    """Give up what the gateway reported too long ago to be answered; return the ids."""
    expired = db.query(
        "update events set state = 'done' where community = :community and source = 'gateway' and state = 'open'"
        " and happened_at < :before returning id",
        {"before": to_stamp(before)},
    )
    return [row["id"] for row in expired]


def purge(db: Database, before: datetime) -> int:
    """Delete what the gateway reported before that time; return how many rows."""
    return db.execute(
        "delete from events where community = :community and state = 'done' and happened_at < :before",
        {"before": to_stamp(before)},
    )


def read_event(kind: type[Any], payload: str) -> Any:  # noqa: ANN401 - whatever class the listener asked for
    """Make an event of that class from its stored fields.

    Raises:
        pydantic.ValidationError: the class has other fields now.
    """
    return _adapter(kind).validate_json(payload)


def write_event(event: object) -> str:
    """Return an event's fields as JSON; `read_event` reads them."""
    return _adapter(type(event)).dump_json(event).decode()


def _insert(db: Database, event_id: str, source: str, event: object, happened_at: datetime | None) -> bool:
    changed = db.execute(
        "insert into events (community, id, source, name, payload, happened_at)"
        " values (:community, :id, :source, :name, :payload, :at) on conflict do nothing",
        {
            "id": event_id, "source": source, "name": type(event).__name__,
            "payload": write_event(event),
            "at": to_stamp(happened_at) if happened_at else None,
        },
    )  # fmt: skip
    return changed == 1


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
