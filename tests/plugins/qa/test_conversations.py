from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bot.model import Role
from bot.plugins.qa import folder as reading
from bot.plugins.qa.files_store import FileContent
from bot.plugins.qa.store import post_by_number
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[2] / "data" / "posts" / "knowledge"


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    for name in ("lock.md", "room.md", "semaphore.md"):
        shutil.copy(DATA / name, folder / name)
    return folder


@pytest.fixture
def room_config(knowledge: Path) -> str:
    return f"knowledge: {knowledge}\ncommands:\n  cooldown: 0s\n"


async def test_a_question_is_answered_in_few_lines_with_its_source(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    (said,) = await alice.says("问 asyncio 怎么限制并发？")
    assert [line for line in said.splitlines() if line.startswith("【把握：高】")] == [
        "【把握：高】[1] 老王 6月22日 #3"
    ]
    assert said.splitlines()[0] == "用 asyncio.Semaphore(n)：同时运行的任务不会超过 n 个。"
    assert len(said.splitlines()) <= 5


async def test_a_question_to_the_bot_needs_no_command(room: SimulatedRoom) -> None:
    (said,) = await room.member("小明").says("@小知 asyncio 怎么限制并发？")
    assert "#3" in said


async def test_the_source_is_the_whole_post_in_plain_lines(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("问 asyncio 怎么限制并发？")
    (said,) = await alice.says("来源 1")
    assert said.startswith(
        "《asyncio 怎么限制并发？》#3\n老王 6月22日 · 标签：python asyncio\n\n用 asyncio.Semaphore(n)"
    )
    assert "`" not in said
    assert await alice.says("来源 #3") == [said]


async def test_what_1_means_is_each_members_own_and_has_a_term(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("问 asyncio 怎么限制并发？")
    (other,) = await bob.says("来源 2")
    assert other == "没有找到「来源 2」，请看看回答里的编号，比如 #57。"
    room.clock.advance(hours=25)
    (said,) = await alice.says("来源 1")
    assert said.startswith("《Redis 分布式锁怎么写才对？》#1")


async def test_what_members_pay_for_is_only_named_to_others(room: SimulatedRoom) -> None:
    (said,) = await room.member("小明").says("问 Redis 分布式锁怎么写才对？")
    assert said.startswith("《Redis 分布式锁怎么写才对？》#1 讲的就是这个，这是会员内容。")
    assert "SET key" not in said
    (said,) = await room.member("小明").says("来源 #1")
    assert "SET key" not in said


async def test_an_expert_reads_what_members_pay_for(room: SimulatedRoom) -> None:
    (said,) = await room.member("专家", Role.EXPERT).says("问 Redis 分布式锁怎么写才对？")
    assert said.startswith("加锁用 SET key value NX PX 毫秒")
    assert "2025年3月2日" in said


async def test_a_post_of_another_room_stays_there(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    (said,) = await alice.says("问 内部部署手册放在哪里？")
    assert "运维盘" not in said
    (said,) = await alice.says("来源 #2")
    assert said.startswith("没有找到")


async def test_edits_in_the_folder_are_taken_in_while_running(room: SimulatedRoom, knowledge: Path) -> None:
    alice = room.member("小明")
    (knowledge / "semaphore.md").unlink()
    shutil.copy(DATA / "reset.md", knowledge / "reset.md")
    room.clock.advance(seconds=10)
    (said,) = await alice.says("问 提交错了怎么撤销上一次 commit")
    assert said.startswith("没推送就用 git reset，推送了就用 git revert。")
    (said,) = await alice.says("来源 #3")
    assert said.startswith("没有找到")


async def test_the_owner_is_told_once_of_a_broken_file_and_the_post_stays(room: SimulatedRoom, knowledge: Path) -> None:
    alice = room.member("小明")
    broken = knowledge / "semaphore.md"
    broken.write_text("---\ntitle: [\n---\n正文", encoding="utf-8")
    room.clock.advance(seconds=10)
    said = await alice.says("问 asyncio 怎么限制并发？")
    told = [text for text in said if "知识目录里有文件没读进来" in text]
    assert len(told) == 1
    assert f"{broken}:3:1: " in told[0]
    assert any("#3" in text for text in said)
    room.clock.advance(seconds=10)
    assert len(await alice.says("问 asyncio 怎么限制并发？")) == 1


async def test_an_answer_survives_a_crash_and_numbers_stay(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("分享 怎么找大key\n用 redis-cli --bigkeys 扫描，只读不阻塞。")
    await room.crash()
    (said,) = await alice.says("问 怎么找大key")
    assert "#4" in said


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Hold back the last file of a large folder until it is set."""
    may_read, read_files = threading.Event(), reading._read_files

    def read_when_told(root: Path, paths: Sequence[str], stamps: dict[str, str]) -> list[FileContent]:
        if any("post229" in path for path in paths):
            may_read.wait()
        return read_files(root, paths, stamps)

    monkeypatch.setattr(reading, "_read_files", read_when_told)
    yield may_read
    may_read.set()


async def test_a_large_folder_is_read_while_the_bot_already_answers(
    room: SimulatedRoom, knowledge: Path, rest: threading.Event
) -> None:
    alice, answered = room.member("小明"), asyncio.Event()
    for number in range(230):
        (knowledge / f"post{number:03}.md").write_text(
            f"# 第{number}号设备\n编号{number}放在架子上。", encoding="utf-8"
        )
    room.clock.advance(seconds=10)
    room.world.watch_acts(lambda _act: answered.set())
    asking = asyncio.create_task(alice.says("问 第100号设备"))
    await answered.wait()
    assert "编号100放在架子上。" in room.said[-1].text
    assert await room.app.storage.read("default", post_by_number, 233) is None
    rest.set()
    assert len(await asking) == 1
    assert "编号229" in (await alice.says("来源 #233"))[0]


async def test_an_overheard_question_is_not_noted(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("zzz qqq vvv www 是什么？") == []
    assert await alice.says("待答") == ["这里没有等待回答的问题。"]


@pytest.mark.parametrize("said", ["我的", "好的", "谢谢", "在吗", "哈哈", "收到", "签到", "套餐", "报错了怎么办", "👍"])
async def test_what_is_no_question_gets_one_kind_line_and_is_not_noted(room: SimulatedRoom, said: str) -> None:
    alice = room.member("小明")
    (answer,) = await alice.says(said, private=True)
    assert "\n" not in answer
    assert "知识库" not in answer
    assert await alice.says("待答", private=True) == ["这里没有等待回答的问题。"]


async def test_a_name_alone_gets_a_list_to_choose_from(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("@小知 asyncio") == [
        "想问「asyncio」的什么呢？知识库里有这几篇，回复数字看全文：\n1. 《asyncio 怎么限制并发？》"
    ]
    (said,) = await alice.says("1")
    assert said.startswith("《asyncio 怎么限制并发？》#3")
    (same,) = await alice.says("问 asyncio")
    assert same.startswith("想问「asyncio」")


async def test_what_is_asked_about_an_answer_needs_no_mention_when_the_answer_is_known(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("@小知 asyncio 怎么限制并发？")
    (said,) = await bob.quotes("asyncio.Semaphore(n)", "提交错了怎么撤销，asyncio 怎么限制并发？")
    assert "#3" in said
    assert await bob.quotes("asyncio.Semaphore(n)", "真的吗？") == []
    assert await bob.quotes("asyncio.Semaphore(n)", "学到了，asyncio 限制并发") == []
    await alice.says("asyncio 怎么限制并发我也想知道")
    assert await bob.quotes("我也想知道", "asyncio 怎么限制并发？") == []


async def test_a_long_post_is_cut_in_the_room_and_whole_in_private(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("分享 怎么写好日志？\n" + "日志要带上下文，不要只写失败。" * 300)
    shown = await alice.says("来源 #4")
    assert sum(map(len, shown)) < 1600
    assert shown[-1].endswith("字，私聊我发「来源 #4」看全文。")
    whole = await alice.says("来源 #4", private=True)
    assert sum(map(len, whole)) > 4500


async def test_a_quoted_question_is_answered_when_the_bot_is_called(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    assert await alice.says("有人知道 asyncio 怎么限制并发吗") == []
    for called in ("@小知", "@小知 这是什么意思？", "@小知 怎么办"):
        (said,) = await bob.quotes("有人知道 asyncio", called)
        assert "#3" in said
    (thanked,) = await bob.quotes("有人知道 asyncio", "@小知 谢谢")
    assert thanked == "不客气，有问题随时叫我。"
