"""What happens in the world → events of the puppet-service protocol."""

from __future__ import annotations

from typing import Any

from bot.gateway.simulated_facts import ProfileChanged
from bot.gateway.simulated_text import write_quote
from bot.gateway.wechaty_wire import DirtyCode, EventCode, MessagePayload, Moment
from bot.model import (
    Contact,
    Event,
    FriendRequested,
    MessageKind,
    MessageReceived,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)

WireEvents = list[tuple[EventCode, dict[str, Any]]]

# The server hands over the TypeScript enum `wechaty-puppet` types.Message: text is 7, image 6.
WIRE_KINDS = {
    MessageKind.FILE: 1,
    MessageKind.AUDIO: 2,
    MessageKind.CONTACT_CARD: 3,
    MessageKind.EMOTICON: 5,
    MessageKind.IMAGE: 6,
    MessageKind.TEXT: 7,
    MessageKind.LOCATION: 8,
    MessageKind.MINI_PROGRAM: 9,
    MessageKind.TRANSFER: 11,
    MessageKind.RED_PACKET: 12,
    MessageKind.RECALL: 13,
    MessageKind.LINK: 14,
    MessageKind.VIDEO: 15,
}


def to_wire(event: Event) -> WireEvents:
    """Return the events a puppet service sends for one happening, in order; what is stale comes first."""
    match event:
        case MessageReceived():
            return [(EventCode.MESSAGE, {"messageId": event.id})]
        case FriendRequested():
            return [(EventCode.FRIENDSHIP, {"friendshipId": event.request_id})]
        case RoomInvited():
            return [(EventCode.ROOM_INVITE, {"roomInvitationId": event.invitation_id})]
        case RoomJoined() | RoomLeft() | RoomTopicChanged():
            code, data = _room_change(event)
            data |= {"roomId": event.room.id, "timestamp": int(event.at.timestamp())}
            return [_dirty(DirtyCode.ROOM, event.room.id), (code, data)]
        case ProfileChanged():
            stale = (DirtyCode.ROOM_MEMBER, event.room_id) if event.room_id else (DirtyCode.CONTACT, event.contact_id)
            return [_dirty(*stale)]
    return []


def to_payload(message: MessageReceived) -> MessagePayload:
    """Return a message as MessagePayload hands it over, with the time of both generations."""
    milliseconds = round(message.at.timestamp() * 1000)
    text = message.recalled_id or write_quote(message.quote, message.text)
    return MessagePayload(
        id=message.id,
        filename=message.file_name,
        text=text,
        timestamp=milliseconds,
        type=WIRE_KINDS.get(message.kind, 0),
        talker_id=message.talker.id,
        room_id=message.room.id if message.room else "",
        listener_id=message.listener_id,
        mention_ids=list(message.mentions),
        receive_time=Moment(seconds=milliseconds // 1000, nanos=milliseconds % 1000 * 1_000_000),
    )


def _room_change(event: RoomJoined | RoomLeft | RoomTopicChanged) -> tuple[EventCode, dict[str, Any]]:
    match event:
        case RoomJoined():
            data = {"inviteeIdList": [one.id for one in event.joined], "inviterId": _id(event.inviter)}
            return EventCode.ROOM_JOIN, data
        case RoomLeft():
            data = {"removeeIdList": [one.id for one in event.left], "removerId": _id(event.remover)}
            return EventCode.ROOM_LEAVE, data
        case _:
            data = {"newTopic": event.new_topic, "oldTopic": event.old_topic, "changerId": _id(event.changer)}
            return EventCode.ROOM_TOPIC, data


def _dirty(code: DirtyCode, key: str) -> tuple[EventCode, dict[str, Any]]:
    return EventCode.DIRTY, {"payloadType": int(code), "payloadId": key}


def _id(contact: Contact | None) -> str:
    return contact.id if contact else ""
