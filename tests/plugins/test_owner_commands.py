"""状态, 暂停, 恢复, 插件 and 为什么 in a simulated room."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.plugin import Context, Plugin, Verdict, VerdictAction
from bot.search.semantic import Backlog
from bot.search.service import Search
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow

pytest_plugins = ["bot.testing"]


def make_ding() -> Plugin[Any]:
    plugin: Plugin[Any] = Plugin("ding", title="叮咚")

    @plugin.command("叮", cooldown=60)
    async def ding(ctx: Context[Any]) -> str:
        """叮：回一声。"""
        return "咚"

    @plugin.command("炸")
    async def boom(ctx: Context[Any]) -> str:
        """炸：出错。"""
        raise ZeroDivisionError

    @plugin.guard
    async def check(ctx: Context[Any]) -> Verdict | None:
        if "加微信" not in ctx.text:
            return None
        return Verdict(action=VerdictAction.REMIND, rule="ad", reason="像是广告：「加微信」", score=0.9)

    return plugin


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return [make_ding()]


@pytest.fixture
def room_config(tmp_path: Path) -> str:
    (tmp_path / "nothing").mkdir()
    return f"knowledge: {tmp_path / 'nothing'}\n"  # sixty posts would take most of the time


async def test_a_member_may_not_ask_for_the_status(room: SimulatedRoom) -> None:
    assert not any("今日已发" in text for text in await room.member("小明").says("状态"))


async def test_the_owner_reads_the_status_in_private(room: SimulatedRoom) -> None:
    await room.member("小明").says("叮")
    said = await room.owner.says("状态")
    report = next(text for text in said if "今日已发" in text)
    assert report.startswith("通道正常。")
    assert "今日已发 1/" in report
    assert "群主，已私聊回复您。" in said


@pytest.mark.parametrize(
    ("is_replacing", "line"),
    [
        (True, "换了编码器，正在重新计算向量：320/1000 段，没算完的先按关键词找。"),
        (False, "语义检索正在计算向量：320/1000 段，没算完的先按关键词找。"),
    ],
)
async def test_the_status_tells_how_far_encoding_is(
    room: SimulatedRoom, monkeypatch: pytest.MonkeyPatch, line: str, *, is_replacing: bool
) -> None:
    monkeypatch.setattr(Search, "backlog", Backlog(320, 1000, is_replacing=is_replacing))
    assert line in "\n".join(await room.owner.says("状态")).splitlines()


async def test_the_status_names_faults_missing_powers_and_stopped_plugins(room: SimulatedRoom) -> None:
    room.gateway.lose(can_remove=False)
    for _ in range(3):
        await room.member("小明").says("炸")
        room.clock.advance(seconds=10)
    report = "\n".join(await room.owner.says("状态"))
    assert "停用：ding（「Python学习群」，10 分钟内出错 3 次：ZeroDivisionError）" in report
    assert "插件 ding 出错：ZeroDivisionError" in report
    assert "当前通道不能：移除成员。" in report


async def test_a_paused_bot_answers_the_owner_only(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await room.owner.says("暂停") == ["好的，我在这个群里先不说话了，发「恢复」继续。"]
    assert await alice.says("叮") == []
    assert await room.owner.says("恢复") == ["好的，我回来了。"]
    assert await alice.says("叮") == ["咚"]


async def test_a_pause_outlives_a_crash(room: SimulatedRoom) -> None:
    await room.owner.says("暂停")
    await room.crash()
    assert await room.member("小明").says("叮") == []


async def test_the_owner_sees_and_switches_plugins(room: SimulatedRoom) -> None:
    assert any("ding 叮咚：开" in text for text in await room.owner.says("插件"))
    assert await room.owner.says("插件 停用 叮咚") == ["已在这个群停用「ding」。"]
    assert any("ding 叮咚：停用（群主停用）" in text for text in await room.owner.says("插件"))
    assert await room.member("小明").says("叮") == []
    room.clock.advance(seconds=10)
    assert await room.owner.says("插件 启用 ding") == ["已在这个群启用「ding」。"]
    assert await room.member("小明").says("叮") == ["咚"]


async def test_the_plugin_command_cannot_be_switched_off(room: SimulatedRoom) -> None:
    assert await room.owner.says("插件 停用 admin") == ["插件管理不能停用，否则没有办法再打开。"]


async def test_an_unknown_plugin_is_answered_with_what_to_do(room: SimulatedRoom) -> None:
    assert await room.owner.says("插件 启用 没有的") == ["没有插件「没有的」，发「插件」看有哪些。"]


async def test_a_built_in_plugin_can_be_reloaded_while_the_bot_runs(room: SimulatedRoom) -> None:
    assert await room.owner.says("插件 重载 why") == ["已重载「why」。"]
    room.clock.advance(seconds=10)
    assert await room.member("小明").says("@小知 为什么") != []


async def test_a_plugin_without_a_file_says_why_it_cannot_be_reloaded(room: SimulatedRoom) -> None:
    assert await room.owner.says("插件 重载 ding") == [
        "没有重载「ding」，旧的还在用：plugin ding was not loaded from a file"
    ]


async def test_why_names_the_command_that_ran(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("叮")
    room.clock.advance(seconds=10)
    assert await alice.says("@小知 为什么") == ["单独的指令词，执行了指令「叮」。"]


async def test_why_names_the_cooldown_of_a_refused_command(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    for _ in range(2):
        await alice.says("叮")
        room.clock.advance(seconds=10)
    [told] = await alice.says("@小知 为什么")
    assert "「叮」冷却剩" in told


async def test_why_tells_that_chat_was_not_meant_for_the_bot(room: SimulatedRoom) -> None:
    await room.member("小红").says("今天天气不错")
    assert await room.member("小明").quotes("今天天气", "为什么") == ["没有 @我，本群只在 @我 或用指令时回答。"]


async def test_why_names_the_verdict_of_a_guard(room: SimulatedRoom) -> None:
    await room.member("小刚").says("快加微信")
    [told] = await room.member("小明").quotes("快加微信", "为什么")
    assert told == "触发了群规「ad」：像是广告：「加微信」，把握 0.90。已在群里提醒。"


async def test_why_on_an_answer_of_the_bot_names_the_question(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("叮")
    room.clock.advance(seconds=10)
    [told] = await alice.quotes("咚", "为什么")
    assert told.startswith("这是在回答 小明 的「叮」。")


async def test_why_says_so_when_nothing_is_on_record(room: SimulatedRoom) -> None:
    [told] = await room.member("小明").says("为什么", private=True)
    assert told.startswith("没有找到这条消息的记录")


async def test_people_may_ask_each_other_why(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("今天天气不错")
    assert await alice.says("为什么") == []
    assert await alice.says("为啥？") == []
    assert await alice.says("@小知 为什么") != []
    assert await alice.says("/为什么") != []


async def test_why_on_an_answer_that_rang_the_asker_names_the_question(room: SimulatedRoom) -> None:
    await room.member("小明").says("@小知 叮")
    [told] = await room.member("小红").quotes("咚", "为什么")
    assert told.startswith("这是在回答 小明 的「")
