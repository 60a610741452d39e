"""Orders: what was ordered and paid, the owner's word on money, refunds, and money that fits nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from bot.plugin import (
    CHAT,
    Context,
    Database,
    Fen,
    Member,
    Message,
    MoneyInReview,
    OrderPaid,
    OrderRefunded,
    PaymentWanted,
    Plugin,
    Reply,
    Role,
    Row,
    erase_facts,
    erase_orders,
    export_facts,
    export_orders,
)
from bot.plugins.orders import listing, paying, refunding, reviewing, wishing
from bot.plugins.orders.model import NAME, OrderNumber, ReviewKey, read_order_number, read_review_key
from bot.plugins.orders.settings import OrdersSettings

plugin = Plugin(NAME, config=OrdersSettings, title="订单")

Ctx = Context[OrdersSettings]


@plugin.argument(OrderNumber)
async def read_order(ctx: Context[Any], text: str) -> OrderNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `D12`."""
    return read_order_number(text)


@plugin.argument(ReviewKey)
async def read_key(ctx: Context[Any], text: str) -> ReviewKey | None:  # noqa: ARG001 - the same
    """Read `K3f9a2c11`."""
    return read_review_key(text)


@plugin.command("订单", aliases=("我的订单",), examples=(("订单", "D12 《FastAPI 入门实战》99 元，等付款"),))
async def list_orders(ctx: Ctx, which: Annotated[OrderNumber | None, "订单"] = None) -> Reply:
    """订单 [订单]：私聊看自己的订单，写上编号看一单和接下来怎么办；群主看等付款和等退款的。"""
    return await (listing.list_orders(ctx) if which is None else listing.show_one(ctx, which))


@plugin.command(
    "付款",
    examples=(("付款 D12", "D12 《FastAPI 入门实战》99 元。\n请转账给群主，备注 D12。"),),
    utterances=("怎么付款", "怎么付钱", "付款码在哪"),
)
async def show_how_to_pay(ctx: Ctx, which: Annotated[OrderNumber | None, "订单"] = None) -> Reply:
    """付款 [订单]：再看一遍怎么付款，私聊发给您。"""
    return await paying.show_how(ctx, which)


@plugin.command("已付", aliases=("付好了", "已付款"), examples=(("已付 D12", "已经告诉群主 D12 付好了…"),))
async def hear_paid(ctx: Ctx, which: Annotated[OrderNumber | None, "订单"] = None) -> Reply:
    """已付 [订单]：付好了告诉群主看一眼，确认到账后通知您。"""
    return await paying.hear_paid(ctx, which)


@plugin.command(
    "确认收款", role=Role.ADMIN, examples=(("确认收款 D12", "已确认 D12：小明 99 元，《FastAPI 入门实战》。"),)
)
async def confirm_payment(ctx: Ctx, which: Annotated[OrderNumber | Member | None, "订单"] = None) -> Reply:
    """确认收款 [订单]：钱收到了，开通给这位成员；也可以写 @成员，不写就从等付款的里面选。"""
    return await (listing.choose(ctx, "确认收款") if which is None else paying.confirm(ctx, which))


@plugin.command(
    "退款",
    examples=(("退款 D12", "已记下：D12 退给 小明 99 元，已通知对方。"),),
    utterances=("我想退款", "怎么申请退款", "可以把钱退给我吗"),
)
async def refund(
    ctx: Ctx,
    which: Annotated[OrderNumber | Member | None, "订单"] = None,
    amount: Annotated[Fen | None, "金额"] = None,
    sure: Literal["确定"] | None = None,
) -> Reply:
    """退款 [订单] [金额]：请群主退款；群主发的，转账付的退好后记下，自动收的原路退回，也可以写 @成员。"""
    if ctx.role < Role.ADMIN:
        return await wishing.wish(ctx, which if isinstance(which, OrderNumber) else None, is_sure=sure is not None)
    if which is None:
        return await listing.choose(ctx, "退款")
    return await refunding.refund(ctx, which, amount, is_sure=sure is not None)


@plugin.command("待核对", role=Role.ADMIN, examples=(("待核对", "没有对不上的钱。"),))
async def show_reviews(ctx: Ctx, which: Annotated[ReviewKey | None, "编号"] = None) -> Reply:
    """待核对：收到了、但对不上订单的钱，认领或退回。"""
    return await reviewing.show(ctx, which)


@plugin.command("认领", role=Role.ADMIN, hidden=True)
async def claim_payment(
    ctx: Ctx, which: Annotated[ReviewKey | None, "编号"] = None, order: Annotated[OrderNumber | None, "订单"] = None
) -> Reply:
    """认领 <编号> <订单>：把对不上的一笔算作这一单的付款。"""
    if which is None or order is None:
        return CHAT if listing.is_bare(ctx) else await reviewing.show(ctx, which)
    return await reviewing.claim_for(ctx, which, order)


@plugin.command("退回", role=Role.ADMIN, hidden=True)
async def give_back(
    ctx: Ctx, which: Annotated[ReviewKey | None, "编号"] = None, sure: Literal["确定"] | None = None
) -> Reply:
    """退回 <编号>：把对不上的一笔退回去。"""
    if which is None:
        return CHAT if listing.is_bare(ctx) else await reviewing.show(ctx, None)
    return await reviewing.give_back(ctx, which, is_sure=sure is not None)


@plugin.on(PaymentWanted)
async def tell_how_to_pay(ctx: Ctx, event: PaymentWanted) -> None:
    """Tell the payer of a new order how to pay."""
    await paying.tell_how(ctx, event)


@plugin.on(OrderPaid)
async def tell_paid(ctx: Ctx, event: OrderPaid) -> None:
    """Tell the owner of money that came by itself."""
    await refunding.tell_paid(ctx, event)


@plugin.on(OrderRefunded)
async def tell_refunded(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell the owner of money that went back by itself."""
    await refunding.tell_refunded(ctx, event)


@plugin.on(MoneyInReview)
async def tell_of_review(ctx: Ctx, event: MoneyInReview) -> None:
    """Tell the owner of money that fits nothing."""
    await reviewing.tell_owner(ctx, event)


@plugin.on(Message)
async def hear_transfer(ctx: Ctx) -> Reply | None:
    """Take a transfer in private as a hint for the owner."""
    return await paying.hear_transfer(ctx)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member ordered, and what happened to it."""
    return {"orders": export_orders(db, member_id), "payment_facts": export_facts(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Forget whose orders they were; those with money behind them stay without a name, for books that are whole."""
    return {"payment_facts": erase_facts(db, member_id), "orders": erase_orders(db, member_id)}
