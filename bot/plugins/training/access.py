"""Whether a member may take part in a session: asked of what is sold, once something is."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Role, UserError, rooms_of
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.ticket_places import has_ticket, locked

FREE = "free"


async def check_access(ctx: Context[Any], session: TrainingSession) -> bool:
    """Let those through for whom a session is.

    Returns:
        Whether it takes a ticket, which they have: they are not among those whom it is for.

    Raises:
        UserError: the talker lacks what it takes; it says how to get it.
    """
    if ctx.role >= Role.EXPERT:
        return False
    if session.rooms and not await _is_in_its_rooms(ctx, session):
        raise UserError(f"《{session.title}》只对「{'」「'.join(session.rooms)}」的成员开放，请先进群。")
    if await is_for(ctx, session):
        return False
    if not await ctx.read(has_ticket, ctx, session):
        raise UserError(locked(session))
    return True


async def is_for(ctx: Context[Any], session: TrainingSession) -> bool:
    """Return whether the talker is among those whom a session is for, by what they have bought or may do."""
    if session.access == FREE or ctx.role >= Role.EXPERT:
        return True
    try:
        may_use = ctx.part("entitlements")
    except LookupError:  # nothing is sold here
        return False
    names = dict.fromkeys((session.access, f"session:{session.entry}", f"session:{session.id}"))
    return any([await may_use(ctx.talker, name) for name in names])


async def _is_in_its_rooms(ctx: Context[Any], session: TrainingSession) -> bool:
    if ctx.room is not None and ctx.room.topic in session.rooms:
        return True
    return any(room.topic in session.rooms for room in await ctx.read(rooms_of, ctx.talker.id))
