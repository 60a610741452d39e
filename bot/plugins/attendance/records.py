"""What members see of their own attendance, and what everybody may check: the number of a certificate."""

from __future__ import annotations

from bot.plugin import Database, Reply
from bot.plugins.attendance import texts
from bot.plugins.attendance.closings_store import no_shows_by
from bot.plugins.attendance.leading import Ctx
from bot.plugins.attendance.model import Attendance
from bot.plugins.attendance.store import attendances_by, find_certificate
from bot.plugins.training.api import TrainingSession, get_session

_MOST_SHOWN = 12


async def show_own(ctx: Ctx) -> Reply | str:
    """Tell a member what they came to and what they missed."""
    rows = await ctx.read(_read_own, ctx.talker.id)
    return Reply(text=texts.history(rows, _MOST_SHOWN), private=True) if rows else texts.NO_HISTORY


async def check(ctx: Ctx, number: str) -> Reply | str:
    """Say what a certificate is about; without a number list the talker's own."""
    return await ctx.read(_check, number) if number else await _list_own(ctx)


async def _list_own(ctx: Ctx) -> Reply | str:
    rows = await ctx.read(_read_own, ctx.talker.id)
    own = [(session, one) for session, one in rows if one is not None and one.certificate]
    return Reply(text=texts.my_certificates(own[:_MOST_SHOWN]), private=True) if own else texts.NO_CERTIFICATES


def _check(db: Database, number: str) -> str:
    found = find_certificate(db, number)
    session = get_session(db, found.session_id) if found else None
    return texts.certificate(session, found) if session and found else texts.NO_SUCH_CERTIFICATE


def _read_own(db: Database, member_id: str) -> list[tuple[TrainingSession, Attendance | None]]:
    """Return what a member came to, and with None what they missed, newest first."""
    came: dict[str, Attendance | None] = {one.session_id: one for one in attendances_by(db, member_id)}
    missed: dict[str, Attendance | None] = dict.fromkeys(no_shows_by(db, member_id))
    pairs = [(get_session(db, session_id), one) for session_id, one in (missed | came).items()]
    known = [(session, one) for session, one in pairs if session is not None]
    return sorted(known, key=lambda pair: pair[0].starts_at, reverse=True)
