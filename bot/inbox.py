"""What was said: every message once, what the bot decided about it, and the steps it has done so far."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import sqlite_utils

from bot import members, outbox
from bot.ids import first_id_at, made_at
from bot.model import Contact, Member, MessageKind, MessageReceived, Outgoing, Quote, Room, RoomInfo
from bot.storage import Database, Migrations, Row
from bot.storage_time import from_stamp, to_stamp

T = TypeVar("T")
migrations = Migrations("inbox")

_to_json = json.JSONEncoder(ensure_ascii=False, default=str).encode

_QUOTE_SEARCH = 1000  # latest messages of a room among which a quoted one is looked for
_SPACES = re.compile(r"\s+")


@migrations()
def m001_messages(db: sqlite_utils.Database) -> None:
    """Messages, and the results of the writes their handlers have done."""
    db.execute(
        "create table messages (community text not null, id text not null, seq text not null, account text not null,"
        " at text not null, room_id text not null, member_id text not null, name text not null, text text not null,"
        " kind text not null, file_name text not null, quote_name text, quote_text text, envelope text not null,"
        " state text not null check (state in ('open', 'done', 'expired')), decision text not null default '{}',"
        " primary key (community, id))"
    )
    db.execute("create index messages_by_room on messages (community, room_id, seq)")
    db.execute("create index messages_by_time on messages (community, seq)")
    db.execute(
        "create table steps (community text not null, cause text not null, number integer not null,"
        " result text not null, primary key (community, cause, number))"
    )


@migrations()
def m002_open_messages(db: sqlite_utils.Database) -> None:
    """What a start looks for, so that it need not read all messages on record (100 ms and 4 MB for 100,000)."""
    db.execute("create index messages_open on messages (community, seq) where state = 'open'")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message at the door.

    Attributes:
        is_new: False when it was accepted before: nothing is to be done.
        talker: who said it.
        room: where; None in private.
        mentions: whom it mentions, the bot left out.
    """

    is_new: bool
    talker: Member
    room: Room | None
    mentions: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message on record.

    Attributes:
        id: the gateway's message id.
        seq: sorts messages in the order they were accepted.
        at: when it was said, aware UTC.
        accepted_at: when it reached us.
        room_id: our room id; empty in private.
        member_id: who said it.
        name: the name the others saw then.
        text: as received.
        kind: what it carried.
        file_name: for files and images.
        quote: the quoted message, when the gateway handed it over apart from the text.
        state: `open`, `done` or `expired`.
        decision: what the bot decided, for 为什么.
        event: as the gateway delivered it; None once it is done.
    """

    id: str
    seq: str
    at: datetime
    accepted_at: datetime
    room_id: str
    member_id: str
    name: str
    text: str
    kind: MessageKind
    file_name: str
    quote: Quote | None
    state: str
    decision: dict[str, Any]
    event: MessageReceived | None


def accept(db: Database, account: str, event: MessageReceived, stable_ids: bool) -> Accepted:  # noqa: FBT001 - positional: there are many callers
    """Put a message on record and find out who said it where.

    Args:
        db: a write transaction.
        account: contact id of the bot's account.
        event: as the gateway delivered it.
        stable_ids: whether the gateway's ids survive a login.
    """
    talker = members.resolve_contact(db, account, event.talker, stable_ids)
    room = members.resolve_room(db, account, event.room, stable_ids) if event.room else None
    if room:
        members.note_presence(db, room.id, talker)
    mentioned = [Contact(contact_id, "") for contact_id in event.mentions if contact_id != account]
    mentions = tuple(_mentioned(db, account, contact, room, stable_ids) for contact in mentioned)
    is_new = bool(_insert(db, [_row_of(db, account, event, talker, room)]))
    return Accepted(is_new, talker, room, mentions)


def accept_known(
    db: Database, account: str, known: Sequence[tuple[MessageReceived, Member, Room | None]]
) -> list[Accepted]:
    """Put messages on record that mention nobody, by talkers and in rooms that were just found for the same facts.

    One statement instead of six for each: most messages come from people who spoke a minute ago.
    """
    new_ids = _insert(db, [_row_of(db, account, *one) for one in known])
    accepted = []
    for event, talker, room in known:
        accepted.append(Accepted(event.id in new_ids, talker, room, ()))
        new_ids.discard(event.id)  # delivered twice in one go, it is new once
    return accepted


def accept_own(db: Database, account: str, event: MessageReceived, stable_ids: bool) -> bool:  # noqa: FBT001 - as accept
    """Take in a message the bot's own account said: the echo of something sent settles its row.

    Returns:
        Whether it was such an echo; False for what the owner typed, and for a repeated echo.
    """
    where: dict[str, str] = {}
    if event.room is not None:
        where["room_id"] = members.resolve_room(db, account, event.room, stable_ids).id
    else:
        where["member_id"] = members.resolve_contact(db, account, Contact(event.listener_id, ""), stable_ids).id
    return outbox.settle_echo(db, **where, text=event.text, at=event.at, message_id=event.id, kind=event.kind)


def finish(db: Database, message_id: str, decision: Mapping[str, Any], outgoing: Sequence[Outgoing]) -> list[str]:
    """Close a message: its answers go to the outbox in the same transaction, its steps are forgotten.

    Rows without a dedupe key get one made of the message id and their place, so finishing twice adds nothing.

    Returns:
        The ids of the new outbox rows.
    """
    return finish_all(db, [(message_id, decision, outgoing)])


def finish_all(db: Database, finished: Sequence[tuple[str, Mapping[str, Any], Sequence[Outgoing]]]) -> list[str]:
    """Close several messages, of each the id, what was decided and its answers; see `finish`."""
    rows = [
        one if one.dedupe_key and one.cause else _numbered(one, message_id, number)
        for message_id, _, outgoing in finished
        for number, one in enumerate(outgoing)
    ]
    ids = outbox.enqueue_all(db, rows)
    db.query_rows(
        "with done (community, id, decision) as (values {rows})"
        " update messages set state = 'done', decision = done.decision, envelope = '' from done"
        " where messages.community = done.community and messages.id = done.id",
        [{"id": message_id, "decision": _to_json(decision)} for message_id, decision, _ in finished],
    )
    db.query_rows(
        "with done (community, cause) as (values {rows})"
        " delete from steps where (community, cause) in (select community, cause from done)",
        [{"cause": message_id} for message_id, _, _ in finished],
    )
    return [row_id for row_id in ids if row_id is not None]


def step(db: Database, cause: str, number: int, fn: Callable[[Database], T]) -> T:
    """Run `fn(db)` once per (cause, number); asked again, return the first result.

    The result is stored as JSON and returned as JSON gives it back, so the first run and a later one look alike.

    Raises:
        TypeError: the result is not a JSON value.
    """
    params = {"cause": cause, "number": number}
    known = db.query(
        "select result from steps where community = :community and cause = :cause and number = :number", params
    )
    if known:
        stored: T = json.loads(known[0]["result"])
        return stored
    result = json.dumps(fn(db), ensure_ascii=False)
    db.execute(
        "insert into steps (community, cause, number, result) values (:community, :cause, :number, :result)",
        {**params, "result": result},
    )
    first: T = json.loads(result)
    return first


def forget_steps(db: Database, cause: str) -> None:
    """Forget the steps of a job fire or event that is done; `finish` does it for messages."""
    db.execute("delete from steps where community = :community and cause = :cause", {"cause": cause})


def open_messages(db: Database, accepted_after: datetime) -> tuple[list[StoredMessage], int]:
    """Return what a crash left open, in the order it was accepted, and how many were older and are expired now.

    Run it in a write transaction.
    """
    since = first_id_at(accepted_after)
    expired = db.query(
        "update messages set state = 'expired', envelope = ''"
        " where community = :community and state = 'open' and seq < :since returning id",
        {"since": since},
    )
    for row in expired:
        forget_steps(db, row["id"])
    return _select(db, "state = 'open' and seq >= :since order by seq", {"since": since}), len(expired)


def get(db: Database, message_id: str) -> StoredMessage | None:
    """Return one message; None when it is not on record."""
    return next(iter(_select(db, "id = :id", {"id": message_id})), None)


def recent(db: Database, room_id: str, limit: int) -> list[StoredMessage]:
    """Return the latest messages of a room, the latest first."""
    return _select(db, "room_id = :room_id order by seq desc limit :limit", {"room_id": room_id, "limit": limit})


def find_quoted(db: Database, room_id: str, member_id: str, quote: Quote, before: datetime) -> StoredMessage | None:
    """Return the latest message that a member can have quoted.

    Args:
        db: any transaction.
        room_id: our room id; empty in private.
        member_id: in private, whose chat; ignored in rooms.
        quote: WeChat gives the shown name and the text, which it cuts when long.
        before: when it was quoted.
    """
    wanted = _squeeze(quote.text).rstrip(".…")
    condition = "room_id = :room_id" if room_id else "room_id = '' and member_id = :member_id"
    rows = _select(
        db,
        f"{condition} and seq < :before order by seq desc limit :limit",
        {"room_id": room_id, "member_id": member_id, "before": first_id_at(before), "limit": _QUOTE_SEARCH},
    )
    alike = [row for row in rows if wanted and _squeeze(row.text).startswith(wanted)]
    key = members.name_key(quote.name)
    return next((row for row in alike if members.name_key(row.name) == key), next(iter(alike), None))


def said_since(db: Database, room_id: str, since: datetime, limit: int) -> list[StoredMessage]:
    """Return what was said in a room since then, the first first."""
    return _select(
        db,
        "room_id = :room_id and seq >= :since order by seq limit :limit",
        {"room_id": room_id, "since": first_id_at(since), "limit": limit},
    )


def said_before(db: Database, message: StoredMessage, since: datetime, limit: int) -> list[StoredMessage]:
    """Return what was said in the same room before a message, the latest first.

    Args:
        db: any transaction.
        message: in a room.
        since: nothing older.
        limit: how many at most.
    """
    return _select(
        db,
        "room_id = :room_id and seq < :seq and seq >= :since order by seq desc limit :limit",
        {"room_id": message.room_id, "seq": message.seq, "since": first_id_at(since), "limit": limit},
    )


def attachments_since(db: Database, room_id: str, member_id: str, since: datetime, limit: int) -> list[StoredMessage]:
    """Return files, pictures and links that were sent since then, the latest first.

    Args:
        db: any transaction.
        room_id: our room id; empty in private.
        member_id: who sent them; empty for anybody, which only a room can mean.
        since: nothing older.
        limit: how many at most.
    """
    who = "and member_id = :member_id" if member_id or not room_id else ""
    return _select(
        db,
        f"room_id = :room_id {who} and seq >= :since and (kind in ('file', 'image', 'link')"
        " or kind = 'text' and text >= 'http' and text < 'httq') order by seq desc limit :limit",
        {"room_id": room_id, "member_id": member_id, "since": first_id_at(since), "limit": limit},
    )


def purge(db: Database, before: datetime) -> int:
    """Forget messages accepted before then, the open ones excepted; returns how many."""
    return db.execute(
        "delete from messages where community = :community and seq < :before and state <> 'open'",
        {"before": first_id_at(before)},
    )


def _numbered(outgoing: Outgoing, message_id: str, number: int) -> Outgoing:
    key = outgoing.dedupe_key or f"{message_id}/{number}"
    return replace(outgoing, dedupe_key=key, cause=outgoing.cause or message_id)


def _mentioned(db: Database, account: str, contact: Contact, room: Room | None, stable_ids: bool) -> Member:  # noqa: FBT001 - positional: there are many callers
    found = members.resolve_contact(db, account, contact, stable_ids)
    named = members.member(db, found.id, room.id) if room else None
    return named or found


def _insert(db: Database, rows: Sequence[Row]) -> set[str]:
    """Store messages and return the ids of those that were not there before."""
    new = db.query_rows(
        "insert into messages (community, id, seq, account, at, room_id, member_id, name, text, kind, file_name,"
        " quote_name, quote_text, envelope, state) values {rows} on conflict (community, id) do nothing returning id",
        rows,
    )
    return {row["id"] for row in new}


def _row_of(db: Database, account: str, event: MessageReceived, talker: Member, room: Room | None) -> Row:
    return {
        "id": event.id, "seq": db.new_id(), "account": account, "at": to_stamp(event.at),
        "room_id": room.id if room else "", "member_id": talker.id, "name": talker.name, "text": event.text,
        "kind": str(event.kind), "file_name": event.file_name, "quote_name": event.quote and event.quote.name,
        "quote_text": event.quote and event.quote.text, "envelope": _envelope_of(event), "state": "open",
    }  # fmt: skip


def _envelope_of(event: MessageReceived) -> str:
    """Return what a message has beside its columns; it is kept until the message is done."""
    room = _json_of(event.room) if event.room else "null"
    rest = _rest_of(event.listener_id, event.mentions, event.recalled_id)
    return f'{{"talker": {_json_of(event.talker)}, "room": {room}, {rest[1:]}'


@lru_cache(1000)  # the same few people talk in the same few rooms
def _json_of(value: Contact | RoomInfo) -> str:
    return _to_json({name: getattr(value, name) for name in value.__slots__})


@lru_cache(100)  # nearly always there is nothing in it
def _rest_of(listener_id: str, mentions: tuple[str, ...], recalled_id: str) -> str:
    return _to_json({"listener_id": listener_id, "mentions": mentions, "recalled_id": recalled_id})


def _event_of(row: Row, at: datetime, quote: Quote | None) -> MessageReceived | None:
    if not row["envelope"]:
        return None
    envelope = json.loads(row["envelope"])
    room = envelope["room"]
    return MessageReceived(
        id=row["id"], at=at, talker=Contact(**envelope["talker"]),
        room=RoomInfo(**{**room, "admin_ids": tuple(room["admin_ids"])}) if room else None,
        text=row["text"], listener_id=envelope["listener_id"], kind=MessageKind(row["kind"]),
        mentions=tuple(envelope["mentions"]), quote=quote, file_name=row["file_name"],
        recalled_id=envelope["recalled_id"],
    )  # fmt: skip


def _select(db: Database, condition: str, params: Mapping[str, Any]) -> list[StoredMessage]:
    rows = db.query(f"select * from messages where community = :community and {condition}", params)  # noqa: S608
    return [_message_of(row) for row in rows]


def _message_of(row: Row) -> StoredMessage:
    at = from_stamp(row["at"])
    assert at is not None
    quote = Quote(row["quote_name"], row["quote_text"]) if row["quote_text"] is not None else None
    return StoredMessage(
        id=row["id"], seq=row["seq"], at=at, accepted_at=made_at(row["seq"]), room_id=row["room_id"],
        member_id=row["member_id"], name=row["name"], text=row["text"], kind=MessageKind(row["kind"]),
        file_name=row["file_name"], quote=quote, state=row["state"], decision=json.loads(row["decision"]),
        event=_event_of(row, at, quote),
    )  # fmt: skip


def _squeeze(text: str) -> str:
    return _SPACES.sub("", text)
