"""The data without a gateway: what the command line needs to look at it and to care for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot import config as configuration
from bot import members, outbox, privacy_store
from bot.app import DATABASE_FILE, core_migrations, make_loader
from bot.clock import Clock, SystemClock
from bot.config_model import Config
from bot.errors import QunzhiError
from bot.loader import Loader
from bot.model import Member
from bot.storage import Database, Storage


def read_config(config_path: Path | None) -> Config:
    """Read the configuration as the bot would."""
    return configuration.load(str(config_path) if config_path else None, configuration.environment())


def database_path(config_path: Path | None, data_dir: Path | None) -> Path:
    """Return where the database is."""
    return (data_dir or Path(read_config(config_path).data)) / DATABASE_FILE


class Offline:
    """An open database and the plugins that know parts of it."""

    def __init__(self, config: Config, storage: Storage, loader: Loader, clock: Clock) -> None:
        self.config = config
        self.storage = storage
        self.loader = loader
        self.clock = clock
        self.path = storage.path

    async def status(self) -> dict[str, Any]:
        """Return the queue, doubts and sizes, for people and `--json`."""
        queue = await self.storage.read(self.config.community, outbox.counts, self.clock.now())
        facts = Storage.inspect(self.path)
        return {"database": str(self.path), "integrity": facts["integrity"], **asdict(queue), "tables": facts["tables"]}

    async def find_member(self, name: str) -> Member:
        """Return the member with that number, WeChat id or unique name.

        Raises:
            QunzhiError: there is none, or several have that name.
        """
        found = await self.storage.read(self.config.community, _find_members, name)
        if not found:
            raise QunzhiError(f"没有「{name}」这个人")
        if len(found) > 1:
            raise QunzhiError(f"有 {len(found)} 个「{name}」，请用编号：{'、'.join(member.id for member in found)}")
        return found[0]

    async def export_member(self, name: str) -> dict[str, Any]:
        """Return all that is stored about a member, by table and plugin."""
        person = await self.find_member(name)

        def read(db: Database) -> dict[str, Any]:
            facts: dict[str, Any] = privacy_store.export_member(db, person.id)
            for plugin in self.loader.plugins.values():
                facts |= {
                    f"{plugin.name}.{key}": value
                    for part in plugin.exporters
                    for key, value in part(db, person.id).items()
                }
            return facts

        return await self.storage.read(self.config.community, read)

    async def forget_member(self, person: Member) -> dict[str, Any]:
        """Delete all that is stored about a member in one transaction; return the rows deleted."""

        def erase(db: Database) -> dict[str, Any]:
            rows: dict[str, Any] = {}
            for plugin in self.loader.plugins.values():
                rows |= {
                    f"{plugin.name}.{key}": value
                    for part in plugin.erasers
                    for key, value in part(db, person.id).items()
                }
            return rows | privacy_store.erase_member(db, person.id)

        return await self.storage.run(self.config.community, erase)


def _find_members(db: Database, name: str) -> list[Member]:
    by_id = members.member(db, name)
    by_identity = members.find_by_identity(db, "contact", name) or members.find_by_identity(db, "weixin", name)
    strong = [found for found in (by_id, by_identity) if found]
    return strong[:1] or members.find_by_name(db, name)


@asynccontextmanager
async def open_offline(config_path: Path | None, data_dir: Path | None) -> AsyncIterator[Offline]:
    """Open the data for a subcommand and close it afterwards."""
    config = read_config(config_path)
    clock = SystemClock()
    loader = make_loader(lambda: config, clock)
    loader.load_all()
    path = (data_dir or Path(config.data)) / DATABASE_FILE
    storage = Storage.open(path, clock, [*core_migrations(), *loader.migrations()])
    try:
        yield Offline(config, storage, loader, clock)
    finally:
        await storage.close()
