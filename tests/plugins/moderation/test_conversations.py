"""The ladder as the group sees it: reminders, warnings, reports, and what owners answer to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Conversation, MessageReceived, Role
from bot.plugins.moderation.model import CaseState, Done
from bot.testing import SimulatedRoom
from tests.plugins.moderation.case_kit import BAD, CONFIG, cases, done, hears_late, in_room, strikes, told

pytestmark = pytest.mark.slow

PICK = "回复数字：1 移除  2 警告  3 误判  4 豁免"


@pytest.fixture
def room_config() -> str:
    return CONFIG


async def test_friends_who_talk_do_not_notice_it(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    lines = ["早", "昨天那个 asyncio 的坑我踩到了", "哈哈哈", "await 忘了写", "😂", "收到", "明天几点？"]
    assert [text for line in lines for who in (ming, hong) for text in await who.says(line)] == []
    assert await cases(room) == []


# ---- reminding


async def test_a_reminder_names_the_rule_and_the_person_and_is_kind(room: SimulatedRoom) -> None:
    assert await room.member("小明").says("卷心菜") == ["提醒一下，本群群规：不提卷心菜。谢谢理解。"]
    assert room.said[-1].mentions == ("小明",)
    assert (await cases(room))[0].act is Done.REMIND


async def test_who_goes_on_at_once_is_reminded_once(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    said = [text for number in range(5) for text in await ming.says(f"卷心菜{number}")]
    assert len(said) == 1
    found = await cases(room)
    assert [(case.number, case.hits) for case in found] == [(1, 5)]
    assert len(await strikes(room, 1)) == 1
    assert await done(room) == ["remind"]


async def test_who_goes_on_after_a_minute_is_warned_in_private(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("卷心菜")
    room.clock.advance(minutes=2)
    answers = await ming.says("卷心菜好吃")
    assert in_room(room) == ["提醒一下，本群群规：不提卷心菜。谢谢理解。"]
    assert answers == told(room, "小明")
    assert answers[0].startswith(
        "您刚才在「Python学习群」发的「卷心菜好吃」不太合群规：不提卷心菜。\n记 1 分（S2），12-31 自动作废"
    )
    assert answers[0].endswith("觉得不对，私聊回复「申诉 V2 您的理由」，会有人重新看。")


async def test_several_people_are_reminded_together(room: SimulatedRoom) -> None:
    for name in ("小明", "小红", "小刚", "小李"):
        await room.member(name).says("卷心菜")
    await room.clock.advance(minutes=1)
    reminders = [act for act in room.said if act.room]
    assert [act.mentions for act in reminders] == [("小明",), ("小红", "小刚", "小李")]
    assert {act.text for act in reminders} == {"提醒一下，本群群规：不提卷心菜。谢谢理解。"}


async def test_what_was_said_while_the_bot_was_away_reminds_nobody(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    assert await hears_late(room, ming, "卷心菜", hours=2) == []
    assert await cases(room) == []
    assert await hears_late(room, ming, "卷心菜啊", minutes=5) != []


async def test_a_late_warning_says_when_it_was(room: SimulatedRoom) -> None:
    (text,) = await hears_late(room, room.member("小明"), "胡萝卜", hours=2)
    assert text.startswith("您周二 12-01 07:00 在「Python学习群」发的「胡萝卜」不太合群规")
    assert (await strikes(room, 1))[0].expires_at == room.clock.now() - timedelta(hours=2) + timedelta(days=30)


# ---- warning in private


async def test_who_cannot_be_written_to_is_told_in_the_room(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    room.world.contacts[ming.contact_id].is_friend = False
    assert await ming.says("胡萝卜") == [
        "提醒一下，本群群规：不提胡萝卜。想私下说明可以加我好友，或发「申诉 V1 理由」。"
    ]
    assert in_room(room) != []


async def test_without_private_messages_the_room_hears_it(room: SimulatedRoom) -> None:
    room.gateway.lose(can_send_private=False)
    await room.member("小明").says("胡萝卜")
    assert [act.mentions for act in room.said if act.room] == [("小明",)]


async def test_points_add_up_and_expire(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("卷心菜")
    room.clock.advance(hours=1)
    await ming.says("卷心菜")
    (shown,) = await ming.says("我的违规", private=True)
    assert shown.startswith(
        "您现在有 2 条警告，共 2 分：\nS1 12-01「Python学习群」不提卷心菜，1 分，2026-12-31 到期（V1）"
    )
    assert shown.endswith("满 2 分私聊警告，满 4 分请群主看。到期自动作废。\n觉得哪条不对，发「申诉 V2 您的理由」。")
    await room.clock.advance(days=30)
    assert await ming.says("我的违规", private=True) == ["您没有违规记录，谢谢您一直照顾大家。"]
    assert await ming.says("卷心菜") == ["提醒一下，本群群规：不提卷心菜。谢谢理解。"]


async def test_strikes_are_shown_in_private_only(room: SimulatedRoom) -> None:
    assert "小明，已私聊回复您。" in await room.member("小明").says("我的违规")


async def test_many_points_go_to_the_owner_too(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for _ in range(4):
        await ming.says("卷心菜")
        await room.clock.advance(hours=1)
    assert [case.act for case in await cases(room)] == [Done.REMIND, Done.WARN, Done.WARN, Done.REPORT]
    assert PICK in told(room, "群主")[-1]


# ---- reports, and the numbers that answer them


async def test_a_report_has_everything_the_owner_needs(room: SimulatedRoom) -> None:
    assert await room.member("小明").says("马铃薯很好吃") == [
        "「Python学习群」小明 的消息请您看一下（V1）：\n出现「马铃薯」。\n原话：「马铃薯很好吃」\n" + PICK
    ]
    assert told(room, "小明") == []
    assert await strikes(room, 1) == []


@pytest.mark.parametrize(
    ("number", "answer", "state", "act"),
    [
        ("1", "好的，正在把 小明 移出「Python学习群」（V1）", CaseState.SETTLED, Done.REMOVE),
        ("2", "已警告 小明（S1，案卷 V1），现在共 1 分", CaseState.SETTLED, Done.WARN),
        ("3", "V1", CaseState.UNDONE, Done.REPORT),
        ("4", "好的，小明 在「Python学习群」先不归群规管，到 周二 12-08", CaseState.SETTLED, Done.REPORT),
    ],
)
async def test_a_number_answers_a_report(
    room: SimulatedRoom, number: str, answer: str, state: CaseState, act: Done
) -> None:
    await room.member("小明").says("马铃薯很好吃")
    answers = await room.owner.says(number, private=True)
    assert any(answer in text for text in answers)
    case = (await cases(room))[0]
    assert (case.state, case.act) == (state, act)


async def test_another_number_is_told_what_may_be_answered(room: SimulatedRoom) -> None:
    await room.member("小明").says("马铃薯很好吃")
    assert await room.owner.says("7", private=True) == [PICK]


async def test_a_number_answers_the_last_thing_said_only(room: SimulatedRoom) -> None:
    await room.member("小明").says("马铃薯很好吃")
    await room.owner.says("我的违规", private=True)
    await room.owner.says("1", private=True)
    assert (await cases(room))[0].state is CaseState.OPEN


async def test_members_cannot_answer_reports(room: SimulatedRoom) -> None:
    await room.member("小明").says("马铃薯很好吃")
    await room.member("小红").says("1", private=True)
    await room.member("小红").says("1")
    assert (await cases(room))[0].state is CaseState.OPEN


async def test_several_reports_come_in_one_list_that_is_answered_by_numbers(room: SimulatedRoom) -> None:
    for name in ("小明", "小红", "小刚"):
        await room.member(name).says(f"马铃薯，{name}说的")
    await room.clock.advance(minutes=3)
    assert told(room, "群主")[1:] == [
        "「Python学习群」又有 2 条要请您看，回复数字看详情：\n1. V2 小红：出现「马铃薯」\n2. V3 小刚：出现「马铃薯」"
    ]
    (shown,) = await room.owner.says("2", private=True)
    assert shown.startswith("V3「Python学习群」小刚")
    assert shown.endswith("1. 移除\n2. 警告\n3. 误判\n4. 豁免 7 天")
    assert "已警告 小刚" in (await room.owner.says("2", private=True))[0]


async def test_the_same_report_is_not_made_twice_within_minutes(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for number in range(4):
        await ming.says(f"马铃薯{number}")
    await room.clock.advance(minutes=5)
    assert len(told(room, "群主")) == 1
    assert (await cases(room))[0].hits == 4


async def test_what_waits_is_listed_with_numbers(room: SimulatedRoom) -> None:
    assert await room.owner.says("待处理", private=True) == ["没有等您处理的，一切正常。"]
    await room.member("小明").says("马铃薯")
    (shown,) = await room.owner.says("待处理", private=True)
    assert shown == "有 1 条等您处理，回复数字看详情：\n1. V1 小明：出现「马铃薯」"
    assert (await room.owner.says("1", private=True))[0].startswith("V1「Python学习群」小明")


# ---- who is never touched


@pytest.mark.parametrize("text", ["卷心菜", "胡萝卜", "马铃薯", BAD])
async def test_owners_and_admins_are_never_touched(room: SimulatedRoom, text: str) -> None:
    assert await room.owner.says(text) == []
    assert await room.member("管理", Role.ADMIN).says(text) == []
    assert await cases(room) == []


async def test_nobody_warns_an_owner_or_the_bot(room: SimulatedRoom) -> None:
    admin = room.member("管理", Role.ADMIN)
    assert await admin.says("警告 @群主 太吵") == ["群主和管理员不归群规管，不用处理。"]
    assert await room.owner.says("/警告 @管理 太吵") == ["群主和管理员不归群规管，不用处理。"]


# ---- what admins do


async def test_an_admin_warns_somebody_and_takes_it_back(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    answers = await room.owner.says("警告 @小明 请不要吵架")
    assert "已警告 小明（S1，案卷 V1），现在共 1 分。已私聊告诉本人。要撤销发「撤销警告 S1」。" in answers
    assert told(room, "小明")[0].startswith("「Python学习群」的管理者提醒您一次：请不要吵架。\n记 1 分（S1）")
    answers = await room.owner.says("撤销警告 s1")
    assert "已撤销 小明 的警告 S1，还剩 0 分，也告诉了本人。" in answers
    assert told(room, "小明")[-1] == "您在「Python学习群」的警告 S1 已撤销，不再计分。"
    assert await room.owner.says("撤销警告 S1") == ["S1 之前已经撤销了，不用再撤。"]
    assert await ming.says("我的违规", private=True) == ["您没有违规记录，谢谢您一直照顾大家。"]
    assert await done(room) == ["strike", "withdraw"]


async def test_several_people_are_warned_at_once(room: SimulatedRoom) -> None:
    await room.member("小明").says("早")
    room.member("小红")
    answers = await room.owner.says("警告 @小明 @小红 别吵了")
    assert "已警告 小明（S1，案卷 V1）" in answers[0]
    assert "已警告 小红（S2，案卷 V2）" in answers[0]
    assert [case.reason for case in await cases(room)] == ["别吵了", "别吵了"]


async def test_a_warning_without_a_reason_says_so_in_the_log_only(room: SimulatedRoom) -> None:
    room.member("小明")
    await room.owner.says("警告 @小明")
    assert told(room, "小明")[0].startswith("「Python学习群」的管理者提醒您一次。\n")
    assert "没有写理由" in (await room.owner.says("审计 V1", private=True))[0]


@pytest.mark.parametrize("typed", ["撤销警告 S1", "撤销警告 @小明", "撤销 S1"])
async def test_a_strike_is_withdrawn_by_number_or_name(room: SimulatedRoom, typed: str) -> None:
    room.member("小明")
    await room.owner.says("警告 @小明")
    assert "已撤销 小明 的警告 S1，还剩 0 分，也告诉了本人。" in await room.owner.says(typed)


async def test_who_has_no_strike_has_none_to_withdraw(room: SimulatedRoom) -> None:
    await room.member("小明").says("早")
    assert await room.owner.says("撤销警告 @小明") == ["小明 现在没有警告，不用撤销。"]


async def test_a_name_that_nobody_has_is_told_only_to_who_speaks_to_the_bot(room: SimulatedRoom) -> None:
    assert await room.owner.says("豁免 一下大家的作业") == []
    assert await room.owner.says("/豁免 小刚 三天") == ["没有找到「小刚」，请在群里用 @ 选中。"]


async def test_members_cannot_warn_anybody(room: SimulatedRoom) -> None:
    room.member("小明")
    assert await room.member("小红").says("警告 @小明 太吵") == []
    assert await room.member("小红").says("/警告 @小明 太吵") == ["「警告」要管理员才能用。"]


@pytest.mark.parametrize(
    "text",
    ["警告大家一声，明天停电", "撤销吧这个改动", "移除这个依赖就好了", "豁免权是什么", "演练得怎么样了", "案卷太多了"],
)
async def test_chat_that_begins_with_a_command_word_stays_chat(room: SimulatedRoom, text: str) -> None:
    assert await room.owner.says(text) == []


async def test_who_is_exempt_is_left_alone_until_it_ends(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    answers = await room.owner.says("豁免 @小明 7天 写教程")
    assert "好的，小明 在「Python学习群」先不归群规管，到 周二 12-08 09:00。要取消发「取消豁免 @小明」。" in answers
    assert await ming.says("卷心菜") == []
    assert "现在豁免 1 人：\n小明：「Python学习群」，到 周二 12-08 09:00，写教程" in await room.owner.says("豁免")
    await room.clock.advance(days=7)
    assert await ming.says("卷心菜") != []


async def test_an_exemption_is_ended(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await room.owner.says("豁免 @小明")
    assert await ming.says("卷心菜") == []
    assert "好的，小明 和大家一样归群规管了。" in await room.owner.says("取消豁免 @小明")
    assert await ming.says("卷心菜") != []
    assert await room.owner.says("取消豁免 @小明") == ["小明 没有豁免，发「豁免」看看都有谁。"]
    assert await done(room) == ["exempt", "unexempt", "remind"]


async def test_a_crash_forgets_no_exemption(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await room.owner.says("豁免 @小明")
    await room.crash()
    assert await ming.says("卷心菜") == []


# ---- the log


async def test_a_case_tells_what_was_done_by_whom_and_why(room: SimulatedRoom) -> None:
    await room.member("小明").says("马铃薯")
    await room.owner.says("2", private=True)
    (shown,) = await room.owner.says("案卷 V1", private=True)
    assert shown == (
        "V1「Python学习群」小明，周二 12-01 09:00\n群规：不提马铃薯（potato）\n理由：出现「马铃薯」\n原话：「马铃薯」\n"
        "状态：已结\n经过：\n12-01 09:00 机器人 报告群主：出现「马铃薯」\n12-01 09:00 群主 警告 S1：出现「马铃薯」\n"
        "要撤销发「撤销 V1」。"
    )
    (log,) = await room.owner.says("审计", private=True)
    assert log == (
        "12-01 09:00 机器人 报告群主 小明：出现「马铃薯」（V1）\n12-01 09:00 群主 警告 S1 小明：出现「马铃薯」（V1）"
    )


async def test_cases_of_a_person_and_of_a_room_are_listed(room: SimulatedRoom) -> None:
    await room.member("小明").says("卷心菜")
    await room.member("小红").says("胡萝卜")
    answers = await room.owner.says("案卷 @小明")
    assert answers[0] == (
        "V1 12-01 09:00「Python学习群」小明：不提卷心菜，群内提醒，已结\n小明 现在共 1 分。\n"
        "看详情发「案卷 V12」这样的编号。"
    )
    assert (await room.owner.says("案卷"))[0].startswith(
        "V2 12-01 09:00「Python学习群」小红：不提胡萝卜，私聊警告，已结\nV1"
    )


async def test_an_admin_of_another_room_sees_nothing_of_this_one(room: SimulatedRoom) -> None:
    await room.member("小明").says("马铃薯")
    stranger = room.stranger("别处的群主")
    other = room.world.add_room("别的群", stranger.contact_id, [room.bot_id])

    def ask(text: str) -> MessageReceived:
        return room.world.say(stranger.contact_id, Conversation(room_id=other), text)

    assert "没有 V1 这个案卷，发「案卷」看看有哪些。" in await room.after(lambda: ask("/移除 V1"))
    assert "还没有案卷，一切正常。" in await room.after(lambda: ask("/案卷"))


# ---- dry run


async def test_in_a_dry_run_only_the_owner_hears(room: SimulatedRoom) -> None:
    assert await room.owner.says("演练 开") == [
        "「Python学习群」开始演练：群规只看不动，本来会做什么只告诉您。发「演练 关」结束。"
    ]
    assert await room.member("小明").says("卷心菜") == [
        "演练：「Python学习群」小明 的消息本来会群内提醒（V1）：出现「卷心菜」。\n原话：「卷心菜」"
    ]
    assert told(room, "小明") == []
    assert await strikes(room, 1) == []
    assert (await room.member("小明").says("/为什么"))[0].endswith("演练中，本来会在群里提醒。")
    assert await room.owner.says("演练 关") == ["「Python学习群」的演练结束了，群规照常提醒和处理。"]
    assert await room.member("小红").says("卷心菜") == ["提醒一下，本群群规：不提卷心菜。谢谢理解。"]


async def test_in_a_dry_run_commands_are_answered(room: SimulatedRoom) -> None:
    await room.owner.says("演练 开")
    assert any("小明" in text or "帮助" in text for text in await room.member("小明").says("@小知 帮助 卷心菜"))
