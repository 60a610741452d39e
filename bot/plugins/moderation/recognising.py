"""Avatars of people who come in or speak: fetched in their own time, and compared with those of owner and admins.

An avatar is a picture of a person as often as not. What is fetched is compared and forgotten; only the fingerprints of
the leaders are kept, for a day and in memory. Nothing about pictures is written down.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from bot.plugin import Context, Database, Deadline, GatewayRefused, Member, QunzhiError, Room, moderation
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

RECOGNISE: Final = "avatar"
"""Name of the deadline at which somebody's avatar is looked at; its key is the room and the member."""
_STEP: Final = crc32(b"moderation/avatar") << 16
_FETCH_SECONDS: Final = 8.0  # real seconds; a handler may take longer
_AGAIN: Final = timedelta(days=7)  # gateways do not tell of a new avatar; who takes another name is looked at at once
_FRESH: Final = timedelta(days=1)  # so long the fingerprints of leaders count
_MOST_A_MINUTE: Final = 12  # fetches in a room
_MINUTE: Final = timedelta(minutes=1)
_LONGEST_LINE: Final = timedelta(minutes=3)  # who would wait longer is looked at when they speak
_OUTAGE: Final = timedelta(minutes=10)  # so long nothing is fetched after a failure
_MOST_TRIES: Final = 4
_MOST_LEADERS: Final = 12
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Known:
    """What is remembered of one bot's rooms.

    Attributes:
        looked: (room id, member id) → under which name their avatar was looked at, or is about to be, and when.
        waiting: (room id, member id) of those in line → whether they have talked of money meanwhile.
        fetches: room id → when the latest avatars are or were fetched.
        leaders: contact id → when the avatar was fetched, and its fingerprint if it has one.
        pictures: checksums of different avatars, two at most; see `is_believed`.
        faceless: room id → until when no leader has an avatar that could be copied.
        rests_until: the gateway did not answer.
        is_told: the log was told of a failure.
    """

    looked: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    waiting: dict[tuple[str, str], bool] = field(default_factory=dict)
    fetches: dict[str, deque[datetime]] = field(default_factory=dict)
    leaders: dict[str, tuple[datetime, moderation.AvatarPrint | None]] = field(default_factory=dict)
    pictures: set[int] = field(default_factory=set)
    faceless: dict[str, datetime] = field(default_factory=dict)
    rests_until: datetime | None = None
    is_told: bool = False

    def next_place(self, room_id: str, now: datetime) -> datetime | None:
        """Return when one more avatar of a room can be fetched; None when too many wait."""
        line = self.fetches.setdefault(room_id, deque(maxlen=_MOST_A_MINUTE))
        at = now if len(line) < _MOST_A_MINUTE else max(now, line[0] + _MINUTE)
        if at - now > _LONGEST_LINE:
            return None
        line.append(at)
        return at


_known: PerBot[_Known] = PerBot(_Known)


def is_wanted(ctx: Ctx, room: Room, member: Member) -> bool:
    """Whether somebody's avatar is to be looked at: it was not lately, and there is something to compare it with."""
    known = _known.of(ctx)
    looked = known.looked.get((room.id, member.id))
    if looked is not None and looked[0] == member.name and ctx.now - looked[1] < _AGAIN:
        return False
    if known.rests_until is not None and ctx.now < known.rests_until:
        return False
    return ctx.now >= known.faceless.get(room.id, ctx.now)


def is_waiting(ctx: Ctx, room: Room, member: Member) -> bool:
    """Whether somebody's avatar is about to be looked at."""
    return (room.id, member.id) in _known.of(ctx).waiting


def note_money(ctx: Ctx, room: Room, member: Member) -> None:
    """Note that somebody who is about to be looked at has talked of money."""
    _known.of(ctx).waiting[room.id, member.id] = True


async def put_in_line(ctx: Ctx, room: Room, people: Sequence[Member], *, with_names: bool) -> list[Member]:
    """Have avatars looked at soon; return those for whom there was a place: in a wave not everybody's is fetched.

    They wait in a line of their own, not in the room's: talk goes on meanwhile, and a crash loses nobody.

    Args:
        ctx: the call.
        room: where.
        people: whose, named as the room shows them.
        with_names: whether their names are looked at then, too.
    """
    known = _known.of(ctx)
    placed = [(one, at) for one in people if (at := known.next_place(room.id, ctx.now)) is not None]
    if not placed:
        return []

    def write(db: Database) -> None:
        for member, at in placed:
            data = {"room": room.id, "member_id": member.id, "with_name": with_names, "tries": 0}
            ctx.set_deadline(db, RECOGNISE, key=f"{room.id}/{member.id}", at=at, data=data)

    await ctx.services.step(ctx.cause, _STEP, write)
    for member, at in placed:
        known.looked[room.id, member.id] = (member.name, at)
        known.waiting.setdefault((room.id, member.id), False)
    return [member for member, _ in placed]


