"""The bare numbers that owners and admins answer to a report in private: 1 移除 2 警告 3 误判 4 豁免."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from bot.plugin import Database, Reply, Role, UserError, last_said, read_choice
from bot.plugins.moderation import cases_store, exempting, marking, places, removing, striking, texts
from bot.plugins.moderation.model import WAITING
from bot.plugins.moderation.places import Ctx

_ASKED: Final = timedelta(days=1)
_CASE = re.compile(r"（V(\d{1,9})）")
_REMOVE, _WARN, _WRONG, _EXEMPT = 1, 2, 3, 4


async def hear(ctx: Ctx) -> Reply | None:
    """Take a number, as long as a report is the last thing the talker was told here; None when it is none."""
    if ctx.room is not None or ctx.message is None:
        return None
    choice = read_choice(ctx.text)
    number = await ctx.read(_asked_about, ctx) if choice is not None else 0
    if not number:
        return None
    if choice == _REMOVE:
        return await removing.remove(ctx, number)
    if choice == _WARN:
        return Reply(text=await striking.warn_about(ctx, number), private=True)
    if choice == _EXEMPT:
        return Reply(text=await exempting.exempt_in(ctx, number), private=True)
    if choice == _WRONG:
        return await wrong(ctx, number)
    raise UserError(texts.PICK)


async def wrong(ctx: Ctx, number: int) -> Reply:
    """Note that a case was no violation: undo it, and learn from it."""
    answer = await marking.mark_fine(ctx, number)
    return answer if isinstance(answer, Reply) else Reply(text=answer, private=True)


def _asked_about(db: Database, ctx: Ctx) -> int:
    """Return the number of the case that the last thing the talker was told asks about; 0 when it asks nothing."""
    since = ctx.now - _ASKED
    asked = last_said(db, ctx.talker.id, texts.PICK, since)
    latest = last_said(db, ctx.talker.id, "", since)
    if asked is None or latest is None or asked.id != latest.id:
        return 0
    found = _CASE.search(asked.text)
    case = cases_store.get_case(db, int(found[1])) if found else None
    if case is None or case.state not in WAITING:
        return 0
    is_trusted = ctx.role >= Role.ADMIN or places.may_decide(db, ctx, case)
    return case.number if is_trusted else 0
