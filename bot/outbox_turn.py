"""One turn of the sender in one transaction: record what came back, settle doubts, claim what goes out next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot import members
from bot.members_identities_store import is_reached_by
from bot.model import Act, Conversation, FileContent, Member, Outgoing, Priority, Room
from bot.outbox import enqueue, get
from bot.outbox_days import note_calls
from bot.outbox_queue import (
    Head,
    SendResult,
    claim_all,
    finish,
    finish_sent,
    forget_secrets,
    merge_low,
    next_moments,
    sweep,
)
from bot.outbox_rows import OutboxRow, OutboxState
from bot.storage import Database

TellOwner = Callable[[Database, str, str, str], None]
"""Enqueues a notice to the owner inside a transaction: text, dedupe key, our id of the room it is about (or empty)."""

TOLD = "undelivered/"
"""Begins the cause of notices about rows that failed: such a notice that fails itself is not told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed row with everything the gateway needs.

    Attributes:
        row: the row.
        attempt: fences its result.
        to: where it goes; both ids empty when it cannot be reached now.
        person: the member it is about or goes to; None in rooms.
        room: the room; None in private.
        mentions: contact ids to ring.
        file: what to send for IMAGE and FILE.
    """

    row: OutboxRow
    attempt: int
    to: Conversation
    person: Member | None
    room: Room | None
    mentions: tuple[str, ...]
    file: FileContent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a parcel, and what it calls for.

    Attributes:
        result: for its row.
        instead: what to send in its place, because the gateway cannot do it.
        tell: what the owner has to know; empty for nothing.
        room_id: the room that is about.
    """

    result: SendResult
    instead: Outgoing | None = None
    tell: str = ""
    room_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a turn is to do.

    Attributes:
        owner: who claims.
        account: whose budget counts.
        now: the time.
        day: the local day the calls count for.
        outcomes: what came back.
        choose: picks from the due rows, most urgent first.
        limit: how many due rows to look at.
        is_settled: rows may be in doubt whose echo had its time, with the gateway up.
        is_proof: a missing echo proves that nothing came out.
        merge_from: so many waiting replies of low priority become one; 0 for never.
        longest: characters in one message.
        tell_owner: enqueues a notice to the owner.
    """

    owner: str
    account: str
    now: datetime
    day: date
    outcomes: Sequence[Outcome]
    choose: Callable[[Sequence[Head]], list[Head]]
    limit: int
    is_settled: bool
    is_proof: bool
    merge_from: int
    longest: int
    tell_owner: TellOwner | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn brought.

    Attributes:
        parcels: what is to be sent now; those of one lane one after another, as they are ordered.
        ready_at: when a row that waits for its time becomes due.
        settle_at: when an uncertain row has waited long enough.
        doubted: rows whose echo never came, as they were.
    """

    parcels: list[Parcel]
    ready_at: datetime | None
    settle_at: datetime | None
    doubted: list[OutboxRow]

    def by_lane(self) -> Iterable[list[Parcel]]:
        """Return the parcels of each lane."""
        lanes: dict[str, list[Parcel]] = {}
        for parcel in self.parcels:
            lanes.setdefault(parcel.row.lane, []).append(parcel)
        return lanes.values()


def take_turn(db: Database, plan: Plan) -> Turn:
    """Do one turn; nothing of it happened unless it is committed."""
    finish_sent(db, plan.owner, [o.result for o in plan.outcomes if o.result.state is OutboxState.SENT])
    for outcome in plan.outcomes:
        if outcome.result.state is not OutboxState.SENT:
            _record(db, plan, outcome)
    if plan.outcomes:
        forget_secrets(db)
    doubted = sweep(db, plan.owner, plan.now, is_proof=plan.is_proof) if plan.is_settled else []
    for row in doubted:
        _tell_doubt(db, plan, row)

    def choose(heads: Sequence[Head]) -> list[Head]:
        picked = plan.choose(heads)
        for head in picked:
            if head.priority == Priority.LOW and plan.merge_from:
                merge_low(db, head, plan.now, plan.merge_from, plan.longest)
        return picked

    claimed = claim_all(db, plan.owner, plan.now, plan.limit, choose)
    if claimed:
        note_calls(db, plan.account, plan.day, len(claimed))
    rooms = {room_id: members.room(db, room_id) for room_id in {row.room_id for row, _ in claimed if row.room_id}}
    parcels = [_parcel(db, row, attempt, rooms.get(row.room_id)) for row, attempt in claimed]
    return Turn(parcels, *next_moments(db, plan.now), doubted)


def _record(db: Database, plan: Plan, outcome: Outcome) -> None:
    result = outcome.result
    held = finish(
        db, result.row_id, plan.owner, result.attempt, result.state,
        at=result.at, message_id=result.message_id, error=result.error, next_at=result.next_at,
    )  # fmt: skip
    if not held:
        return
    if outcome.instead is not None:
        enqueue(db, outcome.instead, plan.longest)
    if outcome.tell and plan.tell_owner is not None:
        plan.tell_owner(db, outcome.tell, f"{TOLD}{result.row_id}", outcome.room_id)


def _tell_doubt(db: Database, plan: Plan, row: OutboxRow) -> None:
    """Tell the owner of a row that is not sent again by itself."""
    now = get(db, row.id)
    is_left = now is not None and now.state in {OutboxState.UNCERTAIN, OutboxState.DEAD}
    if is_left and plan.tell_owner is not None and not row.cause.startswith(TOLD):
        text = f"有一条消息不确定是否发出（编号 {row.short_id}），没有自动重发，请看一眼再决定。"
        plan.tell_owner(db, text, f"{TOLD}{row.id}", row.room_id)


def _parcel(db: Database, row: OutboxRow, attempt: int, room: Room | None) -> Parcel:
    person = members.member(db, row.member_id, row.room_id) if row.member_id else None
    if person is not None and _is_for_contact(db, row, person):
        person = replace(person, contact_id=row.contact_id)
    contacts = (members.contact_id_of(db, member_id) for member_id in row.mentions)
    if room is not None:
        to = Conversation(room_id=room.gateway_id)
    else:
        to = Conversation(contact_id=person.contact_id if person else row.contact_id)
    return Parcel(
        row=row,
        attempt=attempt,
        to=to,
        person=person,
        room=room,
        mentions=tuple(contact for contact in contacts if contact),
        file=_file_of(db, row),
    )


def _is_for_contact(db: Database, row: OutboxRow, person: Member) -> bool:
    """Tell whether a row goes to the very account it names; words go elsewhere once that is not the member's."""
    if row.contact_id in {"", person.contact_id}:
        return False
    return row.act is Act.REMOVE or is_reached_by(db, person.id, row.contact_id)


def _file_of(db: Database, row: OutboxRow) -> FileContent | None:
    if row.act not in {Act.IMAGE, Act.FILE}:
        return None
    rows = db.query(
        "select name, media_type, data from outbox_files where community = :community and outbox_id = :id",
        {"id": row.id},
    )
    return FileContent(rows[0]["name"], bytes(rows[0]["data"]), rows[0]["media_type"]) if rows else None
