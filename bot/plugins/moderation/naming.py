"""Finds whom somebody means by a name: a person in a room that both are in."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from bot.plugin import (
    Contact,
    Context,
    Database,
    Member,
    QunzhiError,
    Room,
    find_by_name,
    fold,
    list_rooms,
    resolve_contact,
    rooms_of,
)

_PATIENCE = 10.0  # real seconds for the gateway to list the people of a room

Ctx = Context[Any]
log = logging.getLogger(__name__)


async def find_named(ctx: Ctx, name: str) -> list[tuple[Member, Room]]:
    """Return the people of that name in the rooms that the talker is in, each once, with one such room.

    People who never said a word are found where the gateway lists them; a name is a weak match all the same.
    """
    found: dict[str, tuple[Member, Room]] = {}
    for room in await ctx.read(list_rooms):
        contacts = await _people_in(ctx, room)
        if contacts is None:
            people = await ctx.read(_known_in, ctx.talker.id, name, room)
        elif any(contact.id == ctx.talker.contact_id for contact in contacts):
            named = [one for one in contacts if fold(name) in {fold(one.shown_name), fold(one.name)}]
            people = [await _member_of(ctx, contact) for contact in named]
        else:
            people = []
        for member in people:
            found.setdefault(member.id, (member, room))
    return list(found.values())


async def _people_in(ctx: Ctx, room: Room) -> list[Contact] | None:
    """Return who is in a room by the gateway's word; None when it does not tell."""
    gateway = ctx.part("gateway")
    if not gateway.capabilities.lists_members or not room.gateway_id or gateway.account is None:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            return list(await gateway.members(room.gateway_id))
    except (QunzhiError, TimeoutError) as error:
        log.warning("the gateway does not tell who is in a room: %s", error)
        return None


def _known_in(db: Database, talker_id: str, name: str, room: Room) -> list[Member]:
    if room.id not in {one.id for one in rooms_of(db, talker_id)}:
        return []
    return [
        member for member in find_by_name(db, name, room.id) if room.id in {one.id for one in rooms_of(db, member.id)}
    ]


async def _member_of(ctx: Ctx, contact: Contact) -> Member:
    gateway = ctx.part("gateway")
    account, stable_ids = gateway.account.id, gateway.capabilities.stable_ids

    def resolve(db: Database) -> list[str]:
        found = resolve_contact(db, account, contact, stable_ids)
        return [found.id, found.name, found.contact_id]

    return Member(*await ctx.db(resolve))
