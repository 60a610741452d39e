"""The composition root: builds the parts, starts and stops them in order, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
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
    secret_codes_store,
)
from bot.app_payments import Payments
from bot.clock import Clock, VirtualClock
from bot.commands import CommandTable
from bot.config import environment
from bot.config_model import Config
from bot.config_reload import ConfigSource
from bot.dialogue import Dialogues
from bot.dispatcher import Dispatcher
from bot.dispatcher_core import Core, spawn
from bot.dispatcher_notices import FaultDesk
from bot.dispatcher_status import StatusReport
from bot.dispatcher_why import Explainer
from bot.entitlements import Entitlements
from bot.errors import Fault, GatewayRefused
from bot.gateway import Gateway
from bot.gateway.wechaty_plugins import hosted_by
from bot.intent import Intents
from bot.language_model_http import HttpLanguageModel
from bot.ledger import log_store
from bot.ledger.part import LedgerPart
from bot.loader import Loader
from bot.loader_library import Library
from bot.loader_merging import Merging
from bot.model import Event, GatewayLost, GatewayRestored, LoggedIn, LoggedOut
from bot.payments import facts_store, orders_store, reviews_store, waiting_store
from bot.payments.provider import PaymentProvider
from bot.plugin import Plugin, SchedulesChanged
from bot.quota import Quotas
from bot.router import Router
from bot.schedule_model import Schedules
from bot.schedule_reload import ScheduleSource, is_about_session
from bot.scheduler import Scheduler
from bot.schedules import load_schedules
from bot.search import store as search_store
from bot.search.service import Search
from bot.secret_codes import SECRET_KEY_FILE, SecretKey
from bot.sender import Sender
from bot.services import CoreServices
from bot.storage import Migrations, Storage
from bot.supervisor import Supervisor

log = logging.getLogger(__name__)

DATABASE_FILE = "qunzhi.db"
_LONGEST_DRAIN = timedelta(
    minutes=10
)  # of virtual time: what waits longer (an empty budget, a lost gateway) is not waited for


def core_migrations() -> list[Migrations]:
    """Return how the tables of the core are made."""
    parts = (
        members,
        secret_codes_store,
        inbox,
        outbox,
        dialogue,
        quota,
        events,
        loader_store,
        scheduler_store,
        deadlines_store,
        dispatcher_store,
        owed_notices_store,
        search_store,
        log_store,
        orders_store,
        facts_store,
        reviews_store,
        waiting_store,
    )
    return [part.migrations for part in parts]


def make_loader(config: Callable[[], Config], clock: Clock, plugins: Sequence[Plugin[Any]] = ()) -> Loader:
    """Return a loader over the built-in, installed and configured plugins, and the given ones besides."""
    library = Library(folders=[Path(folder) for folder in config().plugin_folders])
    for plugin in [*plugins, *hosted_by(config(), Path(config().data) / "wechaty_plugins")]:
        library.add(plugin)
    return Loader(library, config, clock)


class App:
    """One bot: one community on one gateway account.

    Args:
        config: what is in force at the start.
        gateway: WeChat, or a simulation of it.
        clock: the time.
        data_dir: where the database is kept.
        schedules_path: `schedules.yaml`; None runs without schedules.
        plugins: more plugins than are found by themselves (tests, `new-plugin`).
        config_path: `bot.yaml`, watched for edits together with the schedules; None watches neither.
        encoder: takes the place of the configured encoder (tests).
        is_paced: False sends as fast as the gateway takes it (benchmarks).
        providers: ways to pay in place of all configured ones (tests, demo).

    Raises:
        ConfigError: the schedules have faults.
    """

    def __init__(
        self,
        config: Config,
        gateway: Gateway,
        clock: Clock,
        *,
        data_dir: Path,
        schedules_path: Path | None = None,
        plugins: Sequence[Plugin[Any]] = (),
        config_path: Path | None = None,
        encoder: str = "",
        is_paced: bool = True,
        providers: Mapping[str, PaymentProvider] | None = None,
    ) -> None:
        self.gateway = gateway
        self.clock = clock
        self._data_dir = data_dir
        self._encoder = encoder or config.encoder
        self._is_paced = is_paced
        self._providers = providers
        self._config_source = ConfigSource(
            config_path or Path("bot.yaml"),
            config,
            environment(),
            clock,
            lambda: self.loader.models(),  # noqa: PLW0108 - made below
        )
        self._schedule_source = ScheduleSource(
            schedules_path or Path("schedules.yaml"),
            load_schedules(schedules_path, config.timezone) if schedules_path else Schedules(),
            clock,
            lambda: self.config.timezone,
            is_editable=schedules_path is not None or config_path is not None,
        )
        self._is_watching = config_path is not None
        self.loader = make_loader(lambda: self.config, clock, plugins)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self._config_source.value

    async def start(self) -> None:
        """Open the data, start the parts from the inside out, connect last.

        Raises:
            StorageError: the database cannot be used.
            GatewayRefused: another process speaks for this account with this data.
        """
        self._refusal: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.loader.load_all()
        migrations = [*core_migrations(), *self.loader.migrations()]
        path = self._data_dir / DATABASE_FILE
        self.storage = await asyncio.to_thread(Storage.open, path, self.clock, migrations)
        if not self.storage.own(self.gateway.name):
            await self.storage.close()
            raise GatewayRefused(f"another bot is running on {path}: stop it first")
        self._build()
        await self.search.start()
        if isinstance(self.clock, VirtualClock):
            await self.search.wait_ready()  # a simulation does not depend on how fast this machine loads a model
        self.commands.set_aliases(self.config.commands.aliases)
        await self.dialogues.load(self.storage, self.config.community, self.clock.now())
        await self.quotas.load(self.storage, self.config.community)
        await self.loader.start(self.storage, self.supervisor, self.core.make_context)
        await self.dispatcher.start()
        self.sender.start()
        await self.scheduler.start()
        await self.payments.start()
        await self._publish_schedules()
        self._watch_files()
        await self.gateway.start(self.deliver)
        log.info("started gateway=%s plugins=%s", self.gateway.name, ",".join(self.loader.plugins))

    async def stop(self) -> None:
        """Stop taking events, finish or leave open what is at hand, close the data."""
        await self.gateway.stop()
        await self.payments.stop()
        await self.scheduler.stop()
        await self.dispatcher.stop()
        await self.sender.stop()
        for task in self._tasks:
            task.cancel()
        await self.loader.stop()
        await self.search.stop()
        if self.language_model:
            await self.language_model.close()
        await self.storage.close()
        log.info("stopped")

    def crash(self) -> None:
        """End as a killed process does (simulations): nothing is finished, nothing is said."""
        self.dispatcher.drop()
        self.scheduler.drop()
        self.payments.drop()
        self.sender.abandon()
        for task in self._tasks:
            task.cancel()
        self.search.abandon()
        self.storage.abandon()

    async def deliver(self, event: Event) -> None:
        """Take an event of the gateway over; see `bot.gateway.Deliver`."""
        if isinstance(event, LoggedIn | GatewayRestored):
            self.sender.gateway_state(is_up=True)
        elif isinstance(event, GatewayLost | LoggedOut):
            self.sender.gateway_state(is_up=False)
            if isinstance(event, GatewayLost) and event.is_permanent and not self._refusal.done():
                self._refusal.set_result(event.reason)
        await self.dispatcher.deliver(event)

    async def refused(self) -> None:
        """Wait, usually for ever.

        Raises:
            GatewayRefused: the gateway will not have this bot, so that a person has to act.
        """
        raise GatewayRefused(await asyncio.shield(self._refusal))

    async def drain(self) -> None:
        """Return when everything is handled and everything due was sent; on a virtual clock time passes for pacing."""
        clock = self.clock
        if not isinstance(clock, VirtualClock):
            while not self.dispatcher.is_idle or await self.sender.has_due():  # noqa: ASYNC110 - two parts, no common event
                await asyncio.sleep(0.02)
            return
        await self._settle(clock)
        until = clock.now() + _LONGEST_DRAIN
        while await self.sender.has_due() and (wake := clock.next_wake) is not None and wake <= until:
            await clock.advance_to(wake)
            await self._settle(clock)

    async def _settle(self, clock: VirtualClock) -> None:
        await clock.settle()
        if self.search.is_ready:
            await self.search.settle()
            await clock.settle()

    def _build(self) -> None:
        config = self.config
        self.services = CoreServices(self.storage, config.community, config.name)
        self.search = Search(self.storage, self.clock, self._encoder, answer_threshold=config.search.answer_threshold)
        self.supervisor = Supervisor(self.clock)
        self.core = Core(
            storage=self.storage,
            community=config.community,
            clock=self.clock,
            gateway=self.gateway,
            config=lambda: self.config,
            loader=self.loader,
            supervisor=self.supervisor,
            services=self.services,
        )
        self.language_model = HttpLanguageModel(named, self.clock) if (named := config.language_model) else None
        self.dialogues, self.quotas = Dialogues(), Quotas()
        self.intents = Intents(self.search)
        self.commands = CommandTable()
        self.loader.observers += [self.commands, self.intents]
        router = Router(self.commands, self.loader, lambda: self.config, self.clock, self.dialogues, self.intents)
        self.entitlements = Entitlements(self._may_use) if self.loader.entitler() else None
        router.commands.may_use = self.entitlements
        self.dispatcher = Dispatcher(self.core, router)
        self.supervisor.listener = FaultDesk(self.core, self.loader, self.dispatcher.notices)
        self.scheduler = Scheduler(self.core, self.dispatcher.notices, lambda: self._schedule_source.value)
        self.dispatcher.on_rooms_known.append(self.scheduler.note_rooms)
        self.sender = Sender(
            self.storage,
            config.community,
            self.gateway,
            self.clock,
            config.sending,
            secrets.token_hex(8),
            zone=config.zone(),
            tell_owner=self.dispatcher.notices.write_about,
            is_behind=self.dispatcher.is_behind,
            is_paced=self._is_paced,
        )
        notices, providers = self.dispatcher.notices, self._providers
        self.payments = Payments(self.storage, lambda: self.config, self.clock, notices.write, providers)
        self._provide_parts()

    def _provide_parts(self) -> None:
        provide = self.services.provide
        provide("clock", self.clock)
        provide("search", self.search)
        if self.language_model:
            provide("language_model", self.language_model)
        if self.entitlements:
            provide("entitlements", self.entitlements)
        provide("loader", self.loader)
        provide("commands", self.commands)
        provide("outbox", self.sender)
        provide("gateway", self.gateway)
        provide("ledger", LedgerPart(self.storage, self.config.community, self.clock, self._data_dir))
        provide("config", self.config)
        provide("schedules", self._schedule_source)
        provide("notices", self.dispatcher.notices)
        search = None if self._encoder == "none" else self.search
        provide("payments", self.payments.desk)
        provide("status", StatusReport(self.core, self.dispatcher, self.sender, search))
        provide("merging", Merging(self.loader, self.dispatcher.forget_people))
        provide("secret_key", SecretKey(self._data_dir / SECRET_KEY_FILE))
        provide("why", Explainer(self.core, self.sender))

    async def _may_use(self, member_id: str, entitlement: str) -> bool:
        plugin, cause = self.loader.entitler(), f"may-use/{member_id}/{entitlement}"
        if plugin is None or (ask := plugin.entitler) is None:
            return False
        ctx = self.core.make_context(plugin, cause)
        answer = self.supervisor.call(plugin.name, None, cause, lambda: ask(ctx, member_id, entitlement), quiet=True)
        return await answer is True

    def _watch_files(self) -> None:
        for source in (self._config_source, self._schedule_source):
            source.subscribe(on_change=self._on_change, on_faults=self._on_faults)
            if self._is_watching:
                self._tasks.append(spawn(source.run(), "watch files"))

    async def reread_schedules(self) -> None:
        """Look at `schedules.yaml` now, rather than when its file is looked at next."""
        await self._schedule_source.reread()

    async def _publish_schedules(self) -> bool:
        """Have plugins look at the schedules; return whether any does."""
        listeners = [kind for plugin in self.loader.plugins.values() for kind, _ in plugin.listeners]
        if SchedulesChanged not in listeners:
            return False
        await self.storage.run(self.config.community, events.publish, SchedulesChanged(self.clock.now()))
        return True

    async def _on_change(self, _old: object, new: object, changes: list[str]) -> None:
        if isinstance(new, Config):
            await self._schedule_source.reread()  # a new time zone may be the one its times are meant in
            self.services.provide("config", new)
            self.commands.set_aliases(new.commands.aliases)
            self.sender.settings = new.sending
            self.search.answer_threshold = new.search.answer_threshold
        elif await self._publish_schedules():  # sessions come into force, and are told of, by those who look after them
            changes = [line for line in changes if not is_about_session(line)]
        self.scheduler.refresh()
        name = "bot.yaml" if isinstance(new, Config) else "schedules.yaml"
        if changes:
            await self._tell_owner(f"{name} 已生效：" + "；".join(changes))

    async def _on_faults(self, faults: list[Fault]) -> None:
        first, more = faults[0], f"（另有 {len(faults) - 1} 处）" if len(faults) > 1 else ""
        place = f"{Path(first.file).name} 第 {first.line} 行第 {first.column} 列"
        stop = "" if f"{first.message}{more}".endswith(("。", "？", "！")) else "。"
        await self._tell_owner(f"{place}：{first.message}{more}{stop}原来的设置继续有效。")

    async def _tell_owner(self, text: str) -> None:
        await self.dispatcher.notices.tell(text, f"files/{self.clock.now().isoformat()}")
