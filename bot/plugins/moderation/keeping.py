"""Forgets what is older than the owner wants to keep, once a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from bot.plugin import Context, Database, find_deadlines
from bot.plugins.moderation import (
    appeals_store,
    arrivals_store,
    audit_store,
    cases_store,
    exemptions_store,
    marks_store,
    reports_store,
    rule_states_store,
    shadow_store,
    strikes_store,
)
from bot.plugins.moderation.model import NAME
from bot.plugins.moderation.settings import ModerationSettings

SWEEP: Final = "sweep"
"""The deadline at which old records are forgotten."""
_EVERY: Final = timedelta(days=1)

Ctx = Context[ModerationSettings]


async def begin(ctx: Ctx) -> None:
    """See to it that it is done every day."""
    await ctx.db(_begin, ctx)


def _begin(db: Database, ctx: Ctx) -> None:
    if not find_deadlines(db, NAME, SWEEP):
        ctx.set_deadline(db, SWEEP, key=SWEEP, at=ctx.now + _EVERY)


async def sweep(ctx: Ctx) -> None:
    """Forget what is old, and come again tomorrow."""
    await ctx.db(_sweep, ctx)


def _sweep(db: Database, ctx: Ctx) -> None:
    purge(db, ctx.now - ctx.config.keep)
    ctx.set_deadline(db, SWEEP, key=SWEEP, at=ctx.now + _EVERY)


def purge(db: Database, before: datetime) -> int:
    """Delete what was over before then: cases, strikes, appeals, reports, acts and all that; return how many rows."""
    stores: tuple[Any, ...] = (
        cases_store, strikes_store, exemptions_store, reports_store, arrivals_store, audit_store, appeals_store,
        marks_store, rule_states_store, shadow_store,
    )  # fmt: skip
    return sum(store.purge(db, before) for store in stores)
