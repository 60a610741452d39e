"""Lists orders: one's own, and for the owner those that wait for money in one direction or the other."""

from __future__ import annotations

from collections.abc import Collection

from bot.plugin import (
    CHAT,
    Choice,
    Context,
    Database,
    Member,
    Order,
    OrderState,
    Reply,
    Role,
    UserError,
    all_reviews,
    get_order,
    orders_by,
    orders_in,
)
from bot.plugins.orders import texts
from bot.plugins.orders.model import OrderNumber
from bot.plugins.orders.settings import OrdersSettings

Ctx = Context[OrdersSettings]
_LISTED = 20
_CHOICES = 9


async def list_orders(ctx: Ctx) -> Reply:
    """Return the talker's orders; the owner reads what waits besides."""
    lines: list[str] = await ctx.read(_lines, ctx)
    return Reply(text="\n".join(lines) or texts.NO_ORDERS, private=True)


async def show_one(ctx: Ctx, which: OrderNumber) -> Reply:
    """Return one order, and what can be done about it.

    Raises:
        UserError: the talker has no such order.
    """
    order: Order = await ctx.read(find_own, ctx, which.value)
    is_own = order.member_id == ctx.talker.id
    lines = [f"{texts.line(order, with_name=not is_own)}。"]
    if is_own:
        lines.append(texts.next_for_payer(order))
    if ctx.role >= Role.ADMIN:
        is_automatic: bool = await ctx.read(ctx.part("payments").is_automatic, order.number)
        lines.append(texts.next_for_owner(order, is_automatic=is_automatic))
    return Reply(text="\n".join(filter(None, lines)), private=True)


async def choose(ctx: Ctx, word: str) -> Reply:
    """Return the orders that a word of the owner's may be about, as a list to answer with a number.

    Args:
        ctx: the call.
        word: 确认收款 for those that wait for money, 退款 for those that wait to be given back.
    """
    state = OrderState.OPEN if word == "确认收款" else OrderState.REFUND_DUE
    found = await ctx.read(orders_in, {state})
    if not found:
        return CHAT if is_bare(ctx) else Reply(text=texts.nothing_for(word), private=True)
    choices = tuple(Choice(texts.line(one, with_name=True), f"{word} D{one.number}") for one in found[-_CHOICES:])
    return Reply(text=texts.choose_for(word), choices=choices, private=True)


def is_bare(ctx: Ctx) -> bool:
    """Return whether a word was said among people and not to the bot."""
    return ctx.room is not None and not (ctx.message and ctx.message.mentions_bot) and ctx.text[:1] != "/"


def find(db: Database, which: OrderNumber | Member | int | str, states: Collection[OrderState]) -> Order:
    """Return an order by its number, or the one that a member has in those states.

    Raises:
        UserError: there is none, or it is not clear which.
    """
    key = key_of(which) if isinstance(which, OrderNumber | Member) else which
    if isinstance(key, int):
        if (order := get_order(db, key)) is None:
            raise UserError(texts.no_order(key))
        return order
    found = [one for one in orders_by(db, key) if one.state in states]
    if len(found) == 1:
        return found[0]
    raise UserError(texts.several(found) if found else texts.NO_SUCH)


def find_own(db: Database, ctx: Ctx, number: int) -> Order:
    """Return an order of the talker's; admins may name anybody's.

    Raises:
        UserError: there is none.
    """
    order = get_order(db, number)
    if order is None or (order.member_id != ctx.talker.id and ctx.role < Role.ADMIN):
        raise UserError(texts.no_order(number))
    return order


def key_of(which: OrderNumber | Member) -> int | str:
    """Return what names an order in a step: its number, or its member's id."""
    return which.value if isinstance(which, OrderNumber) else which.id


def _lines(db: Database, ctx: Ctx) -> list[str]:
    lines = [texts.line(one, with_name=False) for one in orders_by(db, ctx.talker.id)[-_LISTED:]]
    if ctx.role < Role.ADMIN:
        return lines
    for state, head in (
        (OrderState.OPEN, "等付款，收到后发「确认收款 D编号」："),
        (OrderState.REFUND_DUE, "等退款，退好后发「退款 D编号」："),
    ):
        found = orders_in(db, {state})
        lines += [head] if found else []
        lines += [texts.line(one, with_name=True) for one in found[:_LISTED]]
        lines += [texts.more(len(found) - _LISTED)] if len(found) > _LISTED else []
    if reviews := all_reviews(db):
        lines.append(f"还有 {len(reviews)} 笔对不上的钱，发「待核对」处理。")
    return lines
