"""Looks into a room: who is there by the gateway's word, who they are, and whether the list can be believed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.plugin import (
    Contact,
    Context,
    Database,
    Person,
    QunzhiError,
    Role,
    Room,
    list_rooms,
    members_of,
    resolve_contact,
)
from bot.plugins.rosters.model import Doubt, RoomRecord
from bot.plugins.rosters.people import Link, Occupant, identify, is_reachable, protect
from bot.plugins.rosters.people_store import links_of, links_to, list_exceptions
from bot.plugins.rosters.rules import doubt_about
from bot.plugins.rosters.settings import RostersSettings
from bot.plugins.rosters.store import get_room_record

_PATIENCE = 20.0  # real seconds for the gateway to say who is in a room

Ctx = Context[RostersSettings]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A room as it is now.

    Attributes:
        room: which.
        occupants: who is in it, the bot left out.
        doubt: why this cannot be believed.
        unreached: contacts of those who are surely known, but by no contact since the login.
        is_listed: the gateway told; otherwise it is what was learnt from messages, and nobody is removed for it.
    """

    room: Room
    occupants: tuple[Occupant, ...] = ()
    doubt: Doubt = Doubt.NONE
    unreached: tuple[Contact, ...] = ()
    is_listed: bool = True

    @property
    def present(self) -> frozenset[str]:
        """The ids of the members who are surely there."""
        return frozenset(one.member_id for one in self.occupants if one.is_sure)

    @property
    def maybe_present(self) -> frozenset[str]:
        """The ids of all members who are or seem to be there."""
        return frozenset(one.member_id for one in self.occupants if one.member_id)


async def look_into(ctx: Ctx, room: Room) -> View:
    """Return who is in a room."""
    gateway = ctx.part("gateway")
    is_listed = gateway.capabilities.lists_members
    if not room.gateway_id or gateway.account is None:
        return View(room=room, doubt=Doubt.UNREADABLE)
    if len(await ctx.read(_twins, room.topic)) > 1:
        return View(room=room, doubt=Doubt.TWIN)
    try:
        async with asyncio.timeout(_PATIENCE):
            info = await gateway.room(room.gateway_id)
            contacts = await gateway.members(room.gateway_id) if is_listed else await ctx.read(_known, room.id)
    except (QunzhiError, TimeoutError) as error:
        log.warning("the gateway does not tell who is in a room: %s", error)
        return View(room=room, doubt=Doubt.UNREADABLE)
    others = [contact for contact in contacts if contact.id != gateway.account.id]
    record, links, exceptions = await ctx.read(_on_record, room.id, others)
    occupants = protect(
        identify(others, links),
        {contact.id: contact for contact in others},
        people=_people(ctx, room),
        contact_ids={info.owner_id, *info.admin_ids},
        member_ids=exceptions.keys(),
        names=exceptions.values(),
    )
    doubt = doubt_about(len(others), record.people) if is_listed else Doubt.NONE
    unreached = tuple(await ctx.read(_unreached, occupants, others, links))
    return View(room=room, occupants=tuple(occupants), doubt=doubt, unreached=unreached, is_listed=is_listed)


def learn_contacts(db: Database, ctx: Ctx, view: View) -> None:
    """Keep by which contacts those are reached now who have not said a word since the login."""
    gateway = ctx.part("gateway")
    if gateway.account is not None:
        for contact in view.unreached:
            resolve_contact(db, gateway.account.id, contact, gateway.capabilities.stable_ids)


def is_last_seen(db: Database, occupant: Occupant) -> bool:
    """Whether the account in the room is the one the member would be removed by."""
    return occupant.lasts or _contacts_of(db, occupant.member_id)[:1] == [occupant.contact_id]


def _contacts_of(db: Database, member_id: str) -> list[str]:
    return [link.value for link in links_of(db, member_id) if link.kind == "contact"]


def _unreached(
    db: Database, occupants: Sequence[Occupant], contacts: Sequence[Contact], links: Sequence[Link]
) -> list[Contact]:
    """Return the contacts of those who are surely known and have no contact now; one that was another's is left out."""
    shown = {contact.id: contact for contact in contacts}
    owners = {link.value: link.member_id for link in links if link.kind == "contact"}
    return [
        shown[one.contact_id]
        for one in occupants
        if one.is_sure
        and not one.lasts
        and owners.get(one.contact_id, one.member_id) == one.member_id
        and not _contacts_of(db, one.member_id)
    ]


async def find_reachable(ctx: Ctx, member_ids: Sequence[str]) -> dict[str, str]:
    """Return those of the members who have an account that is surely theirs now.

    Returns:
        Member id → the gateway's id when it survives a login, else empty: then the latest one is to be asked for when
        something is sent.
    """
    found = {}
    for member_id in member_ids:
        links = await ctx.read(links_of, member_id)
        contact = next((link for link in links if link.kind == "contact"), None)
        if contact and is_reachable(await _contact(ctx, contact.value, links), links):
            found[member_id] = contact.value if contact.is_strong else ""
    return found


async def _contact(ctx: Ctx, contact_id: str, links: Sequence[Link]) -> Contact | None:
    """Return a contact as the gateway shows it; where ids last, the id says enough."""
    if any(link.is_strong for link in links if link.value == contact_id):
        return Contact(contact_id, "")
    if not any(link.kind == "weixin" for link in links):
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            found: Contact = await ctx.part("gateway").contact(contact_id)
    except (QunzhiError, TimeoutError):
        return None
    return found


def _people(ctx: Ctx, room: Room) -> list[Person]:
    config = ctx.part("config")
    named = [config.people_with(role, room.topic) for role in (Role.OWNER, Role.ADMIN, Role.EXPERT)]
    return [person for people in (*named, ctx.config.allow) for person in people]


def _twins(db: Database, topic: str) -> list[Room]:
    """Return the rooms of that name that the bot is in: with two of them it is unclear which one is meant."""
    return [room for room in list_rooms(db) if room.topic == topic and room.gateway_id]


def _known(db: Database, room_id: str) -> list[Contact]:
    return [Contact(member.contact_id, member.name) for member in members_of(db, room_id) if member.contact_id]


def _on_record(
    db: Database, room_id: str, contacts: Sequence[Contact]
) -> tuple[RoomRecord, list[Link], dict[str, str]]:
    links = links_to(db, "contact", [contact.id for contact in contacts])
    links += links_to(db, "weixin", [contact.weixin for contact in contacts if contact.weixin])
    return get_room_record(db, room_id), links, list_exceptions(db)
