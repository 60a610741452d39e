"""What members see of themselves, what owners give, halt and look up, and what all that opens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.gateway.simulated_facts import SentAct
from bot.model import Role
from bot.payments.model import Order, OrderState
from bot.payments.orders_store import add_order
from bot.testing import SimulatedRoom, Speaker, simulated_room
from tests.plugins.membership.kit import PLANS, T0, sent
from tests.plugins.membership.paying import pay

pytestmark = pytest.mark.slow  # days of conversation

NOTE = "小红，已私聊回复您。"


@pytest.fixture
def room_config() -> str:
    return f"{PLANS}commands:\n  cooldown: 0s\n"


async def member_id(room: SimulatedRoom, speaker: Speaker) -> str:
    rows = await room.app.storage.read(
        room.app.config.community,
        lambda db: db.query(
            "select member_id from identities where community = :community and value = :value",
            {"value": speaker.contact_id},
        ),
    )
    return str(rows[0]["member_id"])


async def may(room: SimulatedRoom, speaker: Speaker, *entitlements: str) -> list[str]:
    """Return which of these somebody may use now."""
    await room.clock.catch_up()
    ask, who = room.app.services.part("entitlements"), await member_id(room, speaker)
    return [one for one in entitlements if await ask(who, one)]


ALL = ("member", "month", "year", "pro", "life", "room:VIP群", "course:go", "feature")


async def test_what_is_in_force_opens_what_the_plan_says_and_grace_counts(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    assert await may(room, hong, *ALL) == []
    await pay(room, 1)
    assert await may(room, hong, *ALL) == ["member", "month", "room:VIP群"]
    room.clock.advance(days=33)
    assert await may(room, hong, *ALL) == ["member", "month", "room:VIP群"]
    room.clock.advance(days=1)
    assert await may(room, hong, *ALL) == []


async def test_a_higher_tier_is_asked_for_the_plans_below_it_too(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 pro", private=True)
    await pay(room, 1)
    assert await may(room, hong, *ALL) == ["member", "month", "year", "pro", "life", "course:go"]


async def test_a_single_purchase_opens_itself_until_its_money_is_given_back(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("你好")
    who = await member_id(room, hong)
    bought = Order(
        kind="courses", item="go", title="Go", member_id=who, amount_fen=900, made_at=T0, state=OrderState.PAID
    )
    await room.app.storage.run(room.app.config.community, lambda db: add_order(db, bought).number)
    await room.app.storage.run(
        room.app.config.community,
        lambda db: add_order(db, replace(bought, item="sql", state=OrderState.REFUNDED)).number,
    )
    assert await may(room, hong, "course:go", "course:sql", "courses:go", "member") == ["course:go", "courses:go"]


async def test_a_trial_is_once_in_a_life_and_only_for_who_never_had_anything(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    assert await hong.says("试用") == [
        "开始试用「试用一周」，有效期到 2026-12-08 周二（还有 7 天）。喜欢的话发「套餐」看看怎么接着用。",
        NOTE,
    ]
    assert await may(room, hong, "member") == ["member"]
    room.clock.advance(days=7)
    assert await may(room, hong, "member") == []
    used = "「试用一周」只给第一次来的朋友，您已经用过会员了，发「套餐」看看怎么开通。"
    assert await hong.says("试用", private=True) == [used]
    assert await room.member("小刚").says("试用 年卡", private=True) == ["没有「年卡」这个试用，发「试用」看看有哪些。"]


async def test_who_is_not_surely_known_gets_no_trial_until_they_are() -> None:
    async with simulated_room(PLANS) as room:
        hong = room.member("小红")
        await hong.says("你好")
        await room.app.storage.run(
            room.app.config.community,
            lambda db: db.execute(
                "update identities set strength = 'weak' where community = :community and value = :value",
                {"value": hong.contact_id},
            ),
        )
        (said,) = await hong.says("试用", private=True)
        assert said.startswith("试用每人一次，要先认得您")
        assert await may(room, hong, "member") == []


async def test_one_sees_ones_own_state_in_private_at_every_stage(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    assert await hong.says("我的") == ["您还没有会员。发「试用」先免费试试，发「套餐」看看怎么开通。", NOTE]
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    assert (await hong.says("我的", private=True))[0].splitlines() == [
        "您的会员",
        "月度会员：有效期到 2027-01-01 周五（还有 31 天）。",
        "能用：「VIP群」群",
        "D1 月度会员 19.90 元，已付款",
        "要收据发「收据 D1」，全部订单发「订单」。",
        "1. 续费",
        "2. 看看全部套餐",
    ]
    room.clock.advance(days=31)
    (grace,) = await hong.says("我的", private=True)
    assert "月度会员：2027-01-01 周五 到期了，2027-01-04 周一 09:00 前还能用，发「续费」接上。" in grace
    room.clock.advance(days=3)
    (over,) = await hong.says("我的", private=True)
    assert "月度会员：2027-01-01 周五 到期了，发「续费」重新开通。" in over
    assert "1. 重新开通" in over


async def test_the_owner_gives_plans_and_days_and_both_are_told(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("你好")
    said = await room.owner.says("送会员 @小红 month", private=False)
    assert said[0] == "已送「月度会员」给 小红，有效期到 2027-01-01 周五（还有 31 天）。"
    assert sent(room, "小红") == ["群主送您「月度会员」，有效期到 2027-01-01 周五（还有 31 天）。"]
    said = await room.owner.says("送会员 @小红 7天")
    assert said[0] == "已送 7 天给 小红，有效期到 2027-01-08 周五（还有 38 天）。"
    assert "month" in await may(room, hong, "month")
    assert (await room.owner.says("会员 @小红"))[0].splitlines()[-2:] == [
        "· 月度会员（群主送的）2026-12-01 周二 起，到 2027-01-01 周五",
        "· 月度会员（群主送的）2027-01-01 周五 起，到 2027-01-08 周五",
    ]


async def test_days_for_who_had_nothing_are_days_of_the_first_plan(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("你好")
    assert (await room.owner.says("送会员 @小红 3天"))[0] == "已送 3 天给 小红，有效期到 2026-12-04 周五（还有 3 天）。"
    assert await may(room, hong, "month") == ["month"]


async def test_what_was_given_can_be_taken_back_and_what_was_paid_cannot(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("你好")
    assert (await room.owner.says("收回会员 @小红"))[0] == "小红 现在没有会员。"
    await room.owner.says("送会员 @小红 month")
    said = await room.owner.says("收回会员 @小红")
    assert said[0] == "要收回送给 小红 的「月度会员」吗？马上失效。回复 是"
    assert await may(room, hong, "member") == ["member"]
    assert "已收回送给 小红 的会员，已通知对方。" in await room.owner.says("是", private=True)
    assert sent(room, "小红")[-1] == "群主收回了送您的会员，有疑问请联系群主。"
    assert await may(room, hong, "member") == []
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    assert (await room.owner.says("收回会员 @小红"))[0] == "小红 会员是买的，要收回请先退款：「退款 订单号」。"


async def test_a_pause_stops_time_and_ends_by_itself(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    said = await room.owner.says("暂停会员 @小红 20")
    assert said[0] == "小红 的会员暂停到 2026-12-31 周四 09:00，剩下的时间不会少，已通知对方。"
    assert await may(room, hong, *ALL) == []
    assert "月度会员：暂停中，2026-12-31 周四 自动恢复" in (await hong.says("我的", private=True))[0]
    assert "已经在暂停" in (await room.owner.says("暂停会员 @小红 5"))[0]
    before = len(room.said)
    room.clock.advance(days=20)
    await room.clock.catch_up()
    told = [act.text for act in room.said[before:] if act.to == "小红"]
    assert told == ["您的会员恢复了，有效期到 2027-01-21 周四（还有 21 天）。"]
    assert await may(room, hong, "member") == ["member"]


async def test_a_pause_ended_early_is_not_ended_again(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("你好")
    await room.owner.says("送会员 @小红 month")
    await room.owner.says("暂停会员 @小红 20")
    room.clock.advance(days=2)
    said = await room.owner.says("恢复会员 @小红")
    assert said[0] == "小红 的会员恢复了，有效期到 2027-01-03 周日（还有 31 天）。"
    assert (await room.owner.says("恢复会员 @小红"))[0] == "小红 的会员没有暂停。"
    before = len(room.said)
    room.clock.advance(days=20)
    await room.clock.catch_up()
    assert [act.text for act in room.said[before:] if "恢复" in act.text] == []


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("暂停会员 @小红 5", "小红 没有可以暂停的会员"),
        ("暂停会员 @小红 400", "一次可以暂停 1 到 90 天，比如「暂停会员 @小红 7」。"),
        ("送会员 @小红 foo", "没有「foo」这个套餐，可以写 month、year、pro、life、first、week。"),
        ("送会员 @小红 mnth", "没有「mnth」这个套餐，是 month 吗？"),
        ("送会员 @小红 1小时", "请写 1 到 366 天，比如「送会员 @小红 7天」。"),
        ("会员 @小红", "小红 还没有会员，发「送会员 @小红 套餐」可以送一个。"),
    ],
)
async def test_an_owner_who_types_it_wrong_is_told_how(room: SimulatedRoom, typed: str, answered: str) -> None:
    await room.member("小红").says("你好")
    assert (await room.owner.says(f"/{typed}"))[0].startswith(answered)


@pytest.mark.parametrize("typed", ["送会员 @小刚 month", "收回会员 @小刚", "暂停会员 @小刚 5", "恢复会员 @小刚"])
async def test_what_owners_do_is_not_for_others(room: SimulatedRoom, typed: str) -> None:
    gang = room.member("小刚")
    await gang.says("你好")
    assert await room.member("小红").says(typed) == []
    assert await may(room, gang, "member") == []


async def test_others_are_looked_up_by_owners_only(room: SimulatedRoom) -> None:
    await room.member("小刚").says("你好")
    said = await room.member("小红").says("会员 @小刚")
    assert said == ["别人的会员只有群主能查，自己的发「我的」。"]
    admin = room.member("小管", Role.ADMIN)
    assert (await admin.says("会员 @小刚"))[0].startswith("小刚 还没有会员")


async def test_nothing_is_sold_where_no_plan_is_written() -> None:
    async with simulated_room("commands:\n  cooldown: 0s\n") as room:
        hong = room.member("小红")
        sold = "现在没有在卖的套餐，想了解会员请联系群主。"
        assert [(await hong.says(word, private=True))[0] for word in ("套餐", "续费", "开通 month")] == [sold] * 3
        assert await hong.says("试用", private=True) == ["现在没有试用，发送「套餐」看看有哪些套餐。"]
        assert await hong.says("我的", private=True) == ["您还没有会员，现在也没有在卖的套餐，想了解请联系群主。"]


def acts_to(room: SimulatedRoom, name: str) -> list[SentAct]:
    return [act for act in room.said if act.to == name]


async def test_a_crash_between_giving_and_telling_gives_once_and_tells_once(room: SimulatedRoom) -> None:
    await room.member("小红").says("你好")
    await room.owner.says("送会员 @小红 month")
    await room.crash()
    assert len(acts_to(room, "小红")) == 1
    assert "还有 31 天" in (await room.member("小红").says("我的", private=True))[0]
