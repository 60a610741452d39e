"""What an owner switches: a room's dry run, and the brake after too many removals."""

from __future__ import annotations

from bot.plugin import Database, Reply, Room, UserError
from bot.plugins.moderation import audit_store, desk_texts, exemptions_store, memory
from bot.plugins.moderation.acting import BRAKE
from bot.plugins.moderation.memory import DRY_RUN, OFF, ON
from bot.plugins.moderation.model import AuditEntry, Done
from bot.plugins.moderation.places import Ctx


async def set_dry_run(ctx: Ctx, word: str) -> Reply | str:
    """Begin or end the dry run of this room, or say how it stands.

    Raises:
        UserError: in private, where no room is meant.
    """
    room = ctx.room
    if room is None:
        raise UserError(desk_texts.ONLY_ROOM)
    if not word:
        known = await memory.memory_of(ctx)
        return desk_texts.dry_run_is(room.topic, is_on=known.is_rehearsing(ctx, room))
    is_on = word == "开"
    await ctx.db(_set_dry_run, ctx, room, is_on)
    memory.forget(ctx)
    return desk_texts.dry_run(room.topic, is_on=is_on)


def _set_dry_run(db: Database, ctx: Ctx, room: Room, is_on: bool) -> None:  # noqa: FBT001 - `ctx.db` hands it on
    exemptions_store.set_switch(db, DRY_RUN, ON if is_on else OFF, ctx.now, room.id)
    reason = "开始演练" if is_on else "结束演练"
    audit_store.add(
        db,
        AuditEntry(done=Done.DRY_RUN, at=ctx.now, reason=reason, room_id=room.id, decided_by=ctx.talker.id),
    )


async def lift_brake(ctx: Ctx) -> Reply:
    """Let the rules act again after too many removals.

    Raises:
        UserError: they do.
    """
    if not await ctx.db(_lift_brake, ctx):
        raise UserError(desk_texts.NOT_BRAKED)
    memory.forget(ctx)
    return Reply(text=desk_texts.LIFTED, private=True)


def _lift_brake(db: Database, ctx: Ctx) -> bool:
    why = exemptions_store.switch(db, BRAKE)
    if not why:
        return False
    exemptions_store.set_switch(db, BRAKE, "", ctx.now)
    audit_store.add(db, AuditEntry(done=Done.LIFT_BRAKE, at=ctx.now, reason=why, decided_by=ctx.talker.id))
    return True
