"""What the bot waits for from one member in one room: a number, a 是, or a free answer; stored, with a term."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlite_utils

from bot.storage import Database, Migrations, Row, Storage
from bot.storage_time import from_stamp, to_stamp

migrations = Migrations("dialogue")


@migrations()
def m001_dialogues(db: sqlite_utils.Database) -> None:
    """One open dialogue per member and room; `room_id` is empty in private chats."""
    db.execute(
        "create table dialogues (community text not null, room_id text not null, member_id text not null,"
        " kind text not null check (kind in ('choice', 'confirm', 'dialogue')), plugin text not null,"
        " data text not null, until text not null, primary key (community, room_id, member_id))"
    )
    db.execute("create index dialogues_until on dialogues (community, until)")


class DialogueKind(StrEnum):
    """What is waited for."""

    CHOICE = "choice"
    CONFIRM = "confirm"
    DIALOGUE = "dialogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """One open dialogue.

    Attributes:
        kind: a number of a list, a yes, or a free answer.
        plugin: who asked.
        data: JSON values. CHOICE: `commands`, one line per number. CONFIRM: `command`. DIALOGUE: `name` of the plugin's
            dialogue and its `data`.
        until: the end of its term, aware UTC.
    """

    kind: DialogueKind
    plugin: str
    until: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialogueChange:
    """What a message did to the dialogue of its member; applied in the transaction that finishes the message.

    Attributes:
        room_id: our room id; empty in private chats.
        member_id: our member id.
        dialogue: the new one; None closes what was open.
    """

    room_id: str
    member_id: str
    dialogue: Dialogue | None


def apply(db: Database, changes: Iterable[DialogueChange]) -> None:
    """Store what a message did; a later change of the same place wins."""
    for change in changes:
        where = {"room_id": change.room_id, "member_id": change.member_id}
        if change.dialogue is None:
            db.execute(
                "delete from dialogues where community = :community and room_id = :room_id and member_id = :member_id",
                where,
            )
            continue
        db.execute(
            "insert into dialogues (community, room_id, member_id, kind, plugin, data, until)"
            " values (:community, :room_id, :member_id, :kind, :plugin, :data, :until)"
            " on conflict (community, room_id, member_id) do update set kind = excluded.kind,"
            " plugin = excluded.plugin, data = excluded.data, until = excluded.until",
            {
                **where,
                "kind": change.dialogue.kind.value,
                "plugin": change.dialogue.plugin,
                "data": json.dumps(change.dialogue.data, ensure_ascii=False),
                "until": to_stamp(change.dialogue.until),
            },
        )


def load(db: Database, now: datetime) -> list[DialogueChange]:
    """Return all dialogues whose term has not ended."""
    rows = db.query("select * from dialogues where community = :community and until > :now", {"now": to_stamp(now)})
    return [DialogueChange(row["room_id"], row["member_id"], _from_row(row)) for row in rows]


def purge(db: Database, before: datetime) -> int:
    """Delete dialogues whose term ended before then; return how many."""
    return db.execute(
        "delete from dialogues where community = :community and until < :before", {"before": to_stamp(before)}
    )


def erase(db: Database, member_id: str) -> int:
    """Delete all dialogues of a member; return how many."""
    return db.execute(
        "delete from dialogues where community = :community and member_id = :member_id", {"member_id": member_id}
    )


def _from_row(row: Row) -> Dialogue:
    until = from_stamp(row["until"])
    assert until is not None, "the column is not null"
    return Dialogue(kind=DialogueKind(row["kind"]), plugin=row["plugin"], data=json.loads(row["data"]), until=until)


class Dialogues:
    """The open dialogues in memory, so that ordinary chat costs no look into the database."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Dialogue] = {}

    async def load(self, storage: Storage, community: str, now: datetime) -> None:
        """Take in what is stored; called once before messages are handled."""
        self.remember(await storage.read(community, load, now))

    def active(self, room_id: str, member_id: str, now: datetime) -> Dialogue | None:
        """Return what is waited for from a member, None when nothing is or its term has ended."""
        dialogue = self._open.get((room_id, member_id))
        if dialogue is not None and dialogue.until <= now:
            del self._open[room_id, member_id]
            return None
        return dialogue

    def remember(self, changes: Iterable[DialogueChange]) -> None:
        """Take in what `apply` has stored, once that is committed."""
        for change in changes:
            key = (change.room_id, change.member_id)
            if change.dialogue is None:
                self._open.pop(key, None)
            else:
                self._open[key] = change.dialogue
