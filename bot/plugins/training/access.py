"""Whether a member may take part in a session: asked of what is sold, once something is."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Role, UserError, rooms_of
from bot.plugins.training.model import TrainingSession

FREE = "free"


async def check_access(ctx: Context[Any], session: TrainingSession) -> None:
    """Let those through for whom a session is.

    Raises:
        UserError: the talker lacks what it takes; it says how to get it.
    """
    if ctx.role >= Role.EXPERT:
        return
    if session.rooms and not await _is_in_its_rooms(ctx, session):
        raise UserError(f"《{session.title}》只对「{'」「'.join(session.rooms)}」的成员开放，请先进群。")
    if session.access == FREE:
        return
    try:
        may_use = ctx.part("entitlements")
    except LookupError:  # nothing is sold yet: the owner decides who belongs to it
        raise UserError(f"《{session.title}》是会员场次，请联系群主开通。") from None
    if not await may_use(ctx.talker, session.access):
        raise UserError(f"《{session.title}》是会员场次，发送「套餐」看看怎么开通。")


async def _is_in_its_rooms(ctx: Context[Any], session: TrainingSession) -> bool:
    if ctx.room is not None and ctx.room.topic in session.rooms:
        return True
    return any(room.topic in session.rooms for room in await ctx.read(rooms_of, ctx.talker.id))
