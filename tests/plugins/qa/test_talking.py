"""Follow-ups, one question back, and the next sources, in the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import Role
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow

POSTS = {
    "port": (
        "端口被占用怎么查",
        "linux",
        "用 ss 查谁在监听这个端口。查到进程再决定。\n\n要紧的服务先别杀。\n\nWindows 上用 netstat 查端口。",
    ),
    "limit": (
        "asyncio 怎么限制并发？",
        "asyncio",
        (
            "用 Semaphore 限制并发就可以。它只许几个任务同时运行。\n\n```python\nsem = Semaphore(10)\n```\n\n"
            "因为任务太多会占满内存，所以要限制。"
        ),
    ),
    "thread": ("多线程怎么限制并发？", "线程", "多线程用线程池限制并发，设 max_workers。"),
    "ignore": ("文件忽略没有生效", "git", "忽略没有生效是因为文件提交过。"),
    "index": ("索引建了没有生效", "sql", "索引没有生效是因为用了函数。"),
}


@pytest.fixture
def room_config(tmp_path: Path) -> str:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    for name, (title, tag, body) in POSTS.items():
        (folder / f"{name}.md").write_text(
            f"---\nid: {name}\ntitle: {title}\nauthor: 老王\ntags: [{tag}]\n---\n{body}\n", encoding="utf-8"
        )
    return f"knowledge: {folder}\ncommands:\n  cooldown: 0s\n"


async def test_a_follow_up_goes_on_with_the_members_own_question(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("@小知 端口被占用怎么查？")
    await bob.says("@小知 asyncio 怎么限制并发？")
    (said,) = await alice.says("那 Windows 上呢？")
    assert "Windows 上用 netstat 查端口。" in said
    (why,) = await alice.quotes("那 Windows", "为什么")
    assert "按「Windows 端口被占用怎么查？」理解" in why


async def test_a_follow_up_survives_a_restart_and_ends_with_its_term(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    await room.crash()
    room.clock.advance(minutes=9)
    (said,) = await alice.says("@小知 那 Windows 上呢？")
    assert "netstat" in said
    room.clock.advance(minutes=11)
    assert await alice.says("@小知 那 Windows 上呢？") == [
        "您是接着哪个问题问的？请把问题写完整再问我一次，比如「Windows 上端口被占用怎么查」。"
    ]


async def test_a_new_topic_takes_the_place_of_the_old_one(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    await alice.says("@小知 asyncio 怎么限制并发？")
    (said,) = await alice.says("换成多线程怎么写")
    assert said.startswith("多线程用线程池限制并发")


async def test_without_the_bots_name_a_follow_up_comes_at_once_or_quotes_the_answer(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("@小知 端口被占用怎么查？")
    assert await bob.says("那 Windows 上呢？") == []
    assert await bob.says("为什么？") == []
    (said,) = await bob.quotes("ss 查谁", "那 Windows 上呢？")
    assert "netstat" in said
    room.clock.advance(minutes=3)
    assert await alice.says("那 Windows 上呢？") == []
    (said,) = await alice.says("@小知 那 Windows 上呢？")
    assert "netstat" in said


async def test_what_the_posts_do_not_speak_of_is_not_answered(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 asyncio 怎么限制并发？")
    assert await alice.says("换成 Haskell 怎么写") == []
    (said,) = await alice.says("@小知 换成 Haskell 怎么写")
    assert said.startswith("知识库里还没有这个问题的答案")
    (listed,) = await alice.says("待答")
    assert "Haskell 怎么限制并发" in listed


async def test_reasons_and_examples_come_from_the_post_at_hand(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 asyncio 怎么限制并发？")
    assert await alice.says("为什么？") == ["因为任务太多会占满内存，所以要限制。\n[1] 老王 #3\n发送「来源 #3」看全文"]
    (said,) = await alice.says("有例子吗")
    assert said.splitlines()[0] == "sem = Semaphore(10)"
    (said,) = await alice.says("@小知 具体怎么做")
    assert said.startswith("具体的写在《asyncio 怎么限制并发？》里。")


async def test_the_bare_command_still_tells_why_the_bot_answered(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    (said,) = await alice.says("@小知 为什么")
    assert "当作提问交给「知识问答」回答" in said


async def test_more_shows_the_next_sources_under_their_numbers(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("更多") == ["还没有回答过您的问题，先问我一个吧，比如「asyncio 怎么限制并发」。"]
    await alice.says("@小知 asyncio 怎么限制并发？")
    (said,) = await alice.says("更多")
    assert said.startswith("还有这几篇，回复数字看全文：\n2. 《多线程怎么限制并发？》")
    (post,) = await alice.says("2")
    assert "限制并发" in post
    assert await alice.says("来源 2") == [post]
    assert await alice.says("更多") == ["这个问题没有更多出处了，换个说法再问一次试试。"]


async def test_the_bare_word_without_an_answer_shows_no_post(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("来源") == []
    assert await alice.says("@小知 来源") == ["还没有回答过您的问题，先问我一个吧，比如「asyncio 怎么限制并发」。"]
    await alice.says("@小知 端口被占用怎么查？")
    (said,) = await alice.says("来源")
    assert said.startswith("《端口被占用怎么查》")


async def test_a_place_the_answer_does_not_have_is_no_posts_number(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("@小知 端口被占用怎么查？")
    assert await alice.says("来源 5") == [
        "上次的回答只有 1 个出处，发送「来源 1」看；要看第 5 号帖子，请发「来源 #5」。"
    ]
    (said,) = await alice.says("来源 #5")
    assert said.startswith("《")


async def test_an_ambiguous_question_is_asked_back_once_and_the_choice_answers(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    (asked,) = await alice.says("@小知 为什么没有生效？")
    assert asked.startswith("您问的是哪一个？回复数字：\n1. ")
    assert "索引建了没有生效" in asked
    number = asked.splitlines().index(next(line for line in asked.splitlines() if "索引" in line))
    (said,) = await alice.says(str(number))
    assert said.startswith("索引没有生效是因为用了函数。")
    bob = room.member("小红")
    (asked,) = await bob.says("@小知 为什么没有生效？")
    (again,) = await bob.says("@小知 怎么没有生效？")
    assert asked.startswith("您问的是哪一个？")
    assert not again.startswith("您问的是哪一个？")


async def test_the_owner_sees_how_a_question_hits(room: SimulatedRoom) -> None:
    (said,) = await room.owner.says("命中 端口被占用怎么查")
    lines = said.splitlines()
    assert lines[0].startswith("命中「端口被占用怎么查」（语义和关键词，")
    assert lines[1] == "回答线 0.450，相关线 0.250"
    assert lines[2].startswith("1. #4《端口被占用怎么查》")
    assert lines[3].endswith("→ 作答")
    assert lines[-1] == "会回答，把握高。"
    assert await room.member("小明", Role.MEMBER).says("命中 端口") == []


async def test_posts_for_members_only_stay_closed_to_follow_ups(room: SimulatedRoom, tmp_path: Path) -> None:
    paid = tmp_path / "knowledge" / "limit.md"
    paid.write_text(paid.read_text(encoding="utf-8").replace("author:", "access: member\nauthor:"), encoding="utf-8")
    room.clock.advance(seconds=10)
    alice = room.member("小明")
    (said,) = await alice.says("@小知 asyncio 怎么限制并发？ Semaphore 内存")
    assert "会员内容" in said
    for said_next in ("@小知 为什么会这样？", "@小知 有例子吗", "@小知 具体怎么做"):
        assert not any("Semaphore(10)" in text or "占满内存" in text for text in await alice.says(said_next))
