"""Who has paid: whom no rule ever removes by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from bot.plugin import Context, Database, FactKind, facts_of_member
from bot.plugins.moderation.bots import PerBot

_LATELY: Final = timedelta(days=366)
_SHORTLY: Final = timedelta(minutes=2)
_MOST_KNOWN: Final = 10_000


_known: PerBot[dict[str, tuple[datetime, bool]]] = PerBot(dict)


async def was_paying(ctx: Context[Any], member_id: str) -> bool:
    """Return the same as `is_paying`, as it was up to two minutes ago: for rules that ask it of every message."""
    known = _known.of(ctx)
    asked_at, paying = known.get(member_id, (None, False))
    if asked_at is None or ctx.now - asked_at > _SHORTLY:
        paying = await is_paying(ctx, member_id)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[member_id] = ctx.now, paying
    return paying


async def is_paying(ctx: Context[Any], member_id: str) -> bool:
    """Return whether a member has a membership now, or has paid for anything within a year."""
    try:
        may_use = ctx.part("entitlements").may_use
    except LookupError:
        may_use = None
    if may_use is not None and await may_use(member_id, "member"):
        return True
    return await ctx.read(_has_paid, ctx, member_id)


def _has_paid(db: Database, ctx: Context[Any], member_id: str) -> bool:
    return any(fact.kind is FactKind.PAID and ctx.now - fact.at < _LATELY for fact in facts_of_member(db, member_id))
