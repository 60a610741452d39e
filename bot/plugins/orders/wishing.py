"""A payer wants their money back: the owner is told, and decides."""

from __future__ import annotations

from bot.plugin import CHAT, Choice, Context, Database, Order, OrderState, Reply, UserError, format_fen, orders_by
from bot.plugins.orders import texts
from bot.plugins.orders.listing import find_own, is_bare
from bot.plugins.orders.model import OrderNumber
from bot.plugins.orders.settings import OrdersSettings

Ctx = Context[OrdersSettings]
_CHOICES = 9


async def wish(ctx: Ctx, which: OrderNumber | None, *, is_sure: bool) -> Reply:
    """Tell the owner that the talker wants the money of an order back, once they have confirmed it.

    Args:
        ctx: the call.
        which: the order; None for the only one that was paid.
        is_sure: it was asked already.

    Raises:
        UserError: the order is not theirs, or there is nothing to give back.
    """
    if which is None:
        return await _choose(ctx)
    order: Order = await ctx.read(find_own, ctx, which.value)
    if order.state is not OrderState.PAID or not order.paid_fen:
        raise UserError(texts.nothing_to_give_back(order))
    if not is_sure:
        return _ask(order)
    await ctx.db(_tell_owner, ctx, order.number, texts.owner_wish(order))
    return Reply(text=texts.wished(order), private=True)


async def _choose(ctx: Ctx) -> Reply:
    mine = [one for one in await ctx.read(orders_by, ctx.talker.id) if one.state is OrderState.PAID and one.paid_fen]
    if is_bare(ctx):  # among people it is a topic, not a request
        return CHAT
    if not mine:
        raise UserError(texts.NOTHING_PAID)
    if len(mine) == 1:
        return _ask(mine[0])
    choices = tuple(Choice(f"D{one.number} {texts.money(one)}", f"退款 D{one.number}") for one in mine[-_CHOICES:])
    return Reply(text=texts.CHOOSE_WISH, choices=choices, private=True)


def _ask(order: Order) -> Reply:
    line = f"退款 D{order.number} {format_fen(order.paid_fen).removesuffix(' 元')} 确定"
    return Reply(text=texts.ask_to_wish(order), confirm=line, private=True)


def _tell_owner(db: Database, ctx: Ctx, number: int, text: str) -> None:
    ctx.part("notices").write(db, text, f"orders/wish/{number}/{ctx.now.astimezone(ctx.zone).date()}")
