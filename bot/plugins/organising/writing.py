"""Writes what the owner confirmed into schedules.yaml, once, whatever crashes in between."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Database, PlannedEdit, ScheduleEdit, UserError
from bot.plugins.training.api import note_confirmed


async def write(ctx: Context[Any], edit: ScheduleEdit, reason: str = "") -> PlannedEdit | None:
    """Put an edit in force that the owner has confirmed, so that nobody asks about it again.

    Args:
        ctx: the call; handled again after a crash it does not write twice.
        edit: what to do.
        reason: why a session is called off, for those who registered.

    Returns:
        What was written; None when it had been written before a crash.

    Raises:
        UserError: it cannot be done; the text says what to do instead.
    """
    source = ctx.part("schedules")
    planned: PlannedEdit | None = None
    refusal: UserError | None = None
    try:
        planned = await source.plan(edit)
    except UserError as error:  # after a crash the entry may stand there already
        refusal = error
    wanted: str = await ctx.db(_note, ctx, planned.digest if planned else "", reason)
    if wanted and await source.is_written(wanted):
        return None
    if planned is None or wanted != planned.digest:
        raise refusal or UserError("schedules.yaml 刚被别人改过，这次没有写，请再发一次。")
    await source.put(planned)
    return planned


def _note(db: Database, ctx: Context[Any], digest: str, reason: str) -> str:
    """Note that this content of the file is the owner's will; return it, also when asked again."""
    if digest:
        note_confirmed(db, digest, ctx.now, reason)
    return digest
