"""The plugins that are loaded: found, imported, checked against each other, replaced as a whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.errors import PluginError
from bot.loader_sources import Source, find_builtin, find_in_folder, find_installed, purged
from bot.plugin import Plugin

log = logging.getLogger(__name__)
Check = Callable[[Plugin[Any]], None]


class Library:
    """Imports plugins; one that cannot be used is a fault and never stops the others.

    Args:
        builtin: the package that holds the built-in plugins, empty for none.
        folders: more folders with plugins.
        use_installed: whether to look at entry points.

    Attributes:
        plugins: name → plugin, a plugin always after those it requires.
        faults: what could not be loaded at the last `load_all`.
    """

    def __init__(
        self, builtin: str = "bot.plugins", folders: Sequence[Path] = (), *, use_installed: bool = True
    ) -> None:
        self.plugins: dict[str, Plugin[Any]] = {}
        self.faults: list[PluginError] = []
        self._sources: dict[str, Source] = {}
        self._finders: list[Callable[[], Iterable[Source]]] = []
        if builtin:
            self._finders.append(lambda: find_builtin(builtin))
        if use_installed:
            self._finders.append(find_installed)
        self._finders += [_in_folder(folder) for folder in folders]

    def load_all(self, check: Check) -> list[PluginError]:
        """Import whatever is there and return what could not be used.

        Args:
            check: raises `PluginError` for a plugin that cannot be used.
        """
        self.faults = []
        found = {name: plugin for name, plugin in self.plugins.items() if name not in self._sources}
        for source in self._find_sources():
            self._try_to_load(source, found, check)
        self.plugins, missing = _in_order_of_requires(found)
        self.faults += [PluginError(f"{self._shown(name)}: plugin {name} {why}") for name, why in missing.items()]
        for fault in self.faults:
            log.error("plugin not loaded: %s", fault)
        return self.faults

    def add(self, plugin: Plugin[Any]) -> None:
        """Take in a plugin that was made elsewhere (a test, the host for Wechaty plugins); it cannot be reloaded.

        Before `load_all` it is checked and put in order there.

        Raises:
            PluginError: its name is taken.
        """
        if plugin.name in self.plugins:
            raise PluginError(f"plugin name {plugin.name} is taken already")
        self.plugins[plugin.name] = plugin

    def reload(self, name: str, check: Check) -> list[Plugin[Any]]:
        """Import a plugin again, and those that require it; on any fault the old ones stay.

        Args:
            name: the plugin.
            check: raises `PluginError` for a new plugin that cannot be used.

        Returns:
            The new plugins, in order of what they require.

        Raises:
            PluginError: why the old ones stay.
        """
        if name not in self._sources:
            raise PluginError(f"plugin {name} was not loaded from a file")
        names = [name, *self._dependents(name)]
        sources = [self._sources[n] for n in names]
        with purged(sources):
            new = [source.load() for source in sources]
            for old_name, plugin in zip(names, new, strict=True):
                _check_replacement(self.plugins[old_name], plugin, self._shown(old_name))
                _refuse_second_entitler(plugin, self.plugins)
                check(plugin)
            plugins, missing = _in_order_of_requires(self.plugins | {plugin.name: plugin for plugin in new})
            if missing:
                raise PluginError("; ".join(f"{self._shown(n)}: plugin {n} {why}" for n, why in missing.items()))
        self.plugins = plugins
        return new

    def _find_sources(self) -> Iterator[Source]:
        for find in self._finders:
            try:
                yield from find()
            except PluginError as error:
                self.faults.append(error)

    def _try_to_load(self, source: Source, found: dict[str, Plugin[Any]], check: Check) -> None:
        try:
            plugin = source.load()
            self._refuse_taken(plugin.name, source, found)
            _refuse_second_entitler(plugin, found)
            check(plugin)
        except PluginError as error:
            self.faults.append(error)
            return
        found[plugin.name] = plugin
        self._sources[plugin.name] = source

    def _refuse_taken(self, name: str, source: Source, found: dict[str, Plugin[Any]]) -> None:
        if name in found:
            raise PluginError(f"{source.shown}: plugin name {name} is taken by {self._shown(name)}")

    def _dependents(self, name: str) -> list[str]:
        taken = {name}
        for other in self.plugins.values():  # in order of requires, so one pass finds all
            if taken & set(other.requires):
                taken.add(other.name)
        return [other for other in self.plugins if other in taken and other != name]

    def _shown(self, name: str) -> str:
        return self._sources[name].shown if name in self._sources else name


def _in_folder(folder: Path) -> Callable[[], Iterable[Source]]:
    return lambda: find_in_folder(folder)


def _in_order_of_requires(found: dict[str, Plugin[Any]]) -> tuple[dict[str, Plugin[Any]], dict[str, str]]:
    """Return the usable plugins in order, and why each of the others is not usable."""
    ordered: dict[str, Plugin[Any]] = {}
    waiting = dict(found)
    while ready := [plugin for plugin in waiting.values() if all(r in ordered for r in plugin.requires)]:
        for plugin in ready:
            ordered[plugin.name] = waiting.pop(plugin.name)
    return ordered, {name: _why_unusable(plugin, found) for name, plugin in waiting.items()}


def _why_unusable(plugin: Plugin[Any], found: dict[str, Plugin[Any]]) -> str:
    missing = [name for name in plugin.requires if name not in found]
    if missing:
        return f"requires {', '.join(missing)}, which is not there"
    return f"requires {', '.join(plugin.requires)}, which cannot be used either"


def _refuse_second_entitler(plugin: Plugin[Any], others: dict[str, Plugin[Any]]) -> None:
    for other in others.values() if plugin.entitler else ():
        if other.entitler and other.name != plugin.name:
            raise PluginError(f"plugin {plugin.name}: {other.name} decides already what members may use")


def _check_replacement(old: Plugin[Any], new: Plugin[Any], shown: str) -> None:
    if new.name != old.name:
        raise PluginError(f"{shown}: the plugin is called {new.name} now: restart to load it under the new name")
    if _table_changes(new) != _table_changes(old):
        raise PluginError(f"{shown}: its tables change, which is done at the start only: restart the bot")


def _table_changes(plugin: Plugin[Any]) -> list[str]:
    if plugin.migrations is None:
        return []
    return [m.name for m in plugin.migrations._migrations]  # noqa: SLF001 - there is no public list of all names
