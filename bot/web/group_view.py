"""The simulated group as JSON for the page."""

from __future__ import annotations

from typing import Any

from bot.gateway.simulated_facts import NoticeChanged, ProfileChanged
from bot.gateway.simulated_group import World, is_image
from bot.model import Event, MessageKind, MessageReceived, RoomJoined, RoomLeft, RoomTopicChanged


def show_state(world: World, bot_id: str, limit: int) -> dict[str, Any]:
    """Return all that a page shows when it is opened.

    Args:
        world: the group.
        bot_id: contact id of the bot.
        limit: how many of the last happenings are told.
    """
    shown = [view for number, event in enumerate(world.history) if (view := show_event(world, number, event))]
    return {
        "bot": bot_id,
        "contacts": [{"id": one.id, "name": one.name} for one in world.contacts.values()],
        "rooms": [show_room(world, room_id) for room_id in world.rooms],
        "events": shown[-limit:],
        "next": len(world.history),
    }


def show_room(world: World, room_id: str) -> dict[str, Any]:
    """Return a room with its people as they are called there."""
    room = world.rooms[room_id]
    return {
        "id": room.id,
        "topic": room.topic,
        "notice": room.notice,
        "owner": room.owner_id,
        "admins": room.admin_ids,
        "members": [{"id": one.id, "name": one.shown_name} for one in world.people_in(room_id)],
    }


def show_event(world: World, number: int, event: Event) -> dict[str, Any] | None:
    """Return one happening; None when the page has no use for it.

    Args:
        world: the group.
        number: its place in the history, so that a page that lost the connection can go on.
        event: what happened.
    """
    view: dict[str, Any] = {"number": number, "at": event.at.isoformat()}
    match event:
        case MessageReceived(kind=MessageKind.RECALL):
            return view | {
                "type": "recall",
                "room": event.room.id if event.room else "",
                "talker": {"id": event.talker.id, "name": event.talker.shown_name},
                "listener": event.listener_id,
                "message": event.recalled_id,
            }
        case MessageReceived():
            return view | _show_message(world, event)
        case RoomJoined() | RoomLeft() | RoomTopicChanged() | NoticeChanged():
            return view | {"type": "room", "room": event.room.id, "text": _tell(event)} | _fresh(world, event.room.id)
        case ProfileChanged():
            return view | {"type": "room", "room": event.room_id, "text": ""} | _fresh(world, event.room_id)
    return None


def _show_message(world: World, message: MessageReceived) -> dict[str, Any]:
    file = world.files.get(message.id)
    return {
        "type": "message",
        "id": message.id,
        "room": message.room.id if message.room else "",
        "talker": {"id": message.talker.id, "name": message.talker.shown_name},
        "listener": message.listener_id,
        "text": message.text,
        "quote": {"name": message.quote.name, "text": message.quote.text} if message.quote else None,
        "file": {"name": file.name, "size": len(file.data), "isImage": is_image(file)} if file else None,
        "recalled": message.id in world.recalled,
    }


def _fresh(world: World, room_id: str) -> dict[str, Any]:
    """Return the room as it is now; pages replace what they have."""
    contacts = [{"id": one.id, "name": one.name} for one in world.contacts.values()]
    return {"contacts": contacts, "fresh": show_room(world, room_id) if room_id else None}


def _tell(event: RoomJoined | RoomLeft | RoomTopicChanged | NoticeChanged) -> str:
    match event:
        case RoomJoined():
            names = "、".join(one.shown_name for one in event.joined)
            return f"{event.inviter.shown_name} 邀请 {names} 加入了群聊" if event.inviter else f"{names} 加入了群聊"
        case RoomLeft():
            name = event.left[0].shown_name
            return f"{event.remover.shown_name} 将 {name} 移出了群聊" if event.remover else f"{name} 退出了群聊"
        case RoomTopicChanged():
            return f"群名改为「{event.new_topic}」"
        case _:
            return f"{event.setter.shown_name} 更新了群公告"
