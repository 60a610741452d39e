"""Which room is meant, who may decide there, and about whom nobody decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.plugin import (
    Contact,
    Context,
    Database,
    Member,
    QunzhiError,
    Role,
    Room,
    UserError,
    find_member,
    find_room,
    list_rooms,
    members_of,
    normalise,
    resolve_contact,
    rooms_of,
)
from bot.plugins.moderation import cases_store, desk_texts
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.model import Case
from bot.plugins.moderation.settings import ModerationSettings

_PATIENCE = 5.0  # real seconds for the gateway to say whether somebody is a friend

_SHORTLY: Final = timedelta(minutes=10)
_MOST_ASKED: Final = 10_000

Ctx = Context[ModerationSettings]
_friends: PerBot[dict[str, tuple[datetime, bool]]] = PerBot(dict)
log = logging.getLogger(__name__)


def is_addressed(ctx: Ctx) -> bool:
    """Whether a command was surely meant for the bot: said to it, in private, or with `/`."""
    return ctx.room is None or ctx.text.startswith("/") or bool(ctx.message and ctx.message.mentions_bot)


def named_too(ctx: Ctx, first: Member, rest: str) -> tuple[list[Member], str]:
    """Return all who are mentioned one after another, and what follows: 「@小明 @小红 别吵了」."""
    people, rest = [first], rest.strip()
    mentioned = [one for one in (ctx.message.mentions if ctx.message else ()) if one.id != first.id]
    while rest.startswith("@"):
        typed = rest[1:].split(maxsplit=1)[0] if rest[1:].strip() else ""
        named = [one for one in mentioned if one.name and rest[1:].startswith(normalise(one.name))]
        silent = [replace(one, name=typed) for one in mentioned if not one.name]  # they never said a word
        if not typed or not (named or len(silent) == 1):
            break
        found = named[0] if named else silent[0]
        people.append(found)
        rest = rest[1 + len(normalise(found.name)) :].strip()
    return list({one.id: one for one in people}.values()), rest


def room_about(db: Database, ctx: Ctx, member: Member) -> Room:
    """Return the room that is meant when somebody decides about a member: this one, or the only one they share.

    Raises:
        UserError: in private, of somebody who is in several of the talker's rooms or in none.
    """
    if ctx.room is not None:
        return ctx.room
    shared = [room for room in rooms_of(db, member.id) if is_leader(db, ctx, ctx.talker.id, room)]
    if len(shared) != 1:
        raise UserError(desk_texts.IN_ROOM_PLEASE)
    return shared[0]


def check_touchable(db: Database, ctx: Ctx, member: Member, room: Room) -> None:
    """See to it that nobody acts against an owner, an admin or the bot.

    Raises:
        UserError: somebody does.
    """
    account = ctx.part("gateway").account
    if account is not None and member.contact_id == account.id:
        raise UserError(desk_texts.BOT_IS_FREE)
    if is_leader(db, ctx, member.id, room):
        raise UserError(desk_texts.LEADERS_ARE_FREE)


def is_leader(db: Database, ctx: Ctx, member_id: str, room: Room | None) -> bool:
    """Whether somebody decides about the people of a room."""
    return any(one.id == member_id for one in leaders(db, ctx, room))


def leaders(db: Database, ctx: Ctx, room: Room | None) -> list[Member]:
    """Return who decides about the people of a room: owners first, then admins."""
    found: list[Member] = ctx.part("notices").reviewers(db, room)
    return found


def may_decide(db: Database, ctx: Ctx, case: Case) -> bool:
    """Whether the talker decides about a case: by their role here when it is of this room, or as its room's leader."""
    if ctx.room is not None and ctx.room.id == case.room_id and ctx.role >= Role.ADMIN:
        return True
    return is_leader(db, ctx, ctx.talker.id, find_room(db, case.room_id))


def led_rooms(db: Database, ctx: Ctx) -> list[str]:
    """Return the rooms whose cases the talker may see here: this one, in private all that they lead."""
    if ctx.room is not None:
        return [ctx.room.id]
    return [room.id for room in list_rooms(db) if is_leader(db, ctx, ctx.talker.id, room)]


