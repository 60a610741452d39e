"""Orders for places: paid by the owner's word, or by what another plugin says with `PaymentTaken`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import ClassVar

from bot.plugin import Context, Database, Delivery, Member, Reply, Role, UserError, normalise
from bot.plugins.training import queueing
from bot.plugins.training import registering_texts as texts
from bot.plugins.training.model import (
    OrderState,
    PaymentTaken,
    Registration,
    RegistrationState,
    SessionOrder,
    TrainingSession,
)
from bot.plugins.training.notices import tell, tell_owner
from bot.plugins.training.orders_store import get_order, orders_by, orders_in, set_order_state
from bot.plugins.training.places import close_order, leave, register
from bot.plugins.training.registrations_store import get_registration, registrations_of
from bot.plugins.training.sessions_store import get_session
from bot.plugins.training.settings import TrainingSettings

Ctx = Context[TrainingSettings]
_State = RegistrationState
_NUMBER = re.compile(r"#?[Dd](\d{1,9})")
_LISTED = 20
_TO_REFUND = frozenset({OrderState.REFUND_DUE})


@dataclass(frozen=True, slots=True)
class OrderNumber:
    """The number of an order as members type it: `D12`."""

    label: ClassVar[str] = "订单"
    value: int


def read_order_number(text: str) -> OrderNumber | None:
    """Read `D12`; None when it is none."""
    found = _NUMBER.fullmatch(normalise(text))
    return OrderNumber(int(found[1])) if found else None


async def confirm_payment(ctx: Ctx, which: OrderNumber | Member) -> Reply:
    """Note that the owner has the money.

    Args:
        ctx: the call.
        which: the order, or whose: a transfer shows the name, and its note may be missing.

    Raises:
        UserError: there is no such order, or nothing is owed.
    """
    text: str = await ctx.db(_confirm, ctx, _key(which))
    return Reply(text=text, private=True)


async def follow_payment(ctx: Ctx, event: PaymentTaken) -> None:
    """Give the place for money that another plugin took."""
    await ctx.db(_follow_payment, ctx, event.order_number)


async def refund(ctx: Ctx, which: OrderNumber | Member, *, is_sure: bool) -> Reply:
    """Note that the owner has given the money back; asked first when the member still has the place.

    Raises:
        UserError: there is no such order, or nothing was paid.
    """
    order: SessionOrder = await ctx.read(_find, _key(which), _TO_REFUND)
    if order.state is OrderState.PAID and not is_sure:
        who = f"{order.name} " if order.name else "这位成员"
        text = f"{who}的报名还有效，退款会取消报名，把名额让出来。确定 D{order.number} 已经退款了吗？回复 是"
        return Reply(text=text, confirm=f"退款 D{order.number} 确定", private=True)
    done: str = await ctx.db(_refund, ctx, _key(which))
    return Reply(text=done, private=True)


async def list_orders(ctx: Ctx) -> Reply:
    """Return one's own orders; the owner reads those that wait for money, in one direction or the other."""
    lines: list[str] = await ctx.read(_lines, ctx)
    return Reply(text="\n".join(lines) or texts.NO_ORDERS, private=True)


def take_payment(db: Database, ctx: Ctx, order: SessionOrder) -> bool:
    """Note that an order was paid, and give the place; False when there is none any more and money is due back.

    Args:
        db: the transaction.
        ctx: the call.
        order: OPEN, or CLOSED when the money came too late.
    """
    session, one = get_session(db, order.session_id), get_registration(db, order.session_id, order.member_id)
    set_order_state(db, order.number, OrderState.PAID, ctx.now)
    if session is not None and one is not None and _may_have_place(db, session, one, order):
        if one.order_number not in {0, order.number}:
            close_order(db, ctx, one.order_number)
        register(db, ctx, session, replace(one, order_number=order.number))
        return True
    set_order_state(db, order.number, OrderState.REFUND_DUE, ctx.now)
    if session is not None and one is not None:
        told = replace(one, state=_State.REMOVED)
        tell(db, ctx, told, texts.money_comes_back(session, order), delivery=Delivery.AT_MOST_ONCE, is_private=True)
    return False


