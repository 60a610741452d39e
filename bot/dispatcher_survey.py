"""After a login: which rooms there are, who owns them, and where the people are whom `bot.yaml` names as owners."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot import members
from bot.config_types import Person
from bot.dispatcher_core import Core
from bot.errors import GatewayError, GatewayRefused, NotSupported
from bot.model import Contact, Room, RoomInfo
from bot.storage import Database

log = logging.getLogger(__name__)


async def look_around(core: Core) -> None:
    """Ask the gateway for rooms and owners and put them on record; what it does not tell is learnt from messages."""
    try:
        rooms = await core.gateway.rooms()
        contacts = await _contacts(core, _owner_ids(rooms))
        contacts += await _find_named_owners(core, rooms)
    except GatewayError as error:
        log.warning("the gateway does not tell its rooms: %s", error)
        return
    account, stable_ids = core.account, core.gateway.capabilities.stable_ids

    def record(db: Database) -> list[Room]:
        for contact in contacts:
            members.resolve_contact(db, account, contact, stable_ids)
        return [members.resolve_room(db, account, room, stable_ids) for room in rooms]

    ours = await core.storage.run(core.community, record)
    for room, info in zip(ours, rooms, strict=True):
        core.facts.note(room, info)


async def _find_named_owners(core: Core, rooms: Sequence[RoomInfo]) -> list[Contact]:
    """Return the owners whom the file names by an id that was never met: they are to be told things all the same."""
    named = [person for person in core.config().owner if person.is_strong]
    unknown = [person for person in named if not await _is_known(core, person)]
    found = await _contacts(core, [person.value for person in unknown if person.kind == "contact"])
    weixin = {person.value for person in unknown if person.kind == "weixin"}
    if not weixin or not core.gateway.capabilities.lists_members:
        return found
    for room in rooms:
        found += [contact for contact in await core.gateway.members(room.id) if contact.weixin in weixin]
        weixin -= {contact.weixin for contact in found}
        if not weixin:
            break
    return found


async def _contacts(core: Core, contact_ids: Sequence[str]) -> list[Contact]:
    """Return those the gateway knows: an id mistyped in `bot.yaml` must not keep the bot from knowing its rooms."""
    found = []
    for contact_id in contact_ids:
        try:
            found.append(await core.gateway.contact(contact_id))
        except (GatewayRefused, NotSupported) as error:
            log.warning("the gateway does not know the owner %s: %s", contact_id, error)
    return found


async def _is_known(core: Core, person: Person) -> bool:
    found = await core.storage.read(core.community, members.find_by_identity, person.kind, person.value)
    return found is not None


def _owner_ids(rooms: Sequence[RoomInfo]) -> list[str]:
    return list(dict.fromkeys(room.owner_id for room in rooms if room.owner_id))
