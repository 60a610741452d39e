"""Hosts plugins written for python-wechaty (`WechatyPlugin`): each one isolated, none of its web server or scheduler.

What they say goes through the outbox like everything else. They see messages and room events through small stand-ins
that have the names of Wechaty's classes and the methods that such plugins use.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.config_model import Config
from bot.errors import PluginError
from bot.model import Contact
from bot.plugin import (
    Context,
    Member,
    Message,
    Outgoing,
    Plugin,
    Room,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
    Settings,
)
from bot.supervisor import contain

log = logging.getLogger(__name__)

HOST = "wechaty_plugins"


class HostSettings(Settings):
    """What `bot.yaml` says under `plugins: wechaty_plugins:`."""

    classes: tuple[str, ...] = ()
    """Where the classes are: `package.module:ClassName`."""


def hosted_by(config: Config, folder: Path) -> list[Plugin[Any]]:
    """Return the plugins that `bot.yaml` asks to host, and the one that owns the setting; nothing when it does not.

    Args:
        config: with or without `plugins: wechaty_plugins:`.
        folder: where the hosted may keep files.
    """
    if HOST not in config.plugins:
        return []
    owner: Plugin[Any] = Plugin(HOST, config=HostSettings, title="Wechaty 插件")
    classes = config.raw_settings(HOST).get("classes") or ()
    plugins, _ = host_all([classes] if isinstance(classes, str) else list(classes), folder)
    return [owner, *plugins]


def host_all(classes: Sequence[str], folder: Path) -> tuple[list[Plugin[Settings]], list[PluginError]]:
    """Return a plugin for each class, and why the others cannot be hosted.

    Args:
        classes: `package.module:ClassName`.
        folder: where they may keep files.
    """
    plugins, faults = [], []
    for path in classes:
        try:
            plugins.append(host(contain(path, lambda path=path: _make(path, folder))))  # type: ignore[misc]
        except PluginError as error:
            log.error("wechaty plugin not hosted: %s", error)  # noqa: TRY400 - the sentence says it all
            faults.append(error)
    return plugins, faults


def host(wechaty_plugin: Any) -> Plugin[Settings]:  # noqa: ANN401 - a WechatyPlugin; wechaty is imported when used
    """Return the plugin that feeds one `WechatyPlugin`.

    Args:
        wechaty_plugin: an instance.
    """
    plugin: Plugin[Settings] = Plugin(f"wechaty_{wechaty_plugin.name.lower()}", title=wechaty_plugin.name)
    theirs = _Hosted(wechaty_plugin)

    @plugin.on(Message)
    async def hear(ctx: Context[Settings]) -> None:
        await (await theirs.ready(ctx)).on_message(HostedMessage(ctx))

    @plugin.on(RoomJoined)
    async def see_join(ctx: Context[Settings], event: RoomJoined) -> None:
        people = [HostedContact(ctx, contact) for contact in event.joined]
        inviter = HostedContact(ctx, event.inviter) if event.inviter else None
        await (await theirs.ready(ctx)).on_room_join(HostedRoom(ctx), people, inviter, event.at)

    @plugin.on(RoomLeft)
    async def see_leave(ctx: Context[Settings], event: RoomLeft) -> None:
        people = [HostedContact(ctx, contact) for contact in event.left]
        remover = HostedContact(ctx, event.remover) if event.remover else None
        await (await theirs.ready(ctx)).on_room_leave(HostedRoom(ctx), people, remover, event.at)

    @plugin.on(RoomTopicChanged)
    async def see_topic(ctx: Context[Settings], event: RoomTopicChanged) -> None:
        changer = HostedContact(ctx, event.changer) if event.changer else None
        topics = (event.new_topic, event.old_topic)
        await (await theirs.ready(ctx)).on_room_topic(HostedRoom(ctx), *topics, changer, event.at)

    return plugin


class _Hosted:
    """One `WechatyPlugin`, told that it begins at its first event: by then the account is logged in."""

    def __init__(self, wechaty_plugin: Any) -> None:  # noqa: ANN401 - a WechatyPlugin
        self._plugin = wechaty_plugin
        self._begun = False

    async def ready(self, ctx: Context[Settings]) -> Any:  # noqa: ANN401 - a WechatyPlugin
        """Return the plugin, begun."""
        if not self._begun:
            self._begun = True
            bot = HostedBot(ctx)
            self._plugin.set_bot(bot)
            await self._plugin.init_plugin(bot)
        return self._plugin


class HostedBot:
    """Stands in for `Wechaty`; what it lacks raises `AttributeError` with its name."""

    def __init__(self, ctx: Context[Settings]) -> None:
        self._ctx = ctx

    def user_self(self) -> HostedContact:
        """Return the bot's own account."""
        return HostedContact(self._ctx, self._ctx.part("gateway").account)


