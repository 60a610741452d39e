"""What a person may do in a room: from ids the owner wrote down, and from what WeChat itself says of the room."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.config_model import Config
from bot.members import Identity
from bot.model import Role, Room, RoomInfo

_BY_FILE = (Role.OWNER, Role.ADMIN, Role.EXPERT)


class RoomFacts:
    """What the gateway last said of each room, under our own room numbers.

    Attributes:
        on_change: called when a room is heard of for the first time, or has another name.
    """

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._infos: dict[str, RoomInfo] = {}
        self._rooms: dict[str, Room] = {}

    def note(self, room: Room, info: RoomInfo) -> None:
        """Remember the newest facts; a report that does not name the owner does not unseat one."""
        known = self._infos.get(room.id)
        if known is None or info.owner_id or known.id != info.id:
            self._infos[room.id] = info
        before, self._rooms[room.id] = self._rooms.get(room.id), room
        if before is None or before.topic != room.topic:
            for react in self.on_change:
                react()

    def of(self, room: Room | None) -> RoomInfo | None:
        """Return the facts about a room; None when nothing was heard of it since the start."""
        return self._infos.get(room.id) if room else None

    def rooms(self) -> list[Room]:
        """Return the rooms heard of since the start."""
        return list(self._rooms.values())

    def owner_ids(self) -> list[str]:
        """Return the contact ids of the rooms' owners, each once."""
        return list(dict.fromkeys(info.owner_id for info in self._infos.values() if info.owner_id))


def role_of(config: Config, identities: Sequence[Identity], room: Room | None, facts: RoomFacts) -> Role:
    """Return what a person may do in a room or (None) in a private chat.

    Ids in `bot.yaml` count when they match a strong identity; a name written there never grants anything. WeChat's
    own word on who owns or administers the room counts in that room. As long as the file names no owner by id, the
    owner of any room the bot is in is the owner in private chats too: a new bot can be asked how it is.

    Args:
        config: the configuration in force.
        identities: what points to the person now.
        room: where.
        facts: what the gateway says of the rooms.
    """
    topic = room.topic if room else None
    by_file: Role | None = None
    names_people = config.names_people(topic)
    if names_people:
        by_file = next((role for role in _BY_FILE if _is_named(config, role, topic, identities)), None)
    contact_ids = {identity.value for identity in identities if identity.kind == "contact"}
    by_room = _role_by_room(facts.of(room), contact_ids) if room else _role_in_private(config, facts, contact_ids)
    granted = max(by_file or Role.MEMBER, by_room)
    if names_people and granted is Role.MEMBER and _is_named(config, Role.GUEST, topic, identities):
        return Role.GUEST
    return granted


def has_strong_owner(config: Config) -> bool:
    """Tell whether `bot.yaml` names an owner by an id that proves who it is."""
    return any(person.is_strong for person in config.owner)


def _is_named(config: Config, role: Role, topic: str | None, identities: Sequence[Identity]) -> bool:
    people = config.people_with(role, topic)
    if not people:
        return False
    strong = {(identity.kind, identity.value) for identity in identities if identity.is_strong}
    return any(person.is_strong and (person.kind, person.value) in strong for person in people)


def _role_by_room(info: RoomInfo | None, contact_ids: set[str]) -> Role:
    if info is not None and info.owner_id in contact_ids:
        return Role.OWNER
    if info is not None and contact_ids & set(info.admin_ids):
        return Role.ADMIN
    return Role.MEMBER


def _role_in_private(config: Config, facts: RoomFacts, contact_ids: set[str]) -> Role:
    if not has_strong_owner(config) and contact_ids & set(facts.owner_ids()):
        return Role.OWNER
    return Role.MEMBER
