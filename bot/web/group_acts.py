"""What a person at the page does in the simulated group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import UserError
from bot.gateway.simulated_group import World
from bot.model import Conversation, FileContent, Quote

_LONGEST_TEXT = 5_000  # characters; WeChat itself cuts long messages
_LONGEST_NAME = 32


class GroupActs:
    """Checks what a page asks for and does it.

    Args:
        world: the group.
        bot_id: contact id of the bot; nobody at the page speaks for it.
    """

    def __init__(self, world: World, bot_id: str) -> None:
        self._world = world
        self._bot_id = bot_id

    def say(self, order: Mapping[str, Any]) -> None:
        """Say `text` as `as` in `room`, or in private to the bot; `quote` is the id of a message."""
        text = str(order.get("text", "")).strip()
        if not text:
            raise UserError("先写点什么再发送。")
        if len(text) > _LONGEST_TEXT:
            raise UserError(f"太长了，一条最多 {_LONGEST_TEXT} 个字。")
        self._world.say(self._person(order), self._place(order), text, quote=self._quote(order))

    def send_file(self, order: Mapping[str, Any], file: FileContent) -> None:
        """Send an image or a file."""
        self._world.say(self._person(order), self._place(order), file=file)

    def recall(self, order: Mapping[str, Any]) -> None:
        """Take back the own message with the id `message`."""
        message = self._world.messages.get(str(order.get("message", "")))
        if message is None or message.talker.id != self._person(order) or message.id in self._world.recalled:
            raise UserError("这条消息不能撤回。")
        self._world.recall(message.id)

    def join(self, order: Mapping[str, Any]) -> str:
        """Bring somebody called `name` into `room`, invited by `as`; returns the contact id."""
        name = str(order.get("name", "")).strip()
        if not 0 < len(name) <= _LONGEST_NAME or name.startswith(("/", "@")):
            raise UserError(f"名字要有 1 到 {_LONGEST_NAME} 个字。")
        room_id = self._place(order).room_id
        if name in {one.name for one in self._world.people_in(room_id)}:
            raise UserError(f"群里已经有叫「{name}」的人了，换个名字吧。")
        known = [found for found, one in self._world.contacts.items() if one.name == name]
        contact_id = known[0] if known else self._world.add_contact(name)
        self._world.join(room_id, [contact_id], self._person(order))
        return contact_id

    def leave(self, order: Mapping[str, Any]) -> None:
        """Let `as` leave `room`."""
        self._world.leave(self._place(order).room_id, self._person(order))

    def _person(self, order: Mapping[str, Any]) -> str:
        contact_id = str(order.get("as", ""))
        if contact_id not in self._world.contacts or contact_id == self._bot_id:
            raise UserError("请先选择您是谁。")
        return contact_id

    def _place(self, order: Mapping[str, Any]) -> Conversation:
        room_id = str(order.get("room", ""))
        if room_id and room_id not in self._world.rooms:
            raise UserError("没有这个群。")
        return Conversation(room_id=room_id) if room_id else Conversation(contact_id=self._bot_id)

    def _quote(self, order: Mapping[str, Any]) -> Quote | None:
        message = self._world.messages.get(str(order.get("quote") or ""))
        return Quote(message.talker.shown_name, message.text) if message else None