class HostedContact:
    """Stands in for `wechaty.Contact`.

    Args:
        ctx: the call it is seen in.
        contact: as the gateway shows it, or our record of it.
    """

    def __init__(self, ctx: Context[Settings], contact: Contact | Member) -> None:
        self._ctx = ctx
        self._contact = contact
        self.contact_id = contact.id if isinstance(contact, Contact) else contact.contact_id
        self.name = contact.name

    def get_id(self) -> str:
        """Return the gateway's id."""
        return self.contact_id

    async def ready(self, force_sync: bool = False) -> None:  # noqa: FBT001, FBT002 - Wechaty's signature
        """Do nothing: what is known is there."""

    async def alias(self) -> str:
        """Return the remark name."""
        return self._contact.alias if isinstance(self._contact, Contact) else ""

    async def say(self, message: str) -> None:
        """Say something in private; only to the one whose message or event this is.

        Raises:
            TypeError: it is no text, or somebody else.
        """
        member = self._ctx.member
        if member is None or member.contact_id != self.contact_id:
            raise TypeError("a hosted plugin may write in private to the talker only")
        await _say(self._ctx, message, Outgoing(member_id=member.id))


class HostedRoom:
    """Stands in for `wechaty.Room`: the room of the call."""

    def __init__(self, ctx: Context[Settings]) -> None:
        assert ctx.room is not None
        self._ctx = ctx
        self._room: Room = ctx.room
        self.room_id = ctx.room.gateway_id

    async def ready(self, force_sync: bool = False, force_load_members: bool = False) -> None:  # noqa: FBT001, FBT002 - Wechaty's signature
        """Do nothing: what is known is there."""

    async def topic(self) -> str:
        """Return the room's name."""
        return self._room.topic

    async def say(self, some_thing: str, mention_ids: Sequence[str] | None = None) -> None:
        """Say something in the room; of the mentioned only the talker rings."""
        member = self._ctx.member
        rings = member is not None and member.contact_id in (mention_ids or ())
        mentions = (member.id,) if member is not None and rings else ()
        await _say(self._ctx, some_thing, Outgoing(room_id=self._room.id, mentions=mentions))


class HostedMessage:
    """Stands in for `wechaty.Message`: the message of the call."""

    def __init__(self, ctx: Context[Settings]) -> None:
        assert ctx.message is not None
        self._ctx = ctx
        self._message: Message = ctx.message
        self.message_id = ctx.message.id

    def text(self) -> str:
        """Return the text as received."""
        return self._message.raw

    def talker(self) -> HostedContact:
        """Return who said it."""
        return HostedContact(self._ctx, self._message.talker)

    def room(self) -> HostedRoom | None:
        """Return where; None in private."""
        return HostedRoom(self._ctx) if self._message.room else None

    def is_self(self) -> bool:
        """Return False: own messages are not shown to plugins."""
        return False

    def type(self) -> Any:  # noqa: ANN401 - wechaty_puppet.MessageType
        """Return Wechaty's type of message."""
        from wechaty_puppet import MessageType

        name = f"MESSAGE_TYPE_{self._message.kind.name}"
        return getattr(MessageType, name, MessageType.MESSAGE_TYPE_UNSPECIFIED)

    def date(self) -> Any:  # noqa: ANN401 - a datetime, as in Wechaty
        """Return when it was said."""
        return self._message.at

    async def mention_self(self) -> bool:
        """Tell whether the bot is mentioned."""
        return self._message.mentions_bot and self._message.room is not None

    async def mention_text(self) -> str:
        """Return the text without mentions of the bot."""
        return self._message.text

    async def mention_list(self) -> list[HostedContact]:
        """Return the mentioned people."""
        return [HostedContact(self._ctx, member) for member in self._message.mentions]

    async def say(self, msg: str) -> None:
        """Answer where it was said."""
        room = self._message.room
        where = Outgoing(room_id=room.id) if room else Outgoing(member_id=self._message.talker.id)
        await _say(self._ctx, msg, where)


def _make(path: str, folder: Path) -> Any:  # noqa: ANN401 - a WechatyPlugin
    compat = importlib.import_module("bot.gateway.wechaty_compat")  # makes wechaty importable
    from wechaty import WechatyPlugin
    from wechaty.config import Config as TheirConfig

    compat.silence_wechaty()

    folder.mkdir(parents=True, exist_ok=True)
    TheirConfig.cache_dir = property(lambda _: str(folder))  # else every plugin writes into the current directory
    module, _, name = path.partition(":")
    found = getattr(importlib.import_module(module), name, None)
    if not (isinstance(found, type) and issubclass(found, WechatyPlugin)):
        raise PluginError(f"{path}: no WechatyPlugin there, write package.module:ClassName")
    return found()


async def _say(ctx: Context[Settings], text: object, where: Outgoing) -> None:
    if not isinstance(text, str):
        raise TypeError("a hosted plugin can say texts only")
    await ctx.db(lambda db: ctx.enqueue(db, replace(where, text=text, cause=ctx.cause, reason="Wechaty 插件")))
