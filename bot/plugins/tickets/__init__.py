"""Tickets: several sessions paid for at once, used up one by one by registering."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugin import Context, Database, Deadline, OrderPaid, OrderRefunded, Plugin, Reply, Row
from bot.plugins.orders.api import ORDER_OVER
from bot.plugins.tickets import buying, texts
from bot.plugins.tickets.holding import usable_tickets
from bot.plugins.tickets.model import NAME, TicketId
from bot.plugins.tickets.settings import TicketsSettings
from bot.plugins.tickets.store import erase_uses, export_uses, migrations

plugin = Plugin(NAME, config=TicketsSettings, migrations=migrations, requires=("orders",), title="课票")

Ctx = Context[TicketsSettings]

plugin.argument(TicketId, words=2)(buying.read_ticket_id)


@plugin.command(
    "课票",
    aliases=("次卡", "我的课票"),
    examples=(("课票", "现在没有课票卖，场次可以单独报名，发送「场次」看看。"),),
    utterances=("有没有次卡", "我的课票还剩几次"),
)
async def list_tickets(ctx: Ctx) -> Reply:
    """课票：看自己的课票还剩几次，还有哪些可以买。"""
    return await buying.list_tickets(ctx)


@plugin.command("买课票", examples=(("买课票 five", "五次卡（5 次）199 元，订单 D12。…"),))
async def buy(ctx: Ctx, which: TicketId | None = None) -> Reply:
    """买课票 [课票]：买一张，付款方式私聊发给您。"""
    return await (buying.list_tickets(ctx) if which is None else buying.buy(ctx, which))


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Tell who paid for a ticket that it is theirs."""
    await buying.follow_payment(ctx, event)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Take a ticket back whose money was given back."""
    await buying.follow_refund(ctx, event)


@plugin.deadline(ORDER_OVER)
async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid."""
    await buying.end_order(ctx, due)


@plugin.holds
def tell_tickets(db: Database, member_id: str, now: datetime, zone: ZoneInfo) -> list[str]:
    """Return the tickets of a member that are good for something, for 我的."""
    return texts.own_lines(usable_tickets(db, member_id, now), zone)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member used tickets for; orders are exported by the core."""
    return {"ticket_uses": export_uses(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Forget it."""
    return {"ticket_uses": erase_uses(db, member_id)}
