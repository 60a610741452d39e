"""Where plugins come from: the package `bot.plugins`, entry points, folders; imported so that one can be replaced."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.errors import PluginError
from bot.plugin import Plugin
from bot.supervisor import contain

log = logging.getLogger(__name__)

ENTRY_POINTS = "qunzhi.plugins"
_FOLDER_PREFIX = "qunzhi_folder_plugin_"  # no package of its own: relative imports inside the plugin need none


@dataclass(frozen=True, slots=True)
class Source:
    """One place a plugin can be imported from.

    Attributes:
        module: dotted name it is imported under.
        shown: the file or entry point, for errors.
        file: the file to run when `module` cannot be found by its name; None for installed modules.
        attribute: the name of the `Plugin` in the module.
    """

    module: str
    shown: str
    file: Path | None = None
    attribute: str = "plugin"

    def load(self) -> Plugin[Any]:
        """Import the module and return its plugin.

        Raises:
            PluginError: in one line, with the file.
        """
        module = contain(self.shown, self._import)
        plugin = getattr(module, self.attribute, None)
        if not isinstance(plugin, Plugin):
            raise PluginError(f"{self.shown}: it has no `{self.attribute} = Plugin(…)`")
        return plugin

    def _import(self) -> ModuleType:
        if self.file is None:
            return importlib.import_module(self.module)
        folder = [str(self.file.parent)] if self.file.name == "__init__.py" else None
        spec = importlib.util.spec_from_file_location(self.module, self.file, submodule_search_locations=folder)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[self.module] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:  # half a module must not be found by the next import
            sys.modules.pop(self.module, None)
            raise
        return module


def find_builtin(package: str) -> Iterator[Source]:
    """Yield the plugins inside an importable package."""
    yield from _list_package(package, importlib.import_module(package).__path__[0])


@cache  # what is imported stays as it is, so a plugin put there meanwhile waits for the next process like the rest
def _list_package(package: str, folder: str) -> tuple[Source, ...]:
    found = []
    for module in pkgutil.iter_modules([folder]):
        file = f"{module.name}/__init__.py" if module.ispkg else f"{module.name}.py"
        found.append(Source(f"{package}.{module.name}", str(Path(folder, file))))
    return tuple(found)


@cache  # reads a file of every installed distribution, 30 ms; one installed meanwhile waits for the next process
def find_installed() -> tuple[Source, ...]:
    """Return the plugins that installed distributions announce in the entry-point group `qunzhi.plugins`."""
    return tuple(
        Source(entry.module, f"{entry.module} (entry point {entry.name})", attribute=entry.attr or "plugin")
        for entry in entry_points(group=ENTRY_POINTS)
    )


def find_in_folder(folder: Path) -> Iterator[Source]:
    """Yield the plugins in a folder: `name.py` or `name/__init__.py`; tests and hidden files are left out.

    Raises:
        PluginError: there is no such folder.
    """
    if not folder.is_dir():
        raise PluginError(f"{folder}: there is no such plugin folder")
    for path in sorted(folder.iterdir()):
        file = path / "__init__.py" if path.is_dir() else path
        name = path.stem
        if file.suffix != ".py" or not file.exists() or name.startswith((".", "_", "test_")) or not name.isidentifier():
            continue
        yield Source(f"{_FOLDER_PREFIX}{name}", str(file), file)


@contextmanager
def purged(sources: list[Source]) -> Iterator[None]:
    """Take modules and their submodules out of `sys.modules`; what was there comes back when the block raises."""
    importlib.invalidate_caches()
    modules = [source.module for source in sources]
    before = _take_out(modules)
    try:
        yield
    except BaseException:
        _take_out(modules)
        sys.modules.update(before)
        _link_to_parents(before)
        raise


def _take_out(modules: list[str]) -> dict[str, ModuleType]:
    names = [name for name in sys.modules if any(name == m or name.startswith(f"{m}.") for m in modules)]
    taken = {name: sys.modules.pop(name) for name in names}
    for module in taken.values():
        if module.__file__:  # compiled code is told apart by the second only: an edit within it would not be seen
            Path(importlib.util.cache_from_source(module.__file__)).unlink(missing_ok=True)
    return taken


def _link_to_parents(modules: dict[str, ModuleType]) -> None:
    """Make `package.name` the old module again: the failed import had bound the new one there."""
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], child, module)
