"""Sells courses: an order of the core, and what is said when its money comes or goes."""

from __future__ import annotations

from typing import Any

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
    format_fen,
    get_order,
    orders_by,
    want_refund,
)
from bot.plugins.courses import texts
from bot.plugins.courses.model import NAME
from bot.plugins.courses.settings import Course, CoursesSettings

Ctx = Context[CoursesSettings]

ORDER_OVER = "order_over"


def has_bought(db: Database, member_id: str, course_id: str) -> bool:
    """Return whether a member has paid for a course and not got all of it back."""
    return any(one.item == course_id for one in bought(db, member_id))


def bought(db: Database, member_id: str) -> list[Order]:
    """Return the orders of the courses that a member has paid for and not got all of it back."""
    return [one for one in _orders(db, member_id) if one.state is OrderState.PAID]


async def buy(ctx: Ctx, course: Course, *, may_open: bool) -> Reply:
    """Order a course, or show the order that waits to be paid.

    Args:
        ctx: the call.
        course: which.
        may_open: whether the talker can read it without buying.

    Raises:
        UserError: it is not sold.
    """
    if may_open:
        return Reply(text=texts.has_already(course), private=True, choices=(_begin(course),))
    if not course.price:
        raise UserError(texts.not_sold(course))
    number: int = await ctx.db(_order, ctx, course)
    how = await _begin_payment(ctx, number)
    text = f"《{course.title}》{format_fen(course.price)}，订单 D{number}，买一次长期有效。\n{how.text}"
    return Reply(text=text, private=True, file=how.picture, delivery=Delivery.AT_MOST_ONCE)


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Open the course to who paid, and tell them."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who paid what came back, and whether the course is closed to them again."""
    await ctx.db(_follow_refund, ctx, event)


async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid; money that comes later still opens the course."""
    await ctx.db(_end_order, int(due.key))


async def _begin_payment(ctx: Ctx, number: int) -> HowToPay:
    try:
        how: HowToPay = await ctx.part("payments").begin(number)
    except ProviderError as error:
        raise UserError(f"收款现在连不上，订单 D{number} 给您留着，过几分钟再发一次「买课」。") from error
    return how


def _begin(course: Course) -> Choice:
    return Choice("开始学", f"学习 {course.id}")


def _order(db: Database, ctx: Ctx, course: Course) -> int:
    for one in _orders(db, ctx.talker.id):
        is_good = one.expires_at is None or one.expires_at > ctx.now
        if one.state is OrderState.OPEN and one.item == course.id and one.amount_fen == course.price and is_good:
            return one.number
    until = ctx.now + ctx.config.hold
    order = add_order(
        db,
        Order(
            kind=NAME,
            item=course.id,
            title=f"课程《{course.title}》",
            member_id=ctx.talker.id,
            name=ctx.talker_name,
            room_id=ctx.room.id if ctx.room else "",
            amount_fen=course.price,
            made_at=ctx.now,
            expires_at=until,
            data={"title": course.title},
        ),
    )
    ctx.set_deadline(db, ORDER_OVER, key=str(order.number), at=until)
    return order.number


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = get_order(db, number)
    if order is None or order.kind != NAME or order.state is not OrderState.PAID:
        return
    ctx.drop_deadline(db, ORDER_OVER, str(number))
    title = _title(order)
    others = [one for one in _orders(db, order.member_id) if one.item == order.item and one.number != number]
    if any(one.state is OrderState.PAID for one in others):
        want_refund(db, number)
        ctx.part("payments").request_refund(db, number, order.paid_fen, "重复购买")
        _tell(db, ctx, order, texts.money_comes_back(order, title), "twice")
        return
    _tell(db, ctx, order, texts.bought(order, title), "paid")


def _follow_refund(db: Database, ctx: Ctx, event: OrderRefunded) -> None:
    order = get_order(db, event.order_number)
    if order is None or order.kind != NAME or not order.member_id:
        return
    still = not event.is_whole or has_bought(db, order.member_id, order.item)
    text = texts.money_back(order, _title(order), event.amount_fen, is_still_open=still)
    _tell(db, ctx, order, text, f"refunded/{order.refunded_fen}")


def _end_order(db: Database, number: int) -> None:
    order = get_order(db, number)
    if order is not None and order.state is OrderState.OPEN:
        close_order(db, number)


def _orders(db: Database, member_id: str) -> list[Order]:
    return [one for one in orders_by(db, member_id) if one.kind == NAME]


def _title(order: Order) -> str:
    return str(order.data.get("title") or order.item)


def _tell(db: Database, ctx: Context[Any], order: Order, text: str, what: str) -> None:
    ctx.enqueue(
        db,
        Outgoing(
            member_id=order.member_id,
            text=text,
            dedupe_key=f"courses/{what}/{order.number}/{ctx.cause}",
            priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="课程订单",
        ),
    )
