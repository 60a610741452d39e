"""What members read about tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugin import Order, format_duration, format_fen
from bot.plugins.tickets.model import Ticket
from bot.plugins.tickets.settings import TicketOffer

NOT_SOLD = "现在没有课票卖，场次可以单独报名，发送「场次」看看。"
OFFERS = "课票报名时自动抵用，回复数字购买："


def offer_line(offer: TicketOffer) -> str:
    """Return an offer as one line of the list."""
    what = "、".join(offer.sessions) if offer.sessions else "所有场次"
    return f"{offer.title}：{offer.uses} 次，{what}，{format_duration(offer.valid)}有效，{format_fen(offer.price)}"


def own_line(ticket: Ticket, zone: ZoneInfo) -> str:
    """Return a ticket that a member has as one line."""
    return f"「{ticket.title}」还剩 {ticket.left}/{ticket.uses} 次，{_day(ticket.until, zone)} 前有效"


def own_lines(tickets: Sequence[Ticket], zone: ZoneInfo) -> list[str]:
    """Return the lines about the tickets that are still good."""
    return [f"课票{own_line(one, zone)}" for one in tickets]


def used(ticket: Ticket, zone: ZoneInfo) -> str:
    """Return what a member reads whose ticket was used."""
    return f"用了「{ticket.title}」1 次，还剩 {ticket.left} 次，{_day(ticket.until, zone)} 前有效。"


def given_back(ticket: Ticket | None) -> str:
    """Return what a member reads whose use came back."""
    return f"「{ticket.title}」退回 1 次，还剩 {ticket.left} 次。" if ticket else "用掉的课票次数退回了。"


def ordered(offer: TicketOffer, number: int) -> str:
    """Return what stands above how it is paid."""
    return f"{offer.title}（{offer.uses} 次）{format_fen(offer.price)}，订单 D{number}。"


def bought(order: Order, ticket: Ticket, zone: ZoneInfo) -> str:
    """Return what the buyer reads when the money is there."""
    return (
        f"收到 {format_fen(order.amount_fen)}（D{order.number}），「{ticket.title}」{ticket.uses} 次，"
        f"{_day(ticket.until, zone)} 前有效。报名时自动抵用，发送「场次」看看有哪些课。"
    )


def money_back(order: Order, amount_fen: int, *, is_whole: bool, was_used: bool) -> str:
    """Return what the buyer reads when money was given back."""
    text = f"「{order.data.get('title', '课票')}」的 {format_fen(amount_fen)}已退还（D{order.number}），请查收。"
    if not is_whole:
        return f"{text}课票照常能用。"
    return f"{text}课票不能再用了{'，用它报的、还没开始的场次也一起取消了' if was_used else ''}。"


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d}"
