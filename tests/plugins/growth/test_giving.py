from __future__ import annotations

import re

import pytest

from bot.members import find_by_name
from bot.plugins.growth.gifts_store import get_gift
from bot.plugins.growth.model import GiftState
from bot.plugins.membership.reading import membership_in
from bot.plugins.membership.versions_store import export_accepted, hash_of
from bot.storage import Database
from bot.testing import SimulatedRoom
from tests.plugins.growth.kit import PLANS, buy, member_id, pay, refund, run

pytestmark = pytest.mark.slow  # days of conversation


@pytest.fixture
def room_config() -> str:
    return PLANS


async def phase(room: SimulatedRoom, name: str) -> str:
    def read(db: Database) -> str:
        held = membership_in(db, member_id(db, name), room.clock.now())
        return str(held.phase) if held else "none"

    return await run(room, read)


async def order(told: list[str]) -> int:
    found = re.search(r"订单 D(\d+)", "\n".join(told))
    assert found
    return int(found[1])


async def test_a_gift_goes_straight_to_who_is_mentioned(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    await hong.says("早")
    told = await ming.says("赠送 month @小红")
    assert told[0].startswith("订单 D1：赠送「月度会员」31 元，付款后直接送到 小红 那里。\n")
    assert told[1] == "小明，已私聊回复您。"
    assert await phase(room, "小红") == "none"
    assert await pay(room, 1) == [
        "小红: 小明 送您「月度会员」，有效期到 2027-01-01 周五（还有 31 天）。",
        "小明: 收到您的付款了，「月度会员」已经送到 小红 那里，我私聊告诉了对方。谢谢！",
    ]
    assert await phase(room, "小红") == "active"
    assert await phase(room, "小明") == "none"


@pytest.mark.parametrize("typed", ["赠送 @小红 month", "赠送 月度会员@小红", "@小知 赠送 月度 会员 @小红"])
async def test_a_gift_may_be_typed_in_many_ways(room: SimulatedRoom, typed: str) -> None:
    await room.member("小红").says("早")
    (told, *_) = await room.member("小明").says(typed)
    assert told.startswith("订单 D1：赠送「月度会员」31 元，付款后直接送到 小红 那里。")


async def test_the_same_gift_asked_for_twice_is_one_order(room: SimulatedRoom) -> None:
    ming, hong, gang = room.member("小明"), room.member("小红"), room.member("小刚")
    await hong.says("早")
    await gang.says("早")
    assert await order(await ming.says("赠送 month @小红")) == 1
    assert await order(await ming.says("赠送 month @小红")) == 1
    assert await order(await ming.says("赠送 month @小刚")) == 2
    assert await order(await ming.says("赠送 year @小红")) == 3
    await room.clock.advance(days=2)  # nobody paid
    assert await order(await ming.says("赠送 month @小红")) == 4


async def test_a_gift_for_nobody_in_particular_is_a_code(room: SimulatedRoom) -> None:
    ming, hong = room.member("小明"), room.member("小红")
    told = await ming.says("赠送 月度会员", private=True)
    assert "付款后给您一个兑换码，您转给对方用" in told[0]
    (paid,) = await pay(room, 1)
    assert paid.startswith("小明: 收到您的付款了，谢谢！请私聊转给对方，不要发到群里。\n")
    code = re.search(r"QZ(-\w{4}){4}", paid)
    assert code
    await hong.says(f"兑换 {code[0]}", private=True)
    assert await phase(room, "小红") == "active"


async def test_a_name_without_a_mention_is_not_trusted(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    await room.member("小红").says("早")
    told = await ming.says("赠送 month 小红", private=True)
    assert "付款后给您一个兑换码" in told[0]
    (paid,) = await pay(room, 1)
    assert "请私聊转给 小红，不要发到群里。" in paid
    assert await phase(room, "小红") == "none"


async def test_who_has_it_for_ever_gets_none_but_the_giver_a_code(room: SimulatedRoom) -> None:
    await room.member("小红").says("早")
    await buy(room, "小红", "life")
    await room.member("小明").says("赠送 month @小红")
    told = await pay(room, 2)
    assert len(told) == 1
    assert told[0].startswith("小明: 收到您的付款了")
    assert "QZ-" in told[0]


async def test_a_refund_takes_the_gift_back(room: SimulatedRoom) -> None:
    await room.member("小红").says("早")
    await room.member("小明").says("赠送 month @小红")
    await pay(room, 1)
    await refund(room, 1, 100)
    assert await phase(room, "小红") == "active"
    told = await refund(room, 1, 3000)
    assert "小红: 小明 送您的「月度会员」退款了，这份会员时间收回了。发「我的」看现在的状态。" in told
    assert await phase(room, "小红") == "none"


async def test_a_refund_takes_the_code_back_and_what_it_gave(room: SimulatedRoom) -> None:
    hong = room.member("小红")
    await room.member("小明").says("赠送 month", private=True)
    code = re.search(r"QZ(-\w{4}){4}", (await pay(room, 1))[0])
    assert code
    await hong.says(f"兑换 {code[0]}", private=True)
    await refund(room, 1)
    assert await phase(room, "小红") == "none"
    assert (await run(room, lambda db: get_gift(db, 1))).state is GiftState.TAKEN_BACK


async def test_money_that_comes_late_still_delivers(room: SimulatedRoom) -> None:
    await room.member("小红").says("早")
    await room.member("小明").says("赠送 month @小红")
    await room.clock.advance(days=3)
    await pay(room, 1)
    assert await phase(room, "小红") == "active"


async def test_a_crash_between_payment_and_delivery_gives_once(room: SimulatedRoom) -> None:
    await room.member("小红").says("早")
    await room.member("小明").says("赠送 month @小红")
    await pay(room, 1)
    await room.crash()
    held = await run(room, lambda db: membership_in(db, member_id(db, "小红"), room.clock.now()))
    assert held is not None
    assert len(held.grants) == 1
    assert sum("送您「月度会员」" in act.text for act in room.said) == 1


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("赠送 month @小明", "不用送给自己，发「开通」就能买。"),
        (
            "赠送 @小红",
            "要送哪个套餐？可以送的有：月度会员、年度会员、专业版、永久会员。例如：赠送 月度会员 @小红",
        ),
        (
            "/赠送 mouth @小红",
            "没有可以送的「mouth」。可以送的有：月度会员、年度会员、专业版、永久会员。例如：赠送 月度会员 @小红",
        ),
        (
            "赠送 trial @小红",
            "没有可以送的「七天试用」。可以送的有：月度会员、年度会员、专业版、永久会员。例如：赠送 月度会员 @小红",
        ),
        (
            "赠送 first @小红",
            "没有可以送的「新人月卡」。可以送的有：月度会员、年度会员、专业版、永久会员。例如：赠送 月度会员 @小红",
        ),
    ],
)
async def test_what_cannot_be_given_is_said_kindly(room: SimulatedRoom, typed: str, answered: str) -> None:
    await room.member("小红").says("早")
    assert answered in await room.member("小明").says(typed)