def note_refund(db: Database, ctx: Ctx, order: SessionOrder) -> None:
    """Note that the money was given back; a place that was still paid for is given up."""
    session, one = get_session(db, order.session_id), get_registration(db, order.session_id, order.member_id)
    if order.state is OrderState.PAID and session and one and one.order_number == order.number:
        leave(db, ctx, session, one, _State.CANCELLED)
    set_order_state(db, order.number, OrderState.REFUNDED, ctx.now)
    if one is not None:
        text = texts.refunded(session, order)
        tell(db, ctx, one, text, delivery=Delivery.AT_MOST_ONCE, is_private=True)


def _may_have_place(db: Database, session: TrainingSession, one: Registration, order: SessionOrder) -> bool:
    """Return whether who paid gets a place: it was kept, or one is free and nobody waits for it."""
    if session.is_cancelled:
        return False
    if one.state in {_State.HELD, _State.OFFERED}:
        return True
    is_theirs = one.state is _State.EXPIRED and one.order_number == order.number
    return is_theirs and queueing.admit(session, registrations_of(db, session.id)) is not _State.WAITING


def _confirm(db: Database, ctx: Ctx, key: int | str) -> str:
    order = _find(db, key, {OrderState.OPEN})
    number = order.number
    if order.state is OrderState.PAID:
        raise UserError(f"D{number} 已经确认过收款了。")
    if order.state in {OrderState.REFUND_DUE, OrderState.REFUNDED}:
        raise UserError(f"D{number} 是要退款的订单，退好后发「退款 D{number}」。")
    session = get_session(db, order.session_id)
    assert session is not None, "sessions are never deleted"
    return (texts.paid_for if take_payment(db, ctx, order) else texts.paid_too_late)(session, order)


def _follow_payment(db: Database, ctx: Ctx, number: int) -> None:
    order = get_order(db, number)
    session = get_session(db, order.session_id) if order else None
    if order is None or session is None or order.state not in {OrderState.OPEN, OrderState.CLOSED}:
        return  # said twice, or given back meanwhile
    if not take_payment(db, ctx, order):
        tell_owner(db, ctx, None, texts.paid_too_late(session, order), f"refund/{number}")


def _refund(db: Database, ctx: Ctx, key: int | str) -> str:
    order = _find(db, key, _TO_REFUND)
    number = order.number
    if order.state is OrderState.REFUNDED:
        raise UserError(f"D{number} 已经退过款了。")
    if order.state in {OrderState.OPEN, OrderState.CLOSED}:
        raise UserError(f"D{number} 还没有收款，不用退。收到了先发「确认收款 D{number}」。")
    note_refund(db, ctx, order)
    return texts.refund_noted(order)


def _key(which: OrderNumber | Member) -> int | str:
    return which.value if isinstance(which, OrderNumber) else which.id


def _find(db: Database, key: int | str, states: Collection[OrderState]) -> SessionOrder:
    """Return an order by its number, or the one that a member has in those states.

    Raises:
        UserError: there is none, or it is not clear which.
    """
    if isinstance(key, int):
        if (order := get_order(db, key)) is None:
            raise UserError(f"没有订单 D{key}，发送「订单」看看有哪些。")
        return order
    found = [one for one in orders_by(db, key) if one.state in states]
    if len(found) == 1:
        return found[0]
    numbers = "、".join(f"D{one.number}" for one in found)
    raise UserError(
        f"这位成员有 {len(found)} 笔：{numbers}，请写订单号。"
        if found
        else "这位成员没有这样的订单，发送「订单」看看有哪些。"
    )


def _lines(db: Database, ctx: Ctx) -> list[str]:
    mine = orders_by(db, ctx.talker.id)[-_LISTED:]
    lines = [texts.order_line(one, get_session(db, one.session_id), with_name=False) for one in mine]
    if ctx.role < Role.ADMIN:
        return lines
    for state, head in (
        (OrderState.OPEN, "等付款，收到后发「确认收款 D编号」："),
        (OrderState.REFUND_DUE, "等退款，退好后发「退款 D编号」："),
    ):
        found = orders_in(db, {state})
        lines += [head] if found else []
        lines += [texts.order_line(one, get_session(db, one.session_id), with_name=True) for one in found[:_LISTED]]
        lines += [f"……还有 {len(found) - _LISTED} 笔"] if len(found) > _LISTED else []
    return lines
