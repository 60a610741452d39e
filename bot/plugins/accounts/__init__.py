"""Accounts: the owner's books, what was earned, how the business goes, and receipts for payers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from bot.plugin import Context, Deadline, MoneyInReview, OrderPaid, OrderRefunded, Plugin, Reply, Rest, Role
from bot.plugins.accounts import answering, business, daily, receipts, recognition, reconciling
from bot.plugins.accounts.model import NAME
from bot.plugins.accounts.settings import AccountsSettings
from bot.plugins.accounts.store import migrations

plugin = Plugin(
    NAME,
    config=AccountsSettings,
    migrations=migrations,
    requires=("membership", "growth", "tickets", "training"),
    title="账本",
)

Ctx = Context[AccountsSettings]


@plugin.command(
    "账本",
    aliases=("账目",),
    role=Role.OWNER,
    examples=(("账本", "账本还是空的。第一笔收款确认以后，这里就有数字。"), ("账本 校验", "账本完好…")),
    utterances=("今天收了多少钱", "这个月收了多少会员费", "还有多少预收款"),
)
async def show_books(ctx: Ctx, what: Annotated[Rest | None, "月份|导出|校验"] = None) -> Reply:
    """账本 [2026-11|导出|校验]：今天和本月的收支、预收和待核对，也能导出和校验。"""
    return await answering.answer(ctx, what or "")


@plugin.command(
    "经营",
    aliases=("经营数据", "经营数字"),
    role=Role.OWNER,
    examples=(("经营", "经营（本月）\n付费会员 0 位。…"), ("经营 2026-11", "经营（2026-11）…")),
    utterances=("现在有多少付费会员", "续费率是多少", "这个月流失了多少会员"),
)
async def show_business(ctx: Ctx, period: Annotated[Rest | None, "月份"] = None) -> Reply:
    """经营 [月份]：付费会员、新增、流失、续费率、试用转付费和每月收入。"""
    return await business.answer(ctx, period or "")


@plugin.command(
    "对账",
    role=Role.OWNER,
    examples=(("对账", "现在收款都是转账给群主，没有平台账单可对。…"),),
    utterances=("和微信支付对一下账", "昨天的账对上了吗"),
)
async def reconcile(ctx: Ctx, day: Annotated[date | None, "日期"] = None) -> Reply:
    """对账 [日期]：拿平台的账单和账本逐笔比对，默认昨天。"""
    return await reconciling.answer(ctx, day)


@plugin.command(
    "收据",
    aliases=("我的收据",),
    examples=(("收据", "您还没有付过款的订单。…"), ("收据 校验工具", "这是核对收据的小程序…")),
    utterances=("能给我开个收据吗", "付款的收据在哪里", "收据怎么拿"),
)
async def show_receipt(ctx: Ctx, what: Annotated[Rest | None, "订单|校验工具|指纹"] = None) -> Reply:
    """收据 [订单|校验工具|指纹]：付款的凭据，带着谁也改不了的证明，私聊发给您。"""
    return await receipts.answer(ctx, what or "")


@plugin.on_start
async def begin(ctx: Ctx) -> None:
    """See to it that the books are looked after every day."""
    await daily.begin(ctx)


@plugin.deadline(daily.DAILY)
async def do_day(ctx: Ctx, _due: Deadline) -> None:
    """Close months, sign the log, report."""
    await daily.do_day(ctx)


@plugin.deadline(recognition.CLOSE)
async def close_month(ctx: Ctx, due: Deadline) -> None:
    """Write what was earned until the end of a month."""
    await recognition.close_month(ctx, due)


@plugin.deadline(daily.RECONCILE)
async def reconcile_day(ctx: Ctx, due: Deadline) -> None:
    """Compare a day's bills with the books."""
    await daily.reconcile_day(ctx, due)


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Write what was earned of plans that an upgrade ended; from the first payment on somebody looks every day."""
    await daily.begin(ctx)
    await recognition.follow_payment(ctx, event.order_number)


@plugin.on(MoneyInReview)
async def follow_review(ctx: Ctx, _event: MoneyInReview) -> None:
    """Money came, if for nothing that is known."""
    await daily.begin(ctx)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Write what is earned of what is left."""
    await recognition.follow_refund(ctx, event.order_number)
