"""What `rules test` reads: the rules of a settings file, and messages to try them on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot import config as configuration
from bot.config_yaml import Document, read_document
from bot.errors import Fault, QunzhiError
from bot.model import Role
from bot.moderation.model import Said

if TYPE_CHECKING:
    from bot.config_model import Config
    from bot.moderation.rules_content import Filter
    from bot.moderation.rules_model import Rule
    from bot.storage import Database

PLUGIN: Final = "moderation"
_BEGIN: Final = datetime(2026, 1, 1, 4, tzinfo=UTC)  # when messages without a time were said: at noon
_APART: Final = timedelta(minutes=1)
_LABELS: Final = {"ad": True, "ok": False}
_CHUNK: Final = 5_000  # messages read at once


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A settings file whose rules are tried.

    Attributes:
        config: as the bot reads it.
        document: as it is written, for places in it.
        is_there: whether there is a file at all.
    """

    config: Config
    document: Document
    is_there: bool

    def rules(self, topic: str = "") -> dict[str, Rule]:
        """Return the rules in force in a room, or everywhere."""
        from bot.plugins.moderation.settings import ModerationSettings

        return self.config.settings_for(PLUGIN, ModerationSettings, topic or None).rules

    def example_fault(self, rule: str, name: str, place: int, topic: str, message: str) -> Fault:
        """Return a fault at an example of a rule, where it is written."""
        below = (PLUGIN, "rules", rule, name)
        for path in (("rooms", topic, "plugins", *below), ("plugins", *below)):
            for exact in ((*path, place), path):
                if exact in self.document.values:
                    return self.document.fault(exact, message)
        return Fault(self.document.file, 1, 1, message)


def read_rule_file(path: Path | None) -> RuleFile:
    """Read a settings file.

    Raises:
        ConfigError: with every fault.
    """
    from bot.cli.caring import plugin_models

    file = str(path or configuration.DEFAULT_FILE)
    data = configuration.read_file(file, required=path is not None)
    config = configuration.load(path, configuration.environment(), plugin_models(path))
    return RuleFile(config, read_document(file, data)[0], is_there=bool(data))


def shipped_filter() -> Filter | None:
    """Return the advertisement filter as it is shipped; None when it was left out."""
    from bot import moderation

    kind: Any = getattr(moderation, "AdvertFilter", None)
    found: Filter | None = kind.shipped() if kind else None
    return found


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages of one room, in order.

    Attributes:
        topic: the room's name; empty when the file names none.
        messages: each with whether it is labelled as an advertisement.
    """

    topic: str
    messages: list[tuple[Said, bool | None]]


def read_history(path: Path, config_path: Path | None) -> list[Talk]:
    """Return messages of the past: from a file with one JSON object a line, or from a data folder.

    A line needs `text`; it may have `label` (`ad` or `ok`), `at` (ISO time), `member`, `room`, `role`, `kind`,
    `said_before`, `mentions`. Lines without a time are a minute apart and of different people.

    Raises:
        QunzhiError: a line is no such object, or there is no database.
    """
    if path.is_dir():
        return _read_data(path, config_path)
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise QunzhiError(f"{path} 不是 UTF-8 的文本文件") from None
    talks: dict[str, Talk] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            topic, said, label = _read_line(path, number, line)
            talks.setdefault(topic, Talk(topic, [])).messages.append((said, label))
    if not talks:
        raise QunzhiError(f'{path} 里没有消息，一行写一个 JSON：{{"text": "…"}}')
    return list(talks.values())


def _read_line(path: Path, number: int, line: str) -> tuple[str, Said, bool | None]:
    try:
        row: dict[str, Any] = json.loads(line)
        at = datetime.fromisoformat(row["at"]) if "at" in row else _BEGIN + number * _APART
        said = Said(
            id=str(row.get("id", number)),
            at=at if at.tzinfo else at.replace(tzinfo=UTC),
            room_id=str(row.get("room", "")),
            member_id=str(row.get("member", f"#{number}")),
            name=str(row.get("name", row.get("member", "成员"))),
            text=str(row["text"]),
            role=Role[str(row.get("role", "member")).upper()],
            said_before=int(row.get("said_before", 1_000_000)),
            mentions=int(row.get("mentions", 0)),
        )
        return said.room_id, said, _LABELS.get(str(row.get("label", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QunzhiError(f'{path}:{number}: 每行要写成 {{"text": "…"}} 这样，这一行是：{line[:40]}') from error


def _read_data(folder: Path, config_path: Path | None) -> list[Talk]:
    from bot.app import DATABASE_FILE
    from bot.cli.offline import open_offline

    if not (folder / DATABASE_FILE).is_file():
        raise QunzhiError(f"{folder} 里没有数据库 {DATABASE_FILE}")

    async def run() -> list[Talk]:
        async with open_offline(config_path, folder) as part:
            return await part.storage.read(part.config.community, _talks_in)

    return asyncio.run(run())


def _talks_in(db: Database) -> list[Talk]:
    from bot.members import rooms
    from bot.plugins.moderation.hearing import heard_before
    from bot.plugins.moderation.replaying_store import lines_since

    talks = []
    for room in rooms(db):
        talk, after = Talk(room.topic, []), ""
        while lines := lines_since(db, room.id, datetime.min.replace(tzinfo=UTC), after, _CHUNK):
            talk.messages.extend((heard_before(line), None) for line in lines)
            after = lines[-1].seq
        if talk.messages:
            talks.append(talk)
    return talks
