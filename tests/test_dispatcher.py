"""Messages through the whole core in a simulated room."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import inbox, members
from bot.config_model import Config
from bot.model import Conversation, RoomJoined
from bot.plugin import Context, DomainEvent, Message, Plugin, Reply, UserError, Verdict, VerdictAction
from bot.storage import Database
from bot.supervisor import SORRY
from tests.dispatcher_harness import Bot, Group, running, until

pytestmark = pytest.mark.slow  # days of conversation


@dataclass(frozen=True)
class Dinged(DomainEvent):
    room_id: str
    member_id: str


def make_ding() -> Plugin[Any]:
    plugin: Plugin[Any] = Plugin("ding")

    @plugin.command("ding")
    async def ding(ctx: Context[Any]) -> str:
        """ding：回一声。"""
        return "dong"

    @plugin.command("refuse")
    async def refuse(ctx: Context[Any]) -> str:
        """refuse：拒绝。"""
        raise UserError("现在不行，晚点再来。")

    @plugin.command("boom")
    async def boom(ctx: Context[Any]) -> str:
        """boom：出错。"""
        raise ZeroDivisionError

    @plugin.command("secret")
    async def secret(ctx: Context[Any]) -> Reply:
        """secret：私聊回复。"""
        return Reply(text="您的订单是 7 号。", private=True)

    @plugin.command("publish")
    async def publish(ctx: Context[Any]) -> str:
        """publish：发布一件事。"""
        room_id, member_id = ctx.message.room.id, ctx.talker.id

        def write(db: Any) -> None:
            ctx.publish(db, Dinged(room_id, member_id))

        await ctx.db(write)
        return "好的。"

    @plugin.on(Dinged)
    async def on_dinged(ctx: Context[Any], event: Dinged) -> str:
        return f"{ctx.member.name} 发布了一件事。"

    @plugin.on(RoomJoined)
    async def welcome(ctx: Context[Any], event: RoomJoined) -> str:
        return f"欢迎 {event.joined[0].name} 来到 {ctx.room.topic}。"

    return plugin


@pytest.fixture
def group() -> Group:
    return Group()


async def test_a_command_is_answered_in_its_room(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.say("小明", "ding")
        assert await bot.settle() == ["dong"]


async def test_a_mention_rings_the_asker_in_the_answer(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.say("小明", "@小知\u2005ding")
        await bot.settle()
        assert group.world.acts[-1].mentions == ("小明",)


async def test_an_unknown_room_alias_of_the_bot_is_learnt_from_the_mention(group: Group, tmp_path: Path) -> None:
    group.world.rooms[group.rooms["Python学习群"]].aliases[group.bot_id] = "课代表"
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.say("小明", "@课代表\u2005ding")
        assert await bot.settle() == ["dong"]


async def test_private_chat_needs_no_mention(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.whisper("小明", "ding")
        assert await bot.settle() == ["dong"]
        assert group.world.acts[-1].contact_id == group.people["小明"]


async def test_the_same_message_delivered_twice_is_answered_once(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        message_id = group.say("小明", "ding")
        await bot.settle()
        await bot.dispatcher.deliver(group.world.messages[message_id])
        assert await bot.settle() == []


async def test_what_the_owner_types_on_the_bots_account_is_no_command(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.world.say(group.bot_id, Conversation(room_id=group.rooms["Python学习群"]), "ding")
        assert await bot.settle() == []


async def test_a_user_error_is_the_reply(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.say("小明", "refuse")
        assert await bot.settle() == ["现在不行，晚点再来。"]


async def test_a_fault_is_answered_kindly_and_told_to_the_owner_once_a_day(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]):
        for _ in range(2):
            group.say("小明", "boom")
            await group.clock.advance(minutes=6)
        said = group.said()
        assert said.count(SORRY) == 2
        assert sum("插件「ding」在「Python学习群」出错了" in text for text in said) == 1


async def test_the_third_fault_stops_the_plugin_in_that_room_and_the_owner_can_start_it(tmp_path: Path) -> None:
    group = Group(("Python学习群", "前端群"))
    async with running(group, tmp_path, [make_ding()]) as bot:
        for _ in range(3):
            group.say("小明", "boom")
            await group.clock.advance(seconds=10)
        assert any("发「插件 启用 ding」" in text for text in group.said())
        group.say("小明", "ding")
        group.say("小明", "ding", "前端群")
        assert await bot.settle() == ["dong"]
        await bot.loader.enable("ding")
        await group.clock.advance(seconds=10)
        group.say("小明", "ding")
        assert await bot.settle() == ["dong"]


async def test_a_private_answer_leaves_a_note_in_the_room(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.say("小明", "secret")
        assert sorted(await bot.settle()) == ["小明，已私聊回复您。", "您的订单是 7 号。"]


async def test_a_gateway_without_private_chats_says_so_and_shows_nothing(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        bot.gateway.lose(can_send_private=False)
        group.say("小明", "secret")
        assert await bot.settle() == ["小明，这条只能私聊回复，但当前通道发不了私聊，请直接联系群主。"]


async def test_a_published_event_reaches_its_listeners(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        group.say("小明", "publish")
        assert sorted(await bot.settle()) == ["好的。", "小明 发布了一件事。"]


async def test_who_joins_is_welcomed_once(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        newcomer = group.world.add_contact("阿强")
        group.world.join(group.rooms["Python学习群"], [newcomer])
        assert await bot.settle() == ["欢迎 阿强 来到 Python学习群。"]
        await bot.dispatcher.deliver(group.world.history[-1])
        assert await bot.settle() == []


async def test_a_burst_keeps_its_order_in_each_room_and_loses_nothing(tmp_path: Path) -> None:
    group = Group(tuple(f"群{n}" for n in range(5)))
    plugin: Plugin[Any] = Plugin("echo")
    heard: dict[str, list[str]] = defaultdict(list)

    @plugin.on(Message)
    async def echo(ctx: Context[Any]) -> str | None:
        heard[ctx.room.topic].append(ctx.text)
        return ctx.text if ctx.text.endswith("0条") else None

    async with running(group, tmp_path, [plugin]) as bot:
        for number in range(1000):
            group.say(("小明", "小红", "小刚")[number % 3], f"第{number}条", f"群{number % 5}")
        await bot.settle()
        said = [act.text for act in group.world.acts if act.room_id == group.rooms["群0"]]
        assert all(heard[f"群{room}"] == [f"第{n}条" for n in range(room, 1000, 5)] for room in range(5))
        assert said == [f"第{n}条" for n in range(0, 1000, 10)]
        assert await bot.storage.read("default", _count_done) == 1000


def _count_done(db: Database) -> int:
    rows = db.query("select count(*) as n from messages where community = :community and state = 'done'")
    return int(rows[0]["n"])


async def test_a_slow_room_does_not_hold_up_another(tmp_path: Path) -> None:
    group = Group(("慢群", "快群"))
    gate, done = asyncio.Event(), asyncio.Event()
    plugin: Plugin[Any] = Plugin("slow")

    @plugin.on(Message)
    async def hear(ctx: Context[Any]) -> str:
        if ctx.room.topic == "慢群":
            await gate.wait()
        else:
            done.set()
        return ctx.text

    async with running(group, tmp_path, [plugin]) as bot:
        group.say("小明", "慢", "慢群")
        group.say("小明", "快", "快群")
        await done.wait()
        gate.set()
        assert sorted(await bot.settle()) == ["快", "慢"]


async def test_a_full_queue_makes_the_gateway_wait(group: Group, tmp_path: Path) -> None:
    gate = asyncio.Event()
    plugin: Plugin[Any] = Plugin("slow")

    @plugin.on(Message)
    async def hear(ctx: Context[Any]) -> None:
        await gate.wait()

    async with running(group, tmp_path, [plugin]) as bot:
        bot.dispatcher._lanes._longest = 3
        for number in range(10):
            group.say("小明", str(number))
        lanes = bot.dispatcher._lanes._lanes
        await until(lambda: any(lane.has_space._waiters for lane in lanes.values()))
        assert bot.dispatcher.waiting == 3
        gate.set()
        await bot.settle()
        assert bot.dispatcher.is_idle


async def test_what_a_crash_left_open_is_answered_and_the_gap_is_told(group: Group, tmp_path: Path) -> None:
    hang, begun = asyncio.Event(), asyncio.Event()
    plugin: Plugin[Any] = Plugin("ding")

    @plugin.command("ding")
    async def ding(ctx: Context[Any]) -> str:
        """ding：回一声。"""
        begun.set()
        await hang.wait()
        return "dong"

    bot = Bot(group, tmp_path, [plugin])
    await bot.start()
    group.say("小明", "ding")
    await begun.wait()
    await bot.crash()
    hang.set()
    group.clock._now += timedelta(minutes=5)
    async with running(group, tmp_path, [plugin]) as bot:
        assert sorted(await bot.settle()) == ["dong", "离线 5 分钟：重新处理 1 条。"]


async def test_what_is_too_old_after_a_restart_is_counted_and_not_answered(group: Group, tmp_path: Path) -> None:
    bot = Bot(group, tmp_path, [make_ding()])
    await bot.start()
    event = group.world.messages[group.say("小明", "ding")]
    await bot.crash()
    bot = Bot(group, tmp_path, [make_ding()])

    def leave_open(db: Any) -> None:
        inbox.accept(db, group.bot_id, event, stable_ids=True)
        db.execute("update messages set state = 'open' where community = :community")

    await bot.storage.run("default", leave_open)
    await bot.storage.close()
    group.said()
    group.clock._now += timedelta(minutes=43)
    async with running(group, tmp_path, [make_ding()]) as bot:
        assert await bot.settle() == ["离线 43 分钟：过期 1 条。"]


async def test_a_step_done_before_a_crash_is_not_done_again(group: Group, tmp_path: Path) -> None:
    hang, counted = asyncio.Event(), asyncio.Event()
    plugin: Plugin[Any] = Plugin("count")
    runs: list[int] = []

    @plugin.command("数")
    async def count(ctx: Context[Any]) -> str:
        """数：数一次。"""
        number = await ctx.db(lambda db: runs.append(1) or db.next_number("n"))
        counted.set()
        await hang.wait()
        return f"第 {number} 次"

    bot = Bot(group, tmp_path, [plugin])
    await bot.start()
    group.say("小明", "数")
    await counted.wait()
    await bot.crash()
    hang.set()
    async with running(group, tmp_path, [plugin]) as bot:
        assert await bot.settle() == ["第 1 次"]
        assert runs == [1]


async def test_a_gap_of_the_gateway_is_told_to_the_owner_in_one_line(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, [make_ding()]) as bot:
        bot.gateway.go_down()
        await group.clock.advance(minutes=43)
        bot.gateway.come_back()
        assert await bot.settle() == ["和微信断开了 43 分钟（09:00:00 起），期间的消息收不到，可能有漏掉的提问。"]


def make_guard(action: VerdictAction) -> Plugin[Any]:
    plugin: Plugin[Any] = Plugin("guard")

    @plugin.guard
    async def check(ctx: Context[Any]) -> Verdict | None:
        if "广告" in ctx.text:
            return Verdict(action=action, rule="ad", reason="像是广告：「加微信」")
        return None

    return plugin


async def test_the_severest_verdict_removes_and_tells_the_owner(group: Group, tmp_path: Path) -> None:
    group.world.rooms[group.rooms["Python学习群"]].owner_id = group.bot_id
    config = Config.model_validate({"owner": f"contact:{group.people['老王']}"})
    async with running(group, tmp_path, [make_guard(VerdictAction.REMOVE), make_ding()], config) as bot:
        group.say("小刚", "广告")
        said = await bot.settle()
        assert group.people["小刚"] not in group.world.rooms[group.rooms["Python学习群"]].member_ids
        assert any("已移出群聊" in text for text in said)


async def test_without_the_power_to_remove_the_member_is_warned_and_the_owner_told_why(
    group: Group, tmp_path: Path
) -> None:
    async with running(group, tmp_path, [make_guard(VerdictAction.REMOVE)]) as bot:
        bot.gateway.lose(can_remove=False)
        group.say("小刚", "广告")
        said = await bot.settle()
        assert any("当前通道不能移除成员，请群主处理" in text for text in said)
        assert any("您刚才的消息不符合群规" in text for text in said)


async def test_a_rehearsing_room_only_tells_the_owner(group: Group, tmp_path: Path) -> None:
    config = Config.model_validate({"rooms": {"Python学习群": {"dry_run": True}}})
    async with running(group, tmp_path, [make_guard(VerdictAction.REMOVE), make_ding()], config) as bot:
        group.say("小刚", "广告")
        assert await bot.settle() == ["「Python学习群」的小刚：像是广告：「加微信」（规则 ad）。演练：本来会移出群聊。"]
        assert group.people["小刚"] in group.world.rooms[group.rooms["Python学习群"]].member_ids


def make_doing_guard(*, stops: bool) -> Plugin[Any]:
    """Return a guard that does by itself what it decides."""
    plugin: Plugin[Any] = Plugin("guard")

    @plugin.guard
    async def check(_ctx: Context[Any]) -> Verdict | None:
        return Verdict(
            action=VerdictAction.REPORT, rule="ad", reason="像", is_done=True, stops=stops, notes={"case": 7}
        )

    return plugin


@pytest.mark.parametrize(("stops", "answers"), [(True, []), (False, ["dong"])])
async def test_a_guard_that_did_it_says_whether_the_message_goes_on(
    group: Group, tmp_path: Path, stops: bool, answers: list[str]
) -> None:
    async with running(group, tmp_path, [make_doing_guard(stops=stops), make_ding()]) as bot:
        message_id = group.say("小明", "@小知 ding")
        assert [text.split()[-1] for text in await bot.settle()] == answers
        stored = await bot.storage.read("default", inbox.get, message_id)
        assert stored is not None
        assert stored.decision["moderation"] == {"case": 7}
        verdict = stored.decision if stops else stored.decision["rehearsed"]
        assert (verdict["rule"], verdict["action"]) == ("ad", "report")


async def test_what_an_allowing_guard_notes_is_kept_with_the_message(group: Group, tmp_path: Path) -> None:
    plugin: Plugin[Any] = Plugin("guard")

    @plugin.guard
    async def check(_ctx: Context[Any]) -> Verdict:
        return Verdict(action=VerdictAction.ALLOW, notes={"ad": 0.03})

    async with running(group, tmp_path, [plugin]) as bot:
        message_id = group.say("小明", "大家好")
        await bot.settle()
        stored = await bot.storage.read("default", inbox.get, message_id)
        assert stored is not None
        assert stored.decision["moderation"] == {"ad": 0.03}


async def test_a_room_that_is_off_is_heard_and_not_answered(group: Group, tmp_path: Path) -> None:
    config = Config.model_validate({"rooms": {"Python学习群": {"enabled": False}}})
    async with running(group, tmp_path, [make_ding()], config) as bot:
        message_id = group.say("小明", "@小知 ding")
        assert await bot.settle() == []
        stored = await bot.storage.read("default", inbox.get, message_id)
        assert stored.decision["silence"] == "off"


async def test_stopping_with_a_hanging_handler_takes_a_second_and_leaves_the_row_open(
    group: Group, tmp_path: Path
) -> None:
    plugin: Plugin[Any] = Plugin("hang")
    begun = asyncio.Event()

    @plugin.on(Message)
    async def hear(ctx: Context[Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    bot = Bot(group, tmp_path, [plugin])
    await bot.start()
    message_id = group.say("小明", "在吗")
    await begun.wait()
    await bot.dispatcher._lanes.stop(0.01)
    stored = await bot.storage.read("default", inbox.get, message_id)
    assert stored.state == "open"
    await bot.stop()


async def test_rooms_and_their_owner_are_known_right_after_the_login(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, []) as bot:
        assert [room.topic for room in await bot.storage.read("default", members.rooms)] == ["Python学习群"]
        assert bot.core.facts.owner_ids() == [group.people["老王"]]


async def test_what_was_owed_to_an_unknown_owner_outlives_the_process(tmp_path: Path) -> None:
    group = Group()
    room = group.world.rooms[group.rooms["Python学习群"]]
    room.owner_id = group.bot_id
    async with running(group, tmp_path, []) as bot:
        for text, key in [("第一件事。", "k1"), ("第二件事。", "k2"), ("又是第一件。", "k1")]:
            await bot.dispatcher.notices.tell(text, key)
        assert await bot.settle() == []
    room.owner_id = group.people["老王"]
    async with running(group, tmp_path, []) as bot:
        assert await bot.settle() == ["第一件事。", "第二件事。"]
    async with running(group, tmp_path, []) as bot:
        assert await bot.settle() == []


async def test_what_is_told_while_the_owner_shows_up_is_not_left_behind(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, []) as bot:
        core = bot.core
        info = core.facts._infos.popitem()
        told = bot.storage.submit("default", lambda db: bot.dispatcher.notices.write(db, "有一件事。", "k"))
        await told
        core.facts._infos.update([info])
        await bot.dispatcher.notices.tell_owed()
        assert await bot.settle() == ["有一件事。"]


async def test_a_request_that_no_plugin_answers_is_told_to_the_owner(group: Group, tmp_path: Path) -> None:
    async with running(group, tmp_path, []) as bot:
        stranger = group.world.add_contact("阿强")
        group.world.request_friend(stranger, group.bot_id, "我是小明的同学")
        assert await bot.settle() == ["阿强 想加好友，说「我是小明的同学」，请在手机上处理。"]
        elsewhere = group.world.add_room("前端群", group.people["小红"])
        group.world.invite(elsewhere, group.bot_id, group.people["小红"])
        assert await bot.settle() == ["小红 邀请我进群「前端群」，请在手机上处理。"]


async def test_a_handler_of_one_message_sees_what_the_same_member_did_before(group: Group, tmp_path: Path) -> None:
    plugin: Plugin[Any] = Plugin("count")

    @plugin.command("数")
    async def count(ctx: Context[Any]) -> str:
        """数：数一次。"""
        return str(await ctx.db(lambda db: db.next_number("n")))

    config = Config.model_validate({"commands": {"cooldown": "0s"}})
    async with running(group, tmp_path, [plugin], config) as bot:
        for _ in range(5):
            group.say("小明", "数")
        assert await bot.settle() == ["1", "2", "3", "4", "5"]
