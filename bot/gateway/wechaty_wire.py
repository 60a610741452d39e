"""Messages of the puppet-service protocol that the packaged client has at outdated field numbers, and its code tables.

Optional fields moved from a `StringValue` at number n to a plain string at n + 1 between wechaty-grpc 0.20 and 1.x,
and servers of either age read only their own: requests carry both, answers are read from whichever is filled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Optional

import betterproto

from bot.model import MessageKind

SERVICE = "/wechaty.Puppet/"
_EMPTY_FIELD_3 = b"\x1a\x00"  # tag (3 << 3 | 2), length 0: an optional string that is present and empty


def _wrapped(number: int) -> str | None:
    """Declare a `google.protobuf.StringValue` field."""
    field: str | None = betterproto.message_field(number, wraps=betterproto.TYPE_STRING)
    return field


def _text(number: int) -> str:
    """Declare a string field."""
    field: str = betterproto.string_field(number)
    return field


@dataclass
class Id(betterproto.Message):
    """A request that names one thing."""

    id: str = _text(1)


@dataclass
class SetText(betterproto.Message):
    """RoomTopicRequest, RoomAnnounceRequest and ContactAliasRequest when they set a value."""

    id: str = _text(1)
    old: Optional[str] = _wrapped(2)  # noqa: UP045  # betterproto cannot read `str | None`
    new: str = _text(3)

    def SerializeToString(self) -> bytes:  # noqa: N802  # the name the codec calls
        """Return the wire bytes; an empty text is sent as present, which clears the value."""
        data = bytes(self)
        return data if self.new else data + _EMPTY_FIELD_3


@dataclass
class Text(betterproto.Message):
    """Answers that carry one optional text: a topic, a notice, an alias, the id of a sent message."""

    old: Optional[str] = _wrapped(1)  # noqa: UP045  # betterproto cannot read `str | None`
    new: str = _text(2)

    @property
    def value(self) -> str:
        """The text, from whichever field the server filled."""
        return self.new or self.old or ""


@dataclass
class Picture(betterproto.Message):
    """ContactAvatarResponse of both generations: a file box, as JSON."""

    old: Optional[str] = _wrapped(1)  # noqa: UP045  # betterproto cannot read `str | None`
    new: str = _text(2)

    @property
    def box(self) -> str:
        """The file box, from whichever field the server filled; empty when there is no picture."""
        return self.new or self.old or ""


@dataclass
class Moment(betterproto.Message):
    """google.protobuf.Timestamp."""

    seconds: int = betterproto.int64_field(1)
    nanos: int = betterproto.int32_field(2)


@dataclass
class MessagePayload(betterproto.Message):
    """MessagePayloadResponse with the time of both generations and the kind as the bare number it is."""

    id: str = _text(1)
    filename: str = _text(2)
    text: str = _text(3)
    timestamp: int = betterproto.uint64_field(4)
    type: int = betterproto.int32_field(5)
    talker_id: str = _text(6)
    room_id: str = _text(7)
    listener_id: str = _text(8)
    mention_ids: list[str] = betterproto.string_field(9)  # noqa: RUF009  # betterproto makes fields this way
    receive_time: Moment = betterproto.message_field(10)  # noqa: RUF009


@dataclass
class LinkPayload(betterproto.Message):
    """A link card."""

    description: str = _text(1)
    thumbnail_url: str = _text(2)
    title: str = _text(3)
    url: str = _text(4)


@dataclass
class Link(betterproto.Message):
    """MessageUrlResponse of both generations: JSON in the old field, a message in the new one."""

    old: str = _text(1)
    new: LinkPayload = betterproto.message_field(2)  # noqa: RUF009

    @property
    def url(self) -> str:
        """The web address, from whichever field the server filled."""
        if self.new.url or not self.old:
            return self.new.url
        try:
            return str(json.loads(self.old).get("url") or "")
        except (ValueError, AttributeError):
            return ""


@dataclass
class Chunk(betterproto.Message):
    """A piece of a file going up or down."""

    chunk: bytes = betterproto.bytes_field(1)


class EventCode(IntEnum):
    """Kinds of events on the stream (wechaty-grpc 1.5.2, event.proto)."""

    UNSPECIFIED = 0
    HEARTBEAT = 1
    MESSAGE = 2
    DONG = 3
    POST = 4
    ERROR = 16
    FRIENDSHIP = 17
    ROOM_INVITE = 18
    ROOM_JOIN = 19
    ROOM_LEAVE = 20
    ROOM_TOPIC = 21
    SCAN = 22
    READY = 23
    RESET = 24
    LOGIN = 25
    LOGOUT = 26
    DIRTY = 27


class DirtyCode(IntEnum):
    """What a DIRTY event or a DirtyPayload call is about (base.proto)."""

    MESSAGE = 1
    CONTACT = 2
    ROOM = 3
    ROOM_MEMBER = 4
    FRIENDSHIP = 5


FRIENDSHIP_RECEIVED = 2  # FRIENDSHIP_TYPE_RECEIVE: somebody asks; 1 and 3 tell how an own request went

MESSAGE_KINDS: dict[int, MessageKind] = {
    # The server hands over the TypeScript enum `wechaty-puppet` types.Message, not the one of its own proto file.
    1: MessageKind.FILE,
    2: MessageKind.AUDIO,
    3: MessageKind.CONTACT_CARD,
    4: MessageKind.UNKNOWN,  # chat history
    5: MessageKind.EMOTICON,
    6: MessageKind.IMAGE,
    7: MessageKind.TEXT,
    8: MessageKind.LOCATION,
    9: MessageKind.MINI_PROGRAM,
    10: MessageKind.UNKNOWN,  # group note
    11: MessageKind.TRANSFER,
    12: MessageKind.RED_PACKET,
    13: MessageKind.RECALL,
    14: MessageKind.LINK,
    15: MessageKind.VIDEO,
}


def kind_of(number: int) -> MessageKind:
    """Return what a message carries; numbers of newer services are UNKNOWN."""
    return MESSAGE_KINDS.get(number, MessageKind.UNKNOWN)
