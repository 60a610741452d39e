"""Sells tickets: an order of the core, and what becomes of it when its money comes or goes."""

from __future__ import annotations

from bot.plugin import (
    Choice,
    Context,
    Database,
    Deadline,
    Delivery,
    HowToPay,
    Order,
    OrderPaid,
    OrderRefunded,
    OrderState,
    Outgoing,
    Priority,
    ProviderError,
    Reply,
    UserError,
    add_order,
    close_order,
    get_order,
    orders_by,
    put_order_data,
)
from bot.plugins.tickets import texts
from bot.plugins.tickets.holding import tickets_of, usable_tickets
from bot.plugins.tickets.model import NAME, Ticket, TicketId, TicketTakenBack
from bot.plugins.tickets.rules import match_offer
from bot.plugins.tickets.settings import TicketOffer, TicketsSettings
from bot.plugins.tickets.store import remove_use, sessions_with

Ctx = Context[TicketsSettings]

ORDER_OVER = "order_over"


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
    try:
        how: HowToPay = await ctx.part("payments").begin(number)
    except ProviderError as error:
        raise UserError(f"收款现在连不上，订单 D{number} 给您留着，过几分钟再发一次「买课票」。") from error
    text = f"{texts.ordered(offer, number)}\n{how.text}"
    return Reply(text=text, private=True, file=how.picture, delivery=Delivery.AT_MOST_ONCE)


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Tell who paid that the ticket is theirs."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who paid what came back; when it was all, the ticket goes with the places it gave."""
    await ctx.db(_follow_refund, ctx, event)


async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid; money that comes later still buys the ticket."""
    await ctx.db(_end_order, int(due.key))


def _order(db: Database, ctx: Ctx, offer: TicketOffer) -> int:
    data = {
        "title": offer.title,
        "uses": offer.uses,
        "sessions": list(offer.sessions),
        "valid_seconds": int(offer.valid.total_seconds()),
    }
    for one in orders_by(db, ctx.talker.id):
        is_good = one.expires_at is None or one.expires_at > ctx.now
        is_same = one.kind == NAME and one.data == data and one.amount_fen == offer.price
        if one.state is OrderState.OPEN and one.item == offer.id and is_same and is_good:
            return one.number
    until = ctx.now + ctx.config.hold
    order = add_order(
        db,
        Order(
            kind=NAME,
            item=offer.id,
            title=f"课票「{offer.title}」",
            member_id=ctx.talker.id,
            name=ctx.talker_name,
            room_id=ctx.room.id if ctx.room else "",
            amount_fen=offer.price,
            made_at=ctx.now,
            expires_at=until,
            data=data,
        ),
    )
    ctx.set_deadline(db, ORDER_OVER, key=str(order.number), at=until)
    return order.number


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = get_order(db, number)
    if order is None or order.kind != NAME or order.state is not OrderState.PAID or order.paid_at is None:
        return
    ctx.drop_deadline(db, ORDER_OVER, str(number))
    ticket = next(one for one in tickets_of(db, order.member_id) if one.order_number == number)
    delivered = {"from": order.paid_at.isoformat(), "until": ticket.until.isoformat()}
    put_order_data(db, number, order.data | {"delivered": delivered})  # `accounts` earns it over that time
    _tell(db, ctx, order, texts.bought(order, ticket, ctx.zone), "paid")


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
        _tell(db, ctx, order, text, f"refunded/{order.refunded_fen}")


def _end_order(db: Database, number: int) -> None:
    order = get_order(db, number)
    if order is not None and order.state is OrderState.OPEN:
        close_order(db, number)


def _tell(db: Database, ctx: Ctx, order: Order, text: str, what: str) -> None:
    ctx.enqueue(
        db,
        Outgoing(
            member_id=order.member_id,
            text=text,
            dedupe_key=f"tickets/{what}/{order.number}/{ctx.cause}",
            priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="课票订单",
        ),
    )
