"""Who has paid: whom no rule ever removes by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bot.plugin import Context, Database, FactKind, facts_of_member

_LATELY: Final = timedelta(days=366)


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