async def test_a_sentence_about_giving_stays_chat(room: SimulatedRoom) -> None:
    await room.member("小红").says("早")
    assert await room.member("小明").says("赠送的书收到了吗") == []
    assert await room.member("小明").says("赠送 一本书 给大家") == []


async def test_an_erased_receiver_turns_an_open_gift_into_a_code(room: SimulatedRoom) -> None:
    await room.member("小红").says("早")
    await room.member("小明").says("赠送 month @小红")
    (hong,) = await run(room, lambda db: find_by_name(db, "小红"))
    plugin = room.app.loader.plugins["growth"]
    exported = await run(room, lambda db: plugin.exporters[0](db, hong.id))
    assert exported["gifts"] == [{"order_number": 1, "state": "open", "side": "received"}]
    await run(room, lambda db: plugin.erasers[0](db, hong.id))
    (told,) = await pay(room, 1)
    assert "QZ-" in told


@pytest.mark.parametrize("room_config", [f"{PLANS}    terms: 七天内可退。\n"])
async def test_who_never_paid_reads_the_terms_before_paying(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    (told,) = await ming.says("赠送 month", private=True)
    assert told.endswith("\n这是条款，付款就是同意：\n七天内可退。")
    assert await accepted(room, "小明") == []
    await pay(room, 1)
    assert await accepted(room, "小明") == [hash_of("七天内可退。")]
    (told,) = await ming.says("赠送 month", private=True)
    assert "条款" not in told
    assert "订单 D3" in (await ming.says("开通 month", private=True))[0]  # nor is it asked for again


async def accepted(room: SimulatedRoom, name: str) -> list[str]:
    """Return the fingerprints of the terms that somebody accepted."""
    rows = await run(room, lambda db: export_accepted(db, member_id(db, name)))
    return [row["terms_hash"] for row in rows]
