from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.model import Role
from bot.plugins.qa.model import Draft, Source
from bot.plugins.qa.store import publish_post
from bot.testing import SimulatedRoom, Speaker, simulated_room
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow

ASKED = "zzz qqq vvv www"
ANSWER = "先看 zzz 的日志，再把 qqq 的连接数调大一倍，重启之后就好了。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\nplugins:\n  moderation: false\n"  # words without meaning look like adverts


async def ask(who: Speaker, text: str = ASKED) -> str:
    (said,) = await who.says(f"问 {text}")
    return said


async def test_an_unknown_question_is_noted_once_and_listed(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    said = await ask(alice)
    assert said == "知识库里还没有这个问题的答案，已记下（Q1）。\n知道的朋友发送「答 Q1 答案」，我来转告。"
    assert "（Q1）" in await ask(alice, "ZZZ QQQ，vvv www？")
    assert await alice.says("待答") == [
        "还没有答案的问题有 1 个，回复数字看详情：\n1. Q1 zzz qqq vvv www（小明 12月1日）"
    ]
    (shown,) = await alice.says("1")
    assert shown == "Q1 zzz qqq vvv www\n小明 12月1日\n\n发送「答 Q1 答案」来回答。"


async def test_an_answer_reaches_who_asked_and_the_next_who_asks(room: SimulatedRoom) -> None:
    alice, bob, carol = room.member("小明"), room.member("小红"), room.member("小刚")
    await ask(alice)
    (told,) = await bob.says(f"答 Q1 {ANSWER}")
    assert told == (
        f"您问的 Q1「{ASKED}」，小红 回答了：\n{ANSWER}\n"
        "已收进知识库（#1），回「有用」或「没用」告诉大家。\n解决了就发「已解决 Q1」。"
    )
    assert room.said[-1].mentions == ("小明",)
    assert "小红 12月1日 #1" in await ask(carol)
    (source,) = await alice.says("来源 1")
    assert source.startswith("《zzz qqq vvv www》#1")
    assert await alice.says("有用") == ["谢谢反馈，已记下。"]
    assert await alice.says("待答") == ["这里没有等待回答的问题。"]
    assert await alice.says("已解决") == ["太好了，Q1 已标记为解决。"]


async def test_quoting_what_the_bot_noted_needs_no_number(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    (told,) = await bob.quotes("已记下（Q1）", f"答 {ANSWER}")
    assert "小红 回答了" in told
    await ask(alice, "yyy ppp uuu ttt")
    (told,) = await bob.quotes("问 yyy ppp uuu ttt", f"答 {ANSWER}换一个写法")
    assert "Q2" in told


async def test_several_answers_are_kept_and_the_same_one_only_once(room: SimulatedRoom) -> None:
    alice, bob, carol = room.member("小明"), room.member("小红"), room.member("小刚")
    await ask(alice)
    await bob.says(f"答 Q1 {ANSWER}")
    assert await bob.says(f"答 Q1 {ANSWER}") == ["您的这个回答已经记在 Q1 下了，谢谢您。"]
    (told,) = await carol.says("答 Q1 另一种办法是把 vvv 换成新版本，旧版本有这个毛病。")
    assert "小刚 回答了" in told
    (shown,) = await bob.says("待答 Q1")
    assert "小红 12月1日：先看" in shown
    assert "小刚 12月1日：另一种" in shown
    assert "，已有回答" in shown


async def test_who_asks_the_same_waits_with_the_first(room: SimulatedRoom) -> None:
    alice, bob, carol = room.member("小明"), room.member("小红"), room.member("小刚")
    await ask(alice)
    said = await ask(bob, "请问 zzz qqq vvv www")
    assert said.splitlines()[1] == "小明 也问过，有答案一起告诉您。"
    assert "（Q2）" in await ask(carol, "zzz qqq vvv 3")
    await carol.says(f"答 Q1 {ANSWER}")
    assert set(room.said[-1].mentions) == {"小明", "小红"}


async def test_an_answer_in_private_is_passed_on_and_thanked(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await alice.says("大家好")
    await bob.says("大家好")
    await ask(alice)
    told, thanks = sorted(await bob.says(f"答 Q1 {ANSWER}", private=True), key=len, reverse=True)
    assert told.startswith("您问的 Q1")
    assert thanks == "谢谢您，已转告小明，并收进知识库（#1）。"


async def test_who_left_is_told_in_private(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    await alice.leaves()
    told, _thanks = await bob.says(f"答 Q1 {ANSWER}")
    assert told.startswith("您问的 Q1")
    assert [act.to for act in room.said[-2:] if act.text == told] == ["小明"]


async def test_what_is_asked_in_private_stays_there_until_it_is_asked_in_the_room(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await bob.says("大家好")
    (said,) = await alice.says(f"问 {ASKED}", private=True)
    assert said.splitlines()[1] == "有答案了我会私聊您。想请大家一起想，在群里 @我 再问一次。"
    assert await bob.says("待答", private=True) == ["这里没有等待回答的问题。"]
    assert await bob.says("待答 Q1") == ["没有找到 Q1，发送「待答」看看有哪些问题。"]
    assert await bob.says(f"答 Q1 {ANSWER}") == ["没有找到 Q1，发送「待答」看看有哪些问题。"]
    (owner,) = await room.owner.says("待答", private=True)
    assert "Q1" in owner
    assert "Q1" in await ask(alice)
    (listed,) = await bob.says("待答")
    assert "Q1" in listed


async def test_the_owner_answers_in_private_and_nothing_becomes_public(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(f"问 {ASKED}", private=True)
    told, thanks = sorted(await room.owner.says(f"答 Q1 {ANSWER}", private=True), key=len, reverse=True)
    assert "这是私聊里问的，没有收进知识库。" in told
    assert thanks == "谢谢您，已转告小明。这是私聊里问的，没有收进知识库。"


async def test_a_short_answer_is_passed_on_but_no_post(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    (told,) = await bob.says("答 Q1 重启一下")
    assert "回答比较短，没有收进知识库。" in told
    (missing,) = await bob.says("来源 #1")
    assert missing.startswith("没有找到")


@pytest.mark.parametrize("text", ["不知道", "我也不清楚。", "同问", "+1", "？？？"])
async def test_what_says_nothing_is_no_answer(room: SimulatedRoom, text: str) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    assert await bob.says(f"答 Q1 {text}") == ["没关系，等知道答案的朋友来答，谢谢您。"]
    (listed,) = await bob.says("待答")
    assert "Q1" in listed


@pytest.mark.parametrize("typed", ["答Q1：{}", "答 q1:{}", "答：Q1，{}", "回答 Ｑ１ {}", "@小知 答 Q1。{}"])
async def test_an_answer_is_read_however_it_is_typed(room: SimulatedRoom, typed: str) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    (told,) = await bob.says(typed.format(ANSWER))
    assert told.splitlines()[1] == ANSWER


async def test_an_answer_without_words_is_asked_for(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await ask(alice)
    assert await alice.says("答 Q1") == ["请把答案写在后面，比如「答 Q1 先看日志里报了什么」。"]


async def test_words_that_only_begin_like_an_answer_are_chat(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("答 这个问题我想想再说") == []
    (usage,) = await alice.says("@小知 答 这个问题我想想再说")
    assert usage.startswith("请带上编号和答案")
    assert await alice.says("答 Q9 不是很确定的答案") == ["没有找到 Q9，发送「待答」看看有哪些问题。"]


async def test_a_question_is_closed_by_who_asked_or_an_admin(room: SimulatedRoom) -> None:
    alice, bob, boss = room.member("小明"), room.member("小红"), room.member("管理", Role.ADMIN)
    await ask(alice)
    assert await bob.says("撤回提问 Q1") == ["Q1 不是您问的，请提问的人或管理员来操作。"]
    assert await alice.says("撤回提问") == ["已撤回提问 Q1。"]
    assert await alice.says("撤回提问") == ["没有找到您还在等答案的提问，请带上编号，比如「撤回提问 Q17」。"]
    assert "（Q2）" in await ask(alice)
    assert await boss.says("已解决 Q2") == ["太好了，Q2 已标记为解决。"]
    assert "（Q2）" in await ask(alice)
    assert await boss.says("撤回提问 Q2") == ["已撤回提问 Q2。"]
    assert await bob.says(f"答 Q2 {ANSWER}") == ["Q2 已经撤回了，不用再回答，谢谢您。"]


async def test_one_of_several_askers_can_stop_waiting(room: SimulatedRoom) -> None:
    alice, bob, carol = room.member("小明"), room.member("小红"), room.member("小刚")
    await ask(alice)
    await ask(bob, "请问 zzz qqq vvv www")
    assert await alice.says("撤回提问 Q1") == ["已撤回提问 Q1，其他人还在等答案。"]
    await carol.says(f"答 Q1 {ANSWER}")
    assert room.said[-1].mentions == ("小红",)


async def test_ones_own_answer_solves_the_question(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await ask(alice)
    assert await alice.says(f"答 Q1 {ANSWER}") == ["谢谢您，Q1 已解决，并收进知识库（#1）。"]


async def share(here: SimulatedRoom, body: str, **values: str) -> list[str]:
    """Put a post into the knowledge and return what the bot says of it."""
    before = len(here.said)
    draft = Draft(title=ASKED, body=body, author="小红", source=Source.SHARE, **values)
    await here.app.storage.run("default", publish_post, draft, here.clock.now())
    await here.app.drain()
    return [act.text for act in here.said[before:]]


async def test_what_is_shared_later_is_told_once_to_who_asked(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await ask(alice)
    (told,) = await share(room, ANSWER)
    assert told.splitlines() == [
        f"您之前问的 Q1 现在有答案了：《{ASKED}》#1，小红 写的。",
        f"您问的是「{ASKED}」。",
        "发送「来源 #1」看全文；解决了就发「已解决 Q1」。",
    ]
    assert room.said[-1].mentions == ("小明",)
    assert await share(room, f"{ANSWER}还有一个办法是换一台机器。") == []
    (source,) = await alice.says("来源 1")
    assert source.startswith(f"《{ASKED}》#1")


async def test_a_post_that_did_not_help_is_no_news(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await share(room, ANSWER)
    await ask(alice)
    await alice.says("没用")
    (kept,) = await alice.says("1")
    assert kept.startswith("已记成待答（Q1）。")
    (report,) = await room.owner.says("报告", private=True)
    assert report.startswith("所有群近 7 天问了 1 次，答上 0%。")
    await room.texts()
    await room.clock.advance(days=1)
    assert await room.texts() == []


async def test_one_post_may_answer_several_questions(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice, f"{ASKED} 甲")
    await ask(bob, f"{ASKED} 1")
    told = await share(room, ANSWER)
    assert sorted(text[:9] for text in told) == ["您之前问的 Q1 ", "您之前问的 Q2 "]


async def test_a_file_that_answers_is_told_too(room: SimulatedRoom, tmp_path: Path) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "zzz.md").write_text(f"# {ASKED}\n{ANSWER}", encoding="utf-8")
    await room.clock.advance(minutes=1)
    said = await bob.says("问 怎么请年假")
    assert [text for text in said if text.startswith(f"您之前问的 Q1 现在有答案了：《{ASKED}》#1")]


async def test_what_only_some_may_read_or_another_room_has_is_told_to_nobody(room: SimulatedRoom) -> None:
    await ask(room.member("小明"))
    assert await share(room, ANSWER, access="member") == []
    assert await share(room, ANSWER, room="elsewhere") == []


async def test_an_answer_that_was_missed_is_found_by_the_next_morning(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says(f"问 {ASKED}", private=True)
    await ask(alice)
    await room.clock.advance(minutes=1)
    storage, draft = room.app.storage, Draft(title=ASKED, body=ANSWER, source=Source.SHARE)

    def publish_unheard(db: Any) -> None:
        publish_post(db, draft, room.clock.now())
        db.execute("delete from events where community = :community")

    await storage.run("default", publish_unheard)
    await room.texts()
    await room.clock.advance(hours=20)
    (told,) = await room.texts()
    assert told.startswith("您之前问的 Q1 现在有答案了")


async def test_the_week_ends_with_the_oldest_questions_and_thanks(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    await bob.says(f"答 Q1 {ANSWER}")
    for text in ("第二个 bbb", "第三个 ccc", "第四个 ddd", "第五个 eee"):
        await ask(alice, f"{text}{text}")
    await room.texts()
    await room.clock.advance(days=5, hours=11)
    (line,) = await room.texts()
    assert line.splitlines()[0] == "本周还有 4 个问题没人回答，最早的是："
    assert line.splitlines()[1] == "Q2 第二个 bbb第二个 bbb（小明）"
    assert line.splitlines()[-1] == "谢谢这周热心回答的 小红（1 次）。"
    assert len(line.splitlines()) == 6


async def test_a_week_without_open_questions_is_silent(room: SimulatedRoom) -> None:
    await room.member("小明").says("大家好")
    await room.texts()
    await room.clock.advance(days=7)
    assert await room.texts() == []


async def test_without_this_plugin_the_honest_no_has_no_number(tmp_path: Path) -> None:
    async with simulated_room("plugins:\n  questions: false\n", folder=tmp_path) as room:
        said = await ask(room.member("小明"))
        assert said == "知识库里还没有这个问题的答案。\n您知道答案的话，发送「分享 标题 正文」就能补上。"


async def test_questions_are_not_kept_where_the_owner_says_so(tmp_path: Path) -> None:
    async with simulated_room("plugins:\n  questions:\n    remember: false\n", folder=tmp_path) as room:
        assert "已记下" not in await ask(room.member("小明"))
        (report,) = await room.owner.says("报告", private=True)
        assert report == "所有群近 7 天问了 1 次，答上 0%。"


async def test_a_huge_question_and_a_huge_answer_do_no_harm(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice, "甲乙丙丁" * 50_000)
    (listed,) = await bob.says("待答")
    assert len(listed) < 200
    (said,) = await bob.says(f"答 Q1 {'戊己庚辛' * 50_000}")
    assert said.startswith("正文有 200000 字，太长了")


async def test_where_the_bot_has_to_be_called_a_quote_calls_it(tmp_path: Path) -> None:
    config = "commands:\n  cooldown: 0s\nrooms:\n  Python学习群:\n    triggers: mention\n"
    async with simulated_room(config, folder=tmp_path) as room:
        alice, bob = room.member("小明"), room.member("小红")
        await alice.says("@小知 zzz qqq vvv xxx")
        assert await bob.says(f"答Q1：{ANSWER}") == []
        assert await bob.says(f"答 Q1 {ANSWER}") == []
        (told,) = await bob.quotes("已记下（Q1）", f"答 {ANSWER}")
        assert "小红 回答了" in told


async def test_an_owner_chooses_when_to_remind(tmp_path: Path) -> None:
    config = "commands:\n  cooldown: 0s\nplugins:\n  questions:\n    remind_at: 周三 09:30\n"
    async with simulated_room(config, folder=tmp_path) as room:
        await ask(room.member("小明"))
        await room.texts()
        await room.clock.advance(days=1, minutes=29)
        assert await room.texts() == []
        await room.clock.advance(minutes=2)
        (line,) = await room.texts()
        assert line.startswith("本周还有 1 个问题没人回答")


async def test_what_is_promised_is_kept_when_the_power_fails(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await bob.says("大家好")
    with before_the_answer(room):
        await alice.says(f"问 {ASKED}")
    await room.crash()
    assert ["（Q1）" in act.text for act in room.said] == [True]
    with before_the_answer(room):
        await bob.says(f"答 Q1 {ANSWER}", private=True)
    await room.crash()
    told = [act.text for act in room.said[1:]]
    assert sorted(text.split("，")[0] for text in told) == [f"您问的 Q1「{ASKED}」", "谢谢您"]
    assert await bob.says(f"答 Q1 {ANSWER}") == ["您的这个回答已经记在 Q1 下了，谢谢您。"]


async def test_an_answer_survives_a_crash_once(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    await bob.says(f"答 Q1 {ANSWER}")
    await room.crash()
    assert sum("小红 回答了" in act.text for act in room.said) == 1
    assert await alice.says("已解决 Q1") == ["太好了，Q1 已标记为解决。"]


async def test_secrets_in_an_answer_are_masked_for_everybody(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    (told,) = await bob.says("答 Q1 打这个电话 13812345678 找运维同学，让他把权限加上就能用了。")
    assert "13812345678" not in told
    assert "打这个电话 <手机号> 找运维同学" in told
    assert "里面的手机号已换成占位符。" in told
    (shown,) = await alice.says("待答 Q1")
    assert "13812345678" not in shown


async def test_an_advertisement_waits_for_the_owner_and_is_told_to_nobody(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    said = await bob.says("答 Q1 加微信 python666888 领取内部资料，限时免费，扫码进群私聊我，价格优惠名额有限！")
    assert any(text.startswith("这个回答要先请群主看看") for text in said)
    assert not any("回答了" in text for text in said)
    (listed,) = await alice.says("待答")
    assert "Q1" in listed


async def test_who_takes_their_answer_back_takes_the_post_back(room: SimulatedRoom) -> None:
    alice, bob = room.member("小明"), room.member("小红")
    await ask(alice)
    await bob.says(f"答 Q1 {ANSWER}")
    await bob.recalls("答 Q1")
    (missing,) = await alice.says("来源 #1")
    assert missing.startswith("没有找到")
