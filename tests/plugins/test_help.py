"""帮助 shows what this person may do here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.model import Role
from bot.plugin import Context, Plugin, Settings
from bot.plugins.help import plugin as help_plugin
from tests.router_kit import Bench
from tests.test_router import make_courses, make_talk


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, [make_courses(), make_talk(), help_plugin])
    yield bench
    await bench.storage.close()


async def test_the_list_is_short_and_grouped(bench: Bench) -> None:
    (said,) = await bench.says("帮助")
    assert said == (
        "我会做这些：\n"
        "【课程】报名 · 场次 · 取消 · 抽奖 · 签到 · 开课 · 回放 · 坏\n"
        "【问答】投稿\n"
        "想知道怎么用，发送「帮助 报名」这样；@我 提问也行。"
    )


async def test_a_plugin_of_one_word_takes_no_line_of_its_own(tmp_path: Path) -> None:
    lone: Plugin[Settings] = Plugin("lone", title="榜单")

    @lone.command("榜单")
    async def rank(ctx: Context[Settings]) -> str:
        return ""

    bench = Bench(tmp_path, [lone, make_talk(), help_plugin])
    (said,) = await bench.says("帮助")
    assert said.splitlines()[1:3] == ["【问答】投稿", "【其他】榜单"]
    await bench.storage.close()


async def test_what_a_person_may_not_run_here_is_left_out(bench: Bench) -> None:
    (in_room,), (in_private,) = await bench.says("帮助", role=Role.ADMIN), await bench.says("帮助", room=None)
    assert "警告" in in_room
    assert "我的数据" not in in_room
    assert "警告" not in in_private
    assert "我的数据" in in_private
    assert "真的取消" not in in_room + in_private


async def test_a_plugin_that_is_off_here_is_left_out(bench: Bench) -> None:
    bench.loader.off = {"lectures"}
    assert await bench.says("帮助") == [
        "我会做这些：\n【问答】投稿\n想知道怎么用，发送「帮助 投稿」这样；@我 提问也行。"
    ]
    assert await bench.says("/帮助 报名") == ["用法：帮助 [指令]，例如：帮助 帮助"]
    bench.loader.off = {"lectures", "talk"}
    assert await bench.says("菜单") == ["这里还没有能用的指令，@我 提问也行。"]


async def test_one_command_is_shown_with_its_example_and_limits(bench: Bench) -> None:
    assert await bench.says("帮助 報名") == ["报名 <场次>\n例如：报名 fastapi-101"]
    assert await bench.says("帮助 /抽奖") == ["抽奖\n每 60 秒一次。"]
    assert await bench.says("帮助 签到") == ["签到 <数字>\n每人每天 2 次。"]
    assert await bench.says("help 真的取消") == ["真的取消 <场次>"]


async def test_the_example_of_help_holds(bench: Bench) -> None:
    for example in help_plugin.commands[0].examples:
        assert await bench.says(example.typed) == [example.answered]


@pytest.mark.parametrize("raw", ["帮助别人", "帮助 别人", "帮助大家就是帮助自己", "帮助 警告"])
async def test_chat_about_helping_stays_chat(bench: Bench, raw: str) -> None:
    assert await bench.says(raw) == []
