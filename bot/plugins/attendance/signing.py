"""Signing in: codes for the host, and what becomes of a code that a member types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.plugin import CHAT, Database, Priority, Reply, rooms_of
from bot.plugins.attendance import texts
from bot.plugins.attendance.codes import (
    DIGITS,
    is_bare_code,
    is_code_now,
    is_code_of_late,
    make_code,
    seconds_left,
    step_of,
)
from bot.plugins.attendance.ending import watch_end
from bot.plugins.attendance.leading import Ctx, find_led, is_for_others, led_sessions, nothing_to_lead
from bot.plugins.attendance.model import Attendance
from bot.plugins.attendance.people_store import forget_guesses, get_guesses, set_guesses
from bot.plugins.attendance.rules import Admission, Phase, add_wrong, admit, is_late, locked_for, phase_of
from bot.plugins.attendance.store import add_attendance, attendances_of, get_attendance
from bot.plugins.training.api import (
    RegistrationState,
    TrainingSession,
    get_registration,
    list_sessions,
    registrations_of,
)


async def sign_in(ctx: Ctx, code: str) -> Reply | str:
    """Take a code, or say how it is done when there is none."""
    if not code:
        return await ctx.read(_explain, ctx)
    if ctx.room and ctx.config.only_private:
        return texts.ONLY_PRIVATE
    if len(code) != DIGITS:
        return texts.DIGITS_ONLY
    done: dict[str, Any] = await ctx.db(_take_code, ctx, code)
    return _say(ctx, done)


async def hear(ctx: Ctx) -> Reply | str | None:
    """Take a code that stands alone; a wrong one in the room is counted as a guess, but may be any number.

    Returns:
        None when it was not meant as a code, as far as can be told.
    """
    if not is_bare_code(ctx.text) or not await ctx.read(_open_sessions, ctx):
        return None
    if ctx.room and ctx.config.only_private:
        return None
    done: dict[str, Any] = await ctx.db(_take_code, ctx, ctx.text)
    return _say(ctx, done) if done["is_right"] or ctx.room is None else None


def _say(ctx: Ctx, done: dict[str, Any]) -> Reply | str:
    if ctx.message and ctx.message.mentions_bot:  # in private, or the talker is rung
        return str(done["text"])
    if done["is_in"]:
        text = f"{ctx.talker_name} {done['text']}"
        return Reply(text=text, priority=Priority.LOW)  # many at once become one message
    return f"{ctx.talker_name}，{done['text']}"


def _take_code(db: Database, ctx: Ctx, code: str) -> dict[str, Any]:
    """Sign the talker in, or count a wrong guess; in one transaction."""
    guesses = get_guesses(db, ctx.talker.id)
    if wait := locked_for(guesses, ctx.now, ctx.config):
        return _said(texts.locked(wait))
    sessions = _open_sessions(db, ctx)
    if not sessions:
        return _said(_nothing_open(db, ctx))
    right = [session for session in sessions if is_code_now(session.secret, code, ctx.now)]
    if right:
        forget_guesses(db, ctx.talker.id)
        return _enter(db, ctx, _best(db, ctx, right), of_several=len(sessions) > 1)
    if any([is_code_of_late(session.secret, code, ctx.now) for session in sessions]):  # noqa: C419 - compare all of them
        return _said(texts.expired_code())
    guesses = add_wrong(guesses, ctx.now, ctx.config)
    set_guesses(db, ctx.talker.id, guesses)
    if wait := locked_for(guesses, ctx.now, ctx.config):
        return _said(texts.locked(wait))
    return _said(texts.wrong_code(ctx.config.most_wrong - guesses.wrong))


def _enter(db: Database, ctx: Ctx, session: TrainingSession, *, of_several: bool) -> dict[str, Any]:
    member = ctx.talker
    if before := get_attendance(db, session.id, member.id):
        return _said(texts.signed_before(before, session), is_right=True)
    topics = [room.topic for room in rooms_of(db, member.id)]
    admission = admit(session, get_registration(db, session.id, member.id), topics, ctx.config)
    if admission is Admission.UNPAID:
        return _said(texts.unpaid(session), is_right=True)
    if admission is Admission.UNREGISTERED:
        return _said(texts.unregistered(session, ctx.now), is_right=True)
    attendance = Attendance(
        session_id=session.id,
        member_id=member.id,
        name=member.name,
        at=ctx.now,
        place=1,
        is_late=is_late(session, ctx.now, ctx.config),
        is_walk_in=admission is Admission.WALK_IN,
    )
    add_attendance(db, attendance)
    watch_end(db, ctx, session)
    came = get_attendance(db, session.id, member.id)
    assert came is not None
    return {"text": texts.signed_in(came, session, of_several=of_several), "is_right": True, "is_in": True}


def _best(db: Database, ctx: Ctx, right: Sequence[TrainingSession]) -> TrainingSession:
    """Return the session meant when one code is right for two: the one the member has a place in."""

    def has_place(session: TrainingSession) -> bool:
        found = get_registration(db, session.id, ctx.talker.id)
        return found is not None and found.state is RegistrationState.REGISTERED

    return next(filter(has_place, right), right[0])


def _said(text: str, *, is_right: bool = False) -> dict[str, Any]:
    return {"text": text, "is_right": is_right, "is_in": False}


def _explain(db: Database, ctx: Ctx) -> str:
    """Return what 签到 without a code is answered with."""
    mine = [session for session in _open_sessions(db, ctx) if _concerns(db, ctx, session)]
    if not mine:
        return _nothing_open(db, ctx)
    left = [session for session in mine if get_attendance(db, session.id, ctx.talker.id) is None]
    return texts.how_to(left) if left else texts.done_already(mine)


def _nothing_open(db: Database, ctx: Ctx) -> str:
    coming = [
        session
        for session in list_sessions(db, ctx.now)
        if not session.is_cancelled
        and phase_of(session, ctx.now, ctx.config) is Phase.EARLY
        and _concerns(db, ctx, session)
    ]
    if not coming:
        return texts.NO_SESSION
    return texts.not_yet(coming[0], coming[0].starts_at - ctx.config.opens_before)


def _concerns(db: Database, ctx: Ctx, session: TrainingSession) -> bool:
    """Whether a session is for this room, or in private for a room the talker is in."""
    if not session.rooms:
        return True
    topics = [ctx.room.topic] if ctx.room else [room.topic for room in rooms_of(db, ctx.talker.id)]
    return any(topic in session.rooms for topic in topics)


def _open_sessions(db: Database, ctx: Ctx) -> list[TrainingSession]:
    around = list_sessions(db, ctx.now, ctx.now + ctx.config.opens_before)
    return [one for one in around if not one.is_cancelled and phase_of(one, ctx.now, ctx.config) is Phase.OPEN]


async def show_code(ctx: Ctx, typed: str) -> Reply | str:
    """Tell a host the code of now; a member who says it is signed in."""
    if is_bare_code(typed):
        return await sign_in(ctx, typed)
    if await ctx.read(is_for_others, ctx, typed):
        return CHAT
    return Reply(text=await ctx.db(_read_codes, ctx, typed), private=True)


def _read_codes(db: Database, ctx: Ctx, typed: str) -> str:
    if typed:
        return "\n".join(_code_of(db, ctx, session) for session in find_led(db, ctx, typed)[:1])
    led = led_sessions(db, ctx)
    opened = [session for session in led if phase_of(session, ctx.now, ctx.config) is Phase.OPEN]
    early = [session for session in led if phase_of(session, ctx.now, ctx.config) is Phase.EARLY]
    shown = opened or early[:1]
    return "\n".join(_code_of(db, ctx, session) for session in shown) if shown else nothing_to_lead(db, ctx)


def _code_of(db: Database, ctx: Ctx, session: TrainingSession) -> str:
    if session.is_cancelled:
        return texts.cancelled(session)
    phase = phase_of(session, ctx.now, ctx.config)
    if phase is Phase.EARLY:
        return texts.code_too_early(session, session.starts_at - ctx.config.opens_before)
    if phase is Phase.OVER:
        return texts.code_too_late(session)
    watch_end(db, ctx, session)
    registered = registrations_of(db, session.id, {RegistrationState.REGISTERED})
    code = make_code(session.secret, step_of(ctx.now))
    came = len(attendances_of(db, session.id))
    line = texts.code_line(session, code, seconds_left(ctx.now), only_private=ctx.config.only_private)
    return f"{line}{texts.so_far(came, len(registered))}"