def take_from_line(ctx: Ctx, room_id: str, member_id: str) -> bool:
    """Take somebody out of the line; return whether they have talked of money meanwhile."""
    return _known.of(ctx).waiting.pop((room_id, member_id), False)


async def try_again(ctx: Ctx, due: Deadline) -> None:
    """Have somebody's avatar looked at later, since it could not be had now; after some tries when they speak."""
    room_id, member_id, tries = due.data["room"], due.data["member_id"], due.data["tries"] + 1
    known = _known.of(ctx)
    at = known.next_place(room_id, ctx.now + _OUTAGE) if tries < _MOST_TRIES else None
    if at is None:
        known.looked.pop((room_id, member_id), None)
        return
    data = due.data | {"with_name": False, "tries": tries}
    await ctx.db(lambda db: ctx.set_deadline(db, RECOGNISE, key=due.key, at=at, data=data))


async def find_double(ctx: Ctx, room: Room, member: Member, leaders: Sequence[Member]) -> str | None:
    """Return the name of the leader, or the bot, whose avatar somebody's looks like; None when it cannot be told now.

    It is empty when theirs is like no other.
    """
    known, taken = _known.of(ctx), None
    known.looked[room.id, member.id] = (member.name, ctx.now)
    if member.id in {one.id for one in leaders}:
        return ""
    faces = await _faces_of(ctx, room, leaders) if leaders else None  # nobody is known to lead it right after a start
    if faces is None:
        return None
    is_answered, picture = await _fetch(ctx, member.contact_id) if faces else (True, None)
    if picture is not None:
        taken = await asyncio.to_thread(moderation.take_print, picture)
    double = "" if taken is None else next((name for name, face in faces if face.is_like(taken)), "")
    is_believed = not double or len(known.pictures) > 1  # some puppets show one and the same picture for everybody
    return double if is_answered and is_believed else None


async def _faces_of(ctx: Ctx, room: Room, leaders: Sequence[Member]) -> list[tuple[str, moderation.AvatarPrint]] | None:
    """Return the names and fingerprints of those whose avatar can be told from others; None when it cannot be told."""
    known, account = _known.of(ctx), ctx.part("gateway").account
    people = [(one.name or "群主", one.contact_id) for one in leaders[:_MOST_LEADERS]]
    if account is not None:
        people.append((ctx.services.bot_name, account.id))
    found = []
    for name, contact_id in people:
        at, face = known.leaders.get(contact_id, (None, None))
        if contact_id and (at is None or ctx.now - at > _FRESH):
            is_answered, picture = await _fetch(ctx, contact_id)
            if not is_answered:
                return None
            face = None if picture is None else await asyncio.to_thread(moderation.take_print, picture)
            known.leaders[contact_id] = (ctx.now, face)
        if face is not None:
            found.append((name, face))
    if not found:
        known.faceless[room.id] = ctx.now + _FRESH
    return found


async def _fetch(ctx: Ctx, contact_id: str) -> tuple[bool, bytes | None]:
    """Return whether the gateway answered, and the picture if there is one; a failure is logged once."""
    known = _known.of(ctx)
    is_resting = known.rests_until is not None and ctx.now < known.rests_until
    if not contact_id or is_resting or ctx.part("gateway").account is None:
        return False, None
    try:
        async with asyncio.timeout(_FETCH_SECONDS):
            picture: bytes | None = await ctx.part("gateway").avatar(contact_id)
    except GatewayRefused:
        return True, None  # of this contact there is none
    except (QunzhiError, TimeoutError) as error:
        known.rests_until = ctx.now + _OUTAGE
        if not known.is_told and ctx.part("gateway").capabilities.shows_avatars:  # else it has just told that it cannot
            log.warning("avatars are not to be had: %s", str(error) or "no answer in time")
            known.is_told = True
        return False, None
    if picture is not None and len(known.pictures) < 2:  # noqa: PLR2004 - two that differ
        known.pictures.add(crc32(picture))
    return True, picture
