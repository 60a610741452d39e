"""Hot reload: a settings file is read again when it changes; a bad edit leaves the last good one in force."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bot.clock import Clock
from bot.config import PluginModels, read_config
from bot.config_changes import describe_changes
from bot.config_model import Config
from bot.errors import Fault

log = logging.getLogger(__name__)
T = TypeVar("T")

_POLL_SECONDS = 2.0

OnFaults = Callable[[list[Fault]], Awaitable[None]]
"""Told once of a bad edit."""
OnChange = Callable[[T, T, list[str]], Awaitable[None]]
"""Told of a good edit: the old value, the new one, and lines that say what changed."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What shows without reading whether a file was touched."""

    modified_ns: int
    size: int
    inode: int


class FileSource(Generic[T]):
    """A settings file and the last good value of it.

    Args:
        file: the path as the owner typed it; a file that goes missing leaves the last good value in force.
        value: what is in force at the start.
        read: turns the bytes into a value, None with the faults when it cannot be used.
        compare: says what changed, one line each.
        clock: paces the polling.
    """

    def __init__(
        self,
        file: Path,
        value: T,
        read: Callable[[bytes], tuple[T | None, list[Fault]]],
        compare: Callable[[T, T], list[str]],
        clock: Clock,
    ) -> None:
        self._file = file
        self._value = value
        self._read = read
        self._compare = compare
        self._clock = clock
        self._stamp: _Stamp | None = None  # so that the first look reads: the file may have changed since the start
        self._digest: str | None = None
        self._digest_in_force: str | None = None
        self._on_change: list[OnChange[T]] = []
        self._on_faults: list[OnFaults] = []

    @property
    def value(self) -> T:
        """What is in force."""
        return self._value

    @property
    def digest(self) -> str:
        """What tells the file that is in force from another one: the sha256 of its bytes, empty without a file."""
        if self._digest_in_force is None:  # what was read at the start
            data = _bytes(self._file)
            self._digest_in_force = "" if data is None else _digest(data)
        return self._digest_in_force

    def subscribe(self, *, on_change: OnChange[T] | None = None, on_faults: OnFaults | None = None) -> None:
        """Ask to be told of good edits and of bad ones."""
        if on_change is not None:
            self._on_change.append(on_change)
        if on_faults is not None:
            self._on_faults.append(on_faults)

    async def run(self) -> None:
        """Watch the file until cancelled."""
        while True:
            await self._clock.sleep(_POLL_SECONDS)
            with self._clock.busy():
                await self.poll()

    async def poll(self) -> bool:
        """Look once; return whether another value is in force now."""
        stamp = _stamp(self._file)
        if stamp is None or stamp == self._stamp:
            return False
        data = await asyncio.to_thread(_bytes, self._file)
        if data is None or _stamp(self._file) != stamp:  # somebody is writing it: the next look will see it whole
            return False
        self._stamp = stamp
        return await self.offer(data)

    async def reread(self) -> bool:
        """Read again even when the file did not change: what it is checked against did."""
        self._digest = self._stamp = None
        return await self.poll()

    async def offer(self, data: bytes) -> bool:
        """Put these bytes in force if they are good; return whether something changed."""
        digest = _digest(data)
        if digest == self._digest:
            return False
        self._digest = digest
        new, faults = await asyncio.to_thread(self._read, data)
        if new is None or faults:
            log.warning("settings refused file=%s faults=%d first=%s", self._file, len(faults), faults[0])
            for told in self._on_faults:
                await told(faults)
            return False
        self._digest_in_force = digest
        return await self._put_in_force(new)

    async def adopt(self, data: bytes, new: T) -> None:
        """Put in force what the bot itself has written: nobody has to be told what changed."""
        self._digest = self._digest_in_force = _digest(data)
        old, self._value = self._value, new
        log.info("settings changed by the bot file=%s", self._file)
        for told in self._on_change:
            await told(old, new, [])

    async def _put_in_force(self, new: T) -> bool:
        old, changes = self._value, self._compare(self._value, new)
        self._value = new
        if not changes:
            return False
        log.info("settings changed file=%s changes=%d", self._file, len(changes))
        for told in self._on_change:
            await told(old, new, changes)
        return True


class ConfigSource(FileSource[Config]):
    """`bot.yaml` and the last good configuration.

    Args:
        file: the path; it need not exist yet.
        config: what is in force at the start.
        env: the environment.
        clock: paces the polling.
        plugins: returns the plugins that are there now; None leaves plugin settings unchecked.
    """

    def __init__(
        self,
        file: Path,
        config: Config,
        env: Mapping[str, str],
        clock: Clock,
        plugins: Callable[[], PluginModels | None] = lambda: None,
    ) -> None:
        def read(data: bytes) -> tuple[Config | None, list[Fault]]:
            return read_config(str(file), data, env, plugins())

        super().__init__(file, config, read, describe_changes, clock)


def _stamp(file: Path) -> _Stamp | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
