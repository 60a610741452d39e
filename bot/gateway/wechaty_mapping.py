"""Wire payloads → the bot's own values: pure, so that recorded payloads can test it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.gateway.wechaty_wire import MessagePayload, kind_of
from bot.model import Contact, MessageKind, MessageReceived, RoomInfo

_FIRST_MILLISECONDS = 100_000_000_000  # as seconds this is the year 5138, as milliseconds it is 1973
_EARLIEST = datetime(2011, 1, 1, tzinfo=UTC)  # WeChat's first year


def to_moment(stamp: object, fallback: datetime) -> datetime:
    """Return a wire time as aware UTC; puppets send seconds or milliseconds.

    Args:
        stamp: number from the wire.
        fallback: when it arrived, for stamps that cannot be right.
    """
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return fallback
    seconds = stamp / 1000 if stamp >= _FIRST_MILLISECONDS else stamp
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return fallback
    return moment if moment >= _EARLIEST else fallback


def to_contact(payload: Any, room_alias: str = "") -> Contact:  # noqa: ANN401  # generated class without types
    """Return a ContactPayloadResponse as a contact."""
    return Contact(
        id=payload.id,
        name=payload.name,
        room_alias=room_alias,
        alias=payload.alias,
        weixin=payload.weixin,
        is_friend=payload.friend,
    )


def to_room(payload: Any) -> RoomInfo:  # noqa: ANN401  # generated class without types
    """Return a RoomPayloadResponse as a room."""
    return RoomInfo(
        id=payload.id, topic=payload.topic, owner_id=payload.owner_id, admin_ids=tuple(filter(None, payload.admin_ids))
    )


def to_message(
    payload: MessagePayload, talker: Contact, room: RoomInfo | None, *, account_id: str, arrived: datetime
) -> MessageReceived:
    """Return a MessagePayloadResponse as an event.

    Args:
        payload: the message.
        talker: who said it, with the room alias.
        room: where, None in private.
        account_id: the bot's own contact id.
        arrived: when it reached us, used when the payload tells no time.
    """
    kind = kind_of(payload.type)
    stamp = payload.timestamp or payload.receive_time.seconds + payload.receive_time.nanos / 1e9
    return MessageReceived(
        at=to_moment(stamp, arrived),
        id=payload.id,
        talker=talker,
        room=room,
        text="" if kind is MessageKind.RECALL else payload.text,
        listener_id="" if room else payload.listener_id,
        kind=kind,
        mentions=tuple(payload.mention_ids),
        file_name=payload.filename,
        from_self=bool(account_id) and payload.talker_id == account_id,
        # A recalled message carries the id of the one it takes back as its text (wechaty `toRecalled`).
        recalled_id=payload.text.strip() if kind is MessageKind.RECALL else "",
    )
