from __future__ import annotations

from datetime import timedelta

import pytest

from bot.members_identities_store import move_member
from bot.payments.model import OrderPaid
from bot.plugins.growth.referrals_store import code_of, get_referral
from bot.plugins.membership.reading import membership_in
from bot.storage import Database
from bot.testing import SimulatedRoom
from tests.plugins.growth.kit import PLANS, buy, member_id, refund, run

pytestmark = pytest.mark.slow  # days of conversation


@pytest.fixture
def room_config() -> str:
    return PLANS


async def code(room: SimulatedRoom, name: str) -> str:
    return await run(room, lambda db: code_of(db, member_id(db, name), room.clock.now()))


async def days(room: SimulatedRoom, name: str) -> int:
    """Return how many days of membership somebody has left."""

    def read(db: Database) -> int:
        held = membership_in(db, member_id(db, name), room.clock.now())
        return (held.until - room.clock.now()).days if held and held.until else 0

    return await run(room, read)


async def bring(room: SimulatedRoom, old: str, new: str) -> None:
    """Let a newcomer name who brought them."""
    room.member(old)
    await room.member(old).says("早")
    told = await room.member(new).says(f"推荐码 {await code(room, old)}", private=True)
    assert told == [f"记下了，您是 {old} 推荐来的。想开通会员，发「套餐」看看。"]


