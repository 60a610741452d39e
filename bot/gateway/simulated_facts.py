"""What the simulated WeChat is made of: people, rooms, and the record of what a bot did."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.model import Act, Contact, Event, FileContent, RoomInfo


@dataclass(slots=True)
class WorldContact:
    """One WeChat account.

    Attributes:
        id: the id gateways show.
        name: the nickname; not unique.
        alias: the remark a bot's account gave it.
        weixin: the WeChat id people type.
        is_friend: whether it can be written to in private.
        avatar: the picture it shows itself with, as a file; empty for none.
    """

    id: str
    name: str
    alias: str = ""
    weixin: str = ""
    is_friend: bool = True
    avatar: bytes = b""

    def shown(self, room_alias: str = "") -> Contact:
        """Return what a gateway hands over."""
        return Contact(self.id, self.name, room_alias, self.alias, self.weixin, self.is_friend)


@dataclass(slots=True)
class WorldRoom:
    """One group chat.

    Attributes:
        id: the id gateways show.
        topic: the group's name; not unique.
        owner_id: contact id of the owner.
        admin_ids: contact ids of the admins.
        member_ids: everybody, the owner included, in order of joining.
        aliases: contact id → name shown in this room.
        notice: the pinned notice.
    """

    id: str
    topic: str
    owner_id: str
    admin_ids: list[str] = field(default_factory=list)
    member_ids: list[str] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    notice: str = ""

    def shown(self) -> RoomInfo:
        """Return what a gateway hands over."""
        return RoomInfo(self.id, self.topic, self.owner_id, tuple(self.admin_ids))

    def can_manage(self, contact_id: str) -> bool:
        """Whether that person may remove people and write the notice."""
        return contact_id == self.owner_id or contact_id in self.admin_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChanged(Event):
    """The pinned notice of a room was written; gateways do not report it, people see it."""

    room: RoomInfo
    text: str
    setter: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(Event):
    """Somebody took another name; puppet services only say that what they told before is stale."""

    contact_id: str
    room_id: str = ""


UNREPORTED = (NoticeChanged, ProfileChanged)
"""What happens without the bot being told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAct:
    """One thing a bot really did, as the people in the world saw it.

    Attributes:
        at: when, aware UTC.
        act: what kind.
        room: topic of the room, or None in a private chat.
        to: name of the person it went to or was about, or None.
        mentions: names of the people who were rung.
        text: what was said, without the mentions in front; the file name for images and files.
        message_id: id of the message that came of it, empty for other acts.
        account: contact id of the bot.
        room_id: id of the room, or empty.
        contact_id: id of the person, or empty.
        file: what was sent.
    """

    at: datetime
    act: Act
    room: str | None = None
    to: str | None = None
    mentions: tuple[str, ...] = ()
    text: str = ""
    message_id: str = ""
    account: str = ""
    room_id: str = ""
    contact_id: str = ""
    file: FileContent | None = None

    def as_json(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the line of `simulate --json` (DESIGN §6).

        Args:
            zone: whose offset the time is written with.
        """
        at = self.at.astimezone(zone).isoformat(timespec="seconds")
        return {
            "at": at,
            "kind": self.act.value,
            "room": self.room,
            "to": self.to,
            "mentions": list(self.mentions),
            "text": self.text,
        }


def make_id(kind: str, name: str, taken: Collection[str]) -> str:
    """Return an id that the same name gets again in the next run, so that people are known after a restart.

    Args:
        kind: a prefix, `wxid` or `room`.
        name: a nickname or topic.
        taken: ids in use; the second 小明 gets another one.
    """
    turn = 1
    while (found := f"{kind}_{hashlib.sha256(f'{name}#{turn}'.encode()).hexdigest()[:12]}") in taken:
        turn += 1
    return found
