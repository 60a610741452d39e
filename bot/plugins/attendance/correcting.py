"""The host's word against the code's: signing somebody in afterwards, and taking an attendance back."""

from __future__ import annotations

from dataclasses import replace

from bot.plugin import Database, Member, UserError
from bot.plugins.attendance import texts
from bot.plugins.attendance.closings_store import absent_from, add_no_show, get_closing, recount, remove_no_show
from bot.plugins.attendance.ending import thank, watch_end
from bot.plugins.attendance.leading import Ctx, find_led, led_sessions, nothing_to_lead
from bot.plugins.attendance.model import Attendance, NoShow
from bot.plugins.attendance.rules import Phase, phase_of
from bot.plugins.attendance.store import add_attendance, attendances_of, get_attendance, remove_attendance
from bot.plugins.training.api import RegistrationState, TrainingSession, get_registration


async def note_present(ctx: Ctx, member: Member, typed: str) -> str:
    """Sign a member in by hand, also when the session is over."""
    return await ctx.db(_note_present, ctx, member, typed)


async def take_out(ctx: Ctx, member: Member, typed: str) -> str:
    """Take a member's attendance back."""
    return await ctx.db(_take_out, ctx, member, typed)


def _note_present(db: Database, ctx: Ctx, member: Member, typed: str) -> str:
    session = _session_meant(db, ctx, typed)
    if session.is_cancelled:
        raise UserError(texts.cancelled(session))
    if phase_of(session, ctx.now, ctx.config) is Phase.EARLY:
        raise UserError(texts.too_early_to_note(session))
    if get_attendance(db, session.id, member.id):
        return texts.noted_before(member.name, session)
    place = add_attendance(
        db,
        Attendance(
            session_id=session.id,
            member_id=member.id,
            name=member.name,
            at=min(ctx.now, session.ends_at),
            place=1,
            is_walk_in=not _has_place(db, session, member.id),
            noted_by=ctx.talker.id,
        ),
    )
    was_absent = remove_no_show(db, session.id, member.id)
    came = get_attendance(db, session.id, member.id)
    assert came is not None
    if _recount(db, session):
        thank(db, ctx, session, came)
    else:
        watch_end(db, ctx, session)
    return texts.noted(member.name, session, place, was_absent=was_absent)


def _take_out(db: Database, ctx: Ctx, member: Member, typed: str) -> str:
    session = _session_meant(db, ctx, typed)
    if not remove_attendance(db, session.id, member.id):
        return texts.not_there(member.name, session)
    closing = get_closing(db, session.id)
    is_taken = closing is not None and (closing.came > 1 or closing.absent > 0)  # by others than this one
    if is_taken and _has_place(db, session, member.id):
        add_no_show(db, NoShow(session_id=session.id, member_id=member.id, name=member.name))
    _recount(db, session)
    return texts.taken_out(member.name, session)


def _session_meant(db: Database, ctx: Ctx, typed: str) -> TrainingSession:
    """Return the session that was typed, or the one that has begun last.

    Raises:
        UserError: it is not clear which, or the talker may not lead it.
    """
    if typed:
        return find_led(db, ctx, typed)[0]
    led = led_sessions(db, ctx)
    begun = [session for session in led if phase_of(session, ctx.now, ctx.config) is not Phase.EARLY]
    if not begun:
        raise UserError(nothing_to_lead(db, ctx))
    return begun[0]


def _has_place(db: Database, session: TrainingSession, member_id: str) -> bool:
    registration = get_registration(db, session.id, member_id)
    return registration is not None and registration.state is RegistrationState.REGISTERED


def _recount(db: Database, session: TrainingSession) -> bool:
    """Put the counts of a session that is over right; False when it is not over."""
    closing = get_closing(db, session.id)
    if closing is None:
        return False
    came = attendances_of(db, session.id)
    counted = replace(
        closing,
        came=len(came),
        late=sum(one.is_late for one in came),
        walk_in=sum(one.is_walk_in for one in came),
        absent=len(absent_from(db, session.id)),
    )
    recount(db, counted)
    return True
