"""What every part of the dispatcher works with, and the contexts that handlers get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context as Variables
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bot.clock import Clock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.loader import Loader
from bot.model import Member, Message, Role, Room
from bot.plugin import Context, Plugin
from bot.plugin_context import Services
from bot.roles import RoomFacts
from bot.storage import Storage
from bot.supervisor import Supervisor


@dataclass(slots=True, kw_only=True)
class Core:
    """The parts that `app.py` built.

    Attributes:
        storage: where everything is kept.
        community: whose rows are touched.
        clock: the time.
        gateway: WeChat.
        config: returns the configuration in force.
        loader: the plugins.
        supervisor: calls their handlers.
        services: what contexts offer to handlers.
        facts: what the gateway says of the rooms.
    """

    storage: Storage
    community: str
    clock: Clock
    gateway: Gateway
    config: Callable[[], Config]
    loader: Loader
    supervisor: Supervisor
    services: Services
    facts: RoomFacts = field(default_factory=RoomFacts)
    _known: dict[tuple[Plugin[Any], str | None], tuple[BaseModel, ZoneInfo, int]] = field(default_factory=dict)
    _known_for: Config | None = None

    @property
    def account(self) -> str:
        """Contact id of the bot's account; empty before the first login."""
        account = self.gateway.account
        return account.id if account else ""

    def zone(self, room: Room | None) -> ZoneInfo:
        """Return the time zone of a room, or the common one."""
        return self.config().zone(room.topic if room else None)

    def make_context(
        self,
        plugin: Plugin[Any],
        cause: str,
        *,
        room: Room | None = None,
        member: Member | None = None,
        role: Role = Role.GUEST,
        message: Message | None = None,
    ) -> Context[Any]:
        """Return what one call of one handler holds.

        The steps of a call are numbered from a start that is the plugin's own: several plugins may look at one
        message, and a step run again after a crash must find its own plugin's result.
        """
        settings, zone, first_step = self._common_to(plugin, room)
        return Context(
            services=self.services,
            config=settings,
            now=self.clock.now(),
            zone=zone,
            cause=cause,
            message=message,
            member=member,
            room=room,
            role=role,
            plugin=plugin.name,
            _steps=first_step,
        )

    def _common_to(self, plugin: Plugin[Any], room: Room | None) -> tuple[BaseModel, ZoneInfo, int]:
        """Return what all calls of a plugin in a room have in common while the same configuration is in force."""
        config, key = self.config(), (plugin, room.topic if room else None)
        if config is not self._known_for:
            self._known, self._known_for = {}, config
        if key not in self._known:
            self._known[key] = self.loader.settings(plugin, room), self.zone(room), crc32(plugin.name.encode()) << 16
        return self._known[key]


def spawn(coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Start a task that does not inherit the caller's context variables.

    A virtual clock remembers in one of them that the caller is at work; a task that outlives the caller must not.
    """
    return asyncio.get_running_loop().create_task(coroutine, name=name, context=Variables())
