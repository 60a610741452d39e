"""Who decides about appeals: the owner and the admins of the room, by ids that prove who they are."""

from __future__ import annotations

from collections.abc import Collection

from bot.plugin import Context, Database, Member, find_room
from bot.plugins.moderation.model import Case
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]


async def find_reviewers(ctx: Ctx, room_id: str) -> list[Member]:
    """Return the owner and the admins of a room, each once; with an empty id those of the whole community."""

    def read(db: Database) -> list[Member]:
        room = find_room(db, room_id) if room_id else None
        return list(ctx.part("notices").reviewers(db, room))

    return await ctx.read(read)


def reviewers_of(db: Database, ctx: Ctx, case: Case) -> list[Member]:
    """Return who may decide about an appeal against a case, each once: whom it is about left out."""
    room = find_room(db, case.room_id) if case.room_id else None
    found: Collection[Member] = ctx.part("notices").reviewers(db, room)
    return [one for one in found if one.id != case.member_id]


def impartial_of(db: Database, ctx: Ctx, case: Case) -> list[Member]:
    """Return the reviewers without who gave the warning, unless nobody else is left."""
    everybody = reviewers_of(db, ctx, case)
    return [one for one in everybody if one.id != case.by] or everybody


def may_review(db: Database, ctx: Ctx, case: Case) -> bool:
    """Tell whether the talker may decide about a case."""
    return ctx.talker.id in {one.id for one in reviewers_of(db, ctx, case)}
