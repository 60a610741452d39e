from __future__ import annotations

import pytest

from bot.plugins.qa.model import Draft, Source
from bot.plugins.qa.store import publish_post, put_post
from bot.testing import SimulatedRoom

pytestmark = pytest.mark.slow

ASKED = "zzz qqq vvv www"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\nplugins:\n  questions:\n    notice_pairs: true\n    review_months: 1\n"


async def add(room: SimulatedRoom, title: str, date: str, source: Source = Source.SHARE) -> None:
    draft = Draft(
        title=title,
        body="正文写在这里，长一点。",
        id="a" if source is Source.KNOWLEDGE else "",
        date=date,
        source=source,
    )
    put = put_post if source is Source.KNOWLEDGE else publish_post
    await room.app.storage.run("default", put, draft, room.clock.now())
    await room.app.drain()


async def test_the_report_counts_what_was_asked_and_answered(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await add(room, "怎么请年假", "2026-11-30")
    await add(room, "食堂几点开门", "2026-10-01")
    await alice.says("问 怎么请年假")
    await alice.says(f"问 {ASKED}")
    await bob.says(f"问 请问 {ASKED}")
    sent, note = await room.owner.says("报告")
    assert note == "群主，已私聊回复您。"
    assert sent.splitlines() == [
        "「Python学习群」近 7 天问了 3 次，答上 33%。",
        "问得最多：",
        f"· 请问 {ASKED}（2 次）",
        "还没有答案 1 个，最早的：",
        f"· Q1 {ASKED}（小明）",
        "用得最多的帖子：",
        "· #1《怎么请年假》1 次",
    ]
    (everywhere,) = await room.owner.says("报告", private=True)
    assert everywhere.startswith("所有群近 7 天问了 3 次")
    assert await alice.says("报告") == []


async def test_a_post_is_unused_a_month_after_it_could_have_been_used(room: SimulatedRoom) -> None:
    await add(room, "食堂几点开门", "2020-10-01")
    await room.member("小明").says(f"问 {ASKED}")
    room.clock.advance(days=20)
    await add(room, "怎么请年假", "2020-11-30")
    room.clock.advance(days=10)
    (before,) = [text for text in await room.owner.says("报告", private=True) if "近 7 天" in text]
    assert "还没用上" not in before
    room.clock.advance(days=2)
    (after,) = [text for text in await room.owner.says("报告", private=True) if "近 7 天" in text]
    assert "满一个月还没用上的帖子有 1 篇：#1。" in after
    room.clock.advance(days=20)
    (later,) = [text for text in await room.owner.says("报告", private=True) if "近 7 天" in text]
    assert "满一个月还没用上的帖子有 2 篇：#1、#2。" in later


async def test_what_went_on_with_a_question_is_named_with_it(room: SimulatedRoom) -> None:
    for name in ("小明", "小红"):
        await room.member(name).says(f"@小知 {ASKED} 怎么弄？")
        await room.member(name).says("@小知 那 Windows 上呢？")
    (sent,) = await room.owner.says("报告", private=True)
    assert set(sent.splitlines()[2:4]) == {
        f"· {ASKED} 怎么弄？（2 次）",
        f"· {ASKED} 怎么弄，接着问「那 Windows 上呢」（2 次）",
    }


async def test_what_somebody_typed_names_what_others_meant(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await bob.says(f"@小知 Windows {ASKED} 怎么弄")
    await alice.says(f"@小知 {ASKED} 怎么弄？")
    await alice.says("@小知 那 Windows 上呢？")
    (sent,) = await room.owner.says("报告", private=True)
    assert sent.splitlines()[2] == f"· Windows {ASKED} 怎么弄（2 次）"


async def test_an_answer_that_did_not_help_counts_once_as_none(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await add(room, "怎么请年假", "2026-11-30")
    await alice.says("问 怎么请年假")
    await alice.says("没用")
    (kept,) = await alice.says("1")
    assert "已记成待答（Q1）" in kept
    (sent,) = await room.owner.says("报告", private=True)
    assert sent.splitlines()[0] == "所有群近 7 天问了 1 次，答上 0%。"
    assert "还没有答案 1 个，最早的：" in sent


async def test_a_quiet_week_is_one_line(room: SimulatedRoom) -> None:
    assert await room.owner.says("报告", private=True) == ["所有群近 7 天没有人提问。"]


async def test_old_posts_on_what_changes_fast_are_looked_at_again(room: SimulatedRoom) -> None:
    assert await room.owner.says("复核", private=True) == ["没有需要核对的帖子。"]
    await add(room, "Docker 怎么装", "2026-01-02")
    await add(room, "怎么请年假", "2026-01-02")
    await add(room, "docker 新的装法", "2026-11-22")
    await add(room, "docker 文件里的", "2026-01-02", Source.KNOWLEDGE)
    (listed,) = await room.owner.says("复核", private=True)
    assert listed.splitlines() == [
        "可能过时的帖子有 2 篇：",
        "#1《Docker 怎么装》2026年1月写的，「docker」变得快",
        "#4《docker 文件里的》2026年1月写的，「docker」变得快",
        "还对就发「复核 #1 有效」，1 个月内不再提醒；过时了发「复核 #1 过期」。",
    ]
    assert await room.owner.says("复核 #1 有效") == ["#1《Docker 怎么装》记为有效，1 个月内不再提醒。"]
    (said,) = await room.owner.says("复核 #4 过期")
    assert "它来自知识目录，请在文件里修改或删除" in said
    assert await room.owner.says("复核", private=True) == ["没有需要核对的帖子。"]
    room.clock.advance(days=32)
    (listed,) = [text for text in await room.owner.says("复核", private=True) if "可能过时" in text]
    assert "#1" in listed
    assert await room.owner.says("复核 #1 过期") == ["#1《Docker 怎么装》已过期，撤下了，不再用来回答。"]
    assert await room.owner.says("复核 #1 有效") == ["没有找到 #1，发送「复核」看看有哪些。"]


async def test_posts_that_members_found_useless_come_first(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await add(room, "Docker 怎么装", "2026-01-02")
    await add(room, "怎么请年假", "2026-11-30")
    await alice.says("问 怎么请年假")
    await alice.says("没用")
    (listed,) = await room.owner.says("复核", private=True)
    assert listed.splitlines()[1:3] == [
        "#2《怎么请年假》1 人说没用",
        "#1《Docker 怎么装》2026年1月写的，「docker」变得快",
    ]


async def test_a_review_says_what_came_of_it(room: SimulatedRoom) -> None:
    await add(room, "怎么请年假", "2026-11-30")
    assert await room.owner.says("复核 #1") == ["请写上结果：「复核 #1 有效」或「复核 #1 过期」。"]
    assert await room.owner.says("复核 #9 有效") == ["没有找到 #9，发送「复核」看看有哪些。"]
    assert await room.member("小明").says("复核 #1 过期") == []


async def test_good_answers_in_the_chat_are_proposed_to_the_owner(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("李四")
    await room.clock.advance(days=4)
    await alice.says("pytest 的 fixture 怎么在多个文件里共用")
    await bob.says("放到 conftest.py 里就行，同目录的测试都能直接用。")
    await alice.says("搞定了，谢谢")
    await alice.says("vscode 里怎么切换解释器")
    await bob.quotes("vscode 里怎么切换", "按 Ctrl+Shift+P，选 Python: Select Interpreter。")
    await room.texts()
    await room.clock.advance(days=1, hours=11, minutes=1)
    (told,) = await room.texts()
    lines = [
        "1. 问：pytest 的 fixture 怎么在多个文件里共用",
        "   答：李四：放到 conftest.py 里就行，同目录的测试都能直接用。",
        "2. 问：vscode 里怎么切换解释器",
        "   答：李四：按 Ctrl+Shift+P，选 Python: Select Interpreter。",
    ]
    head, foot = "本周「Python学习群」有 2 组问答值得收录：", "发送「候选」逐条选；收录之前会先征得回答的人同意。"
    assert told.splitlines() == [head, *lines, foot]
    (listed,) = await room.owner.says("候选", private=True)
    assert listed.splitlines()[1:] == lines
    assert await room.owner.says("忽略问答 2", private=True) == ["好的，第 2 组不收录。"]
    assert await room.owner.says("忽略问答 2", private=True) == ["没有第 2 组待定的问答，发送「候选」看看有哪些。"]
    assert await alice.says("候选") == []
    await room.texts()
    await room.clock.advance(days=7)
    assert await room.texts() == []


async def test_a_noticed_answer_becomes_a_post_when_its_author_agrees(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("李四")
    await alice.says("pytest 的 fixture 怎么在多个文件里共用")
    await bob.quotes("pytest 的 fixture", "放到 conftest.py 里就行，同目录的测试都能直接用。")
    await room.clock.advance(hours=20)
    sent = await room.owner.says("收录问答 1", private=True)
    assert "好的，正在征求 李四 的同意，答应了就收进知识库。" in sent
    assert len(sent) == 2
    assert await alice.says("问 fixture 怎么共用") != []
    (thanks, *_) = await bob.says("同意")
    assert "已收录 #1《pytest 的 fixture 怎么在多个文件里共用》" in thanks
    assert await room.owner.says("收录问答 1", private=True) == ["没有第 1 组待定的问答，发送「候选」看看有哪些。"]


async def test_nothing_is_noticed_of_who_refused(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("李四")
    await bob.says("收录授权 拒绝")
    await alice.says("pytest 的 fixture 怎么在多个文件里共用")
    await bob.quotes("pytest 的 fixture", "放到 conftest.py 里就行，同目录的测试都能直接用。")
    await room.clock.advance(hours=20)
    (empty,) = await room.owner.says("候选", private=True)
    assert empty.startswith("没有等您决定的问答")


async def test_nothing_is_noticed_unless_the_owner_wants_it(room: SimulatedRoom) -> None:
    assert await room.owner.says("候选", private=True) == [
        "没有等您决定的问答。打开「留意问答」后，我每周把群里的好问答列给您。"
    ]
