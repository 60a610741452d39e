"""Hot reload: good edits take effect and are told, bad ones are told once and change nothing."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from bot.clock import VirtualClock
from bot.config import read_config
from bot.config_changes import describe_changes
from bot.config_model import Config
from bot.config_reload import ConfigSource
from bot.errors import Fault


class Watched:
    """A source on a file, its clock, and what it told."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.env: dict[str, str] = {}
        self.plugins: dict[str, type[BaseModel] | None] | None = None
        self.changes: list[list[str]] = []
        self.faults: list[list[Fault]] = []
        self.clock = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
        self._stamp = 1_000_000_000
        if text:
            self.write(text)
        config, faults = read_config(str(file), text.encode(), {})
        assert config is not None
        assert not faults
        self.source = ConfigSource(file, config, self.env, self.clock, lambda: self.plugins)
        self.source.subscribe(on_change=self._note_change, on_faults=self._note_faults)

    async def _note_change(self, old: Config, new: Config, changes: list[str]) -> None:
        assert old is not new
        assert self.source.value is new
        self.changes.append(changes)

    async def _note_faults(self, faults: list[Fault]) -> None:
        self.faults.append(faults)

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")
        self.touch()

    def touch(self) -> None:
        self._stamp += 1
        os.utime(self.file, (self._stamp, self._stamp))


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    watched = Watched(tmp_path / "bot.yaml", "sending: {per_minute: 40}\n")
    task = asyncio.create_task(watched.source.run())
    await watched.clock.advance(seconds=2.5)
    yield watched
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_good_edit_takes_effect_within_two_seconds_and_is_told(watched: Watched) -> None:
    watched.write("sending: {per_minute: 20}\n")
    await watched.clock.advance(seconds=2)
    assert watched.source.value.sending.per_minute == 20
    assert watched.changes == [["sending.per_minute：40 → 20"]]


async def test_a_bad_edit_is_told_once_and_the_last_good_one_stays(watched: Watched) -> None:
    watched.write("sending: {per_minute: many}\n")
    await watched.clock.advance(seconds=60)
    watched.touch()
    await watched.clock.advance(seconds=60)
    assert [[fault.line for fault in faults] for faults in watched.faults] == [[1]]
    assert watched.source.value.sending.per_minute == 40
    watched.write("sending: {per_minute: 30}\n")
    await watched.clock.advance(seconds=2)
    assert watched.source.value.sending.per_minute == 30
    assert len(watched.faults) == 1


async def test_going_back_to_the_good_text_after_a_bad_one_changes_nothing(watched: Watched) -> None:
    watched.write("sending: [\n")
    await watched.clock.advance(seconds=2)
    watched.write("sending: {per_minute: 40}\n")
    await watched.clock.advance(seconds=2)
    assert (len(watched.faults), watched.changes) == (1, [])


async def test_touching_or_commenting_the_file_is_no_change(watched: Watched) -> None:
    watched.touch()
    await watched.clock.advance(seconds=2)
    watched.write("# slower\nsending: {per_minute: 40}\n")
    await watched.clock.advance(seconds=2)
    assert (watched.changes, watched.faults) == ([], [])


async def test_a_file_that_goes_missing_leaves_the_last_good_one(watched: Watched) -> None:
    watched.file.unlink()
    await watched.clock.advance(seconds=10)
    assert watched.source.value.sending.per_minute == 40
    watched.write("sending: {per_minute: 5}\n")
    await watched.clock.advance(seconds=2)
    assert watched.source.value.sending.per_minute == 5


async def test_a_file_may_appear_later(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "bot.yaml", "")
    assert not await watched.source.poll()
    watched.write("name: 小智\n")
    assert await watched.source.poll()
    assert watched.source.value.name == "小智"


async def test_an_edit_between_loading_and_watching_is_seen(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "bot.yaml", "name: 小知\n")
    watched.write("name: 小智\n")
    assert await watched.source.poll()


async def test_new_plugins_are_checked_when_the_file_is_read_again(watched: Watched) -> None:
    watched.write("plugins: {weather: {city: 北京}}\n")
    await watched.clock.advance(seconds=2)
    assert watched.faults == []
    watched.plugins = {}
    assert not await watched.source.reread()
    assert "weather" in watched.faults[0][0].message


def changes(old: str, new: str) -> list[str]:
    configs = [read_config("bot.yaml", text.encode(), {})[0] for text in (old, new)]
    assert configs[0] is not None
    assert configs[1] is not None
    return describe_changes(configs[0], configs[1])


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("", "", []),
        ("", "keep: {messages: 7d}", ["keep.messages：30 天 → 7 天"]),
        ("", "log: {texts: true}", ["log.texts：关 → 开（重启后生效）"]),
        ("owner: 老王", "owner: [weixin:a, 小红]", ["owner：老王 → weixin:a、小红"]),
        ("", "web: {port: 9000}", ["web.port：8600 → 9000（重启后生效）"]),
        ("", "gateway: {endpoint: 'h:1'}", ["gateway.endpoint：未设置 → h:1（重启后生效）"]),
        ("", "plugins: {shop: off}", ["插件 shop 停用"]),
        (
            "plugins: {shop: {enabled: false, price: 9}}",
            "plugins: {shop: {price: 10}}",
            ["插件 shop 启用", "插件 shop.price：9 → 10"],
        ),
        ("", "rooms: {甲群: {dry_run: true}}", ["新增群「甲群」的设置"]),
        ("rooms: {甲群: {}}", "rooms: {}", ["不再单独设置群「甲群」"]),
        (
            "rooms: {甲群: {}}",
            "rooms: {甲群: {enabled: false, triggers: all, plugins: {shop: off}}}",
            ["群「甲群」停用", "群「甲群」triggers：words → all", "群「甲群」的插件 shop 停用"],
        ),
        (
            "rooms: {甲群: {roles: {admin: 小红}}}",
            "rooms: {甲群: {roles: {admin: [小红, 小明]}}}",
            ["群「甲群」roles.admin：小红 → 小红、小明"],
        ),
        ("", "commands: {aliases: {问问: 问}}", ["commands.aliases.问问：未设置 → 问"]),
    ],
)
def test_changes_are_said_in_chinese(old: str, new: str, lines: list[str]) -> None:
    assert changes(old, new) == lines


def test_a_changed_token_is_told_without_showing_it() -> None:
    old, new = Config().with_token(SecretStr("first-secret")), Config().with_token(SecretStr("second-secret"))
    (line,) = describe_changes(old, new)
    assert "secret" not in line
    assert "重启" in line
