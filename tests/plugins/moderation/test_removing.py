"""Removals: two reasons, two people for who has paid, the brake, what a gateway cannot do, and the way back."""

from __future__ import annotations

import pytest

from bot.model import Act, Role
from bot.plugins.moderation.model import CaseState, Done
from bot.testing import SimulatedRoom
from tests.plugins.moderation.case_kit import BAD, CONFIG, WORSE, cases, done, in_room, pays, removed, told

pytestmark = pytest.mark.slow


@pytest.fixture
def room_config() -> str:
    return CONFIG


def crowd(room: SimulatedRoom, people: int) -> None:
    """Fill the room, so that one removal is a small part of it."""
    for number in range(people):
        room.member(f"路人{number}")


# ---- by the rules


async def test_one_reason_only_reports(room: SimulatedRoom) -> None:
    answers = await room.member("小明").says(BAD)
    assert removed(room) == []
    assert any("只有一种理由，没有自动移出。" in text for text in answers)
    assert (
        "报告群主 S1：出现「南瓜」；只有一种理由，没有自动移出" in (await room.owner.says("案卷 V1", private=True))[0]
    )


async def test_a_report_that_waited_still_tells_why_nobody_was_removed(room: SimulatedRoom) -> None:
    await room.member("小红").says("马铃薯")
    await room.member("小明").says(BAD)
    await room.clock.advance(minutes=3)
    assert "只有一种理由，没有自动移出。" in told(room, "群主")[-1]


async def test_two_reasons_remove_and_everybody_hears_why(room: SimulatedRoom) -> None:
    await room.member("小明").says(WORSE)
    assert removed(room) == ["小明"]
    assert in_room(room) == []
    (text,) = told(room, "小明")
    assert text == (
        "您已被移出「Python学习群」：不提南瓜（出现「南瓜」；留了微信号「加我微信 abc12345678」）。\n"
        "觉得不对，私聊回复「申诉 V1 您的理由」，会有人重新看。"
    )
    (text,) = told(room, "群主")
    assert text.startswith("已把 小明 移出「Python学习群」（V1）：出现「南瓜」；留了微信号")
    assert text.endswith("判错了就发「撤销 V1」，警告作废，也会邀请回来。")


