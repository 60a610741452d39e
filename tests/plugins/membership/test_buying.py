"""Plans are listed, ordered, paid and renewed in the group."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.payments.model import OrderState
from bot.payments.orders_store import get_order, orders_by
from bot.testing import SimulatedRoom, simulated_room
from tests.plugins.membership.kit import PLANS
from tests.plugins.membership.paying import give_back, pay

pytestmark = pytest.mark.slow  # days of conversation

NOTE = "小红，已私聊回复您。"
ORDER = (
    "「月度会员」19.90 元，31 天。\n付款后马上能用，有效期到 2027-01-01 周五。\n"
    "订单 D1，要付 19.90 元。请在 周三 12-02 09:00 前付款。\n请转账给群主，备注 D1。"
)


@pytest.fixture
def room_config() -> str:
    return PLANS


async def state_of(room: SimulatedRoom, number: int) -> OrderState:
    found = await room.app.storage.read(room.app.config.community, get_order, number)
    assert found is not None
    return found.state


async def test_plans_are_listed_in_private_and_a_number_buys(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    lines = [
        "有这些套餐，回复数字开通：",
        "1. 月度会员 19.90 元，31 天",
        "2. 年度会员 199 元，366 天",
        "3. 专业会员 49 元，31 天",
        "4. 永久会员 999 元，永久",
        "5. 新人月 9.90 元，31 天",
        "6. 试用一周 免费，7 天",
    ]
    assert await hong.says("套餐") == ["\n".join(lines), NOTE]
    assert await hong.says("1", private=True) == [ORDER]


async def test_the_same_plan_ordered_twice_is_one_order(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    assert await hong.says("开通 month") == [ORDER, NOTE]
    assert await hong.says("开通 月度会员", private=True) == [ORDER]
    assert "订单 D2" in (await hong.says("开通 year", private=True))[0]


async def test_who_pays_is_told_the_new_end_and_a_renewal_adds_to_it(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    (told,) = await pay(room, 1)
    assert told.splitlines() == [
        "收到 19.90 元，已开通「月度会员」，有效期到 2027-01-01 周五（还有 31 天）。",
        "发「我的」随时查看，发「收据 D1」拿收据。",
    ]
    room.clock.advance(days=30)
    (said,) = await hong.says("续费", private=True)
    assert said.startswith(
        "「月度会员」19.90 元，31 天。\n从 2027-01-01 周五 接着用，有效期到 2027-02-01 周一。\n订单 D2"
    )
    (told,) = await pay(room, 2)
    assert told.splitlines() == [
        "收到 19.90 元，已续费「月度会员」，从 2027-01-01 周五 开始用，有效期到 2027-02-01 周一（还有 32 天）。",
        "发「我的」随时查看，发「收据 D2」拿收据。",
    ]


async def test_a_payment_is_told_once_however_often_it_is_reported(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    assert len(await pay(room, 1)) == 1
    assert await pay(room, 1) == []


async def test_a_crash_after_the_payment_tells_once(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    await room.crash()
    assert sum("已开通" in act.text for act in room.said) == 1
    assert "还有 31 天" in (await hong.says("我的", private=True))[0]


async def test_an_upgrade_takes_off_what_is_left_to_the_fen(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    (said,) = await hong.says("升级", private=True)
    assert said.splitlines()[1:] == [
        "1. 专业会员 35.52 元，31 天，已抵 13.48 元",
        "2. 永久会员 985.52 元，永久，已抵 13.48 元",
    ]
    assert 1990 * 21 // 31 == 1348
    (said,) = await hong.says("1", private=True)
    assert said.splitlines() == [
        "升级到「专业会员」49 元，31 天。",
        "「月度会员」没用完的 21 天抵 13.48 元，再付 35.52 元。",
        "付款后马上能用，有效期到 2027-01-11 周一。",
        "订单 D2，要付 35.52 元。请在 周六 12-12 09:00 前付款。",
        "请转账给群主，备注 D2。",
    ]
    (told,) = await pay(room, 2)
    assert told.startswith("收到 35.52 元，已升级到「专业会员」，有效期到 2027-01-11 周一（还有 31 天）。")


async def test_the_credit_that_was_promised_holds_as_long_as_the_order(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    first = await hong.says("升级 pro", private=True)
    room.clock.advance(hours=5)
    assert await hong.says("开通 pro", private=True) == first


async def test_two_upgrades_of_one_month_the_second_payment_goes_back(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    await hong.says("升级 pro", private=True)
    await hong.says("升级 life", private=True)
    assert [await state_of(room, number) for number in (2, 3)] == [OrderState.CLOSED, OrderState.OPEN]
    await pay(room, 3)
    room.clock.advance(minutes=1)
    told = await pay(room, 2)
    assert sorted(told) == [
        "小红 付的 D2「专业会员」35.52 元 已经用不上了，请退给对方，退好后发「退款 D2」。",
        "订单 D2 的 35.52 元 收到了，可是这个订单已经用不上了，钱会退给您。",
    ]
    assert await state_of(room, 2) is OrderState.REFUND_DUE
    assert "永久会员：永久有效" in (await hong.says("我的", private=True))[0]


async def test_of_two_upgrades_the_one_paid_first_counts_though_it_is_heard_of_last(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    await hong.says("升级 pro", private=True)
    await hong.says("升级 life", private=True)
    await pay(room, 3)
    told = await pay(room, 2, ago=timedelta(minutes=1))
    assert [line[:12] for line in sorted(told)] == ["小红 付的 D3「永久会", "收到 35.52 元，已", "订单 D3 的 985."]
    assert [await state_of(room, number) for number in (2, 3)] == [OrderState.PAID, OrderState.REFUND_DUE]
    assert "专业会员：有效期到 2027-01-11" in (await hong.says("我的", private=True))[0]


async def test_an_upgrade_whose_month_was_given_back_is_not_for_sale_any_more(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    await hong.says("升级 pro", private=True)
    assert await give_back(room, 1, 1990) == [
        "订单 D1 已退款 19.90 元。「月度会员」随之结束。以后想再开通，随时发「套餐」。"
    ]
    assert await state_of(room, 2) is OrderState.CLOSED
    assert "钱会退给您" in "".join(await pay(room, 2))
    mine = (await hong.says("我的", private=True))[0]
    assert "月度会员：2026-12-11 周五 退款后结束了，发「套餐」看看怎么重新开通。" in mine
    assert "到期" not in mine


async def test_money_back_of_an_upgrade_brings_the_old_plan_back(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    await hong.says("升级 pro", private=True)
    await pay(room, 2)
    room.clock.advance(days=2)
    assert await give_back(room, 2, 552) == ["订单 D2 已退款 5.52 元。"]
    assert await give_back(room, 2, 3000, count=2) == [
        "订单 D2 已退款 30 元。「专业会员」随之结束。您的「月度会员」有效期到 2027-01-03 周日（还有 21 天）。"
    ]


async def test_an_order_nobody_paid_closes_and_late_money_still_counts(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    room.clock.advance(hours=25)
    await room.clock.catch_up()
    assert await state_of(room, 1) is OrderState.CLOSED
    assert "已开通「月度会员」" in (await pay(room, 1))[0]
    assert await state_of(room, 1) is OrderState.PAID


async def test_a_price_for_newcomers_is_paid_once(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 first", private=True)
    await pay(room, 1)
    assert await hong.says("开通 first", private=True) == ["「新人月」只给第一次买会员的朋友，其他套餐发「套餐」看看。"]
    assert "新人月" not in (await hong.says("套餐", private=True))[0]


async def test_two_orders_at_newcomers_prices_one_is_delivered() -> None:
    config = PLANS.replace(
        "- {id: year, title: 年度会员, price: 199, period: 1y}",
        "- {id: year, title: 年度会员, price: 199, period: 1y, promo: {price: 99, reason: 新人半价, newcomers: true}}",
    )
    async with simulated_room(config) as room:
        hong = room.member("小红")
        assert "年度会员 99 元（新人半价，原价 199 元），366 天" in (await hong.says("套餐", private=True))[0]
        await hong.says("开通 first", private=True)
        await hong.says("开通 year", private=True)
        await pay(room, 1)
        assert await state_of(room, 2) is OrderState.CLOSED
        assert "钱会退给您" in "".join(await pay(room, 2))
        assert "年度会员 199 元，366 天" in (await hong.says("套餐", private=True))[0]


async def test_a_lifetime_is_enough(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 life", private=True)
    await pay(room, 1)
    assert await hong.says("开通 month", private=True) == ["您已经是永久会员了，不用再买。"]
    assert await hong.says("续费", private=True) == ["您是永久会员，不用续费。发「我的」看看能用什么。"]


async def test_terms_are_accepted_before_the_first_payment_and_again_when_they_change() -> None:
    terms = "    terms: 不得外传，三天内可以退款。\n"
    async with simulated_room(PLANS + terms) as room:
        hong = room.member("小红")
        shown = "开通「月度会员」前请看一下条款：\n不得外传，三天内可以退款。\n同意并继续请回复 是"
        assert await hong.says("开通 month") == [shown, NOTE]
        assert await orders(room, hong.name) == []
        assert await hong.says("不同意", private=True) != [ORDER]
        assert await hong.says("开通 month", private=True) == [shown]
        assert await hong.says("是", private=True) == [ORDER]
        assert "订单 D2" in (await hong.says("开通 year", private=True))[0]


async def orders(room: SimulatedRoom, name: str) -> list[int]:
    member = next(one for one in room.world.contacts.values() if one.name == name)
    rows = await room.app.storage.read(
        room.app.config.community,
        lambda db: db.query(
            "select member_id from identities where community = :community and value = :value", {"value": member.id}
        ),
    )
    found = await room.app.storage.read(room.app.config.community, orders_by, rows[0]["member_id"])
    return [one.number for one in found]


async def test_money_back_of_what_was_taken_off_an_upgrade_is_told_to_the_owner(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    await pay(room, 1)
    room.clock.advance(days=10)
    await hong.says("升级 pro", private=True)
    await pay(room, 2)
    room.clock.advance(days=1)
    assert sorted(await give_back(room, 1, 1990)) == [
        "D1 退款了，可是它没用完的部分已经抵给升级订单 D2 了，请核对要不要一起退。",
        "订单 D1 已退款 19.90 元。",
    ]


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("开通 mnth", "没有「mnth」这个套餐，是「月度会员」吗？请回复 是"),
        ("开通 云服务器", "没有「云服务器」这个套餐，发送「套餐」看看有哪些。"),
        ("升级 month", "「月度会员」19.90 元，31 天。"),
        ("升级", "您还没有会员，发送「套餐」看看有哪些。"),
        ("开通 会员", "有 4 个套餐像这个名字，回复数字选一个："),
        ("开通 week", "「试用一周」是免费的，现在试用吗？回复 是"),
        ("续费", "您还没有买过会员，先看看有哪些套餐，回复数字开通："),
    ],
)
async def test_wrong_words_are_kindly_answered_in_private(room: SimulatedRoom, typed: str, answered: str) -> None:
    (said,) = await room.member("小红").says(typed, private=True)
    assert said.startswith(answered)


@pytest.mark.parametrize(
    "typed", ["开通 云服务器", "升级", "升级 系统 之后 就 好了", "续费了吗", "套餐好贵", "试用了一下"]
)
async def test_chat_stays_chat(room: SimulatedRoom, typed: str) -> None:
    assert await room.member("小红").says(typed) == []


async def test_a_misspelt_plan_is_offered_and_yes_buys_it(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 mnth", private=True)
    assert await hong.says("是", private=True) == [ORDER]


async def test_who_has_only_ordered_reads_in_mine_what_waits_for_money(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await hong.says("开通 month", private=True)
    (said,) = await hong.says("我的", private=True)
    assert said.endswith("看看怎么开通。\nD1 月度会员 19.90 元，等付款\n怎么付发「付款」，付好了发「已付」。")
