"""What a place costs: orders, the owner's word that the money came, and what is given back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.payments.provider import Reported
from bot.plugin import Database, Fact, FactKind, OrderPaid, get_order
from bot.plugins.orders.model import OrderNumber, read_order_number
from bot.plugins.training.model import SessionCancelled
from bot.testing import SimulatedRoom
from tests.plugins.sharing.crashes import before_the_answer
from tests.plugins.training.kit import STARTS, files, make_session, put, sent

pytestmark = pytest.mark.slow  # days of conversation

WHEN = "《FastAPI 入门实战》周六 12-05 20:00"
PAY = (
    f"{WHEN}，99 元，订单 D1。\n请转账给群主，备注 D1。\n"
    "名额为您留到 周三 12-02 09:00，确认到账后我会通知您。不想要了发「取消 fastapi-101」。"
)
NOTE = "，已私聊回复您。"


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


async def put_paid(room: SimulatedRoom, **changes) -> None:
    await put(room, make_session(**{"price_fen": 9900, "capacity": 1} | changes))


async def report(room: SimulatedRoom, number: int) -> None:
    """A provider says that an order was paid."""

    def write(db: Database) -> None:
        order = get_order(db, number)
        assert order is not None
        fact = Fact(
            key=f"bank:{number}", kind=FactKind.PAID, at=order.made_at, provider="bank", amount_fen=order.amount_fen
        )
        room.app.payments.desk.take(db, Reported(fact=fact, trade_number=order.trade_number))

    await room.app.storage.run(room.app.config.community, write)
    await room.app.drain()


async def pass_time(room: SimulatedRoom, **delta: float) -> list[str]:
    await room.texts()
    room.clock.advance(**delta)
    return await room.texts()


@pytest.mark.parametrize(
    ("text", "number"), [("D12", 12), ("d12", 12), ("Ｄ１２", 12), ("#D7", 7), ("12", None), ("D", None), ("D1x", None)]
)
def test_an_order_is_named_by_its_number(text, number):
    assert read_order_number(text) == (OrderNumber(number) if number else None)


async def test_a_place_is_held_until_the_owner_has_the_money(room: SimulatedRoom) -> None:
    await put_paid(room)
    alice = room.member("小明")
    assert await alice.says("报名 fastapi-101") == [
        "小明 的《FastAPI 入门实战》名额留到 周三 12-02 09:00，付款方式已私聊发给您。",
        PAY,
    ]
    assert files(room, "小明") == []
    assert "名额满了" in (await room.member("小红").says("报名 fastapi-101"))[0]
    said = await room.owner.says("确认收款 D1")
    assert "群主，已私聊回复您。" in said
    assert "已确认 D1：小明 99 元，《FastAPI 入门实战》。" in said
    assert sent(room, "小明")[-1].startswith(f"{WHEN}，报名成功。")
    assert len(files(room, "小明")) == 1
    told = await pass_time(room, days=3)
    assert [text for text in told if "FastAPI" in text] == []


async def test_who_asks_again_is_told_of_the_order_in_private(room: SimulatedRoom) -> None:
    await put_paid(room)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    text = "《FastAPI 入门实战》的名额为您留到 周三 12-02 09:00，等收款确认（D1）。"
    assert sorted(await alice.says("报名 fastapi-101")) == sorted([f"小明{NOTE}", text])


async def test_a_place_nobody_paid_for_goes_to_the_next(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    await room.member("小红").says("报名 fastapi-101")
    told = await pass_time(room, hours=24, minutes=1)
    assert "《FastAPI 入门实战》的名额没有等到付款，已经让出。" in "".join(told)
    assert f"{WHEN}，99 元，有空位了，为您留到 周三 12-02 09:30。" in "".join(told)
    said = await room.member("小红").says("确认")
    assert "订单 D2" in said[1]


async def test_money_that_comes_late_gets_the_place_if_it_is_still_there(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    await pass_time(room, hours=25)
    assert "已确认 D1" in "".join(await room.owner.says("确认收款 D1", private=True))
    assert sent(room, "小明")[-1].startswith(f"{WHEN}，报名成功。")


async def test_money_that_comes_too_late_is_given_back(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    await pass_time(room, hours=25)
    await room.member("小红").says("报名 fastapi-101")
    await room.owner.says("确认收款 D1", private=True)
    said = sent(room, "群主")
    assert "D1 已记下收款，但《FastAPI 入门实战》没有 小明 的名额了，请退还 99 元，退好后发「退款 D1」。" in said
    assert "但《FastAPI 入门实战》已经没有名额了，群主会退还给您" in sent(room, "小明")[-1]
    assert "已记下：D1 退给 小明 99 元，已通知对方。" in await room.owner.says("退款 D1", private=True)
    assert sent(room, "小明")[-1] == "《FastAPI 入门实战》的 99 元已退还（D1），请查收。"


async def test_nobody_passes_the_line_by_paying(room: SimulatedRoom) -> None:
    await put_paid(room, capacity=2)
    await room.member("小明").says("报名 fastapi-101")
    await pass_time(room, hours=25)
    for name in ("小红", "小刚", "小美"):
        await room.member(name).says("报名 fastapi-101")
    await room.member("小红").says("取消 fastapi-101")
    await room.owner.says("确认收款 D1", private=True)
    assert "没有 小明 的名额了" in sent(room, "群主")[-1]


async def test_an_earlier_order_that_is_paid_counts_for_the_place_at_hand(room: SimulatedRoom) -> None:
    await put_paid(room)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    await alice.says("取消 fastapi-101")
    await alice.says("报名 fastapi-101")
    assert "已确认 D1" in "".join(await room.owner.says("确认收款 D1", private=True))
    assert (await alice.says("订单", private=True)) == [
        "D1 《FastAPI 入门实战》99 元，已付款\nD2 《FastAPI 入门实战》99 元，已关闭"
    ]


async def test_who_paid_is_asked_before_and_the_owner_gives_the_money_back(room: SimulatedRoom) -> None:
    await put_paid(room)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    await room.owner.says("确认收款 D1", private=True)
    await room.member("小红").says("报名 fastapi-101")
    (asked,) = await alice.says("取消 fastapi-101", private=True)
    assert asked == f"您已付 99 元，取消后会退还。要取消{WHEN} 的报名吗？回复 是"
    said = await alice.says("是", private=True)
    assert "已取消《FastAPI 入门实战》的报名。已付的 99 元由群主退还（D1），退好后我会通知您。" in said
    assert "小明 取消了《FastAPI 入门实战》，已付 99 元（D1），请退还。退好后发「退款 D1」。" in sent(room, "群主")
    assert "有空位了" in sent(room, "小红")[-1]
    assert await room.owner.says("订单", private=True) == [
        "等退款，退好后发「退款 D编号」：\nD1 小明 《FastAPI 入门实战》99 元，等退款"
    ]
    await room.owner.says("退款 D1", private=True)
    assert await room.owner.says("退款 D1", private=True) == ["D1 已经退过款了。"]
    assert await room.owner.says("订单", private=True) == ["没有订单。"]


async def test_the_question_before_a_refund_is_asked_and_answered_in_private(room: SimulatedRoom) -> None:
    await put_paid(room)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    await room.owner.says("确认收款 D1", private=True)
    assert f"小明{NOTE}" in await alice.says("取消 fastapi-101")
    said = await alice.says("是", private=True)
    assert "已取消《FastAPI 入门实战》的报名。已付的 99 元由群主退还（D1），退好后我会通知您。" in said


async def test_a_refund_to_who_still_has_the_place_is_asked_about_and_frees_it(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    assert await room.owner.says("退款 D1", private=True) == [
        "D1 还没有收款，不用退。收到了先发「确认收款 D1」。"
    ]  # fmt: skip
    await room.owner.says("确认收款 D1", private=True)
    await room.member("小红").says("报名 fastapi-101")
    assert await room.owner.says("退款 D1", private=True) == [
        "小明 的 D1 《FastAPI 入门实战》还有效，退款会收回。确定 99 元已经退给对方了吗？回复 是"
    ]
    assert "已记下：D1 退给 小明 99 元，已通知对方。" in await room.owner.says("是", private=True)
    assert "有空位了" in sent(room, "小红")[-1]
    assert "METHOD:CANCEL" in files(room, "小明")[-1]


async def test_a_session_called_off_gives_the_owner_the_list_of_refunds(room: SimulatedRoom) -> None:
    await put_paid(room, capacity=3)
    for number, name in enumerate(("小明", "小红", "小刚"), 1):
        await room.member(name).says("报名 fastapi-101")
        if number < 3:
            await room.owner.says(f"确认收款 D{number}", private=True)
    off = make_session(price_fen=9900, capacity=3, is_cancelled=True, revision=1)
    await put(room, off, event=SessionCancelled("fastapi-101"))
    assert sent(room, "群主")[-1] == (
        "《FastAPI 入门实战》取消了，这 2 笔请退还，退好一笔发一次「退款 D1」：\n小明 99 元（D1）\n小红 99 元（D2）"
    )
    assert "已关闭" in (await room.member("小刚").says("订单", private=True))[0]


async def test_only_the_owner_and_admins_confirm_payments(room: SimulatedRoom) -> None:
    await put_paid(room)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    assert await alice.says("@小知 确认收款 D1") == ["「确认收款」要管理员才能用。"]
    assert await room.owner.says("确认收款 D9", private=True) == ["没有订单 D9，发送「订单」看看有哪些。"]
    await room.owner.says("确认收款 D1", private=True)
    assert await room.owner.says("确认收款 D1", private=True) == ["D1 已经确认过收款了。"]


async def test_a_crash_after_a_payment_was_confirmed_tells_everybody_once(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    before = len(room.said)
    with before_the_answer(room):
        await room.owner.says("确认收款 D1")
    await room.crash()
    told = [act.text for act in room.said[before:]]
    assert sum("报名成功。\n" in text for text in told) == 1
    assert told.count("已确认 D1：小明 99 元，《FastAPI 入门实战》。") == 1


async def test_the_price_is_half_a_yuan_exact_and_the_owners_words_are_used(tmp_path) -> None:
    from bot.testing import simulated_room

    config = "commands: {cooldown: 0s}\nplugins: {training: {payment_hint: '扫群公告的码付 {amount}，写 {order}。'}}\n"
    async with simulated_room(config, folder=tmp_path) as room:
        await put_paid(room, price_fen=9950)
        said = await room.member("小明").says("报名 fastapi-101")
    assert "扫群公告的码付 99.50 元，写 D1。" in said[1]


async def test_a_place_is_not_held_beyond_the_start(room: SimulatedRoom) -> None:
    await put_paid(room, starts_at=room.clock.now() + timedelta(hours=3))
    said = await room.member("小明").says("报名 fastapi-101")
    assert "名额留到 周二 12-01 12:00" in said[0]


async def test_money_that_a_provider_reported_counts_once(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    before = len(room.said)
    await report(room, 1)
    await report(room, 1)
    told = [act.text for act in room.said[before:] if act.to == "小明"]
    assert [text[:32] for text in told] == [f"{WHEN}，报名成"[:32], "fastapi-101.ics"]
    await put(room, event=OrderPaid(7))
    await room.member("小红").says("报名 fastapi-101")
    assert await room.owner.says("确认收款 D1", private=True) == ["D1 已经确认过收款了。"]


async def test_money_that_a_provider_reported_too_late_is_told_to_the_owner(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    await room.member("小明").says("取消 fastapi-101")
    await report(room, 1)
    assert "D1 已记下收款，但《FastAPI 入门实战》没有 小明 的名额了" in sent(room, "群主")[-1]


async def test_a_part_given_back_leaves_the_place(room: SimulatedRoom) -> None:
    await put_paid(room)
    await room.member("小明").says("报名 fastapi-101")
    await room.owner.says("确认收款 D1", private=True)
    assert "只退一部分，不会收回" in (await room.owner.says("退款 D1 30", private=True))[0]
    await room.owner.says("是", private=True)
    assert sent(room, "小明")[-1] == "《FastAPI 入门实战》的 30 元已退还（D1），请查收。"
    assert "您已经报名" in (await room.member("小明").says("报名 fastapi-101"))[0]
    assert await room.owner.says("退款 D1 70", private=True) == ["D1 只剩 69 元可以退，请重新写金额。"]


async def test_the_owner_names_the_member_when_the_note_is_missing(room: SimulatedRoom) -> None:
    redis = make_session(id="redis", title="Redis 排查", price_fen=5000, starts_at=STARTS + timedelta(days=1))
    await put(room, make_session(price_fen=9900), redis)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    await alice.says("报名 redis")
    assert "这位成员有 2 笔：D1、D2，请写订单号。" in await room.owner.says("确认收款 @小明 ")
    await room.owner.says("确认收款 D2")
    assert "已确认 D1：小明 99 元，《FastAPI 入门实战》。" in await room.owner.says("确认收款 @小明 ")
    assert "这位成员没有这样的订单，发送「订单」看看有哪些。" in await room.owner.says("退款 @小明 ")
    await alice.says("取消 redis", private=True)
    await alice.says("是", private=True)
    assert "已记下：D2 退给 小明 50 元，已通知对方。" in await room.owner.says("退款 @小明 ")
    assert await room.owner.says("确认收款一下") == []


async def test_who_is_forgotten_leaves_the_money_in_the_books_and_no_name(room: SimulatedRoom) -> None:
    from bot.plugins import orders, training
    from bot.plugins.training.orders import orders_of
    from bot.plugins.training.registrations_store import registrations_of

    await put_paid(room, capacity=3)
    alice = room.member("小明")
    await alice.says("报名 fastapi-101")
    await alice.says("取消 fastapi-101")
    await alice.says("报名 fastapi-101")
    await room.owner.says("确认收款 D2", private=True)

    def erase(db):
        member_id = registrations_of(db, "fastapi-101")[0].member_id
        erased = orders.erase_member(db, member_id) | training.erase_member(db, member_id)
        return erased, orders_of(db, "fastapi-101")

    erased, (order,) = await room.app.storage.run(room.app.config.community, erase)
    assert erased == {"payment_facts": 0, "orders": 2, "registrations": 1, "calendar_files": 1}
    assert (order.number, order.amount_fen, order.state, order.name, order.member_id) == (2, 9900, "paid", "", "")
    await room.owner.says("退款 D2", private=True)
    assert (await room.owner.says("是", private=True))[0] == "已记下：D2 退给 已删除资料的成员 99 元。"
