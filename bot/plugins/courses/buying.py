"""Sells courses: an order of the core, and what is said when its money comes or goes."""

from __future__ import annotations

from bot.plugin import (
    Choice,
    Context,
    Database,
    Deadline,
    Order,
    OrderPaid,
    OrderRefunded,
    OrderState,
    Reply,
    UserError,
    format_fen,
    get_order,
    orders_by,
    want_refund,
)
from bot.plugins.courses import texts
from bot.plugins.courses.model import NAME
from bot.plugins.courses.settings import Course, CoursesSettings
from bot.plugins.orders.api import ask_to_pay, end_waiting, keep_waiting, paid_now, tell_payer

Ctx = Context[CoursesSettings]


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
    head = f"《{course.title}》{format_fen(course.price)}，订单 D{number}，买一次长期有效。"
    return await ask_to_pay(ctx, number, head, again="买课")


async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Open the course to who paid, and tell them."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who paid what came back, and whether the course is closed to them again."""
    await ctx.db(_follow_refund, ctx, event)


async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid; money that comes later still opens the course."""
    await ctx.db(end_waiting, int(due.key))


def _begin(course: Course) -> Choice:
    return Choice("开始学", f"学习 {course.id}")


def _order(db: Database, ctx: Ctx, course: Course) -> int:
    wanted = Order(
        kind=NAME, item=course.id, title=f"课程《{course.title}》", member_id=ctx.talker.id, amount_fen=course.price,
        made_at=ctx.now, data={"title": course.title},
    )  # fmt: skip
    return keep_waiting(db, ctx, wanted, ctx.config.hold)


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = paid_now(db, ctx, NAME, number)
    if order is None:
        return
    title = _title(order)
    others = [one for one in _orders(db, order.member_id) if one.item == order.item and one.number != number]
    if any(one.state is OrderState.PAID for one in others):
        want_refund(db, number)
        ctx.part("payments").request_refund(db, number, order.paid_fen, "重复购买")
        tell_payer(db, ctx, order, texts.money_comes_back(order, title), "twice")
        return
    tell_payer(db, ctx, order, texts.bought(order, title), "paid")


def _follow_refund(db: Database, ctx: Ctx, event: OrderRefunded) -> None:
    order = get_order(db, event.order_number)
    if order is None or order.kind != NAME or not order.member_id:
        return
    still = not event.is_whole or has_bought(db, order.member_id, order.item)
    text = texts.money_back(order, _title(order), event.amount_fen, is_still_open=still)
    tell_payer(db, ctx, order, text, f"refunded/{order.refunded_fen}")


def _orders(db: Database, member_id: str) -> list[Order]:
    return [one for one in orders_by(db, member_id) if one.kind == NAME]


def _title(order: Order) -> str:
    return str(order.data.get("title") or order.item)
