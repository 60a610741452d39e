"""Orders as members and the owner speak of them: paying, confirming, refunds, hints, and money that fits nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Act, Conversation, MessageKind
from bot.payments.provider import Reported
from bot.plugin import (
    Context,
    Database,
    Fact,
    FactKind,
    Order,
    OrderPaid,
    OrderRefunded,
    Outgoing,
    PaymentWanted,
    Plugin,
    add_order,
    close_order,
    get_order,
)
from bot.plugins.orders.model import OrderNumber, ReviewKey, read_order_number, read_review_key, short_key
from bot.testing import SimulatedRoom
from tests.payments.bank import Bank
from tests.plugins.sharing.crashes import before_the_answer

pytestmark = pytest.mark.slow  # days of conversation

shop = Plugin[Any]("shop", title="小店")
HOW = "月卡，99 元，订单 D1。请转账给群主，备注 D1。"


@shop.command("买")
async def buy(ctx: Context[Any]) -> str:
    """买：买一张月卡。"""
    number: int = await ctx.db(_buy, ctx)
    return f"订单 D{number}"


def _buy(db: Database, ctx: Context[Any]) -> int:
    order = add_order(
        db,
        Order(
            kind="shop", item="month", title="月卡", member_id=ctx.talker.id, name=ctx.talker_name, amount_fen=9900,
            made_at=ctx.now, expires_at=ctx.now + timedelta(days=1),
        ),
    )  # fmt: skip
    ctx.publish(db, PaymentWanted(order.number, f"月卡，99 元，订单 D{order.number}。{{how}}"))
    return order.number


@shop.on(OrderPaid)
async def deliver(ctx: Context[Any], event: OrderPaid) -> None:
    """Deliver."""
    await ctx.db(_tell, ctx, event.order_number, "月卡开通了。")


@shop.on(OrderRefunded)
async def take_back(ctx: Context[Any], event: OrderRefunded) -> None:
    """Take it back."""
    await ctx.db(_tell, ctx, event.order_number, "月卡收回了。" if event.is_whole else "退了一部分。")


def _tell(db: Database, ctx: Context[Any], number: int, text: str) -> None:
    order = get_order(db, number)
    assert order is not None
    if order.member_id:
        ctx.enqueue(db, Outgoing(member_id=order.member_id, text=text, dedupe_key=f"shop/{ctx.cause}"))


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    return (shop,)


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


@pytest.fixture
async def bank(room: SimulatedRoom) -> Bank:
    found = Bank(room.clock.now())
    room.app.payments.desk.providers["bank"] = found
    room.app.payments.desk.chosen = "bank"
    return found


def to(room: SimulatedRoom, name: str) -> list[str]:
    return [act.text for act in room.said if act.act is Act.TEXT and act.to == name]


async def run(room: SimulatedRoom, fn: Any) -> Any:
    found = await room.app.storage.run(room.app.config.community, fn)
    await room.app.drain()
    return found


async def call_back(room: SimulatedRoom, bank: Bank, *reported: Reported) -> tuple[int, bytes]:
    answer = await room.app.payments.desk.hear("bank", {}, bank.callback(*reported))
    await room.app.drain()
    return answer


async def order_of(room: SimulatedRoom, number: int = 1) -> Order:
    order = await run(room, lambda db: get_order(db, number))
    assert order is not None
    return order


@pytest.mark.parametrize(
    ("text", "number"), [("D12", 12), ("d12", 12), ("Ｄ１２", 12), ("#D7", 7), ("12", None), ("D", None), ("D1x", None)]
)
def test_an_order_is_named_by_its_number(text, number) -> None:
    assert read_order_number(text) == (OrderNumber(number) if number else None)


def test_a_payment_in_review_is_named_without_the_providers_numbers() -> None:
    key = short_key("wechat_pay:4200001")
    assert read_review_key(f"K{key}") == ReviewKey(key)
    assert read_review_key(f"k{key.upper()}") == ReviewKey(key)
    assert read_review_key("K12") is None


async def test_an_order_is_paid_by_the_owners_word(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    assert await alice.says("买") == ["订单 D1", HOW]
    assert await alice.says("订单", private=True) == ["D1 月卡 99 元，等付款"]
    assert await alice.says("付款", private=True) == ["D1 月卡 99 元。\n请转账给群主，备注 D1。"]
    assert "已确认 D1：小明 99 元，月卡。" in await room.owner.says("确认收款 D1", private=True)
    assert to(room, "小明")[-1] == "月卡开通了。"
    assert await room.owner.says("确认收款 D1", private=True) == ["D1 已经确认过收款了。"]
    assert await alice.says("付款 D1", private=True) == ["D1 月卡已付款，不用付。"]
    assert await alice.says("订单", private=True) == ["D1 月卡 99 元，已付款"]


async def test_in_the_room_money_is_spoken_of_in_private(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("买")
    assert sorted(await alice.says("订单")) == sorted(["小明，已私聊回复您。", "D1 月卡 99 元，等付款"])


async def test_others_orders_are_nobodys_business(room: SimulatedRoom) -> None:
    await room.member("小明").says("买")
    for line in ("付款 D1", "已付 D1", "付款 D9"):
        number = line[-1]
        assert await room.member("小红").says(line, private=True) == [f"没有订单 D{number}，发送「订单」看看有哪些。"]
    assert await room.member("小红").says("@小知 确认收款 D1") == ["「确认收款」要管理员才能用。"]
    assert await room.member("小红").says("付款") == []  # chat
    assert await room.member("小红").says("付款", private=True) == ["您没有等付款的订单，发送「订单」看看。"]


async def test_a_word_that_it_was_paid_asks_the_owner_and_grants_nothing(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("买")
    for _ in range(2):
        said = await alice.says("已付 D1", private=True)
        assert "已经告诉群主 D1 付好了，群主确认到账后我会通知您。" in said
    asked = [text for text in to(room, "群主") if "说已经付了" in text]
    assert asked == ["小明 说已经付了 D1：月卡 99 元。看看账户，收到了发「确认收款 D1」。"]
    assert "月卡开通了。" not in to(room, "小明")


async def test_without_a_number_the_only_order_is_meant_or_one_is_chosen(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    for line in ("已付", "付款", "认领", "退回"):
        assert await alice.says(line) == []  # chat
    assert await room.owner.says("确认收款") == []
    await alice.says("买")
    assert "已经告诉群主 D1 付好了，群主确认到账后我会通知您。" in await alice.says("已付", private=True)
    await alice.says("买")
    assert await alice.says("已付", private=True) == ["要付哪一单？回复数字：\n1. D1 月卡 99 元\n2. D2 月卡 99 元"]
    assert "已经告诉群主 D2 付好了，群主确认到账后我会通知您。" in await alice.says("2", private=True)
    assert await room.owner.says("退款", private=True) == ["没有等退款的订单。别的订单请写编号，比如「退款 D12」。"]
    (asked,) = await room.owner.says("确认收款", private=True)
    assert asked == "确认收款哪一单？回复数字：\n1. D1 小明 月卡 99 元，等付款\n2. D2 小明 月卡 99 元，等付款"
    assert "已确认 D2：小明 99 元，月卡。" in await room.owner.says("2", private=True)


async def test_a_transfer_in_private_is_a_hint_and_grants_nothing(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    to_bot = Conversation(contact_id=room.bot_id)

    def send() -> None:
        room.world.say(alice.contact_id, to_bot, "[转账]", kind=MessageKind.TRANSFER)

    assert await room.after(send) == []  # nothing waits for money
    await alice.says("买")
    said = await room.after(send)
    assert "看到您的转账了。到账要群主确认，确认后我会通知您。" in said
    assert to(room, "群主")[-1] == (
        "小明 在私聊里发来一笔转账，看起来是付这个：\nD1 月卡 99 元，收到了发「确认收款 D1」"
    )
    assert "月卡开通了。" not in to(room, "小明")


async def test_money_is_given_back_whole_and_in_parts(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("买")
    assert await room.owner.says("退款 D1", private=True) == ["D1 还没有收款，不用退。收到了先发「确认收款 D1」。"]
    await room.owner.says("确认收款 D1", private=True)
    assert await room.owner.says("退款 D1 200", private=True) == ["D1 只剩 99 元可以退，请重新写金额。"]
    await room.owner.says("退款 D1 30.50", private=True)
    assert "已记下：D1 退给 小明 30.50 元，已通知对方。" in await room.owner.says("是", private=True)
    assert to(room, "小明")[-1] == "退了一部分。"
    assert await alice.says("订单", private=True) == ["D1 月卡 99 元，已付款，退过 30.50 元"]
    (asked,) = await room.owner.says("退款 @小明", private=True) or [""]
    assert asked == "这位成员没有这样的订单，发送「订单」看看有哪些。"  # nobody owes anything back
    await room.owner.says("退款 D1", private=True)
    assert "已记下：D1 退给 小明 68.50 元，已通知对方。" in await room.owner.says("是", private=True)
    assert to(room, "小明")[-1] == "月卡收回了。"
    assert await room.owner.says("退款 D1", private=True) == ["D1 已经退过款了。"]


async def test_what_a_provider_takes_delivers_and_is_told_to_the_owner(room: SimulatedRoom, bank: Bank) -> None:
    alice = room.member("小明")
    assert await alice.says("买") == ["订单 D1", "月卡，99 元，订单 D1。扫码付 D1。"]
    assert [act.file.data for act in room.said if act.file and act.to == "小明"] == [b"png"]
    paid = bank.pay(await order_of(room))
    assert await call_back(room, bank, paid) == (204, b"")
    assert await call_back(room, bank, paid) == (204, b"")
    assert to(room, "小明").count("月卡开通了。") == 1
    assert to(room, "群主").count("小明 付了 99 元（测试银行）：D1 月卡。") == 1


async def test_a_lost_callback_is_found_by_a_poll(room: SimulatedRoom, bank: Bank) -> None:
    await room.member("小明").says("买")
    bank.pay(await order_of(room))
    await room.clock.advance(seconds=16)
    await room.app.drain()
    assert to(room, "小明")[-1] == "月卡开通了。"


async def test_who_says_that_they_paid_is_looked_up_at_once(room: SimulatedRoom, bank: Bank) -> None:
    alice = room.member("小明")
    await alice.says("买")
    bank.pay(await order_of(room))
    said = await alice.says("已付 D1", private=True)
    assert "正在核对 D1，到账后我会通知您。" in said
    assert "月卡开通了。" in said


async def test_a_provider_that_is_down_is_tried_again_by_the_payer(room: SimulatedRoom, bank: Bank) -> None:
    bank.is_down = True
    alice = room.member("小明")
    assert await alice.says("买") == [
        "订单 D1",
        "月卡，99 元，订单 D1。付款方式暂时打不开，过几分钟发「付款 D1」再试。",
    ]
    bank.is_down = False
    assert await alice.says("付款 D1", private=True) == ["D1 月卡 99 元。\n扫码付 D1。"]


async def test_a_provider_gives_money_back_by_itself(room: SimulatedRoom, bank: Bank) -> None:
    await room.member("小明").says("买")
    await call_back(room, bank, bank.pay(await order_of(room)))
    (asked,) = await room.owner.says("退款 D1", private=True)
    assert asked == "小明 的 D1 月卡还有效，退款会收回。要把 99 元原路退回吗？回复 是"
    bank.slow_refunds = 1
    said = await room.owner.says("是", private=True)
    assert said == ["D1 的 99 元已经提交测试银行退回，到账后我会告诉您和对方。"]
    assert await room.owner.says("退款 D1", private=True) == ["D1 正在退款，到账后我会告诉您。"]
    await room.clock.advance(seconds=20)
    await room.app.drain()
    assert to(room, "小明")[-1] == "月卡收回了。"
    assert to(room, "群主")[-1] == "D1 的 99 元已经由测试银行退给 小明。"
    assert list(bank.refunds) == [f"{(await order_of(room)).trade_number}R1"]


async def test_a_refund_that_the_provider_refuses_is_done_by_hand(room: SimulatedRoom, bank: Bank) -> None:
    await room.member("小明").says("买")
    await call_back(room, bank, bank.pay(await order_of(room)))
    bank.refuses = "余额不够，请先充值"
    await room.owner.says("退款 D1", private=True)
    said = await room.owner.says("是", private=True)
    assert said == [
        "D1 的 99 元已经提交测试银行退回，到账后我会告诉您和对方。",
        (
            "D1，小明 的退款 99 元没有退成。余额不够，请先充值。"
            "处理好以后我会自己接着退；如果您用别的方式退了，发「退款 D1」。"
        ),
    ]
    assert await room.owner.says("退款 D1", private=True) == [
        "测试银行没有退成 D1 的 99 元，我还在接着试。您已经用别的方式退给 小明 了吗？退好了回复 是，我就不再试了。"
    ]
    assert await room.owner.says("是", private=True) == ["已记下：D1 退给 小明 99 元，已通知对方。", "月卡收回了。"]
    bank.refuses = ""
    await room.clock.advance(days=2)
    assert bank.refunds == {}


async def test_who_wants_their_money_back_asks_the_owner(room: SimulatedRoom) -> None:
    alice, stranger = room.member("小明"), room.member("小红")
    assert await alice.says("退款", private=True) == ["您没有付过款的订单，发送「订单」看看。"]
    await alice.says("买")
    assert await alice.says("退款 D1", private=True) == ["D1 还没有付款，不用退，不想要了不付就行。"]
    await room.owner.says("确认收款 D1", private=True)
    assert await alice.says("退款") == []  # among people it is a topic
    assert await stranger.says("退款 D1", private=True) == ["没有订单 D1，发送「订单」看看有哪些。"]
    assert await alice.says("退款", private=True) == ["要请群主退 D1 月卡 99 元吗？回复 是"]
    assert (await alice.says("是", private=True))[0] == "已经告诉群主您想退 D1，退好后我会通知您。"
    assert to(room, "群主")[-1] == "小明 想退 D1：月卡 99 元。同意就发「退款 D1」，不同意请私聊告诉对方。"
    await room.owner.says("退款 D1", private=True)
    await room.owner.says("是", private=True)
    assert await alice.says("退款 D1", private=True) == ["D1 已经退过款了。"]


async def test_one_of_several_is_chosen_to_be_given_back(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    for number in (1, 2):
        await alice.says("买")
        await room.owner.says(f"确认收款 D{number}", private=True)
    (asked,) = await alice.says("退款", private=True)
    assert asked == "想退哪一单？回复数字：\n1. D1 月卡 99 元\n2. D2 月卡 99 元"
    assert await alice.says("2", private=True) == ["要请群主退 D2 月卡 99 元吗？回复 是"]


async def test_an_order_says_what_to_do_next(room: SimulatedRoom) -> None:
    alice = room.member("小明")
    await alice.says("买")
    assert await alice.says("订单 D1", private=True) == [
        "D1 月卡 99 元，等付款。\n怎么付发「付款 D1」，付好了发「已付 D1」。"
    ]
    (told,) = await room.owner.says("订单 d1", private=True)
    assert told == "D1 小明 月卡 99 元，等付款。\n收到钱了发「确认收款 D1」。"
    await room.owner.says("确认收款 D1", private=True)
    assert await alice.says("订单 D1", private=True) == [
        "D1 月卡 99 元，已付款。\n要收据发「收据 D1」，想退款发「退款 D1」。"
    ]
    assert await room.member("小红").says("订单 D1", private=True) == ["没有订单 D1，发送「订单」看看有哪些。"]
    assert (await alice.says("订单 D1"))[-1].endswith("已私聊回复您。")  # not in front of everybody


async def test_money_paid_twice_is_reviewed_and_given_back(room: SimulatedRoom, bank: Bank) -> None:
    await room.member("小明").says("买")
    order = await order_of(room)
    await call_back(room, bank, bank.pay(order), bank.pay(order, name="again"))
    told = to(room, "群主")
    assert any(text.startswith("有一笔对不上的钱：D1 99 元，bank，") for text in told)
    (shown,) = await room.owner.says("待核对", private=True)
    assert "这一单已经付过了" in shown
    assert "1. 退回" in shown or "1 退回" in shown
    (asked,) = await room.owner.says("1", private=True)
    assert asked == "要把 99 元原路退回吗？回复 是"
    said = await room.owner.says("是", private=True)
    assert "D1 的 99 元已经提交测试银行退回，到账后我会告诉您和对方。" in said
    assert await room.owner.says("待核对", private=True) == ["没有对不上的钱。"]
    assert ((await order_of(room)).state, (await order_of(room)).refunded_fen) == ("paid", 0)
    assert "月卡收回了。" not in to(room, "小明")


async def test_money_without_an_order_is_claimed(room: SimulatedRoom, bank: Bank) -> None:
    stray = Order(
        kind="x", item="x", title="x", member_id="", amount_fen=9900, made_at=room.clock.now(), trade_number="Q1"
    )
    await call_back(room, bank, bank.pay(stray))
    await room.member("小明").says("买")
    (shown,) = await room.owner.says("待核对", private=True)
    assert "不知道是哪一单的" in shown
    assert "认领到 D1（小明 月卡 99 元）" in shown
    said = await room.owner.says("1", private=True)
    assert "已经算作 D1 的付款：小明 月卡 99 元。" in said
    assert to(room, "小明")[-1] == "月卡开通了。"
    assert await room.owner.says("认领 K00000000 D1", private=True) == [
        "这一笔已经处理过了，发「待核对」看看还有哪些。"
    ]


async def test_several_in_review_are_chosen_by_number(room: SimulatedRoom, bank: Bank) -> None:
    for number in (1, 2):
        stray = Order(
            kind="x", item="x", title="x", member_id="", amount_fen=number * 100, made_at=room.clock.now(),
            trade_number=f"Q{number}",
        )  # fmt: skip
        await call_back(room, bank, bank.pay(stray))
    (shown,) = await room.owner.says("待核对", private=True)
    assert shown.startswith("对不上的钱有 2 笔，回复数字处理：")
    (one,) = await room.owner.says("2", private=True)
    assert one.startswith("2 元，bank")
    (there,) = await room.owner.says("1", private=True)
    assert "请在测试银行的商户后台退回" in there
    assert "还有 2 笔对不上的钱，发「待核对」处理。" in (await room.owner.says("订单", private=True))[0]


async def test_money_for_a_closed_order_still_delivers_if_its_seller_wants(room: SimulatedRoom) -> None:
    await room.member("小明").says("买")
    await run(room, lambda db: close_order(db, 1).order is not None)
    assert "已确认 D1：小明 99 元，月卡。" in await room.owner.says("确认收款 D1", private=True)
    assert to(room, "小明")[-1] == "月卡开通了。"


async def test_a_crash_after_a_payment_was_confirmed_tells_everybody_once(room: SimulatedRoom) -> None:
    await room.member("小明").says("买")
    with before_the_answer(room):
        await room.owner.says("确认收款 D1")
    await room.crash()
    assert to(room, "小明").count("月卡开通了。") == 1
    assert to(room, "群主").count("已确认 D1：小明 99 元，月卡。") == 1


async def test_everything_about_a_member_is_exported_and_forgotten(room: SimulatedRoom) -> None:
    from bot.plugins import orders

    alice = room.member("小明")
    await alice.says("买")
    await alice.says("买")
    await room.owner.says("确认收款 D1", private=True)

    def forget(db: Database) -> tuple[Any, Any, Any]:
        order = get_order(db, 1)
        assert order is not None
        before = orders.export_member(db, order.member_id)
        gone = orders.erase_member(db, order.member_id)
        return before, gone, orders.export_member(db, order.member_id)

    before, gone, after = await run(room, forget)
    assert [(one["number"], one["state"]) for one in before["orders"]] == [(1, "paid"), (2, "open")]
    assert [one["kind"] for one in before["payment_facts"]] == ["paid"]
    assert gone == {"payment_facts": 0, "orders": 2}
    assert after == {"orders": [], "payment_facts": []}
    assert (await order_of(room)).name == ""
    assert await run(room, lambda db: get_order(db, 2)) is None


async def test_a_fact_without_money_goes_with_its_member(room: SimulatedRoom) -> None:
    from bot.plugins import orders

    fact = Fact(key="code:1", kind=FactKind.GRANTED, at=room.clock.now(), provider="code", member_id="m1")
    await run(room, lambda db: room.app.payments.desk.take(db, fact) and None)
    assert await run(room, lambda db: orders.erase_member(db, "m1")) == {"payment_facts": 1, "orders": 0}
