"""Plugins written for python-wechaty, in the host."""

import sys
from pathlib import Path
from typing import Any

import pytest

from bot.config_model import Config
from bot.gateway.wechaty_plugins import host_all, hosted_by
from bot.supervisor import SORRY
from tests.dispatcher_harness import Group, running

THEIRS = """
from wechaty import WechatyPlugin

class DingDong(WechatyPlugin):
    async def init_plugin(self, wechaty):
        self.started_as = wechaty.user_self().name

    async def on_message(self, msg):
        if msg.text() == "ding":
            room = msg.room()
            await (room or msg.talker()).say("dong" if room is None else f"dong {await room.topic()}")
        elif msg.text() == "who":
            await msg.say(f"{self.started_as} {msg.talker().name} {msg.type().name}")

    async def on_room_join(self, room, invitees, inviter, date):
        await room.say("欢迎 " + invitees[0].name)

class Raising(WechatyPlugin):
    async def on_message(self, msg):
        raise RuntimeError("theirs")

class NotOne:
    pass
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "their_plugins.py").write_text(THEIRS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "their_plugins"
    sys.modules.pop("their_plugins", None)


@pytest.mark.process
async def test_their_plugins_answer_and_one_that_raises_stops_no_other(module: str, tmp_path: Path) -> None:
    plugins, faults = host_all([f"{module}:Raising", f"{module}:DingDong"], tmp_path / "cache")
    assert faults == []
    group = Group()
    async with running(group, tmp_path, plugins) as bot:
        group.say("小明", "ding")
        said = await bot.settle()
        assert "dong Python学习群" in said
        assert SORRY not in said
        group.whisper("小明", "ding")
        assert "dong" in await bot.settle()
        group.say("小红", "who")
        assert "小知 小红 MESSAGE_TYPE_TEXT" in await bot.settle()
        newcomer = group.world.add_contact("阿强")
        group.world.join(group.rooms["Python学习群"], [newcomer])
        assert "欢迎 阿强" in await bot.settle()


@pytest.mark.process
def test_what_is_no_wechaty_plugin_is_refused_by_its_path(module: str, tmp_path: Path) -> None:
    plugins, faults = host_all([f"{module}:NotOne", f"{module}:Gone", "nowhere_at_all:X"], tmp_path)
    assert plugins == []
    assert [str(fault).partition(":")[0] for fault in faults] == [module, module, "nowhere_at_all"]


@pytest.mark.process
def test_nothing_is_hosted_unless_the_file_asks_for_it(module: str, tmp_path: Path) -> None:
    assert hosted_by(Config(), tmp_path) == []
    config = Config.model_validate({"plugins": {"wechaty_plugins": {"classes": [f"{module}:DingDong"]}}})
    assert [plugin.name for plugin in hosted_by(config, tmp_path)] == ["wechaty_plugins", "wechaty_dingdong"]
