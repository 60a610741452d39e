"""People who come into a room: who is new, whether too many come at once, and what rules know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.plugin import Context, Database, Role, Room, RoomJoined, find_by_identity, format_duration
from bot.plugins.moderation import arrivals_store, audit_store
from bot.plugins.moderation.arrivals_store import COUNTED, Arrival, Wave
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.model import AuditEntry, Done
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

NEW: Final = timedelta(days=14)
"""Who came longer ago is not new, however little they said."""
_IN_WAVE = timedelta(days=1)  # so long after they came, rules see that people came in a wave
_MOST_NAMED = 20  # of a wave, in the line to the owner


@dataclass(frozen=True, slots=True)
class Newness:
    """What rules know of how new somebody is.

    Attributes:
        joined_at: when they came, if the bot saw it and it is not long ago.
        said_before: how many messages they had said since; many for who is not new.
        is_in_join_wave: whether they came with many others, a short while ago.
    """

    joined_at: datetime | None = None
    said_before: int = 1_000_000
    is_in_join_wave: bool = False


_NOT_NEW: Final = Newness()


@dataclass(slots=True)
class _Known:
    newcomers: dict[tuple[str, str], datetime] = field(default_factory=dict)
    waves: list[Wave] = field(default_factory=list)


_known: PerBot[_Known] = PerBot(_Known)


async def load(ctx: Ctx) -> None:
    """Read who is new: at the start, and after people came."""
    known, since = _known.of(ctx), ctx.now - NEW
    known.newcomers = await ctx.read(arrivals_store.newcomers, since)
    known.waves = await ctx.read(arrivals_store.waves_since, since)


async def count_message(ctx: Ctx) -> Newness:
    """Count a newcomer's message and return how new the talker was before it; nothing is written for others."""
    room, member = ctx.room, ctx.member
    message = ctx.message
    if room is None or member is None or message is None:
        return _NOT_NEW
    known = _known.of(ctx)
    joined_at = known.newcomers.get((room.id, member.id))
    if joined_at is None or message.at - joined_at > NEW:
        return _NOT_NEW
    said_before = await ctx.db(arrivals_store.count_message, room.id, member.id)
    if said_before >= COUNTED:
        known.newcomers.pop((room.id, member.id), None)
        return _NOT_NEW
    return Newness(joined_at, said_before, came_in_wave(known.waves, room.id, joined_at, message.at))


def came_in_wave(waves: list[Wave], room_id: str, joined_at: datetime, at: datetime) -> bool:
    """Tell whether somebody who came then belongs to a wave that was noticed before `at`."""
    if at - joined_at > _IN_WAVE:
        return False
    return any(
        wave.room_id == room_id and wave.noticed_at <= at and wave.began_at <= joined_at < wave.until for wave in waves
    )


async def take_in(ctx: Ctx, event: RoomJoined) -> list[Arrival]:
    """Put on record who came, tell the owner of a wave, and return who came."""
    if ctx.room is None:
        return []
    arrived = await ctx.db(_take_in, ctx, ctx.room, event)
    await load(ctx)
    if not arrived:
        return []
    found = await ctx.read(arrivals_store.arrivals_since, event.at, ctx.room.id)
    return [one for one in found if one.member_id in arrived]


def _take_in(db: Database, ctx: Ctx, room: Room, event: RoomJoined) -> list[str]:
    own = ctx.part("gateway").account
    inviter = event.inviter.shown_name if event.inviter else ""
    arrived = []
    for contact in event.joined:
        member = None if own is not None and contact.id == own.id else find_by_identity(db, "contact", contact.id)
        if member is None:
            continue
        arrivals_store.put_arrival(
            db,
            Arrival(
                room_id=room.id, member_id=member.id, name=contact.shown_name or member.name, inviter=inviter,
                at=event.at, is_welcomed=not ctx.config.welcome.enabled,
            ),
        )  # fmt: skip
        arrived.append(member.id)
    if arrived:
        _notice_wave(db, ctx, room, event.at)
    return arrived


def _notice_wave(db: Database, ctx: Ctx, room: Room, at: datetime) -> None:
    """Tell the owner that many came at once; a wave that goes on is told once."""
    wanted = ctx.config.join_wave
    came = [one for one in arrivals_store.arrivals_since(db, at - wanted.within, room.id) if one.at <= at]
    if len(came) < wanted.people:
        return
    if any(wave.room_id == room.id and wave.until >= at for wave in arrivals_store.waves_since(db, at - wanted.watch)):
        return
    wave = Wave(room.id, came[0].at, at, at + wanted.watch)
    arrivals_store.add_wave(db, wave)
    reason = describe_wave(came, wanted.within)
    audit_store.add(
        db, AuditEntry(done=Done.ALARM, at=at, room_id=room.id, reason=reason, data={"people": len(came)})
    )  # fmt: skip
    text = f"「{room.topic}」{reason}接下来 {format_duration(wanted.watch)}，新进来的人都按新人的群规看。"
    ctx.part("notices").write(db, text, f"moderation/wave/{room.id}/{at.isoformat()}", room)


def describe_wave(came: list[Arrival], within: timedelta) -> str:
    """Return who came at once and who invited them, as the owner reads it."""
    named = "、".join(one.name for one in came[:_MOST_NAMED])
    more = f"等 {len(came)} 位" if len(came) > _MOST_NAMED else ""
    inviters = dict.fromkeys(one.inviter for one in came if one.inviter)
    counted = sorted(inviters, key=lambda name: -sum(one.inviter == name for one in came))
    by = "；邀请人：" + "、".join(f"{name} {sum(one.inviter == name for one in came)} 位" for name in counted[:5])
    return f"{format_duration(within)}里进来了 {len(came)} 人：{named}{more}{by if counted else ''}。"


def is_trusted(db: Database, member_id: str, room_id: str, role: Role, now: datetime) -> bool:
    """Tell whether somebody's report counts: admins', and that of everybody who did not come just now."""
    if role >= Role.EXPERT:
        return True
    newest: dict[tuple[str, str], Any] = arrivals_store.newcomers(db, now - timedelta(days=1))
    return (room_id, member_id) not in newest
