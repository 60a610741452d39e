"""What members and owners read about registrations, places that became free, and orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.plugin import OrderState, format_fen
from bot.plugins.training.model import Registration, RegistrationState, SessionOrder, TrainingSession
from bot.plugins.training.times_texts import length, moment

_REMEMBERED = 3  # sessions that are over and still named
NO_COURSES = "您现在没有报名的场次，发送「场次」看看有哪些。"
NOTHING_COMING = "现在没有可以报名的场次。想听什么，发「想听 题目」告诉大家。"
NOT_REGISTERED = "您没有报名这一场，发送「我的课」看看报了哪些。"
NO_OFFER = "现在没有等您确认的名额，发送「我的课」看看您的报名。"


def named(session: TrainingSession) -> str:
    """Return the session with its time, as 「《FastAPI 入门实战》周六 12-05 20:00」."""
    return f"《{session.title}》{moment(session)}"


def registered(session: TrainingSession, name: str, left: int | None, *, has_private: bool) -> str:
    """Return what the room reads of a new registration."""
    room = "" if left is None else f"，还剩 {left} 个名额" if left else "，名额满了"
    note = "，详情已私聊发给您。" if has_private else "，链接请问群主。" if session.link else "。"
    return f"{name} 报名成功：{named(session)}{room}{note}"


def details(session: TrainingSession) -> str:
    """Return what only a registered member reads: the link is in it."""
    lines = [f"{named(session)}，报名成功。", f"时长：{length(session)}"]
    lines += [f"主讲：{session.host}"] if session.host else []
    lines += [f"地点：{session.place}"] if session.place else []
    lines += [f"链接：{session.link}（只发给报名的人，请不要转发）"] if session.link else []
    why = "，名额会让给候补的朋友" if session.capacity else ""
    return "\n".join([*lines, f"来不了请发「取消 {session.key}」{why}。"])


def waits(session: TrainingSession, name: str, place: int) -> str:
    """Return what a member reads who came too late for a place."""
    return (
        f"《{session.title}》名额满了，{name} 在候补第 {place} 位。有空位会按顺序通知，不等了发「取消 {session.key}」。"
    )


def offered(session: TrainingSession, until: datetime) -> str:
    """Return what the first in line reads when a place became free."""
    price = f"，{format_fen(session.price_fen)}" if session.price_fen else ""
    return (
        f"{named(session)}{price}，有空位了，为您留到 {moment(session, until)}。"
        f"要来请回复「确认」，不来请发「取消 {session.key}」。"
    )


def offered_again(session: TrainingSession, until: datetime) -> str:
    """Return what is said when the offer ran out while the bot was away."""
    return f"刚才我不在线，怕您没法确认：{offered(session, until)}"


def held(session: TrainingSession, name: str, until: datetime, order: int, *, has_private: bool) -> str:
    """Return what the room reads of a place that is to be paid for."""
    how = "付款方式已私聊发给您" if has_private else f"请联系群主付款，备注 D{order}"
    return f"{name} 的《{session.title}》名额留到 {moment(session, until)}，{how}。"


def how_to_pay(session: TrainingSession, order: SessionOrder, until: datetime) -> str:
    """Return what the member reads who has a place to pay for; `{how}` stands where it is said how."""
    return (
        f"{named(session)}，{format_fen(order.amount_fen)}，订单 D{order.number}。\n{{how}}\n"
        f"名额为您留到 {moment(session, until)}，确认到账后我会通知您。不想要了发「取消 {session.key}」。"
    )


def overlaps(others: Sequence[TrainingSession]) -> str:
    """Return the line that tells of other sessions at the same time; empty when there are none."""
    return f"注意：和您报的{'、'.join(named(one) for one in others)} 时间重叠。" if others else ""


def standing(session: TrainingSession, one: Registration, place: int) -> str:
    """Return where a registration stands, for who asks again."""
    if one.state is RegistrationState.REGISTERED:
        return f"您已经报名{named(session)}，到时见。"
    if one.state is RegistrationState.WAITING:
        return f"您在《{session.title}》候补第 {place} 位，有空位会通知您。"
    assert one.until is not None
    until = moment(session, one.until)
    if one.state is RegistrationState.HELD:
        return f"《{session.title}》的名额为您留到 {until}，等收款确认（D{one.order_number}）。"
    return f"《{session.title}》有空位了，为您留到 {until}，要来请回复「确认」。"


def brief_standing(session: TrainingSession, one: Registration, place: int) -> str:
    """Return the same as one line of a list."""
    until = moment(session, one.until) if one.until else ""
    state = {
        RegistrationState.REGISTERED: "已报名",
        RegistrationState.WAITING: f"候补第 {place} 位",
        RegistrationState.HELD: f"等付款（D{one.order_number}），留到 {until}",
        RegistrationState.OFFERED: f"有空位，{until} 前回复「确认」",
    }[one.state]
    return f"{named(session)}，{state}"


def history(over: Sequence[TrainingSession]) -> list[str]:
    """Return the line about sessions that are over, the latest first; none when there are none."""
    named_ones = "、".join(f"《{one.title}》{one.local_start:%m-%d}" for one in over[:_REMEMBERED])
    return [f"以前报过 {len(over)} 场，最近：{named_ones}。"] if over else []


def left(session: TrainingSession, order: SessionOrder | None) -> str:
    """Return what a member reads who gave the place back."""
    text = f"已取消《{session.title}》的报名。"
    if order is None:
        return text
    if order.state is OrderState.REFUND_DUE:
        return f"{text}已付的 {format_fen(order.paid_fen)}{_goes_back(order)}（D{order.number}），退好后我会通知您。"
    return f"{text}D{order.number} 不用付了，如果已经转账，请告诉群主这个订单号。"


def ask_to_leave(session: TrainingSession, order: SessionOrder | None) -> str:
    """Return the question before a registration is given up."""
    money = f"您已付 {format_fen(order.paid_fen)}，取消后会退还。" if order else ""
    return f"{money}要取消{named(session)} 的报名吗？回复 是"


def offer_lost(session: TrainingSession) -> str:
    """Return what a member reads whose offer ran out."""
    return f"《{session.title}》的空位没有等到您确认，已经让出。还想等请发「候补 {session.key}」。"


def hold_lost(session: TrainingSession, order: int) -> str:
    """Return what a member reads who did not pay in time."""
    return (
        f"《{session.title}》的名额没有等到付款，已经让出。还想来请发「报名 {session.key}」；"
        f"如果已经转账，请告诉群主订单号 D{order}。"
    )


def line_ended(session: TrainingSession) -> str:
    """Return what those read who still waited when it began."""
    return f"《{session.title}》开始了，这次没有等到空位。下次早点报名，发送「场次」看看还有哪些。"


def refund_due(session: TrainingSession, name: str, order: SessionOrder) -> str:
    """Return what the owner reads of money to give back after somebody left."""
    paid = f"{format_fen(order.paid_fen)}（D{order.number}）"
    if order.is_automatic:
        return f"{name} 取消了《{session.title}》，已付 {paid}，正在原路退回。"
    return f"{name} 取消了《{session.title}》，已付 {paid}，请退还。退好后发「退款 D{order.number}」。"


def refunds_due(session: TrainingSession, orders: Sequence[SessionOrder]) -> str:
    """Return what the owner reads of money to give back after a session was called off."""
    due = [one for one in orders if not one.is_automatic]
    lines = [f"{one.name} {format_fen(one.paid_fen)}（D{one.number}）" for one in due]
    if due:
        head = f"《{session.title}》取消了，这 {len(due)} 笔请退还，退好一笔发一次「退款 D{due[0].number}」："
        lines.insert(0, head)
    if len(due) < len(orders):
        lines.append(f"《{session.title}》取消了，自动收的 {len(orders) - len(due)} 笔正在原路退回。")
    return "\n".join(lines)


def paid_too_late(session: TrainingSession, order: SessionOrder) -> str:
    """Return what the owner reads when there is no place any more for who paid."""
    head = f"D{order.number} 已记下收款，但《{session.title}》没有 {order.name} 的名额了，"
    if order.is_automatic:
        return f"{head}{format_fen(order.paid_fen)}正在原路退回。"
    return f"{head}请退还 {format_fen(order.paid_fen)}，退好后发「退款 D{order.number}」。"


def money_comes_back(session: TrainingSession, order: SessionOrder) -> str:
    """Return what the member reads in that case."""
    return (
        f"收到您 D{order.number} 的 {format_fen(order.paid_fen)}，但《{session.title}》已经没有名额了，"
        f"{'会原路退回' if order.is_automatic else '群主会退还给您'}，退好后我会通知您。"
    )


def refunded(session: TrainingSession | None, order: SessionOrder, amount_fen: int) -> str:
    """Return what the member reads when money was given back."""
    title = f"《{session.title}》的 " if session else ""
    return f"{title}{format_fen(amount_fen)}已退还（D{order.number}），请查收。"


def _goes_back(order: SessionOrder) -> str:
    return "正在原路退回" if order.is_automatic else "由群主退还"


def payment_noted(session: TrainingSession) -> str:
    """Return what a member reads whose payment was confirmed when the session was over."""
    return f"《{session.title}》的收款已确认，谢谢您。"
