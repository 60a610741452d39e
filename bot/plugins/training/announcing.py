"""Announces sessions, reminds of them and tells of changes: in rooms, and in private those who registered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Deadline, Delivery, Outgoing, Priority, Room, list_rooms
from bot.plugins.training import queueing
from bot.plugins.training import session_texts as texts
from bot.plugins.training.applying import SPREAD
from bot.plugins.training.model import NAME, RegistrationState, TrainingSession
from bot.plugins.training.notices import can_tell_alone, tell
from bot.plugins.training.registrations_store import registrations_of
from bot.plugins.training.session_texts import Standing
from bot.plugins.training.sessions_store import get_session
from bot.plugins.training.settings import TrainingSettings

_SHORT = 100  # characters; what is longer is rather missing once than said twice
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=15)
_MOST_TRIES = 5  # to find a room: after a start they become known one by one

Ctx = Context[TrainingSettings]


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where something is to be said.

    Attributes:
        open: rooms where it can be said now.
        paused: topics of rooms where the owner asked for silence.
        unknown: topics of rooms that the bot is not in, as far as is known.
    """

    open: tuple[Room, ...]
    paused: frozenset[str]
    unknown: frozenset[str]


def standing(db: Database, session: TrainingSession) -> Standing:
    """Return a session with its free places."""
    queue = registrations_of(db, session.id)
    waiting = len(queueing.line_of(queue))
    return Standing(session, queueing.places_left(session.capacity, queue), len(queue) - waiting, waiting)


async def announce(ctx: Ctx, due: Deadline) -> None:
    """Announce a session in its rooms."""
    await _spread(ctx, {"kind": "announce", "sessions": [due.data["session"]]})


async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind the rooms of a session, and in private those who registered."""
    session_id = due.data["session"]
    await ctx.db(_remind_alone, ctx, session_id)
    await _spread(ctx, {"kind": "remind", "sessions": [session_id]})


async def spread(ctx: Ctx, due: Deadline) -> None:
    """Say in rooms what is to be said as soon as it can be said there."""
    await _spread(ctx, due.data)


async def _spread(ctx: Ctx, data: dict[str, Any]) -> None:
    topics: list[str] = data.get("rooms", [])
    if not topics:
        topics = await ctx.read(_topics_of, data["sessions"])
    await ctx.db(_say, ctx, data, await _find_rooms(ctx, topics))


async def _find_rooms(ctx: Ctx, topics: Iterable[str]) -> Rooms:
    """Sort the rooms of these names by whether something can be said there now."""
    wanted, loader = frozenset(topics), ctx.part("loader")
    rooms: list[Room] = [room for room in await ctx.read(list_rooms) if room.topic in wanted]
    enabled = [room for room in rooms if any(one.name == NAME for one in loader.enabled_in(room))]
    paused = {room.id for room in enabled if loader.is_paused(room)}
    return Rooms(
        tuple(room for room in enabled if room.id not in paused),
        frozenset(room.topic for room in enabled if room.id in paused),
        wanted - {room.topic for room in rooms},
    )


def _topics_of(db: Database, session_ids: list[str]) -> list[str]:
    sessions = [session for one in session_ids if (session := get_session(db, one))]
    return list(dict.fromkeys(topic for session in sessions for topic in session.rooms))


def _say(db: Database, ctx: Ctx, data: dict[str, Any], rooms: Rooms) -> None:
    fire = data.get("fire") or ctx.cause
    for room in rooms.open:
        if text := _text_for(db, ctx, data, room):
            ctx.enqueue(db, _row(text, room, data["kind"], fire))
    tries = data.get("tries", 0)
    for topics, wait in ((rooms.paused, _LATER), (rooms.unknown if tries < _MOST_TRIES else frozenset(), _SOON)):
        still = [topic for topic in sorted(topics) if _is_wanted(db, ctx, data, topic)]
        if still:
            again = {**data, "rooms": still, "fire": fire, "tries": tries + (wait is _SOON)}
            key = f"{fire}/{'paused' if wait is _LATER else 'unknown'}"
            ctx.set_deadline(db, SPREAD, key=key, at=ctx.now + wait, data=again)


def _row(text: str, room: Room, kind: str, fire: str) -> Outgoing:
    is_long = kind in {"announce", "new"} and len(text) > _SHORT
    return Outgoing(
        room_id=room.id,
        text=text,
        dedupe_key=f"training/{fire}/{room.id}",
        priority=Priority.ANNOUNCEMENT,
        delivery=Delivery.AT_MOST_ONCE if is_long else Delivery.AT_LEAST_ONCE,
        cause=fire,
        reason={"remind": "场次提醒", "notice": "场次变动"}.get(kind, "场次通知"),
    )


def _text_for(db: Database, ctx: Ctx, data: dict[str, Any], room: Room) -> str:
    """Return what a room is told, from the facts as they are now; empty when there is nothing to say any more."""
    if data["kind"] == "notice":
        return str(data["text"])
    here = _still_here(db, ctx, data, room.topic)
    if data["kind"] == "remind":
        return texts.reminder(here[0], ctx.now) if here else ""
    return texts.announcement(here[0], ctx.now) if len(here) == 1 else texts.several(here) if here else ""


def _still_here(db: Database, ctx: Ctx, data: dict[str, Any], topic: str) -> list[Standing]:
    """Return the sessions of that room that are still worth a word."""
    found = [session for one in data["sessions"] if (session := get_session(db, one)) and topic in session.rooms]
    is_reminder = data["kind"] == "remind"
    found = [one for one in found if ctx.now < (one.ends_at if is_reminder else one.starts_at) and not one.is_cancelled]
    return [standing(db, one) for one in sorted(found, key=lambda one: (one.starts_at, one.id))]


def _is_wanted(db: Database, ctx: Ctx, data: dict[str, Any], topic: str) -> bool:
    """Whether it is still worth being said in a room that cannot be spoken in now."""
    if data["kind"] == "notice":
        return True
    return any(one.session.starts_at > ctx.now for one in _still_here(db, ctx, data, topic))


def _remind_alone(db: Database, ctx: Ctx, session_id: str) -> None:
    session = get_session(db, session_id)
    if session is None or session.is_cancelled or ctx.now >= session.ends_at or not can_tell_alone(ctx):
        return
    for one in registrations_of(db, session_id, {RegistrationState.REGISTERED}):
        tell(db, ctx, one, texts.reminder_alone(session, ctx.now))
