"""Which plugins were switched on and off while the bot ran, and why; kept over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlite_utils

from bot.storage import Database, Migrations
from bot.storage_time import to_stamp

migrations = Migrations("loader")

EVERYWHERE = ""
PRIVATE_CHATS = "private"
ALL_PLUGINS = "*"  # the owner asked for silence


@migrations()
def m001_plugin_switches(db: sqlite_utils.Database) -> None:
    """One row per plugin and place that differs from `bot.yaml`."""
    db.execute(
        "create table plugin_switches (community text not null, plugin text not null, room_id text not null,"
        " is_enabled integer not null check (is_enabled in (0, 1)), reason text not null, switched_at text not null,"
        " primary key (community, plugin, room_id))"
    )


@dataclass(frozen=True, slots=True)
class Switch:
    """A plugin switched by hand, or stopped for its faults.

    Attributes:
        plugin: its name, or `ALL_PLUGINS`.
        room_id: our room id, `EVERYWHERE` or `PRIVATE_CHATS`.
        is_enabled: on or off.
        reason: why, in Chinese.
    """

    plugin: str
    room_id: str
    is_enabled: bool
    reason: str


def read_switches(db: Database) -> list[Switch]:
    """Return all switches."""
    rows = db.query("select * from plugin_switches where community = :community order by plugin, room_id")
    return [Switch(r["plugin"], r["room_id"], bool(r["is_enabled"]), r["reason"]) for r in rows]


def set_switch(db: Database, switch: Switch, at: datetime) -> None:
    """Store a switch in place of an earlier one for the same plugin and place."""
    db.execute(
        "insert into plugin_switches (community, plugin, room_id, is_enabled, reason, switched_at)"
        " values (:community, :plugin, :room_id, :is_enabled, :reason, :at)"
        " on conflict (community, plugin, room_id) do update"
        " set is_enabled = excluded.is_enabled, reason = excluded.reason, switched_at = excluded.switched_at",
        {
            "plugin": switch.plugin, "room_id": switch.room_id, "is_enabled": int(switch.is_enabled),
            "reason": switch.reason, "at": to_stamp(at),
        },
    )  # fmt: skip


def clear_switches(db: Database, plugin: str) -> int:
    """Forget every switch of a plugin, in all places."""
    return db.execute(
        "delete from plugin_switches where community = :community and plugin = :plugin", {"plugin": plugin}
    )
