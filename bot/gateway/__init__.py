"""The gateway protocol: all that the bot asks of WeChat, and what a gateway says it can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final, Protocol

from bot.errors import GatewayRefused
from bot.model import Contact, Conversation, Event, FileContent, RoomInfo

LARGEST_AVATAR: Final = 2_000_000
"""Bytes of an avatar that a gateway hands over; WeChat's own are a tenth of it."""
Deliver = Callable[[Event], Awaitable[None]]
"""Takes one event over; the gateway awaits it before it delivers the next, so order is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a gateway can do. What is False degrades in the open, never silently.

    Attributes:
        can_send_private: messages to one contact outside rooms.
        can_send_files: images and files out.
        can_mention: a mention that rings on the phone, not just a name in the text.
        can_remove: take a member out of a room the account owns.
        can_add: bring a friend into a room.
        can_quit: leave a room.
        can_set_notice: write the pinned group notice.
        can_set_topic: rename the room.
        can_set_alias: set the remark name of a contact.
        can_recall: take back an own message.
        can_accept_friends: accept friend requests and room invitations.
        returns_message_id: sending answers with the id of the new message.
        echoes_own_messages: own messages come back as events, so uncertainty settles itself.
        replays_missed: what happened while nobody was connected is delivered at the next login, own messages too.
        stable_ids: contact and room ids survive a new login.
        lists_members: the member list of a room can be read.
        shows_avatars: the pictures that people show themselves with can be fetched.
    """

    can_send_private: bool = True
    can_send_files: bool = True
    can_mention: bool = True
    can_remove: bool = True
    can_add: bool = True
    can_quit: bool = True
    can_set_notice: bool = True
    can_set_topic: bool = True
    can_set_alias: bool = True
    can_recall: bool = True
    can_accept_friends: bool = True
    returns_message_id: bool = True
    echoes_own_messages: bool = True
    replays_missed: bool = False
    stable_ids: bool = True
    lists_members: bool = True
    shows_avatars: bool = True

    def missing(self) -> list[str]:
        """Return the names of what this gateway lacks of what others can do; no puppet is known to replay."""
        return [f.name for f in fields(self) if f.default and not getattr(self, f.name)]


def check_avatar(picture: bytes) -> bytes | None:
    """Return an avatar as gateways hand it over, None for an empty file.

    Raises:
        GatewayRefused: it is too large to be one.
    """
    if len(picture) > LARGEST_AVATAR:
        raise GatewayRefused(f"an avatar of {len(picture)} bytes is over {LARGEST_AVATAR}")
    return picture or None


class Gateway(Protocol):
    """One logged-in account.

    Every operation raises `NotSupported` when the capability is missing, `GatewayUnavailable` when it was surely
    not done and may be tried again, `GatewayRefused` when trying again is pointless, and, for the sends,
    `SendUncertain` when the call went out but no answer came.
    """

    @property
    def name(self) -> str:
        """Which gateway this is: `simulated`, `wechaty`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; may become more exact after login."""

    @property
    def account(self) -> Contact | None:
        """The bot's own contact; None before login."""

    async def start(self, deliver: Deliver) -> None:
        """Connect and begin to deliver events in order; returns once connecting has begun.

        The gateway reconnects by itself until `stop`.
        """

    async def stop(self) -> None:
        """Disconnect within two seconds; no event is delivered afterwards."""

    async def send_text(self, to: Conversation, text: str, mentions: Sequence[str] = ()) -> str | None:
        """Say something.

        Args:
            to: the room or contact.
            text: final text; the names of the mentioned are not in it yet.
            mentions: contact ids; the gateway writes `@name\u2005` in front of the text.

        Returns:
            The message id, or None when the gateway does not tell.
        """

    async def send_file(self, to: Conversation, file: FileContent) -> str | None:
        """Send an image (by media type) or a file; up to 25 MB."""

    async def download(self, message_id: str) -> FileContent:
        """Return the file, image or voice that came with a message."""

    async def link(self, message_id: str) -> str:
        """Return the web address that a link card leads to; empty when the card tells none."""

    async def recall(self, message_id: str) -> bool:
        """Take back an own message; False when WeChat refused (over two minutes old)."""

    async def rooms(self) -> list[RoomInfo]:
        """Return the rooms the account is in."""

    async def room(self, room_id: str) -> RoomInfo:
        """Return fresh facts about one room."""

    async def members(self, room_id: str) -> list[Contact]:
        """Return the people in a room, with their room aliases, the bot included."""

    async def contact(self, contact_id: str) -> Contact:
        """Return fresh facts about one contact."""

    async def avatar(self, contact_id: str) -> bytes | None:
        """Return the picture of a contact's avatar as a file of up to 2 MB; None when the contact has none."""

    async def set_topic(self, room_id: str, topic: str) -> None:
        """Rename a room."""

    async def notice(self, room_id: str) -> str:
        """Return the pinned group notice, empty when there is none."""

    async def set_notice(self, room_id: str, text: str) -> None:
        """Write the pinned group notice."""

    async def add_member(self, room_id: str, contact_id: str) -> None:
        """Bring a contact into a room."""

    async def remove_member(self, room_id: str, contact_id: str) -> None:
        """Take a member out of a room."""

    async def quit_room(self, room_id: str) -> None:
        """Leave a room."""

    async def set_alias(self, contact_id: str, alias: str) -> None:
        """Set the remark name of a contact; an empty alias clears it."""

    async def accept_friend(self, request_id: str) -> None:
        """Accept a friend request."""

    async def accept_room_invitation(self, invitation_id: str) -> None:
        """Accept an invitation to a room."""