def get_case(db: Database, ctx: Ctx, number: int) -> Case:
    """Return a case that the talker may decide about.

    Raises:
        UserError: there is none, or none that concerns them.
    """
    case = cases_store.get_case(db, number)
    if case is None or not may_decide(db, ctx, case):
        raise UserError(desk_texts.no_case(number))
    return case


async def is_present(ctx: Ctx, case: Case) -> bool:
    """Return whether the person of a case is in its room: by the gateway's list, else as far as was seen."""
    room = await ctx.read(find_room, case.room_id)
    member = await ctx.read(find_member, case.member_id) if case.member_id else None
    if room is None or member is None:
        return False
    contacts = await _people_in(ctx, room)
    if contacts is not None and member.contact_id:
        return any(contact.id == member.contact_id for contact in contacts)
    return any(one.id == member.id for one in await ctx.read(members_of, room.id))


def topics(db: Database) -> dict[str, str]:
    """Return room id → name of all rooms."""
    return {room.id: room.topic for room in list_rooms(db)}


def names_of(db: Database, member_ids: Iterable[str]) -> dict[str, str]:
    """Return member id → name of those who are known."""
    found = {member_id: find_member(db, member_id) for member_id in set(member_ids) if member_id}
    return {member_id: member.name for member_id, member in found.items() if member}


async def count_people(ctx: Ctx, room: Room) -> int:
    """Return how many people are in a room: by the gateway's list, else those who were seen there."""
    contacts = await _people_in(ctx, room)
    return len(await ctx.read(members_of, room.id)) if contacts is None else len(contacts)


async def _people_in(ctx: Ctx, room: Room) -> list[Contact] | None:
    gateway = ctx.part("gateway")
    if not gateway.capabilities.lists_members or not room.gateway_id:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            found: list[Contact] = await gateway.members(room.gateway_id)
    except (QunzhiError, TimeoutError) as error:
        log.debug("the gateway does not list who is in a room: %s", error)
        return None
    return found


async def meet_leaders(ctx: Ctx, room_id: str) -> None:
    """Get to know the owner and the admins of a room by WeChat's word, also those who never said anything."""
    gateway, room = ctx.part("gateway"), await ctx.read(find_room, room_id)
    if room is None or not room.gateway_id or gateway.account is None:
        return
    try:
        async with asyncio.timeout(_PATIENCE):
            info = await gateway.room(room.gateway_id)
            contacts = [await gateway.contact(one) for one in (info.owner_id, *info.admin_ids) if one]
    except (QunzhiError, TimeoutError) as error:
        log.debug("the gateway does not tell who leads a room: %s", error)
        return
    account, stable_ids = gateway.account.id, gateway.capabilities.stable_ids
    await ctx.services.write(lambda db: [resolve_contact(db, account, one, stable_ids) for one in contacts] and None)


async def can_whisper(ctx: Ctx, member_id: str) -> bool:
    """Return whether somebody can be written to in private: unless the gateway says it is no friend.

    The gateway is asked once in ten minutes: who floods a room breaks a rule many times.
    """
    if not ctx.part("gateway").capabilities.can_send_private:
        return False
    asked = _friends.of(ctx)
    asked_at, is_friend = asked.get(member_id, (None, True))
    if asked_at is None or ctx.now - asked_at > _SHORTLY:
        is_friend = await _is_friend(ctx, member_id)
        if len(asked) >= _MOST_ASKED:
            asked.clear()
        asked[member_id] = ctx.now, is_friend
    return is_friend


async def _is_friend(ctx: Ctx, member_id: str) -> bool:
    gateway = ctx.part("gateway")
    member = await ctx.read(find_member, member_id)
    if member is None or not member.contact_id:
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            contact = await gateway.contact(member.contact_id)
    except (QunzhiError, TimeoutError) as error:
        log.debug("the gateway does not tell whether somebody is a friend: %s", error)
        return True
    return contact.is_friend is not False
