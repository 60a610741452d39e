"""Sells tickets: an order of the core, and what becomes of it when its money comes or goes."""

from __future__ import annotations

from bot.plugin import (
    Choice,
    Context,
    Database,
    Deadline,
    Order,
    OrderPaid,
    OrderRefunded,
    Reply,
    UserError,
    get_order,
    put_order_data,
)
from bot.plugins.orders.api import ask_to_pay, end_waiting, keep_waiting, paid_now, tell_payer
from bot.plugins.tickets import texts
from bot.plugins.tickets.holding import tickets_of, usable_tickets
from bot.plugins.tickets.model import NAME, Ticket, TicketId, TicketTakenBack
from bot.plugins.tickets.rules import match_offer
from bot.plugins.tickets.settings import TicketOffer, TicketsSettings
from bot.plugins.tickets.store import remove_use, sessions_with

Ctx = Context[TicketsSettings]


async def read_ticket_id(ctx: Ctx, text: str) -> TicketId | None:
    """Read what a member typed as the id of a ticket that is sold; None when it may not have been meant as one.

    Raises:
        UserError: there is no such ticket, and the bot was surely asked.
    """
    offer = match_offer(text, ctx.config.tickets)
    if offer is not None:
        return TicketId(offer.id)
    is_addressed = ctx.room is None or ctx.text.startswith("/") or bool(ctx.message and ctx.message.mentions_bot)
    if is_addressed and len(text.split()) == 1:
        raise UserError(f"没有课票「{text}」，发送「课票」看看有哪些。")
    return None


async def list_tickets(ctx: Ctx) -> Reply:
    """Return the tickets the talker has, and those that are sold."""
    own: list[Ticket] = await ctx.read(usable_tickets, ctx.talker.id, ctx.now)
    lines = texts.own_lines(own, ctx.zone)
    choices = tuple(Choice(texts.offer_line(one), f"买课票 {one.id}") for one in ctx.config.tickets)
    head = texts.OFFERS if choices else "" if own else texts.NOT_SOLD
    return Reply(text="\n".join([*lines, *([head] if head else [])]), choices=choices, private=bool(own))


async def buy(ctx: Ctx, ticket_id: str) -> Reply:
    """Order a ticket, or show the order that waits to be paid.

    Raises:
        UserError: it is not sold any more.
    """
    offer = ctx.config.find(ticket_id)
    if offer is None:
        raise UserError(texts.NOT_SOLD)
    number: int = await ctx.db(_order, ctx, offer)
    return await ask_to_pay(ctx, number, texts.ordered(offer, number), again="买课票")


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Tell who paid that the ticket is theirs."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who paid what came back; when it was all, the ticket goes with the places it gave."""
    await ctx.db(_follow_refund, ctx, event)


async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid; money that comes later still buys the ticket."""
    await ctx.db(end_waiting, int(due.key))


def _order(db: Database, ctx: Ctx, offer: TicketOffer) -> int:
    data = {
        "title": offer.title,
        "uses": offer.uses,
        "sessions": list(offer.sessions),
        "valid_seconds": int(offer.valid.total_seconds()),
    }
    wanted = Order(
        kind=NAME, item=offer.id, title=f"课票「{offer.title}」", member_id=ctx.talker.id, amount_fen=offer.price,
        made_at=ctx.now, data=data,
    )  # fmt: skip
    return keep_waiting(db, ctx, wanted, ctx.config.hold)


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = paid_now(db, ctx, NAME, number)
    if order is None or order.paid_at is None:
        return
    ticket = next(one for one in tickets_of(db, order.member_id) if one.order_number == number)
    delivered = {"from": order.paid_at.isoformat(), "until": ticket.until.isoformat()}
    put_order_data(db, number, order.data | {"delivered": delivered})  # `accounts` earns it over that time
    tell_payer(db, ctx, order, texts.bought(order, ticket, ctx.zone), "paid")


def _follow_refund(db: Database, ctx: Ctx, event: OrderRefunded) -> None:
    order = get_order(db, event.order_number)
    if order is None or order.kind != NAME:
        return
    used = sessions_with(db, order.number) if event.is_whole else []
    for session_id, member_id in used:
        remove_use(db, session_id, member_id)
        ctx.publish(db, TicketTakenBack(session_id, member_id))
    if order.member_id:
        text = texts.money_back(order, event.amount_fen, is_whole=event.is_whole, was_used=bool(used))
        tell_payer(db, ctx, order, text, f"refunded/{order.refunded_fen}")
