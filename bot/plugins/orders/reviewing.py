"""Money that fits no order: the owner says what it was for, or gives it back."""

from __future__ import annotations

from bot.plugin import (
    Choice,
    Context,
    Database,
    Fact,
    MoneyInReview,
    Order,
    OrderState,
    Reply,
    Reviewed,
    UserError,
    all_reviews,
    claim,
    format_fen,
    get_fact,
    get_order,
    orders_in,
    refund_by_owner_of,
)
from bot.plugins.orders import texts
from bot.plugins.orders.model import OrderNumber, ReviewKey, short_key
from bot.plugins.orders.settings import OrdersSettings

Ctx = Context[OrdersSettings]
_LISTED = 9
_NO_PAYMENT = "refund_without_payment"


async def show(ctx: Ctx, key: ReviewKey | None) -> Reply:
    """List money in review; a single one with what can be done about it.

    Raises:
        UserError: that one is not in review any more.
    """
    found = await ctx.read(_all, ctx)
    if key is not None:
        found = [one for one in found if short_key(one[2].fact_key) == key.value]
    if not found:
        if key is not None:
            raise UserError(texts.REVIEW_GONE)
        return Reply(text=texts.NO_REVIEWS, private=True)
    if len(found) > 1:
        choices = tuple(Choice(line, f"待核对 K{short_key(one.fact_key)}") for line, _, one in found[:_LISTED])
        return Reply(text=f"对不上的钱有 {len(found)} 笔，回复数字处理：", choices=choices, private=True)
    line, number, one = found[0]
    return Reply(text=f"{line}。", choices=await ctx.read(_ways_out, number, one), private=True)


async def claim_for(ctx: Ctx, key: ReviewKey, which: OrderNumber) -> Reply:
    """Count a payment in review as that of an order.

    Raises:
        UserError: it is not in review any more, or there is no such order.
    """
    text: str = await ctx.db(_claim, ctx, key.value, which.value)
    return Reply(text=text, private=True)


async def give_back(ctx: Ctx, key: ReviewKey, *, is_sure: bool) -> Reply:
    """Give a payment in review back, or note that the owner did.

    Raises:
        UserError: it is not in review any more.
    """
    fact, number, review = await ctx.read(_find, key.value)
    desk = ctx.part("payments")
    provider = desk.providers.get(fact.provider)
    is_automatic = provider is not None and provider.is_automatic
    if is_automatic and not number:
        return Reply(text=texts.GIVE_BACK_THERE.format(way=provider.title), private=True)
    if not is_sure:
        asked = texts.ASK_REFUNDED.format(amount=format_fen(review.amount_fen))
        if is_automatic:
            asked = f"要把 {format_fen(review.amount_fen)}原路退回吗？回复 是"
        return Reply(text=asked, confirm=f"退回 K{key.value} 确定", private=True)
    text: str = await ctx.db(_give_back, ctx, key.value)
    return Reply(text=text, private=True)


async def tell_owner(ctx: Ctx, event: MoneyInReview) -> None:
    """Tell the owner of money that fits nothing."""
    await ctx.db(_tell_owner, ctx, event.fact_key)


def _all(db: Database, ctx: Ctx) -> list[tuple[str, int, Reviewed]]:
    found = []
    for number, review in all_reviews(db):
        fact = get_fact(db, review.fact_key)
        assert fact is not None, "facts are never deleted while money is in review"
        found.append((texts.in_review(fact, review, number, ctx.zone), number, review))
    return found


def _ways_out(db: Database, number: int, review: Reviewed) -> tuple[Choice, ...]:
    key = short_key(review.fact_key)
    fits = [one for one in orders_in(db, {OrderState.OPEN}) if one.amount_fen == review.amount_fen]
    choices = [
        Choice(f"认领到 D{one.number}（{one.name} {texts.money(one)}）", f"认领 K{key} D{one.number}")
        for one in (fits[: _LISTED - 1] if review.why != _NO_PAYMENT else ())
        if one.number != number
    ]
    if review.why != _NO_PAYMENT:
        choices.append(Choice("退回", f"退回 K{key}"))
    return tuple(choices)


def _find(db: Database, key: str) -> tuple[Fact, int, Reviewed]:
    for number, review in all_reviews(db):
        if short_key(review.fact_key) == key and (fact := get_fact(db, review.fact_key)):
            return fact, number, review
    raise UserError(texts.REVIEW_GONE)


def _claim(db: Database, ctx: Ctx, key: str, number: int) -> str:
    fact, _, _ = _find(db, key)
    if get_order(db, number) is None:
        raise UserError(texts.no_order(number))
    try:
        settled = claim(db, fact.key, number, ctx.now)
    except LookupError:  # some of it was given back meanwhile
        raise UserError(texts.REVIEW_GONE) from None
    assert settled.order is not None
    return texts.claimed(settled.order)


def _give_back(db: Database, ctx: Ctx, key: str) -> str:
    fact, number, review = _find(db, key)
    desk = ctx.part("payments")
    provider = desk.providers.get(fact.provider)
    if provider is not None and provider.is_automatic:
        order: Order | None = get_order(db, number)
        assert order is not None
        desk.request_refund(db, number, review.amount_fen, "多付退回", payment_key=fact.key)
        return texts.refund_asked(order, review.amount_fen, provider.title)
    desk.take(db, refund_by_owner_of(fact, review.amount_fen, ctx.now))
    return texts.NOTED_BACK.format(amount=format_fen(review.amount_fen))


def _tell_owner(db: Database, ctx: Ctx, fact_key: str) -> None:
    for number, review in all_reviews(db):
        fact = get_fact(db, fact_key)
        if review.fact_key == fact_key and fact is not None:
            text = texts.in_review(fact, review, number, ctx.zone)
            ctx.part("notices").write(db, texts.new_review(text), f"orders/review/{short_key(fact_key)}")
