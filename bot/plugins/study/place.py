"""Which room a wish or a check-in belongs to when it is typed in private."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.plugin import Context, Role, Room, UserError, list_rooms, rooms_of
from bot.plugins.study import texts


async def find_place(ctx: Context[Any], preferred: str = "") -> Room:
    """Return the room at hand; in private the only one the talker is in, or the one that is preferred.

    Args:
        ctx: the call.
        preferred: id of a room that counts when there are several.

    Raises:
        UserError: it cannot be told which.
    """
    if ctx.room is not None:
        return ctx.room
    rooms: Sequence[Room] = await ctx.read(rooms_of, ctx.talker.id)
    if not rooms:
        raise UserError(texts.NO_ROOM)
    found = rooms[0] if len(rooms) == 1 else next((room for room in rooms if room.id == preferred), None)
    if found is None:
        raise UserError(texts.WHICH_ROOM.format(typed=ctx.text.removeprefix("/")))
    return found


async def rooms_to_see(ctx: Context[Any]) -> Sequence[Room]:
    """Return the rooms whose lists the talker sees in private: their own, for the owner and admins all."""
    if ctx.role >= Role.ADMIN:
        return await ctx.read(list_rooms)
    return await ctx.read(rooms_of, ctx.talker.id)


def is_surely_meant(ctx: Context[Any]) -> bool:
    """Return whether a command word was meant for the bot: after `/`, with a mention, or in private."""
    message = ctx.message
    return message is not None and (message.mentions_bot or message.text.startswith("/"))
