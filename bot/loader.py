"""Plugins at run time: where each is on, its settings there, and starting, stopping and replacing it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from bot.clock import Clock
from bot.config_model import Config
from bot.errors import PluginError
from bot.loader_library import Library
from bot.loader_store import ALL_PLUGINS, EVERYWHERE, PRIVATE_CHATS, Switch, clear_switches, read_switches, set_switch
from bot.model import Room
from bot.plugin import Context, Plugin
from bot.schedule_cron import parse_cron
from bot.storage import Migrations, Storage
from bot.supervisor import Supervisor

log = logging.getLogger(__name__)

Starter = Callable[[Context[Any]], Awaitable[None]]
MakeContext = Callable[[Plugin[Any], str], Context[Any]]


class PluginObserver(Protocol):
    """Who keeps a table of what plugins bring (commands, intents, jobs) and follows every change."""

    def plugin_added(self, plugin: Plugin[Any]) -> None:
        """A plugin came."""

    def plugin_removed(self, plugin: Plugin[Any]) -> None:
        """A plugin went, or is about to be replaced."""


class Loader:
    """What the rest of the core asks about plugins.

    Args:
        library: the imported plugins.
        config: returns the configuration in force.
        clock: dates switches.

    Attributes:
        observers: told of plugins that come and go.
        on_change: called whenever something else is on somewhere.
    """

    def __init__(self, library: Library, config: Callable[[], Config], clock: Clock) -> None:
        self.library = library
        self.observers: list[PluginObserver] = []
        self.on_change: list[Callable[[], None]] = []
        self._config = config
        self._clock = clock
        self._switches: dict[tuple[str, str], Switch] = {}
        self._enabled: dict[tuple[str, str], list[Plugin[Any]]] = {}
        self._enabled_for: Config | None = None
        self._storage: Storage | None = None
        self._supervisor: Supervisor | None = None
        self._make_context: MakeContext | None = None

    @property
    def plugins(self) -> dict[str, Plugin[Any]]:
        """Name → plugin, a plugin always after those it requires."""
        return self.library.plugins

    def load_all(self) -> list[PluginError]:
        """Import whatever is there; what has wrong settings is left out. Call it before the database is opened."""
        return self.library.load_all(self._check)

    def migrations(self) -> list[Migrations]:
        """Return how the tables of all plugins are made."""
        return [plugin.migrations for plugin in self.plugins.values() if plugin.migrations is not None]

    def models(self) -> dict[str, type[BaseModel] | None]:
        """Return the settings model of every plugin, for checking `bot.yaml`."""
        return {plugin.name: plugin.config for plugin in self.plugins.values()}

    async def start(self, storage: Storage, supervisor: Supervisor, make_context: MakeContext) -> None:
        """Read the switches, tell the observers of every plugin and run the starters."""
        self._storage, self._supervisor, self._make_context = storage, supervisor, make_context
        switches = await storage.read(self._config().community, read_switches)
        self._switches = {(s.plugin, s.room_id): s for s in switches}
        self._enabled.clear()
        for plugin in self.plugins.values():
            self._announce(plugin)
            await self._run(plugin, plugin.starters, "start")

    async def stop(self) -> None:
        """Run the stoppers, those of dependent plugins first."""
        for plugin in reversed(list(self.plugins.values())):
            await self._run(plugin, plugin.stoppers, "stop")

    def enabled_in(self, room: Room | None) -> list[Plugin[Any]]:
        """Return the plugins that run in a room, or (None) in private chats."""
        config = self._config()
        if config is not self._enabled_for:
            self._enabled.clear()
            self._enabled_for = config
        key = (room.id, room.topic) if room else ("", "")
        if key not in self._enabled:
            is_open = room is None or config.room(room.topic).enabled
            self._enabled[key] = [p for p in self.plugins.values() if is_open and self.is_enabled(p.name, room)]
        return self._enabled[key]

    def is_enabled(self, name: str, room: Room | None) -> bool:
        """Tell whether a plugin runs in a room: its switch there, else the switch for everywhere, else `bot.yaml`."""
        switch = self.switch_of(name, room)
        return switch.is_enabled if switch else self._config().is_plugin_enabled(name, room.topic if room else None)

    def switch_of(self, name: str, room: Room | None) -> Switch | None:
        """Return the switch that counts in a room, None when nobody touched the plugin."""
        return self._switches.get((name, _place(room))) or self._switches.get((name, EVERYWHERE))

    def is_paused(self, room: Room | None) -> bool:
        """Tell whether the owner asked for silence in a room, or everywhere."""
        return any((ALL_PLUGINS, place) in self._switches for place in (_place(room), EVERYWHERE))

    async def pause(self, room: Room | None = None) -> None:
        """Be silent in one room or (None) everywhere until `resume`; the owner and admins are still answered."""
        place = room.id if room else EVERYWHERE
        await self._switch(Switch(ALL_PLUGINS, place, is_enabled=False, reason="群主暂停"))

    async def resume(self) -> None:
        """Speak again, everywhere."""
        await self._clear(ALL_PLUGINS)

    def switches(self) -> list[Switch]:
        """Return all switches."""
        return list(self._switches.values())

    def entitler(self) -> Plugin[Any] | None:
        """Return the plugin that knows what members may use; None when none is loaded, or it is switched off."""
        found = next((plugin for plugin in self.plugins.values() if plugin.entitler is not None), None)
        return found if found is not None and self.is_enabled(found.name, None) else None

    def settings(self, plugin: Plugin[Any], room: Room | None) -> BaseModel:
        """Return a plugin's settings in a room, or (None) the common ones."""
        settings: BaseModel = self._config().settings_for(plugin.name, plugin.config, room.topic if room else None)
        return settings

    async def enable(self, name: str, room: Room | None = None) -> None:
        """Start a plugin again, in one room or (None) everywhere it was stopped or switched off.

        Raises:
            PluginError: there is no such plugin.
        """
        self._get(name)
        if room is not None:
            await self._switch(Switch(name, room.id, is_enabled=True, reason="群主启用"))
        else:
            await self._clear(name)
            if not self._config().is_plugin_enabled(name):
                await self._switch(Switch(name, EVERYWHERE, is_enabled=True, reason="群主启用"))
        if self._supervisor:
            self._supervisor.forgive(name, room.id if room else None)

    async def disable(self, name: str, room: Room | None = None, reason: str = "群主停用") -> None:
        """Switch a plugin off, in one room or (None) everywhere.

        Raises:
            PluginError: there is no such plugin.
        """
        self._get(name)
        if room is None:
            await self._clear(name)
        await self._switch(Switch(name, room.id if room else EVERYWHERE, is_enabled=False, reason=reason))

    async def stop_in(self, name: str, room: Room | None, reason: str) -> None:
        """Stop a plugin in one room, or (None) in private chats, for its faults."""
        await self._switch(Switch(name, _place(room), is_enabled=False, reason=reason))
        log.error("plugin stopped plugin=%s room=%s reason=%s", name, _place(room), reason)

    async def reload(self, name: str) -> list[str]:
        """Import a plugin again, and those that require it; on any fault the old ones go on.

        Returns:
            The names of what was replaced.

        Raises:
            PluginError: why the old ones stay.
        """
        self._get(name)
        before = dict(self.plugins)
        replaced = await asyncio.to_thread(self.library.reload, name, self._check)
        self._enabled.clear()
        for plugin in reversed(replaced):
            old = before[plugin.name]
            await self._run(old, old.stoppers, "stop")
            for observer in self.observers:
                observer.plugin_removed(old)
        for plugin in replaced:
            self._announce(plugin)
            await self._run(plugin, plugin.starters, "start")
        self._note_change()
        log.info("plugins reloaded: %s", ", ".join(plugin.name for plugin in replaced))
        return [plugin.name for plugin in replaced]

    async def try_reload(self, name: str) -> str:
        """Reload a plugin and return what went wrong, in one line; empty when nothing did."""
        try:
            await self.reload(name)
        except PluginError as error:
            log.warning("plugin not reloaded: %s", error)
            return str(error)
        return ""

    def _get(self, name: str) -> Plugin[Any]:
        if name not in self.plugins:
            raise PluginError(f"no plugin {name}")
        return self.plugins[name]

    def _announce(self, plugin: Plugin[Any]) -> None:
        for observer in self.observers:
            observer.plugin_added(plugin)

    async def _run(self, plugin: Plugin[Any], handlers: Iterable[Starter], what: str) -> None:
        assert self._supervisor is not None
        assert self._make_context is not None
        for handler in handlers:
            ctx = self._make_context(plugin, f"{what}/{plugin.name}/{self._clock.now().isoformat()}")
            ctx.is_replayed = False
            await self._supervisor.call(plugin.name, None, ctx.cause, lambda h=handler, c=ctx: h(c), quiet=True)  # type: ignore[misc]

    async def _switch(self, switch: Switch) -> None:
        await self._run_store(set_switch, switch, self._clock.now())
        self._switches[switch.plugin, switch.room_id] = switch
        self._note_change()

    async def _clear(self, name: str) -> None:
        await self._run_store(clear_switches, name)
        self._switches = {key: switch for key, switch in self._switches.items() if key[0] != name}
        self._note_change()

    def _note_change(self) -> None:
        self._enabled.clear()
        for react in self.on_change:
            react()

    async def _run_store(self, fn: Callable[..., Any], *args: Any) -> None:  # noqa: ANN401 - store functions differ
        if self._storage is not None:
            await self._storage.run(self._config().community, fn, *args)

    def _check(self, plugin: Plugin[Any]) -> None:
        try:
            self.settings(plugin, None)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise PluginError(f"bot.yaml: plugins.{plugin.name}.{place}: {first['msg']}") from error
        for job in plugin.jobs:
            try:
                parse_cron(job.cron)
            except ValueError as error:
                raise PluginError(f"plugin {plugin.name}: job {job.name}: {error}") from error


def _place(room: Room | None) -> str:
    return room.id if room else PRIVATE_CHATS
