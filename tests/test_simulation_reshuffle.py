"""@reshuffle and @weixin: a login that gives everybody another id, and the id that stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.clock import Clock, VirtualClock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.gateway.simulated_group import World
from bot.simulation import Simulation
from bot.simulation_script import ScriptError, parse_script
from bot.simulation_transcript import TextReporter

SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_every_id_is_another_and_everything_else_stays() -> None:
    world = World(VirtualClock(datetime(2026, 12, 1, tzinfo=UTC)))
    bot, boss, ming = (world.add_contact(name) for name in ("小知", "老王", "小明"))
    world.contacts[ming].weixin = "xiaoming"
    room = world.add_room("Python学习群", boss, [bot, ming], admin_ids=[bot])
    world.rename_contact(ming, "明哥", room)
    ids = world.reshuffle(keep=bot)
    assert ids[bot] == bot
    assert {ids[boss], ids[ming], ids[room]}.isdisjoint({boss, ming, room})
    found = world.rooms[ids[room]]
    assert (found.owner_id, found.admin_ids, found.member_ids) == (ids[boss], [bot], [ids[boss], bot, ids[ming]])
    shown = world.contact_in(ids[room], ids[ming])
    assert (shown.id, shown.name, shown.room_alias, shown.weixin) == (ids[ming], "小明", "明哥", "xiaoming")
    with pytest.raises(KeyError):
        world.room_info(room)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("@reshuffle 小明", "@reshuffle 后面不用写别的"),
        ("@weixin 小明", "请写成 @weixin"),
        ("@weixin 小刚 x", "没有叫「小刚」的人"),
        ("@avatar 小明", "请写成 @avatar"),
        ("@avatar 小刚 face.png", "没有叫「小刚」的人"),
    ],
)
def test_a_line_that_makes_no_sense_is_told(line: str, words: str) -> None:
    with pytest.raises(ScriptError, match=words):
        parse_script(f"@group 群 owner=老王\n@members 小明\n{line}\n")


async def test_who_has_an_id_that_stays_is_known_again_and_the_others_are_not(tmp_path: Path) -> None:
    steps = parse_script(
        "@at 2026-12-01 09:00\n@group Python学习群 owner=老王\n@members 小明 小红\n@weixin 小明 xiaoming\n"
        "小明: 打卡\n小红: 打卡\n@reshuffle\n小明: 打卡\n小红: 打卡\n老王 -> 小知: 状态\n"
    )

    def make_bot(gateway: Gateway, clock: Clock) -> App:
        assert not gateway.capabilities.stable_ids
        config = Config(knowledge=str(tmp_path / "knowledge"))
        return App(config, gateway, clock, data_dir=tmp_path, encoder="none", is_paced=False)

    lines = list[str]()
    await Simulation(steps, make_bot, TextReporter(lines.append, SHANGHAI, "小知"), zone=SHANGHAI).run()
    said = "\n".join(lines).partition("编号都变了")[2]
    assert "今天已经打过卡了" in said
    assert "小明 打卡成功" not in said
    assert "小红 打卡成功" in said
    assert "当前通道不能：保持编号不变" in said  # the owner is known by the room
