"""Simulation scripts are read exactly as DESIGN §6 shows them, and faults carry their line."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulation_script import ScriptError, parse_script, read_script
from bot.simulation_steps import (
    AddMembers,
    Advance,
    AskFriend,
    ComeBack,
    Crash,
    EditSchedules,
    GoDown,
    Join,
    Leave,
    OpenGroup,
    Recall,
    Remember,
    Rename,
    RenameGroup,
    Say,
    SendFile,
    SetTime,
    Step,
    UseGroup,
)

DESIGN = """\
@group Python学习群 owner=老王            # a room and its owner; the bot (小知) is in it
@members 小明 小红 小刚
@at 2026-12-01 09:00
小明: @小知 asyncio 怎么限制并发？
小红: 报名 fastapi-101
小红 -> 小知: 我的                        # private chat
+30m                                     # let virtual time pass; due timers fire in order
@join 阿强 by 小明
@leave 小刚
@image 小明 poster.png
@quote 小红 "asyncio 用 Semaphore" 收录     # quotes the latest message that contains the text
@recall 小明
@crash                                   # the process dies here without notice and starts again on the same data
"""


def test_the_example_of_the_design_is_read_as_it_stands() -> None:
    assert parse_script(DESIGN) == [
        OpenGroup(line=1, topic="Python学习群", owner="老王"),
        AddMembers(line=2, names=("小明", "小红", "小刚")),
        SetTime(line=3, when=datetime(2026, 12, 1, 9, 0)),  # noqa: DTZ001 - scripts are in the room's zone
        Say(line=4, talker="小明", text="@小知 asyncio 怎么限制并发？"),
        Say(line=5, talker="小红", text="报名 fastapi-101"),
        Say(line=6, talker="小红", to="小知", text="我的"),
        Advance(line=7, by=timedelta(minutes=30)),
        Join(line=8, names=("阿强",), by="小明"),
        Leave(line=9, name="小刚"),
        SendFile(line=10, talker="小明", path="poster.png"),
        Say(line=11, talker="小红", text="收录", quoting="asyncio 用 Semaphore"),
        Recall(line=12, talker="小明"),
        Crash(line=13),
    ]


def read_last(line: str, before: str = "@group 群 owner=老王\n@members 小明 小红\n@at 2026-12-01 09:00\n") -> Step:
    return parse_script(before + line)[-1]


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("小明：你好：大家", Say(line=4, talker="小明", text="你好：大家")),
        ("小明:没有空格", Say(line=4, talker="小明", text="没有空格")),
        ("小明 → 小知：我的", Say(line=4, talker="小明", to="小知", text="我的")),
        ("小明->小红: 悄悄话", Say(line=4, talker="小明", to="小红", text="悄悄话")),
        ("小明: x = 1 # 注释也是话", Say(line=4, talker="小明", text="x = 1 # 注释也是话")),
        ("小明: 见 http://a.cn:80/#x", Say(line=4, talker="小明", text="见 http://a.cn:80/#x")),
        ("小明: 第一行 \\\n  第二行", Say(line=4, talker="小明", text="第一行\n第二行")),
        ("小明: <<完\ndef f():\n    pass  # 代码\n完", Say(line=4, talker="小明", text="def f():\n    pass  # 代码")),
        ("@quote 小明 “你好” 收录", Say(line=4, talker="小明", quoting="你好", text="收录")),
        ("@quote 小明 -> 小知 「你好」为什么", Say(line=4, talker="小明", to="小知", quoting="你好", text="为什么")),
        ("@file 小明 讲义 第一章.pdf", SendFile(line=4, talker="小明", path="讲义 第一章.pdf", is_image=False)),
        ("@image 小明 -> 小知 a.png", SendFile(line=4, talker="小明", to="小知", path="a.png")),
        ("@recall 小明 “你好”", Recall(line=4, talker="小明", fragment="你好")),
        ("@rename 小明 明哥", Rename(line=4, name="小明", new_name="明哥")),
        ("@alias 小明 助教小明", Rename(line=4, name="小明", new_name="助教小明", in_room=True)),
        ("@topic 新群 by 老王", RenameGroup(line=4, topic="新群", by="老王")),
        ("@leave 小明 by 老王", Leave(line=4, name="小明", by="老王")),
        ("@join 阿强、阿美 by 小知", Join(line=4, names=("阿强", "阿美"), by="小知")),
        ("@friend 路人 我是小明的朋友", AskFriend(line=4, name="路人", hello="我是小明的朋友")),
        ("@group Go 群 owner=阿美 admins=小明,小红 bot=member",
         OpenGroup(line=4, topic="Go 群", owner="阿美", admins=("小明", "小红"), is_bot_admin=False)),
        ("@at 2026-12-05T20:00:30", SetTime(line=4, when=datetime(2026, 12, 5, 20, 0, 30))),  # noqa: DTZ001
        ("@at 8:30", SetTime(line=4, when=datetime(2026, 12, 2, 8, 30))),  # noqa: DTZ001
        ("+1d2h", Advance(line=4, by=timedelta(days=1, hours=2))),
        ("+ 90s # 一会儿", Advance(line=4, by=timedelta(seconds=90))),
        ("@down", GoDown(line=4)),
        ("@up", ComeBack(line=4)),
        ("@crash 1d", Crash(line=4, down_for=timedelta(days=1))),
        ("@schedules 改期.yaml  # 老王改了时间", EditSchedules(line=4, path="改期.yaml")),
        ("@schedules <<完\nsessions:\n  - id: a  # 一\n完", EditSchedules(line=4, text="sessions:\n  - id: a  # 一\n")),
        ("@schedules <<完\nsessions: []\n完", EditSchedules(line=4, text="sessions: []\n")),
        ("@remember code", Remember(line=4, name="code", pattern=r"\d{4,}")),
        ("@remember order (D\\d+)", Remember(line=4, name="order", pattern=r"(D\d+)")),
        ("@room 群", UseGroup(line=4, topic="群")),
    ],
)  # fmt: skip
def test_every_form_is_read(line: str, step: Step) -> None:
    assert read_last(line) == step


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("小李: 你好", "没有叫「小李」的人，先用 @members 或 @join 加进来"),
        ("小明名: 你好", "是不是「小明」？"),
        ("小知: 我来说", "小知 是机器人自己，不能替它说话"),
        ("小明:", "小明 没有说话"),
        ("随便写一句", "看不懂这一行"),
        ("@memebers 小明", "没有 @memebers 这个指令，是不是 @members？"),
        ("@什么", "可用的有 @group"),
        ("+三十", "看不懂，请写成"),
        ("+30", "缺少单位"),
        ("@at 明天", "时间 '明天' 看不懂"),
        ("@at 2026-11-30 09:00", "时间不能倒退"),
        ("@at 2026-12-05 09:00+08:00", "时间不要带时区"),
        ("@quote 小明 收录", "引用要写成"),
        ("@image 小明", "请写成 @image 小明 poster.png"),
        ("@down now", "@down 后面不用写别的"),
        ("@crash now", "看不懂，请写成"),
        ("@schedules", "请写成 @schedules 文件名.yaml"),
        ("@remember", "请写成 @remember code"),
        ("@remember 1x", "请写成 @remember code"),
        ("@remember code (", "「(」不是正则表达式"),
        ("@group 群 owner=老王", "已经有了"),
        ("@group owner=老王", "请写成 @group 群名"),
        ("@group 新 bot=god", "bot= 只能是"),
        ("@room 没有", "没有群「没有」"),
        ("@join 小明", "小明 已经在群「群」里了"),
        ("@join 小知", "本来就在群里"),
        ("@join", "请写成 @join"),
        ("@members", "请写成 @members"),
        ("@topic", "请写成 @topic"),
        ("@rename 小明", "请写成 @rename"),
        ("@leave 小明\n小明: 我还在", "小明 不在群「群」里"),
        ("@leave 小明\n@leave 小明", "小明 不在群「群」里"),
        ("@friend", "请写成 @friend"),
        ("小明: <<完\n没有结束", "找不到结束这段话的「完」"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line: str, advice: str) -> None:
    with pytest.raises(ScriptError) as caught:
        read_last(line)
    (fault,) = caught.value.faults
    assert advice in fault.message
    assert fault.line in {4, 5}


def test_talking_needs_a_room() -> None:
    with pytest.raises(ScriptError, match="还没有群"):
        parse_script("@members 小明")


def test_all_faults_are_told_at_once_with_file_and_line() -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script("@group 群\n\n小李: 你好\n@cash\n", "a.txt")
    assert str(caught.value).splitlines() == [
        "a.txt:3: 没有叫「小李」的人，先用 @members 或 @join 加进来",
        "a.txt:4: 没有 @cash 这个指令，是不是 @crash？",
    ]


def test_after_a_rename_the_new_name_is_used() -> None:
    step = read_last("@rename 小明 明哥\n@topic 新群\n明哥: 我改名了")
    assert step == Say(line=6, talker="明哥", text="我改名了")
    with pytest.raises(ScriptError, match="没有叫「小明」的人"):
        read_last("@rename 小明 明哥\n小明: 旧名字")


def test_files_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="打不开这个文件"):
        read_script(tmp_path / "没有.txt")
    (tmp_path / "gbk.txt").write_bytes("小明: 你好".encode("gbk"))
    with pytest.raises(ScriptError, match="不是 UTF-8"):
        read_script(tmp_path / "gbk.txt")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    path.write_bytes("\ufeff@group 群\r\n@members 小明\r\n小明: 你好\r\n".encode())
    assert read_script(path)[-1] == Say(line=3, talker="小明", text="你好")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_text_breaks_the_parser(source: str) -> None:
    for before in ("", "@group 群\n@members 小明\n"):
        lines: list[int] = []
        try:
            lines = [step.line for step in parse_script(before + source)]
        except ScriptError as error:
            lines = [fault.line for fault in error.faults]
        assert lines == sorted(lines)
        assert all(line > 0 for line in lines)


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(words, st.lists(words, min_size=1, max_size=5))
def test_what_is_said_comes_through_unchanged(talker: str, parts: list[str]) -> None:
    text = "：".join(parts)
    script = f"@group 群\n@members x{talker}\nx{talker}: {text}"
    assert parse_script(script)[-1] == Say(line=3, talker=f"x{talker}", text=text)
