"""A router on a real database, with the supervisor, and nothing else of the bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import dialogue, inbox, members, quota
from bot.clock import VirtualClock
from bot.commands import CommandTable
from bot.commands_reasons import explain
from bot.config_model import Config
from bot.dialogue import Dialogues
from bot.intent import Intents
from bot.model import Member, Message, MessageKind, Role, Room
from bot.plugin import Context, Plugin
from bot.quota import Quotas
from bot.router import Outcome, Router
from bot.router_turn import store_outcomes
from bot.services import CoreServices
from bot.storage import Storage
from bot.supervisor import Supervisor
from bot.text import normalise, strip_mention

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
ROOM = Room("r1", "Python学习群")
MING, HONG = Member("m1", "小明"), Member("m2", "小红")
MIGRATIONS = [dialogue.migrations, quota.migrations, inbox.migrations, members.migrations]


class Plugins:
    """Stands in for the loader."""

    def __init__(self, plugins: Sequence[Plugin[Any]]) -> None:
        self.plugins: Mapping[str, Plugin[Any]] = {plugin.name: plugin for plugin in plugins}
        self.off: set[str] = set()

    def enabled_in(self, room: Room | None) -> list[Plugin[Any]]:
        return [plugin for plugin in self.plugins.values() if plugin.name not in self.off]


class Bench:
    """Lets people say things to a router.

    Attributes:
        outcome: what the last message led to.
    """

    def __init__(
        self, path: Path, plugins: Sequence[Plugin[Any]], intents: Intents | None = None, **config: Any
    ) -> None:
        self.clock = VirtualClock(NOW)
        self.storage = Storage.open(path / "router.db", self.clock, MIGRATIONS)
        self.loader = Plugins(plugins)
        self.config = Config(**config)
        self.intents = intents
        self.entitled: set[tuple[str, str]] = set()
        self.outcome = Outcome()
        self._services = CoreServices(self.storage, "c", "小知")
        self._count = 0
        self.table = CommandTable()
        for plugin in plugins:
            self.table.add(plugin)
            self._services.provide("commands", self.table)
            self._services.provide("loader", self.loader)
            if intents:
                intents.plugin_added(plugin)
        self.restart()

    def restart(self, quotas: Quotas | None = None) -> None:
        self.router = Router(
            self.table, self.loader, lambda: self.config, self.clock, Dialogues(), self.intents,
            quotas=quotas, may_use=self._may_use,
        )  # fmt: skip

    async def restart_from_disk(self) -> None:
        quotas = Quotas()
        await quotas.load(self.storage, "c")
        self.restart(quotas)

    async def says(
        self, raw: str, *, who: Member = MING, room: Room | None = ROOM, role: Role = Role.MEMBER,
        kind: MessageKind = MessageKind.TEXT, mentions: tuple[Member, ...] = (),
    ) -> list[str]:  # fmt: skip
        """Return the texts of what is answered."""
        self._count += 1
        text, is_named = strip_mention(normalise(raw), ["小知"])
        message = Message(
            id=f"x{self._count}", at=self.clock.now(), talker=who, room=room, text=text, raw=raw, kind=kind,
            mentions=mentions, mentions_bot=is_named or room is None,
        )  # fmt: skip
        return await self.handle(message, role)

    async def handle(self, message: Message, role: Role, *, crashes: bool = False) -> list[str]:
        made: dict[str, Context[Any]] = {}

        def context(plugin: Plugin[Any]) -> Context[Any]:
            return made.setdefault(plugin.name, self._context(plugin, message, role))

        self.outcome = await self.router.route(message, role, context, Supervisor(self.clock).call)
        if not crashes:
            await self.storage.run("c", store_outcomes, [self.outcome])
        return [reply.text for reply in self.outcome.replies]

    @property
    def why(self) -> str:
        """The sentence 为什么 would tell of the last message."""
        return explain(self.outcome.decision)

    def _context(self, plugin: Plugin[Any], message: Message, role: Role) -> Context[Any]:
        return Context(
            services=self._services, config=plugin.config(), now=self.clock.now(), zone=ZoneInfo("Asia/Shanghai"),
            cause=message.id, message=message, member=message.talker, room=message.room, role=role,
        )  # fmt: skip

    async def _may_use(self, member: Member, entitlement: str) -> bool:
        return (member.id, entitlement) in self.entitled