async def test_who_brings_a_payer_gets_a_week_after_the_refund_window(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    told = await ming.says("推荐码", private=True)
    typed = await code(room, "小明")
    assert told == [
        (
            f"您的推荐码：{typed[:4]}-{typed[4:]}\n还没付过款的朋友先发「推荐码 {typed[:4]}-{typed[4:]}」给我，"
            "第一次开通会员后 7 天没有退款，您得 7 天会员。发「我的推荐」看进展。"
        )
    ]
    await buy(room, "小明")
    assert await hong.says(f"推荐码 {typed.lower()}") == [
        "记下了，您是 小明 推荐来的。想开通会员，发「套餐」看看。",
        "小红，已私聊回复您。",
    ]
    await buy(room, "小红")
    assert "1 位付款后还没满 7 天" in (await ming.says("我的推荐", private=True))[0]
    await room.clock.advance(days=6)
    assert await days(room, "小明") == 25
    await room.clock.advance(days=2)
    thanked = [act.text for act in room.said if act.to == "小明"][-1]
    assert thanked.startswith("您推荐的一位朋友开通了会员，谢谢！送您 7 天会员，有效期到 2027-01-08 ")
    assert await days(room, "小明") == 30  # 31 + 7 - 8
    assert await ming.says("我的推荐", private=True) == [
        f"1 位朋友填了您的推荐码：1 位已算数。一共得了 7 天会员。\n您的推荐码：{typed[:4]}-{typed[4:]}"
    ]
    await buy(room, "小红")  # renews: once per new payer
    await room.clock.advance(days=10)
    assert await days(room, "小明") == 20


async def test_who_got_the_money_back_does_not_count(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    number = await buy(room, "小红")
    await room.clock.advance(days=3)
    await refund(room, number)
    await room.clock.advance(days=5)
    assert await days(room, "小明") == 0
    await buy(room, "小红")  # stays this time
    await room.clock.advance(days=8)
    assert await days(room, "小明") in {5, 6}  # a week of the plan that was bought, a day ago


async def test_money_given_back_in_part_still_counts(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    await refund(room, await buy(room, "小红"), 100)
    await room.clock.advance(days=8)
    assert await days(room, "小明") > 0


async def test_a_lifetime_needs_no_days(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    await buy(room, "小明", "life")
    await buy(room, "小红")
    await room.clock.advance(days=8)
    assert [act.text for act in room.said if act.to == "小明"][-1] == (
        "您推荐的一位朋友开通了会员，谢谢！您是永久会员，不用再加天数。发「我的推荐」看全部。"
    )


async def test_wrong_codes_are_answered_kindly(room: SimulatedRoom) -> None:
    ming, hong, gang = room.member("小明"), room.member("小红"), room.member("小刚")
    await hong.says("早")
    own = await code(room, "小红")
    assert await ming.says("推荐码 AC3D-EF40", private=True) == [
        "没有这个推荐码。推荐码是 8 位字母和数字，请和推荐人核对后再发一次。"
    ]
    assert await hong.says(f"推荐码 {own}", private=True) == ["这是您自己的推荐码，发给朋友用，自己不能填。"]
    await bring(room, "小红", "小明")
    await gang.says("早")
    assert await ming.says(f"推荐码 {await code(room, '小刚')}", private=True) == [
        "您填过推荐码了，推荐人是 小红，不用再填，也不能再换。"
    ]
    assert await hong.says(f"推荐码 {await code(room, '小明')}", private=True) == [
        "小明 是您推荐来的，不能反过来再推荐您。"
    ]
    await buy(room, "小刚")
    assert await gang.says(f"推荐码 {own}", private=True) == [
        "推荐码要在第一次付款以前填，您已经付过款了，这次填不了。"
    ]
    assert await gang.says("推荐码 怎么用") == []


async def test_a_ring_of_three_does_not_close(room: SimulatedRoom) -> None:
    for name in ("甲", "乙", "丙"):
        await room.member(name).says("早")
    await bring(room, "甲", "乙")
    await bring(room, "乙", "丙")
    told = await room.member("甲").says(f"推荐码 {await code(room, '丙')}", private=True)
    assert told == ["丙 是您推荐来的，不能反过来再推荐您。"]


async def test_a_mention_names_the_referrer_and_a_name_alone_does_not(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await ming.says("早")
    assert await hong.says("推荐码 小明", private=True) == [
        "请在群里用 @ 选中推荐您的人，或者发推荐人的推荐码，例如：推荐码 AC3D-EF4G"
    ]
    assert (await hong.says("推荐码 @小明"))[0] == "记下了，您是 小明 推荐来的。想开通会员，发「套餐」看看。"


async def test_a_crash_before_the_reward_loses_and_doubles_nothing(room: SimulatedRoom) -> None:
    await buy_both(room)
    await room.crash(days=8)
    assert await days(room, "小明") == 30
    await room.crash(days=1)
    assert await days(room, "小明") == 29


async def buy_both(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    await buy(room, "小明")
    await buy(room, "小红")


async def test_who_is_erased_leaves_no_trace_and_the_other_keeps_the_days(room: SimulatedRoom) -> None:
    await buy_both(room)
    await room.clock.advance(days=8)
    hong = await run(room, lambda db: member_id(db, "小红"))
    exported = await run(room, lambda db: room.app.loader.plugins["growth"].exporters[0](db, hong))
    assert [row["state"] for row in exported["referrals"]] == ["rewarded"]
    await run(room, lambda db: room.app.loader.plugins["growth"].erasers[0](db, hong))
    assert await run(room, lambda db: get_referral(db, hong)) is None
    assert await days(room, "小明") == 30


async def test_an_erased_referrer_is_given_nothing(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    await buy(room, "小红")
    ming = await run(room, lambda db: member_id(db, "小明"))
    await run(room, lambda db: room.app.loader.plugins["growth"].erasers[0](db, ming))
    await room.clock.advance(days=8)
    assert await days(room, "小明") == 0


@pytest.mark.parametrize("room_config", [f"{PLANS}  growth: {{reward_days: 0}}\n"])
async def test_without_rewards_nothing_is_promised(room: SimulatedRoom) -> None:
    assert await room.member("小明").says("推荐码") == ["现在没有推荐奖励。"]
    assert await room.member("小明").says("我的推荐") == ["现在没有推荐奖励。"]


async def test_a_payment_reported_late_counts_from_when_it_was_made(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    await buy(room, "小红", ago=timedelta(days=8))
    assert await days(room, "小明") == 7


async def test_two_accounts_of_one_person_earn_nothing_from_each_other(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    await buy(room, "小红")

    def turn_out_to_be_one(db: Database) -> None:
        move_member(db, member_id(db, "小明"), member_id(db, "小红"))

    await run(room, turn_out_to_be_one)
    await room.clock.advance(days=8)
    assert await days(room, "小红") == 23


async def test_events_that_are_heard_again_reward_once(room: SimulatedRoom) -> None:
    await bring(room, "小明", "小红")
    number = await buy(room, "小红")

    def repeat(db: Database) -> None:
        for _ in range(3):
            room.app.services.publish(db, OrderPaid(number))

    await run(room, repeat)
    await room.clock.advance(days=8)
    await run(room, repeat)
    await room.crash()
    await run(room, repeat)
    await room.clock.advance(days=8)
    thanked = [act.text for act in room.said if act.to == "小明" and "谢谢" in act.text]
    assert len(thanked) == 1
