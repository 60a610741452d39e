"""How orders are paid: what payers are told, the owner's word on the money, and hints, which prove nothing."""

from __future__ import annotations

from bot.plugin import (
    CHAT,
    Act,
    Choice,
    Context,
    Database,
    Delivery,
    HowToPay,
    Member,
    MessageKind,
    Order,
    OrderState,
    Outgoing,
    PaymentWanted,
    Priority,
    ProviderError,
    Reply,
    UserError,
    format_fen,
    get_order,
    orders_by,
    payment_by_owner,
)
from bot.plugins.orders import texts
from bot.plugins.orders.listing import find, find_own, is_bare, key_of
from bot.plugins.orders.model import OrderNumber
from bot.plugins.orders.settings import OrdersSettings

Ctx = Context[OrdersSettings]
_DUE = frozenset({OrderState.REFUND_DUE, OrderState.REFUNDED})


async def confirm(ctx: Ctx, which: OrderNumber | Member) -> Reply:
    """Note that the owner has the money.

    Args:
        ctx: the call.
        which: the order, or whose: a transfer shows the name, and its note may be missing.

    Raises:
        UserError: there is no such order, or nothing is owed.
    """
    text: str = await ctx.db(_confirm, ctx, key_of(which))
    return Reply(text=text, private=True)


async def tell_how(ctx: Ctx, wanted: PaymentWanted) -> None:
    """Tell the payer of a new order how to pay, once the provider was asked."""
    order: Order | None = await ctx.read(get_order, wanted.order_number)
    if order is None or order.state is not OrderState.OPEN or not _can_tell_alone(ctx):
        return
    how = await _ask(ctx, order)
    said = wanted.hint.replace("{order}", f"D{order.number}").replace("{amount}", format_fen(order.amount_fen))
    text = wanted.text.replace("{how}", said or how.text)
    await ctx.db(_tell_how, ctx, order, text, how)


async def show_how(ctx: Ctx, which: OrderNumber | None) -> Reply:
    """Tell the talker again how to pay.

    Raises:
        UserError: the order is not theirs, or waits for no money.
    """
    order = await _find_open(ctx, which)
    if order is None:
        return await _choose(ctx, "付款")
    how = await _ask(ctx, order)
    text = f"D{order.number} {texts.money(order)}。\n{how.text}"
    return Reply(text=text, file=how.picture, private=True, delivery=Delivery.AT_MOST_ONCE)


async def hear_paid(ctx: Ctx, which: OrderNumber | None) -> Reply:
    """Take a payer's word that they have paid as a hint: the provider is asked, or the owner told.

    Raises:
        UserError: the order is not theirs, or waits for no money.
    """
    order = await _find_open(ctx, which)
    if order is None:
        return await _choose(ctx, "已付")
    if ctx.part("payments").provider_of(order).is_automatic:
        await ctx.part("payments").look_now(order)
        return Reply(text=texts.looking(order), private=True)
    await ctx.db(_hint, ctx, texts.owner_hint(order), str(order.number))
    return Reply(text=texts.told_owner(order), private=True)


async def hear_transfer(ctx: Ctx) -> Reply | None:
    """Take a transfer in private as a hint, when the talker has something to pay."""
    message = ctx.message
    if message is None or message.kind is not MessageKind.TRANSFER or ctx.room is not None:
        return None
    mine = await _open_of(ctx)
    if not mine:
        return None
    await ctx.db(_hint, ctx, texts.owner_transfer(ctx.talker_name, mine), f"transfer/{message.id}")
    return Reply(text=texts.SEEN_TRANSFER)


async def _ask(ctx: Ctx, order: Order) -> HowToPay:
    try:
        how: HowToPay = await ctx.part("payments").begin(order.number)
    except ProviderError:  # the order stands; the payer may ask again
        return HowToPay(text=texts.try_later(order))
    return how


async def _open_of(ctx: Ctx) -> list[Order]:
    return [one for one in await ctx.read(orders_by, ctx.talker.id) if one.state is OrderState.OPEN]


async def _find_open(ctx: Ctx, which: OrderNumber | None) -> Order | None:
    """Return the order that is named, or the talker's only one that waits for money; None when it is not clear."""
    if which is None:
        mine = await _open_of(ctx)
        return mine[0] if len(mine) == 1 else None
    order: Order = await ctx.read(find_own, ctx, which.value)
    if order.state is not OrderState.OPEN:
        raise UserError(texts.not_open(order))
    return order


async def _choose(ctx: Ctx, word: str) -> Reply:
    mine = await _open_of(ctx)
    if not mine and is_bare(ctx):
        return CHAT
    if not mine:
        raise UserError(texts.NOTHING_TO_PAY)
    choices = tuple(Choice(f"D{one.number} {texts.money(one)}", f"{word} D{one.number}") for one in mine)
    return Reply(text=texts.choose_payment(), choices=choices, private=True)


def _confirm(db: Database, ctx: Ctx, key: int | str) -> str:
    order = find(db, key, {OrderState.OPEN})
    if order.state is OrderState.PAID:
        raise UserError(texts.is_confirmed(order.number))
    if order.state in _DUE:
        raise UserError(texts.is_refunding(order.number))
    ctx.part("payments").take(db, payment_by_owner(order, ctx.now))
    return texts.confirmed(order)


def _tell_how(db: Database, ctx: Ctx, order: Order, text: str, how: HowToPay) -> None:
    parts = [(Act.TEXT, text, None), (Act.IMAGE, "", how.picture)]
    for act, said, file in parts if how.picture else parts[:1]:
        ctx.enqueue(
            db,
            Outgoing(
                member_id=order.member_id,
                act=act,
                text=said,
                file=file,
                dedupe_key=f"orders/how/{order.number}/{act}",
                priority=Priority.ANSWER,
                delivery=Delivery.AT_MOST_ONCE,
                cause=ctx.cause,
                reason="付款方式",
            ),
        )


def _hint(db: Database, ctx: Ctx, text: str, key: str) -> None:
    ctx.part("notices").write(db, text, f"orders/paid/{key}/{ctx.now.astimezone(ctx.zone).date()}")


def _can_tell_alone(ctx: Ctx) -> bool:
    return bool(ctx.part("gateway").capabilities.can_send_private)
