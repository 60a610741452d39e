"""Compares a room with its roster: who is entitled and not there is invited three times, then the owner is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from bot.plugin import (
    Act,
    Database,
    Outgoing,
    Priority,
    Room,
    ScheduleEntry,
    find_deadlines,
    find_member,
    list_rooms,
    next_fires,
    to_stamp,
)
from bot.plugins.membership.api import settings_of
from bot.plugins.rosters import texts
from bot.plugins.rosters.looking import Ctx, View, find_reachable, learn_contacts, look_into
from bot.plugins.rosters.model import NAME, Doubt, Mode, RoomRecord, Seat, SeatState, Standing
from bot.plugins.rosters.rules import compare, is_as_noted, seat_now
from bot.plugins.rosters.standings import all_standings, standing_of, topics_in
from bot.plugins.rosters.store import get_room_record, put_room_record, put_seat, remove_seat, seats_in

CHECK, LIST = "check", "tomorrow"
_COMPARED = timedelta(hours=12)
_RETRY = timedelta(minutes=5)
_PAUSE = timedelta(seconds=5)  # many may pay at once, and a check looks at everybody


@dataclass(frozen=True, slots=True)
class Changes:
    """What a check found.

    Attributes:
        seats: those that are different now, and whether to send an invitation.
        gone: ids of members with a seat who are entitled no more.
        contacts: member id → by which contact to invite; empty for the latest.
    """

    seats: list[tuple[Seat, bool]]
    gone: list[str]
    contacts: dict[str, str]


def managed_topics(ctx: Ctx) -> frozenset[str]:
    """Return the topics of the rooms that some plan in bot.yaml opens."""
    return topics_in(name for plan in settings_of(ctx).plans for name in plan.opens)


def managed_rooms(db: Database, topics: frozenset[str]) -> list[Room]:
    """Return those of these rooms that the bot is in, as far as is known."""
    return [room for room in list_rooms(db) if room.topic in topics and room.gateway_id]


def mode_of(ctx: Ctx, record: RoomRecord, topic: str) -> Mode:
    """Return what is done about a room: what the owner said, else what bot.yaml says."""
    is_rehearsed = ctx.part("config").room(topic).dry_run
    if record.mode is Mode.RUNNING and is_rehearsed:
        return Mode.REHEARSING
    return record.mode or (Mode.REHEARSING if ctx.config.dry_run or is_rehearsed else Mode.RUNNING)


def ask_check(db: Database, ctx: Ctx, room_id: str) -> None:
    """Have a room looked at in a moment; asked again and again, every few seconds."""
    checked_at = get_room_record(db, room_id).checked_at
    at = ctx.now if checked_at is None else max(ctx.now, checked_at + _PAUSE)
    ctx.set_deadline(db, CHECK, key=room_id, at=at, data={"is_asked": True}, room_id=room_id)


def ask_checks(db: Database, ctx: Ctx, topics: frozenset[str]) -> int:
    """Have all these rooms looked at; return how many there are."""
    rooms = managed_rooms(db, topics)
    for room in rooms:
        ask_check(db, ctx, room.id)
    return len(rooms)


async def check_room(ctx: Ctx, room: Room, *, is_asked: bool) -> None:
    """Invite who is missing, and note who came, left, or lost the right to be there.

    Args:
        ctx: the call.
        room: which.
        is_asked: something happened; otherwise the facts of all members are only read when people have moved, or
            after half a day.
    """
    if room.topic not in managed_topics(ctx):
        return
    view = await look_into(ctx, room)
    if view.doubt:
        await ctx.db(_put_off, ctx, view)
        return
    seats = await ctx.read(seats_in, room.id)
    if not is_asked and await ctx.read(_is_quiet, ctx, view, seats):
        await ctx.db(_note_quiet, ctx, view)
        return
    standings = await ctx.read(all_standings, ctx.now)
    changes = await find_changes(ctx, view, standings, seats)
    await ctx.db(_write, ctx, view, changes)


def _put_off(db: Database, ctx: Ctx, view: View) -> bool:
    _check_again(db, ctx, view.room, _RETRY if view.doubt is Doubt.UNREADABLE else ctx.config.check_every)
    return note_doubt(db, ctx, view)


def _is_quiet(db: Database, ctx: Ctx, view: View, seats: Mapping[str, Seat]) -> bool:
    record = get_room_record(db, view.room.id)
    is_fresh = record.compared_at is not None and ctx.now < record.compared_at + _COMPARED
    return is_fresh and len(view.occupants) == record.people and is_as_noted(seats.values(), view.present, ctx.now)


def _note_quiet(db: Database, ctx: Ctx, view: View) -> None:
    room = view.room
    learn_contacts(db, ctx, view)
    put_room_record(db, replace(get_room_record(db, room.id), doubt=Doubt.NONE, checked_at=ctx.now))
    _check_again(db, ctx, room, ctx.config.check_every)


def _check_again(db: Database, ctx: Ctx, room: Room, after: timedelta) -> None:
    """Look at the room again after a while, unless somebody asked for it sooner, and show the list at its hour."""
    list_later(db, ctx, room)
    if not any(one.key == room.id for one in find_deadlines(db, NAME, CHECK)):
        at = ctx.now + after
        ctx.set_deadline(db, CHECK, key=room.id, at=at, data={"is_asked": False}, room_id=room.id)


def list_later(db: Database, ctx: Ctx, room: Room) -> None:
    """Have the next list of this room shown at its hour; one whose hour has passed waits to be made up for."""
    if not any(one.key == room.id and one.at <= ctx.now for one in find_deadlines(db, NAME, LIST)):
        ctx.set_deadline(db, LIST, key=room.id, at=next_list(ctx), room_id=room.id)


def next_list(ctx: Ctx) -> datetime:
    """Return when the next list is shown, aware."""
    entry = ScheduleEntry.model_construct(id=LIST, room=(), timezone=ctx.zone.key, cron=ctx.config.list_at)
    return next_fires(entry, ctx.now, 1)[0]


async def find_changes(ctx: Ctx, view: View, standings: Mapping[str, Standing], seats: Mapping[str, Seat]) -> Changes:
    """Return what is different from what is on record."""
    topic = view.room.topic
    wanted = {one.member_id for one in standings.values() if topic in one.opens}
    paused = {one.member_id for one in standings.values() if one.is_paused}
    difference = compare(wanted, view.present)
    missing = sorted(difference.missing - view.maybe_present) if ctx.config.invite else []
    reachable = await find_reachable(ctx, [one for one in missing if _may_be_due(seats.get(one), ctx.now)])
    found: list[tuple[Seat, bool]] = []
    for member_id in [*sorted(difference.inside), *missing]:
        seat = seats.get(member_id) or Seat(room_id=view.room.id, member_id=member_id)
        now, invites = seat_now(
            seat,
            is_present=member_id in difference.inside,
            is_reachable=member_id in reachable,
            until=standings[member_id].until.get(topic),
            now=ctx.now,
        )
        if invites or now != seats.get(member_id):
            found.append((now, invites))
    return Changes(found, sorted(seats.keys() - wanted - paused), reachable)


def _may_be_due(seat: Seat | None, now: datetime) -> bool:
    return seat is None or seat.next_at is None or seat.next_at <= now


def _write(db: Database, ctx: Ctx, view: View, changes: Changes) -> int:
    """Keep what was found and send the invitations; return how many."""
    room, record = view.room, get_room_record(db, view.room.id)
    learn_contacts(db, ctx, view)
    _check_again(db, ctx, room, ctx.config.check_every)
    put_room_record(
        db, replace(record, people=len(view.occupants), doubt=Doubt.NONE, checked_at=ctx.now, compared_at=ctx.now)
    )
    if mode_of(ctx, record, room.topic) is Mode.PAUSED:
        return 0
    for member_id in changes.gone:
        remove_seat(db, room.id, member_id)
    known = seats_in(db, room.id)
    invited = [seat for seat, invites in changes.seats if invites and _is_entitled(db, ctx, seat.member_id, room.topic)]
    for seat, invites in changes.seats:
        if not invites or seat in invited:
            put_seat(db, seat)
    new = [seat for seat, _ in changes.seats if seat.state is SeatState.WANTED and seat.member_id not in known]
    stuck = [seat for seat, _ in changes.seats if seat.state is SeatState.STUCK]
    _invite(db, ctx, room, invited, changes.contacts)
    if new:
        _tell(db, ctx, room, texts.invite_unsure(room.topic, _names(db, new)), new)
    if stuck:
        _tell(db, ctx, room, texts.stuck(room.topic, _names(db, stuck)), stuck)
    return len(invited)


def _is_entitled(db: Database, ctx: Ctx, member_id: str, topic: str) -> bool:
    return topic in standing_of(db, member_id, ctx.now).opens


def _invite(db: Database, ctx: Ctx, room: Room, seats: Sequence[Seat], contacts: Mapping[str, str]) -> None:
    if not ctx.part("gateway").capabilities.can_add:
        if seats:
            _tell(db, ctx, room, texts.invite_by_hand(room.topic, _names(db, seats)), seats)
        return
    for seat in seats:
        key = f"rosters/invite/{room.id}/{seat.member_id}/{_stamp(seat.until)}/{seat.tries}"
        ctx.enqueue(
            db,
            Outgoing(
                room_id=room.id, member_id=seat.member_id, act=Act.INVITE, dedupe_key=key, cause=ctx.cause,
                contact_id=contacts[seat.member_id], priority=Priority.PRIVATE_NOTICE, reason="会员进群",
            ),
        )  # fmt: skip
        if seat.tries > 1:
            text = texts.invited_again(room.topic)
            ctx.enqueue(
                db,
                Outgoing(
                    member_id=seat.member_id, text=text, dedupe_key=f"{key}/text", priority=Priority.LOW,
                    cause=ctx.cause, reason="会员进群",
                ),
            )  # fmt: skip


def _tell(db: Database, ctx: Ctx, room: Room, text: str, seats: Sequence[Seat]) -> None:
    """Tell the owner of members, once for the same ones at the same stage."""
    who = ",".join(f"{seat.member_id}:{_stamp(seat.until)}:{seat.state}{seat.tries}" for seat in seats)
    key = sha256(who.encode()).hexdigest()[:16]
    ctx.part("notices").write(db, text, f"rosters/seats/{room.id}/{key}", room)


def _names(db: Database, seats: Sequence[Seat]) -> list[str]:
    found = (find_member(db, seat.member_id) for seat in seats)
    return [member.name for member in found if member]


def _stamp(at: datetime | None) -> str:
    return to_stamp(at) if at else ""


def note_doubt(db: Database, ctx: Ctx, view: View, *, holds: bool = False) -> bool:
    """Keep that a room's list is not believed, and ask the owner once; return whether it was said now.

    Args:
        db: a write transaction.
        ctx: the call.
        view: the room with its doubt.
        holds: a removal waits for the owner's word, too.
    """
    record = get_room_record(db, view.room.id)
    is_news = view.doubt is not Doubt.UNREADABLE and (record.doubt is not view.doubt or (holds and not record.is_held))
    doubt = record.doubt if view.doubt is Doubt.UNREADABLE else view.doubt
    put_room_record(db, replace(record, doubt=doubt, is_held=record.is_held or holds, checked_at=ctx.now))
    if is_news:
        text = texts.doubt(view.room.topic, view.doubt, len(view.occupants), record.people, holds=holds)
        ctx.part("notices").write(db, text, f"rosters/doubt/{view.room.id}/{to_stamp(ctx.now)}", view.room)
    return is_news
