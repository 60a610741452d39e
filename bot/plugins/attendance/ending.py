"""The end of a session: what is counted, who is told what, and the certificates of those who came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Outgoing,
    Priority,
    QunzhiError,
    Room,
    list_rooms,
    members_of,
    to_stamp,
)
from bot.plugins.attendance import texts
from bot.plugins.attendance.closings_store import no_shows_by, put_closing, remove_closing
from bot.plugins.attendance.codes import make_certificate
from bot.plugins.attendance.leading import leaders_of
from bot.plugins.attendance.model import Attendance, Closing, NoShow
from bot.plugins.attendance.people_store import forget_old_guesses
from bot.plugins.attendance.rules import close
from bot.plugins.attendance.settings import AttendanceSettings
from bot.plugins.attendance.store import attendances_of, remove_before, set_certificate
from bot.plugins.training.api import TrainingSession, get_session, registrations_of

_PATIENCE = 10.0  # real seconds for the gateway to say who is in the rooms
_DELAY = timedelta(hours=6)  # a class that begins so much later is still the one people came to
SESSION_OVER = "session_over"
_UNUSED = "attendance/unused"  # one key for all sessions: who takes no attendance is told of it once in a while

Ctx = Context[AttendanceSettings]
log = logging.getLogger(__name__)


def watch_end(db: Database, ctx: Ctx, session: TrainingSession) -> None:
    """See to it that a session is closed when it is over; asked again it is moved to where the end is now."""
    if session.is_cancelled:
        ctx.drop_deadline(db, SESSION_OVER, session.id)
    elif session.ends_at >= ctx.now:
        ctx.set_deadline(db, SESSION_OVER, key=session.id, at=session.ends_at, missed="run")


def follow_change(db: Database, ctx: Ctx, session: TrainingSession) -> None:
    """Follow a session to its new time: what was noted at the old one, and its end, were of a class that was not held.

    A session that only begins later that day keeps who has signed in; one that is over keeps everything.
    """
    if session.ends_at > ctx.now and not session.is_cancelled:
        remove_before(db, session.id, session.starts_at - ctx.config.opens_before - _DELAY)
        remove_closing(db, session.id)
    watch_end(db, ctx, session)


async def end_session(ctx: Ctx, due: Deadline) -> None:
    """Close a session whose end has come."""
    session = await ctx.read(get_session, due.key)
    if session is not None:
        await ctx.db(_end, ctx, session.id, await count_people(ctx, session))


def _end(db: Database, ctx: Ctx, session_id: str, members: int) -> bool:
    session = get_session(db, session_id)
    if session is None or session.is_cancelled:
        return False
    if session.ends_at > ctx.now:
        watch_end(db, ctx, session)
        return False
    attendances = attendances_of(db, session_id)
    forget_old_guesses(db, ctx.now - ctx.config.lock)
    closing, absent = close(session_id, registrations_of(db, session_id), attendances, members)
    if not put_closing(db, closing, absent, ctx.now):
        return False
    if closing.registered or closing.came:
        _tell_hosts(db, ctx, session, closing, absent)
    for attendance in attendances:
        thank(db, ctx, session, attendance)
    for one in absent if ctx.config.tell_absent else []:
        text = texts.absent(session, len(no_shows_by(db, one.member_id)))
        ctx.enqueue(db, _private(one.member_id, text, ctx.cause, "缺席"))
    return True


def thank(db: Database, ctx: Ctx, session: TrainingSession, attendance: Attendance) -> None:
    """Give a member who came the certificate, and tell them where the materials are."""
    if ctx.config.certificate:
        number = make_certificate(session.secret, session.id, attendance.member_id)
        set_certificate(db, session.id, attendance.member_id, number)
        attendance = replace(attendance, certificate=number)
    if attendance.certificate or session.materials or session.recording:
        text = texts.thanks(session, attendance)
        ctx.enqueue(db, _private(attendance.member_id, text, ctx.cause, "参加证明"))


def rooms_of_session(db: Database, session: TrainingSession) -> list[Room]:
    """Return the rooms a session is for, as far as the bot knows them."""
    return [room for room in list_rooms(db) if not session.rooms or room.topic in session.rooms]


async def count_people(ctx: Ctx, session: TrainingSession) -> int:
    """Return how many people are in a session's rooms now, each once, the bot left out.

    The gateway knows everybody; where it cannot be asked, or takes too long, those are counted who were ever heard of:
    the end of a session must not fail for a number.
    """
    gateway = ctx.part("gateway")
    own = {gateway.account.id} if gateway.account else set()
    rooms = await ctx.read(rooms_of_session, session)
    try:
        async with asyncio.timeout(_PATIENCE):
            found = {contact.id for room in rooms for contact in await gateway.members(room.gateway_id)}
    except (QunzhiError, TimeoutError) as error:
        log.warning("the gateway does not tell who is in the rooms: %s", error)
        known = [member for room in rooms for member in await ctx.read(members_of, room.id)]
        found = {member.contact_id or member.id for member in known}
    return len(found - own)


def _tell_hosts(db: Database, ctx: Ctx, session: TrainingSession, closing: Closing, absent: Sequence[NoShow]) -> None:
    key = f"attendance/{session.id}/{to_stamp(session.ends_at)}" if closing.is_taken else _UNUSED
    text = texts.summary(session, closing, absent)
    rooms = rooms_of_session(db, session)
    ctx.part("notices").write(db, text, key, rooms[0] if rooms else None)
    for member_id in leaders_of(db, session):
        row = _private(member_id, text, ctx.cause, "签到结果")
        same = f"owner/{member_id}/{key}"  # the key of the notice above: a host who is the owner reads it once
        ctx.enqueue(db, replace(row, dedupe_key=same, priority=Priority.PRIVATE_NOTICE))


def _private(member_id: str, text: str, cause: str, reason: str) -> Outgoing:
    """Return a private message that others may go before: nobody waits for it."""
    key = f"{cause}/{reason}/{member_id}"
    return Outgoing(member_id=member_id, text=text, dedupe_key=key, priority=Priority.LOW, cause=cause, reason=reason)
