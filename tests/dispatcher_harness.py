"""The core on a simulated group: everything real but the gateway and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot import (
    deadlines_store,
    dialogue,
    dispatcher_store,
    events,
    inbox,
    loader_store,
    members,
    outbox,
    owed_notices_store,
    quota,
    scheduler_store,
)
from bot.clock import VirtualClock
from bot.commands import CommandTable
from bot.config_model import Config
from bot.dialogue import Dialogues
from bot.dispatcher import Dispatcher
from bot.dispatcher_core import Core
from bot.dispatcher_notices import FaultDesk
from bot.dispatcher_status import StatusReport
from bot.dispatcher_why import Explainer
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.loader import Loader
from bot.loader_library import Library
from bot.model import Conversation
from bot.plugin import Plugin
from bot.router import Router
from bot.schedule_model import Schedules
from bot.scheduler import Scheduler
from bot.sender import Sender
from bot.services import CoreServices
from bot.storage import Storage
from bot.supervisor import Supervisor

START = datetime(2026, 12, 1, 1, tzinfo=UTC)  # 09:00 in Shanghai
STORES = (
    members,
    inbox,
    outbox,
    owed_notices_store,
    dialogue,
    quota,
    events,
    loader_store,
    dispatcher_store,
    scheduler_store,
    deadlines_store,
)


class Group:
    """A room 「Python学习群」 of 老王 with 小明 and 小红, that outlives the bot."""

    def __init__(self, topics: Sequence[str] = ("Python学习群",)) -> None:
        self.clock = VirtualClock(START)
        self.world = World(self.clock)
        self.bot_id = self.world.add_contact("小知")
        self.people = {name: self.world.add_contact(name) for name in ("老王", "小明", "小红", "小刚")}
        everyone = [self.bot_id, *self.people.values()]
        self.rooms = {topic: self.world.add_room(topic, self.people["老王"], everyone) for topic in topics}

    def say(self, name: str, text: str, topic: str = "Python学习群") -> str:
        """Let somebody say something in a room; returns the message id."""
        return self.world.say(self.people[name], Conversation(room_id=self.rooms[topic]), text).id

    def whisper(self, name: str, text: str) -> str:
        """Let somebody say something to the bot in private."""
        return self.world.say(self.people[name], Conversation(contact_id=self.bot_id), text).id

    def said(self) -> list[str]:
        """Return what the bot has said since the last call."""
        acts, self._seen = self.world.acts[getattr(self, "_seen", 0) :], len(self.world.acts)
        return [act.text for act in acts]


class Bot:
    """One run of the bot on a group."""

    def __init__(
        self,
        group: Group,
        folder: Path,
        plugins: Sequence[Plugin[Any]],
        config: Config | None = None,
        schedules: Schedules | None = None,
        *,
        limit_seconds: float = 5.0,
    ) -> None:
        self.group, self.clock = group, group.clock
        self.config = config or Config()
        self.schedules = schedules or Schedules(timezone="Asia/Shanghai")
        self.gateway = SimulatedGateway(group.world, group.bot_id, self.clock)
        self.loader = Loader(Library("", use_installed=False), lambda: self.config, self.clock)
        for plugin in plugins:
            self.loader.library.add(plugin)
        sets = [store.migrations for store in STORES] + self.loader.migrations()
        self.storage = Storage.open(folder / "qunzhi.db", self.clock, sets)
        services = CoreServices(self.storage, self.config.community, self.config.name)
        self.supervisor = Supervisor(self.clock, limit_seconds=limit_seconds)
        self.core = Core(
            storage=self.storage, community=self.config.community, clock=self.clock, gateway=self.gateway,
            config=lambda: self.config, loader=self.loader, supervisor=self.supervisor, services=services,
        )  # fmt: skip
        self._build(services)

    def _build(self, services: CoreServices) -> None:
        core = self.core
        self.commands = CommandTable()
        for plugin in self.loader.plugins.values():
            self.commands.add(plugin)
        self.dialogues = Dialogues()
        self.router = Router(self.commands, self.loader, config=core.config, clock=self.clock, dialogues=self.dialogues)
        self.dispatcher = Dispatcher(core, self.router)
        self.supervisor.listener = FaultDesk(core, self.loader, self.dispatcher.notices)
        self.scheduler = Scheduler(core, self.dispatcher.notices, lambda: self.schedules)
        self.dispatcher.on_rooms_known.append(self.scheduler.note_rooms)
        self.sender = Sender(
            self.storage, core.community, self.gateway, self.clock, self.config.sending, "test",
            zone=self.config.zone(), is_paced=False,
        )  # fmt: skip
        parts = {
            "loader": self.loader, "dispatcher": self.dispatcher, "sender": self.sender, "gateway": self.gateway,
            "config": lambda: self.config, "commands": self.commands, "why": Explainer(core, self.sender),
            "status": StatusReport(core, self.dispatcher, self.sender),
        }  # fmt: skip
        for name, part in parts.items():
            services.provide(name, part)

    async def start(self) -> None:
        await self.dialogues.load(self.storage, self.core.community, self.clock.now())
        await self.loader.start(self.storage, self.supervisor, self.core.make_context)
        await self.dispatcher.start()
        await self.scheduler.start()
        self.sender.start()
        await self.gateway.start(self.dispatcher.deliver)
        await self.clock.settle()

    async def settle(self) -> list[str]:
        """Return what was said until the bot is at rest."""
        await self.clock.settle()
        return self.group.said()

    async def crash(self) -> None:
        """Die without a word."""
        self.gateway.drop()
        self.dispatcher.drop()
        self.scheduler.drop()
        self.sender.abandon()
        await self.storage.close()

    async def stop(self) -> None:
        await self.gateway.stop()
        await self.scheduler.stop()
        await self.dispatcher.stop()
        await self.sender.stop()
        await self.loader.stop()
        await self.storage.close()


@asynccontextmanager
async def running(
    group: Group, folder: Path, plugins: Sequence[Plugin[Any]], config: Config | None = None, **more: Any
) -> AsyncIterator[Bot]:
    """Run a bot until the block ends."""
    bot = Bot(group, folder, plugins, config, **more)
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait, however slow the machine is, until something is so that no event tells of."""
    while not is_so():  # noqa: ASYNC110 - it happens inside the bot
        await asyncio.sleep(0.001)
