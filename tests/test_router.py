"""Who answers a message, and why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest

from bot.model import Message, MessageKind, Role
from bot.plugin import CHAT, TAKEN, Choice, Context, Place, Plugin, Reply, Rest, Settings, UserError
from bot.router_talk import HELP_LINE, NO_LIST, NOT_ASKED, NOT_UNDERSTOOD
from tests.router_kit import HONG, MING, Bench

Ctx = Context[Settings]


class Session:
    """A session that exists."""

    def __init__(self, name: str) -> None:
        self.name = name


def make_courses() -> Plugin[Settings]:  # noqa: C901 - one declaration after the other
    plugin = Plugin("lectures", title="课程")

    @plugin.argument(Session)
    async def read_session(ctx: Ctx, text: str) -> Session | None:
        return Session(text) if text.startswith("fastapi") else None

    @plugin.command("报名", acts=True, examples=(("报名 fastapi-101", ""),), utterances=("我想参加 {}", "帮我报名 {}"))
    async def register(ctx: Ctx, session: Annotated[Session, "场次"]) -> str:
        if session.name.endswith("404"):
            raise UserError("这场已经取消，发送「场次」看看别的。")
        return f"{ctx.talker_name} 报名了 {session.name}。"

    @plugin.command("场次", utterances=("最近有什么课",))
    async def list_sessions(ctx: Ctx) -> Reply:
        lines = [Choice("FastAPI", "报名 fastapi-101"), Choice("Redis", "/报名 fastapi-redis")]
        return Reply(text="回复数字报名：", choices=tuple(lines))

    @plugin.command("取消")
    async def cancel(ctx: Ctx, session: Annotated[Session, "场次"]) -> Reply:
        return Reply(text=f"要取消 {session.name} 吗？回复 是", confirm=f"真的取消 {session.name}")

    @plugin.command("真的取消", hidden=True)
    async def really_cancel(ctx: Ctx, session: Annotated[Session, "场次"]) -> str:
        return f"取消了 {session.name}。"

    @plugin.command("警告", role=Role.ADMIN)
    async def warn(ctx: Ctx, why: Rest) -> str:
        return "警告了。"

    @plugin.command("抽奖", cooldown=60)
    async def draw(ctx: Ctx) -> str:
        return "没中。"

    @plugin.command("签到", daily=2)
    async def check_in(ctx: Ctx, code: int) -> str:
        if code == 0:
            raise UserError("码不对，请看屏幕上的新码。")
        return "签到成功。"

    @plugin.command("我的数据", place=Place.PRIVATE)
    async def export(ctx: Ctx) -> str:
        return "给您。"

    @plugin.command("开课", place=Place.ROOM)
    async def begin(ctx: Ctx) -> str:
        return "上课了。"

    @plugin.command("回放", entitlement="replay")
    async def replay(ctx: Ctx) -> str:
        return "回放在这里。"

    @plugin.command("坏")
    async def broken(ctx: Ctx) -> str:
        raise RuntimeError("broken")

    return plugin


def make_talk() -> Plugin[Settings]:
    plugin = Plugin("talk", title="问答")

    @plugin.command("投稿")
    async def submit(ctx: Ctx) -> Reply:
        return Reply(text="请写标题。", asks=("title", {"step": 1}))

    @plugin.dialogue("title")
    async def take_title(ctx: Ctx, data: dict[str, Any]) -> Reply | str:
        if ctx.message and ctx.message.kind is MessageKind.IMAGE:
            return "收到图片。"
        if data["step"] == 1:
            return Reply(text="请写正文。", asks=("title", {"step": 2, "title": ctx.text}))
        return f"《{data['title']}》：{ctx.text}"

    @plugin.on(Message)
    async def listen(ctx: Ctx) -> Reply | str | None:
        if "收下" in ctx.text:
            return TAKEN
        return "听到了暗号。" if "芝麻开门" in ctx.text else None

    @plugin.command("待办", hidden=True)
    async def list_tasks(ctx: Ctx) -> Reply:
        return Reply(
            text="回复编号：", choices=(Choice("甲", "投稿", number=12), Choice("乙", "报名 fastapi-101", number=7))
        )

    @plugin.command("赞", hidden=True)
    async def praise(ctx: Ctx) -> Reply:
        return CHAT

    @plugin.fallback
    async def answer(ctx: Ctx) -> Reply | None:
        return Reply(text="用 Semaphore。", score=0.93, why="片段 57") if "并发" in ctx.text else None

    return plugin


def make_library() -> Plugin[Settings]:
    plugin = Plugin("library", title="资料")

    @plugin.prepare
    async def look_ahead(ctx: Ctx) -> str:
        if "坏掉" in ctx.text:
            raise UserError("查不了，请稍后再问。")
        return f"先查了「{ctx.text}」。"

    @plugin.fallback
    async def answer(ctx: Ctx) -> str:
        assert ctx.ahead
        return str(await ctx.ahead)

    return plugin


async def test_a_fallback_gets_what_was_begun_while_the_text_was_compared(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [make_library()])
    assert await bench.says("@小知 限流怎么做？") == ["先查了「限流怎么做？」。"]
    assert await bench.says("@小知 库坏掉了怎么办？") == ["查不了，请稍后再问。"]
    await bench.storage.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, [make_courses(), make_talk()])
    yield bench
    await bench.storage.close()


async def test_a_command_runs_however_it_is_said(bench: Bench) -> None:
    for raw in (
        "报名 fastapi-101",
        "报名fastapi-101",
        "/报名 fastapi-101",
        "@小知\u2005報名 fastapi-101",
        "帮我@小知 看下",
    ):
        said = await bench.says(raw)
        assert said == (["小明 报名了 fastapi-101。"] if "报" in raw or "報" in raw else [HELP_LINE])


async def test_chat_stays_chat_and_the_reason_is_kept(bench: Bench) -> None:
    for raw, why in [
        ("报名了吗？", "没有 @我"),
        ("报名 的人好多", "后面的内容不像它的参数"),
        ("警告 大家别发广告", "要管理员才能用"),
        ("大家好", "没有 @我"),
        ("/usr/bin 满了", "没有 @我"),
    ]:
        assert await bench.says(raw) == []
        assert why in bench.why
    assert await bench.says("/天气 上海") == []
    assert await bench.says("@小知 /天气 上海") == ["没有「天气」这个指令，发送「帮助」看看有哪些。"]
    assert await bench.says("/usr/bin 满了", room=None) == [HELP_LINE]


async def test_a_wrong_use_is_answered_with_usage_when_it_was_surely_meant(bench: Bench) -> None:
    usage = "用法：报名 <场次>，例如：报名 fastapi-101"
    for raw in ("报名", "/报名", "@小知 报名 什么都行", "/报名 不存在"):
        assert await bench.says(raw) == [usage]
    assert bench.why == "「报名」的参数不对，回复了用法。"


async def test_a_handlers_refusal_is_what_the_member_reads(bench: Bench) -> None:
    assert await bench.says("报名 fastapi-404") == ["这场已经取消，发送「场次」看看别的。"]


async def test_a_near_miss_is_asked_about_and_a_yes_runs_it(bench: Bench) -> None:
    for raw in ("/报明 fastapi-101", "@小知 报明 fastapi-101"):
        assert await bench.says(raw) == ["您要找的是不是「报名」？"]
        assert await bench.says("是") == ["小明 报名了 fastapi-101。"]
    assert await bench.says("报明 fastapi-101") == []
    assert await bench.says("/警靠 甲") == []


async def test_a_bare_number_answers_a_list_for_two_minutes(bench: Bench) -> None:
    for number in ("1", "１", "①", "第1个", "1。", "@小知 1"):
        assert await bench.says("场次") == ["回复数字报名："]
        assert await bench.says(number) == ["小明 报名了 fastapi-101。"]
        assert "第 1 项" in bench.why
        assert await bench.says("1") == []
    await bench.says("场次")
    assert await bench.says("2") == ["小明 报名了 fastapi-redis。"]
    await bench.says("场次")
    await bench.clock.advance(minutes=2)
    assert await bench.says("1") == []


async def test_a_list_of_things_that_have_numbers_is_answered_by_these(bench: Bench) -> None:
    await bench.says("待办")
    assert await bench.says("1") == []
    assert await bench.says("@小知 1") == ["请回复列表里的编号：12、7。"]
    assert await bench.says("7") == ["小明 报名了 fastapi-101。"]
    await bench.says("待办")
    assert await bench.says("12") == ["请写标题。"]


async def test_a_word_that_was_not_meant_for_its_command_is_chat_and_leaves_the_list_open(bench: Bench) -> None:
    await bench.says("场次")
    assert await bench.says("赞") == []
    assert "像是指令「赞」，但不是对我说的，当作闲聊。" in bench.why
    assert await bench.says("2") == ["小明 报名了 fastapi-redis。"]


async def test_a_number_counts_for_the_same_member_in_the_same_room_only(bench: Bench) -> None:
    await bench.says("场次")
    assert await bench.says("1", who=HONG) == []
    assert await bench.says("1", room=None) == [NO_LIST]
    assert await bench.says("7") == []
    assert await bench.says("@小知 7") == ["请回复 1 到 2 之间的数字。"]
    assert await bench.says("今天好热") == []
    assert await bench.says("1") == ["小明 报名了 fastapi-101。"]


async def test_any_other_command_closes_the_list(bench: Bench) -> None:
    await bench.says("场次")
    await bench.says("抽奖")
    assert await bench.says("1") == []


async def test_an_act_waits_for_a_yes(bench: Bench) -> None:
    await bench.says("取消 fastapi-101")
    assert await bench.says("好的") == ["取消了 fastapi-101。"]
    assert bench.why == "确认了，执行了「真的取消」。"
    assert await bench.says("好的") == []
    await bench.says("取消 fastapi-101")
    assert await bench.says("不用了") == ["好的，不办了。"]
    assert await bench.says("是") == []
    await bench.says("取消 fastapi-101")
    assert await bench.says("取消") == ["好的，不办了。"]


async def test_what_is_waited_for_outlives_a_restart(bench: Bench) -> None:
    await bench.says("取消 fastapi-101")
    bench.restart()
    await bench.router.dialogues.load(bench.storage, "c", bench.clock.now())
    assert await bench.says("是") == ["取消了 fastapi-101。"]


async def test_a_dialogue_takes_free_answers_until_it_is_done(bench: Bench) -> None:
    assert await bench.says("投稿") == ["请写标题。"]
    assert await bench.says("限流的三种写法", who=HONG) == []
    assert await bench.says("限流的三种写法") == ["请写正文。"]
    assert await bench.says("漏桶、令牌桶。") == ["《限流的三种写法》：漏桶、令牌桶。"]
    assert await bench.says("还有吗") == []
    await bench.says("投稿")
    assert await bench.says("图", kind=MessageKind.IMAGE) == ["收到图片。"]


async def test_an_answer_that_is_near_a_command_word_is_an_answer(bench: Bench) -> None:
    await bench.says("投稿", room=None)
    assert await bench.says("报明", room=None) == ["请写正文。"]
    assert await bench.says("/报明", room=None) == ["您要找的是不是「报名」？"]


async def test_a_dialogue_ends_by_a_word_a_command_or_its_term(bench: Bench) -> None:
    await bench.says("投稿")
    assert await bench.says("算了") == ["好的，先不继续了。"]
    await bench.says("投稿")
    assert await bench.says("场次") == ["回复数字报名："]
    assert await bench.says("标题") == []
    await bench.says("投稿")
    await bench.clock.advance(minutes=10)
    assert await bench.says("标题") == []


async def test_roles_open_commands(bench: Bench) -> None:
    assert await bench.says("警告 小红 广告", role=Role.ADMIN) == ["警告了。"]
    assert await bench.says("/警告 小红 广告") == ["「警告」要管理员才能用。"]
    assert await bench.says("警告") == []
    assert bench.why.startswith("没有 @我")


async def test_a_command_says_where_it_works(bench: Bench) -> None:
    assert await bench.says("我的数据") == ["「我的数据」请私聊我用。"]
    assert await bench.says("我的数据", room=None) == ["给您。"]
    assert await bench.says("开课", room=None) == ["「开课」请在群里用。"]
    assert bench.why == "「开课」只能在群里用。"


async def test_an_entitlement_is_asked_for(bench: Bench) -> None:
    assert await bench.says("回放") == ["「回放」是会员才有的，发送「套餐」看看怎么开通。"]
    bench.entitled.add((MING.id, "replay"))
    assert await bench.says("回放") == ["回放在这里。"]
    assert await bench.says("回放", who=HONG, role=Role.EXPERT) == ["回放在这里。"]


async def test_a_cooldown_is_told_once(bench: Bench) -> None:
    assert await bench.says("抽奖") == ["没中。"]
    await bench.clock.advance(seconds=22)
    assert await bench.says("抽奖") == ["「抽奖」请 38 秒后再用。"]
    assert await bench.says("抽奖") == []
    assert bench.why == "「抽奖」冷却剩 38 秒，每 60 秒可用一次。提醒过一次了，所以没有再说。"
    assert await bench.says("抽奖", who=HONG) == ["没中。"]
    assert await bench.says("抽奖", role=Role.ADMIN) == ["没中。"]
    await bench.clock.advance(seconds=38)
    assert await bench.says("抽奖") == ["没中。"]


async def test_a_days_count_is_told_once_and_refusals_do_not_count(bench: Bench) -> None:
    for raw in ("签到 0", "签到 0", "签到 1", "签到 2"):
        await bench.says(raw)
    assert await bench.says("签到 3") == ["「签到」今天的 2 次已经用完，明天再来。"]
    assert await bench.says("签到 3") == []
    await bench.clock.advance(days=1)
    assert await bench.says("签到 3") == ["签到成功。"]


async def test_a_message_handled_again_after_a_crash_counts_once(bench: Bench) -> None:
    said = Message(id="same", at=bench.clock.now(), talker=MING, room=None, text="抽奖", raw="抽奖", mentions_bot=True)
    assert await bench.handle(said, Role.MEMBER, crashes=True) == ["没中。"]
    await bench.restart_from_disk()
    assert await bench.handle(said, Role.MEMBER) == ["没中。"]
    await bench.restart_from_disk()
    assert await bench.handle(replace(said, id="next"), Role.MEMBER) == ["「抽奖」请 60 秒后再用。"]


async def test_the_owners_limits_and_words_hold(tmp_path: Path) -> None:
    commands = {"aliases": {"占座": "报名", "抽": "没有"}, "daily": {"场次": 1}, "daily_per_room": 3}
    bench = Bench(tmp_path, [make_courses()], commands=commands)
    assert await bench.says("占座 fastapi-101") == ["小明 报名了 fastapi-101。"]
    assert await bench.says("场次") == ["回复数字报名："]
    assert await bench.says("场次") == ["「场次」今天的 1 次已经用完，明天再来。"]
    assert await bench.says("抽奖") == ["没中。"]
    assert await bench.says("开课", who=HONG) == ["这个群今天的指令次数已经用完，可以私聊我。"]
    await bench.storage.close()


async def test_listeners_hear_what_no_command_took(bench: Bench) -> None:
    assert await bench.says("芝麻开门") == ["听到了暗号。"]
    assert bench.outcome.plugin == "talk"
    assert await bench.says("/坏 芝麻开门") == ["用法：坏"]


async def test_free_text_that_is_meant_for_the_bot_is_answered(bench: Bench) -> None:
    assert await bench.says("@小知 asyncio 怎么限制并发？") == ["用 Semaphore。"]
    assert bench.why == "当作提问交给「问答」回答，把握 0.93。插件的说明：片段 57。"
    assert await bench.says("asyncio 怎么限制并发？", room=None) == ["用 Semaphore。"]
    assert await bench.says("asyncio 怎么限制并发？") == []


async def test_a_room_that_wants_it_gets_answers_unasked(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [make_talk()], rooms={"Python学习群": {"triggers": "all"}})
    assert await bench.says("asyncio 怎么限制并发？") == ["用 Semaphore。"]
    assert await bench.says("并发真难") == []
    await bench.storage.close()


async def test_a_room_that_wants_quiet_has_no_bare_words(tmp_path: Path) -> None:
    bench = Bench(tmp_path, [make_courses()], rooms={"Python学习群": {"triggers": "mention"}})
    assert await bench.says("抽奖") == []
    assert "只理会 @我 和 / 开头的指令" in bench.why
    assert await bench.says("/抽奖") == ["没中。"]
    assert await bench.says("抽奖", who=HONG, room=None) == ["没中。"]
    await bench.storage.close()


async def test_help_is_given_a_few_times_in_five_minutes_and_never_twice_in_the_same_words(bench: Bench) -> None:
    assert await bench.says("@小知") == [HELP_LINE]
    assert await bench.says("@小知 天气") == [NOT_UNDERSTOOD]
    assert await bench.says("@小知 谢谢") == ["不客气，有问题随时叫我。"]
    assert await bench.says("@小知 怎么办") == [NOT_ASKED]
    assert await bench.says("@小知") == []
    assert "帮助刚发过" in bench.why
    assert await bench.says("@小知", who=HONG) == [HELP_LINE]
    await bench.clock.advance(minutes=5)
    assert await bench.says("@小知 天气") == [HELP_LINE]


async def test_a_plugin_that_is_off_here_does_nothing(bench: Bench) -> None:
    await bench.says("场次")
    bench.loader.off = {"lectures", "talk"}
    assert await bench.says("1") == []
    assert await bench.says("/报名 fastapi-101") == []
    assert await bench.says("芝麻开门") == []


async def test_a_broken_handler_is_answered_kindly(bench: Bench) -> None:
    assert await bench.says("坏") == ["刚才出了点问题，已经记下来告诉群主了。"]


async def test_what_a_listener_took_is_answered_by_nobody(bench: Bench) -> None:
    assert await bench.says("收下这句，并发怎么办？", room=None) == []
    assert bench.why == "「问答」收下了这条消息，不用回答。"


async def test_pictures_are_for_listeners_only(bench: Bench) -> None:
    assert await bench.says("报名 fastapi-101", kind=MessageKind.IMAGE) == []
    assert "不是文字消息" in bench.why


async def test_every_decision_can_be_stored_and_told(bench: Bench) -> None:
    for raw in (
        "报名",
        "/报明",
        "是",
        "场次",
        "1",
        "@小知 并发",
        "好",
        "@小知 谢谢",
        "警告 甲",
        "抽奖",
        "抽奖",
        "芝麻开门",
    ):
        await bench.says(raw)
        assert json.loads(json.dumps(bench.outcome.decision)) == bench.outcome.decision
        assert bench.why.endswith("。")
