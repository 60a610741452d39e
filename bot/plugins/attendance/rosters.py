"""The roster of a session for its host: read in private, or as a file for Excel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.plugin import CHAT, Choice, Database, FileContent, Reply, Role
from bot.plugins.attendance import texts
from bot.plugins.attendance.closings_store import absent_from
from bot.plugins.attendance.leading import (
    MOST_LISTED,
    Ctx,
    find_led,
    is_for_others,
    is_known,
    led_sessions,
    nothing_to_lead,
)
from bot.plugins.attendance.model import RosterLine
from bot.plugins.attendance.rules import make_roster
from bot.plugins.attendance.store import attendances_of
from bot.plugins.attendance.table import make_table
from bot.plugins.training.api import SessionOrder, TrainingSession, orders_of, registrations_of

_OF_MEMBERS = {"开始", "暂停", "继续", "演练"}  # what 群名单 is told, which some call 名单
Make = Callable[[TrainingSession, Sequence[RosterLine], Sequence[SessionOrder]], Reply]


async def show(ctx: Ctx, typed: str) -> Reply | str:
    """Tell a host who is registered and who came."""
    return await _for_session(ctx, typed, "名单", lambda session, lines, _: _in_private(texts.roster(session, lines)))


async def export(ctx: Ctx, typed: str) -> Reply | str:
    """Send a host the same as a file."""
    return await _for_session(ctx, typed, "导出名单", _as_file)


async def _for_session(ctx: Ctx, typed: str, word: str, make: Make) -> Reply | str:
    if ctx.role is Role.OWNER and typed in _OF_MEMBERS and not await ctx.read(is_known, ctx, typed):
        return _in_private(texts.other_roster(typed))
    if await ctx.read(is_for_others, ctx, typed):
        return CHAT
    return await ctx.read(_answer, ctx, typed, word, make)


def _answer(db: Database, ctx: Ctx, typed: str, word: str, make: Make) -> Reply | str:
    sessions = find_led(db, ctx, typed) if typed else led_sessions(db, ctx)
    if not sessions:
        return nothing_to_lead(db, ctx)
    if len(sessions) > 1:
        return _ask_which(sessions[:MOST_LISTED], word)
    session = sessions[0]
    return make(session, read_roster(db, session), orders_of(db, session.id))


def read_roster(db: Database, session: TrainingSession) -> list[RosterLine]:
    """Return the roster of a session."""
    absent = absent_from(db, session.id)
    return make_roster(registrations_of(db, session.id), attendances_of(db, session.id), absent)


def _ask_which(sessions: Sequence[TrainingSession], word: str) -> Reply:
    choices = [Choice(f"{texts.when(session)} {session.title}", f"{word} {session.key}") for session in sessions]
    return Reply(text="要看哪一场？回复编号：", choices=tuple(choices), private=True)


def _in_private(text: str) -> Reply:
    return Reply(text=text, private=True)


def _as_file(session: TrainingSession, lines: Sequence[RosterLine], orders: Sequence[SessionOrder]) -> Reply:
    name = f"名单-{session.key.replace(' ', '-')}.csv"
    file = FileContent(name, make_table(session, lines, orders), "text/csv")
    return Reply(text=texts.exported(session, len(lines)), private=True, file=file)
