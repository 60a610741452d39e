"""The shape of the outbox: its tables, its states, and a row as the sender sees it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlite_utils

from bot.model import Act, Delivery, Priority
from bot.storage import Migrations, Row
from bot.storage_time import from_stamp

migrations = Migrations("outbox")


@migrations()
def m001_outbox(db: sqlite_utils.Database) -> None:
    """What is to be sent, what was sent, and what is in doubt."""
    db.execute(
        "create table outbox (community text not null, id text not null, lane text not null,"
        " room_id text not null, member_id text not null, act text not null, text text not null,"
        " mentions text not null, dedupe_key text, priority integer not null, delivery text not null,"
        " cause text not null, reason text not null, ready_at text not null,"
        " state text not null check (state in"
        " ('pending', 'sending', 'sent', 'uncertain', 'failed', 'dead', 'merged')),"
        " owner text not null default '', attempt integer not null default 0, doubts integer not null default 0,"
        " text_hash text not null, resend_hash text not null default '', first_called_at text, called_at text,"
        " settle_at text, finished_at text, message_id text, echo_id text, error text not null default '',"
        " merged_into text, primary key (community, id))"
    )
    for index in (
        "create unique index outbox_by_dedupe_key on outbox (community, dedupe_key)",
        "create unique index outbox_by_echo on outbox (community, echo_id) where echo_id is not null",
        "create index outbox_by_state on outbox (community, state, priority, id)",
        "create index outbox_later on outbox (community, ready_at) where state = 'pending' and ready_at > ''",
        "create index outbox_doubted on outbox (community, doubts) where doubts > 0",
        "create index outbox_unechoed on outbox (community, lane, called_at) where echo_id is null and called_at > ''",
        "create index outbox_by_cause on outbox (community, cause)",
    ):
        db.execute(index)


@migrations()
def m002_files_and_days(db: sqlite_utils.Database) -> None:
    """The bytes of files to send, how much was sent on each local day, and since when an account is known."""
    db.execute(
        "create table outbox_files (community text not null, outbox_id text not null, name text not null,"
        " media_type text not null, data blob not null, primary key (community, outbox_id),"
        " foreign key (community, outbox_id) references outbox (community, id) on delete cascade)"
    )
    db.execute(
        "create table sending_days (community text not null, account text not null, day text not null,"
        " calls integer not null, primary key (community, account, day))"
    )
    db.execute(
        "create table sending_accounts (community text not null, account text not null, since text not null,"
        " primary key (community, account))"
    )


@migrations()
def m003_contacts_and_secrets(db: sqlite_utils.Database) -> None:
    """To which of a member's accounts a row goes, and which rows are forgotten once they are sent."""
    db.execute("alter table outbox add column contact_id text not null default ''")
    db.execute("alter table outbox add column is_secret integer not null default 0 check (is_secret in (0, 1))")
    db.execute("create index outbox_secret on outbox (community, state) where is_secret = 1")


class OutboxState(StrEnum):
    """Where a row stands; see DESIGN, Outbox.

    `UNCERTAIN` rows wait for their echo until `settle_at`; without one, once it is null, they wait for the owner.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    DEAD = "dead"
    MERGED = "merged"


COLUMNS = (
    "id, lane, room_id, member_id, act, text, mentions, priority, delivery, cause, reason, ready_at, state, attempt,"
    " doubts, called_at, settle_at, error, contact_id"
)


_ACTS = {str(act): act for act in Act}  # looked up: calling an enumeration takes four times as long
_PRIORITIES = {int(priority): priority for priority in Priority}
_DELIVERIES = {str(delivery): delivery for delivery in Delivery}
_STATES = {str(state): state for state in OutboxState}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One row of the outbox.

    Attributes:
        id: its id; rows of one priority go out in this order.
        lane: our id of the room or the member it goes to; one message at a time is sent in a lane.
        room_id: our room id, or empty.
        member_id: our member id, or empty.
        act: what to do.
        text: what to say.
        mentions: member ids to ring.
        priority: who goes first.
        delivery: the rule for doubt.
        cause: what led to it.
        reason: why, in a few words.
        ready_at: earliest time; None means at once.
        state: where it stands.
        attempt: how often it was claimed; with the owner it fences the result.
        doubts: how often its sending ended in doubt without an echo.
        called_at: when it was claimed last.
        settle_at: until when an uncertain row waits for its echo.
        error: what went wrong last, in English.
        contact_id: the very account it goes to; empty for the one seen last.
    """

    id: str
    lane: str
    room_id: str
    member_id: str
    act: Act
    text: str
    mentions: tuple[str, ...]
    priority: Priority
    delivery: Delivery
    cause: str
    reason: str
    ready_at: datetime | None
    state: OutboxState
    attempt: int
    doubts: int
    called_at: datetime | None
    settle_at: datetime | None
    error: str
    contact_id: str = ""

    @property
    def short_id(self) -> str:
        """Four characters that tell a repeated message from a new one."""
        return self.id[-4:]

    @property
    def spoken_text(self) -> str:
        """The text as it goes out: one that may be a repetition says so."""
        return mark_resent(self.text, self.id) if self.doubts and self.act is Act.TEXT else self.text


def row_of(row: Row) -> OutboxRow:
    """Return a database row with `COLUMNS` as a value."""
    return OutboxRow(
        id=row["id"],
        lane=row["lane"],
        room_id=row["room_id"],
        member_id=row["member_id"],
        act=_ACTS[row["act"]],
        text=row["text"],
        mentions=tuple(json.loads(row["mentions"])) if row["mentions"] != "[]" else (),
        priority=_PRIORITIES[row["priority"]],
        delivery=_DELIVERIES[row["delivery"]],
        cause=row["cause"],
        reason=row["reason"],
        ready_at=from_stamp(row["ready_at"]),
        state=_STATES[row["state"]],
        attempt=row["attempt"],
        doubts=row["doubts"],
        called_at=from_stamp(row["called_at"]),
        settle_at=from_stamp(row["settle_at"]),
        error=row["error"],
        contact_id=row["contact_id"],
    )


def mark_resent(text: str, row_id: str) -> str:
    """Return a text that was possibly seen before, with the row's short id."""
    return f"{text}\n（补发 {row_id[-4:]}）"


_SPACES = re.compile(r"\s+")


def hash_of(act: Act, text: str) -> str:
    """Return what a message is recognised by when it comes back as an echo: blanks do not count.

    Images and files come back under names the puppet makes up, so they are recognised by their kind alone.
    """
    content = _SPACES.sub(" ", text).strip() if act is Act.TEXT else ""
    return hashlib.blake2b(f"{act}:{content}".encode(), digest_size=12).hexdigest()