async def test_an_earlier_strike_of_another_kind_is_the_second_reason(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("加我微信 abc12345678")
    await room.clock.advance(hours=1)
    await ming.says(BAD)
    assert removed(room) == ["小明"]
    assert "出现「南瓜」；之前还因「不留联系方式」记过分，共 3 分。" in told(room, "群主")[-1]


async def test_a_strike_that_was_withdrawn_is_no_reason(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("加我微信 abc12345678")
    await room.owner.says("撤销警告 S1")
    await ming.says(BAD)
    assert removed(room) == []


async def test_nobody_who_has_paid_is_removed_by_a_rule(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await pays(room, ming)
    await ming.says(WORSE)
    assert removed(room) == []
    assert "这位是付过费的成员，移出要两位管理者都确认。" in told(room, "群主")[0]


async def test_no_expert_is_removed_by_a_rule(room: SimulatedRoom) -> None:
    await room.member("专家", Role.EXPERT).says(WORSE)
    assert removed(room) == []
    assert "这位是专家，没有自动移出。" in told(room, "群主")[0]


# ---- the brake


async def test_the_fourth_removal_within_ten_minutes_stops_all_rules(room: SimulatedRoom) -> None:
    crowd(room, 300)
    for number in range(4):
        await room.member(f"坏人{number}").says(f"{WORSE}{number}")
        await room.clock.advance(minutes=1)
    assert removed(room) == ["坏人0", "坏人1", "坏人2"]
    assert told(room, "群主")[-1] == (
        "10 分钟内已自动移出 3 人，怕是群规写错了：所有群规已改为只观察，不提醒也不移出。坏人3（V4）没有移出"
        "「Python学习群」。\n请看「案卷」，没问题就发「恢复群规」。"
    )
    assert await room.member("小明").says("卷心菜") == []
    assert await done(room) == ["remove", "remove", "remove", "report", "brake"]


async def test_two_in_a_hundred_within_a_day_stop_all_rules(room: SimulatedRoom) -> None:
    crowd(room, 98)
    for number in range(3):
        await room.member(f"坏人{number}").says(f"{WORSE}{number}")
        await room.clock.advance(hours=2)
    assert removed(room) == ["坏人0", "坏人1"]
    assert told(room, "群主")[-1].startswith("一天内已自动移出 2 人（群里 ")


async def test_three_removals_in_ten_minutes_are_allowed_again_later(room: SimulatedRoom) -> None:
    crowd(room, 400)
    for number in range(5):
        await room.member(f"坏人{number}").says(f"{WORSE}{number}")
        await room.clock.advance(minutes=4)
    assert len(removed(room)) == 5


async def test_the_owner_lifts_the_brake(room: SimulatedRoom) -> None:
    crowd(room, 20)
    assert await room.owner.says("恢复群规") == ["群规没有暂停，不用恢复。"]
    for number in range(2):
        await room.member(f"坏人{number}").says(f"{WORSE}{number}")
    await room.crash(minutes=1)
    assert await room.member("小明").says("卷心菜") == []
    assert "群规恢复了，从现在起照常提醒和处理。" in await room.owner.says("恢复群规")
    assert await room.member("小明").says("卷心菜") != []
    assert (await done(room))[-2:] == ["lift_brake", "remind"]


async def test_what_people_remove_does_not_pull_the_brake(room: SimulatedRoom) -> None:
    for number in range(4):
        await room.member(f"坏人{number}").says(f"马铃薯{number}")
        await room.owner.says(f"移除 V{number + 1}")
    assert len(removed(room)) == 4
    await room.member("小明").says(WORSE)
    assert removed(room)[-1] == "小明"


# ---- a gateway that cannot remove


async def test_without_the_power_to_remove_the_owner_gets_a_ready_list(room: SimulatedRoom) -> None:
    room.gateway.lose(can_remove=False)
    ming = room.member("小明")
    await ming.says(WORSE)
    (listed,) = told(room, "群主")
    assert listed == (
        "这个账号不能移除成员，请在微信里手动移出「Python学习群」的：\n小明（V1，不提南瓜）\n"
        "移出以后我会自动结案；不想移出就发「撤销 V1」。"
    )
    assert (await cases(room))[0].state is CaseState.BY_HAND
    await ming.leaves()
    assert (await cases(room))[0].state is CaseState.SETTLED
    assert await done(room) == ["by_hand", "left"]


async def test_a_report_says_openly_that_the_owner_must_do_it(room: SimulatedRoom) -> None:
    room.gateway.lose(can_remove=False)
    await room.member("小明").says("马铃薯")
    assert "这个账号不能移除成员，选 1 会给您一份手动移出的名单。" in told(room, "群主")[0]
    (answer,) = await room.owner.says("1", private=True)
    assert answer.startswith("这个账号不能移除成员，请在微信里手动移出")
    assert [act for act in room.said if act.act is Act.REMOVE] == []


# ---- two people for who has paid


async def test_two_people_must_agree_to_remove_who_has_paid(room: SimulatedRoom) -> None:
    ming, admin = room.member("小明"), room.member("管理", Role.ADMIN)
    await pays(room, ming)
    await ming.says(WORSE)
    answers = await room.owner.says("移除 V1", private=True)
    assert answers[0] == (
        "小明 付过费，移出「Python学习群」要两位管理者确认。我已请 管理 在 1 天内发「确认移除 V1」，没人确认就不移出。"
    )
    assert "群主 想把 小明 移出「Python学习群」（V1）" in answers[1]
    assert await room.owner.says("确认移除 V1", private=True) == ["V1 是您提出的，要另一位管理者发「确认移除 V1」。"]
    assert removed(room) == []
    answers = await admin.says("确认移除 V1", private=True)
    assert answers[0] == "好的，正在把 小明 移出「Python学习群」（V1）。要撤销发「撤销 V1」。"
    assert removed(room) == ["小明"]
    assert await done(room, 1) == ["report", "ask_removal", "confirm_removal", "remove"]


async def test_without_a_second_word_within_a_day_they_stay(room: SimulatedRoom) -> None:
    ming, admin = room.member("小明"), room.member("管理", Role.ADMIN)
    await pays(room, ming)
    await ming.says(WORSE)
    await room.owner.says("移除 V1", private=True)
    await room.clock.advance(hours=25)
    assert told(room, "群主")[-1] == "V1：24 小时内没有第二位管理者确认，小明 留在「Python学习群」。"
    assert await admin.says("确认移除 V1", private=True) == ["V1 没有在等确认，现在是「已结」。"]
    assert removed(room) == []


async def test_a_lone_owner_is_told_how_to_go_on(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await pays(room, ming)
    await ming.says(WORSE)
    (answer,) = await room.owner.says("移除 V1", private=True)
    assert answer.startswith("小明 付过费，移出要两位管理者确认，但「Python学习群」只有您一位。")
    assert (await cases(room))[0].state is CaseState.OPEN


async def test_members_can_confirm_nothing_and_hear_nothing(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    room.member("管理", Role.ADMIN)
    await pays(room, ming)
    await ming.says(WORSE)
    await room.owner.says("移除 V1", private=True)
    assert await room.member("小红").says("确认移除 V1") == []
    assert removed(room) == []


async def test_who_is_gone_is_not_removed(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("马铃薯")
    await ming.leaves()
    assert await room.owner.says("移除 V1") == ["小明 已经不在「Python学习群」里了，不用移出。"]


async def test_an_admin_removes_somebody_by_name_after_a_yes(room: SimulatedRoom) -> None:
    room.member("小明")
    assert await room.owner.says("移除 @小明 一直发广告") == ["要把 小明 移出「Python学习群」吗（V1）？回复 是"]
    assert removed(room) == []
    await room.owner.says("是")
    assert removed(room) == ["小明"]
    assert told(room, "小明")[0].startswith("您已被移出「Python学习群」：一直发广告。\n")
    assert await done(room, 1) == ["report", "remove"]


async def test_nobody_removes_an_admin_by_name(room: SimulatedRoom) -> None:
    room.member("管理", Role.ADMIN)
    await room.member("管理").says("早")
    assert await room.owner.says("移除 @管理") == ["群主和管理员不归群规管，不用处理。"]


# ---- the way back


async def test_a_removal_is_undone_with_an_invitation_and_an_apology(room: SimulatedRoom) -> None:
    await room.member("小明").says(WORSE)
    answers = await room.owner.says("撤销 V1", private=True)
    assert answers[0] == "已撤销 V1（小明），警告 S1 作废，已邀请回群。"
    assert [act.to for act in room.said if act.act is Act.INVITE] == ["小明"]
    assert told(room, "小明")[-1] == "「Python学习群」的 V1 已经撤销，记的分也清掉了。打扰您了，抱歉。"
    assert await room.owner.says("撤销 V1", private=True) == ["V1 之前已经撤销了，不用再撤。"]
    assert (await cases(room))[0].state is CaseState.UNDONE


async def test_where_nobody_can_be_invited_the_owner_is_asked_to(room: SimulatedRoom) -> None:
    await room.member("小明").says(WORSE)
    room.gateway.lose(can_add=False)
    answers = await room.owner.says("撤销 V1", private=True)
    assert answers[0] == "已撤销 V1（小明），警告 S1 作废，这个账号不能拉人，请您手动邀请回群。"


async def test_an_exemption_that_came_of_a_case_ends_with_it(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("马铃薯")
    await room.owner.says("4", private=True)
    assert await ming.says("卷心菜") == []
    assert await room.owner.says("撤销 V1", private=True) == ["已撤销 V1（小明），豁免也取消了。"]
    assert await ming.says("卷心菜") != []
    assert await done(room, 1) == ["report", "exempt", "unexempt", "undo"]


# ---- taking it back oneself


async def test_who_takes_the_message_back_gets_no_strike_the_first_time(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("卷心菜")
    await ming.recalls("卷心菜")
    assert await ming.says("我的违规", private=True) == ["您没有违规记录，谢谢您一直照顾大家。"]
    assert await done(room) == ["remind", "recall"]


async def test_the_second_time_within_a_week_it_counts_half(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    for text in ("卷心菜", "卷心菜甲"):
        await ming.says(text)
        await ming.recalls(text)
        await room.clock.advance(hours=1)
    (shown,) = await ming.says("我的违规", private=True)
    assert "共 0.5 分" in shown


async def test_a_reminder_that_waits_is_not_said_any_more(room: SimulatedRoom) -> None:
    await room.member("小红").says("卷心菜")
    ming = room.member("小明")
    await ming.says("卷心菜啊")
    await ming.recalls("卷心菜啊")
    await room.clock.advance(minutes=2)
    assert [act.mentions for act in room.said if act.room] == [("小红",)]


async def test_what_waits_for_the_owner_goes_on_waiting(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await ming.says("马铃薯")
    await ming.recalls("马铃薯")
    assert (await cases(room))[0].state is CaseState.OPEN
    assert "本人撤回了消息" in (await room.owner.says("案卷 V1", private=True))[0]
    assert (await cases(room))[0].act is Done.REPORT
