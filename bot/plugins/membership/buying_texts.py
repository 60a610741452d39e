"""What members read when they look at plans, order and pay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.plugin import Order, format_duration, format_fen, format_moment
from bot.plugins.membership.catalogue import Offered
from bot.plugins.membership.model import Grant, Membership, Phase, PlanVersion
from bot.plugins.membership.rules import Forecast
from bot.plugins.membership.settings import Plan
from bot.plugins.membership.texts import days_left, show_day

NOTHING_SOLD = "现在没有在卖的套餐，想了解会员请联系群主。"
FOREVER = "您是永久会员，不用续费。发「我的」看看能用什么。"
NOTHING_TO_RENEW = "您还没有买过会员，先看看有哪些套餐，回复数字开通："
NO_PAYMENT = "付款通道暂时没有回应，订单已经替您留着，过几分钟再发一次「{command}」。"


def listed(plan: Plan, offered: Offered, credit_fen: int = 0) -> str:
    """Return one line of the list of plans.

    Args:
        plan: which.
        offered: its price, what is taken off not counted any more.
        credit_fen: what is taken off for what the member has.
    """
    price = format_fen(offered.amount_fen)
    if offered.reason:
        until = f"，到 {offered.last_day:%m-%d}" if offered.last_day else ""
        price = f"{price}（{offered.reason}，原价 {format_fen(plan.price)}{until}）"
    credit = f"，已抵 {format_fen(credit_fen)}" if credit_fen else ""
    note = f"。{plan.note}" if plan.note else ""
    return f"{plan.title} {'免费' if plan.trial else price}，{length_of(plan)}{credit}{note}"


def length_of(plan: Plan) -> str:
    """Return how long a plan lasts: 「31 天」, 「永久」, 「到 2027-01-31」."""
    if plan.period.until:
        return f"到 {plan.period.until}"
    return "永久" if plan.period.seconds is None else format_duration(timedelta(seconds=plan.period.seconds))


def order_text(order: Order, plan: Plan, replaced: Sequence[Grant], ahead: Forecast, zone: ZoneInfo) -> str:
    """Return what an order is, before the words on how to pay.

    Args:
        order: which.
        plan: what it is for.
        replaced: the grants that are ended by it.
        ahead: what a payment made now would come to.
        zone: of the room.
    """
    credit = order.data.get("credit_fen", 0)
    reason = f"（{order.data['reason']}，原价 {format_fen(plan.price)}）" if order.data.get("reason") else ""
    price = f"「{plan.title}」{format_fen(order.amount_fen + credit)}{reason}，{length_of(plan)}。"
    lines = [f"升级到{price}" if credit else price]
    if credit:
        left = _left_over(replaced, order.made_at)
        lines.append(f"{left}抵 {format_fen(credit)}，再付 {format_fen(order.amount_fen)}。")
    lines.append(effect(ahead, zone))
    term = f"请在 {format_moment(order.expires_at.astimezone(zone))} 前付款。" if order.expires_at else ""
    lines.append(f"订单 D{order.number}，要付 {format_fen(order.amount_fen)}。{term}")
    return "\n".join(lines)


def effect(ahead: Forecast, zone: ZoneInfo) -> str:
    """Return what a payment made now would come to."""
    held, start, end = ahead.held, ahead.grant.start, ahead.grant.end
    begins = f"从 {show_day(start, zone)} 接着用" if start and start > ahead.grant.at else "付款后马上能用"
    if held.phase is Phase.LIFETIME or held.until is None:
        return f"{begins}，永久有效。"
    if end is not None and end < held.until:
        return f"{begins}，用到 {show_day(end, zone)}，之后接着用原来的会员，到 {show_day(held.until, zone)}。"
    return f"{begins}，有效期到 {show_day(held.until, zone)}。"


def _left_over(replaced: Sequence[Grant], now: datetime) -> str:
    titles = "、".join(dict.fromkeys(f"「{one.plan.title}」" for one in replaced))
    seconds = sum(one.left(now) for one in replaced)
    days, rest = divmod(seconds, 86_400)
    left = f"{days} 天" if days else ""
    hours = f" {rest // 3600} 小时" if rest >= 3600 else ""  # noqa: PLR2004 - an hour
    return f"{titles}没用完的{(' ' + (left + hours).strip()) if left or hours else '部分'}"


def terms_text(terms: str, plan: Plan) -> str:
    """Return the terms with the question whether the member accepts them."""
    return f"开通「{plan.title}」前请看一下条款：\n{terms.strip()}\n同意并继续请回复 是"


def paid(order: Order, plan: PlanVersion, held: Membership, now: datetime, zone: ZoneInfo) -> str:
    """Return what who paid is told."""
    amount = format_fen(order.amount_fen)
    own = next(one for one in held.grants if one.order_number == order.number)
    begins = f"从 {show_day(own.start, zone)} 开始用，" if own.start and own.start > now else ""
    had = any(one.start and not one.plan.is_trial and one.start < (own.start or own.at) for one in held.grants)
    word = "已升级到" if order.data.get("cuts") else "已续费" if had else "已开通"
    if held.phase is Phase.LIFETIME or held.until is None:
        end = "永久有效"
    else:
        end = f"有效期到 {show_day(held.until, zone)}（还有 {days_left(held.until, now)} 天）"
    hint = f"发「我的」随时查看，发「收据 D{order.number}」拿收据。"
    return f"收到 {amount}，{word}「{plan.title}」，{begins}{end}。\n{hint}"


def please_give_back(order: Order) -> str:
    """Return what the owner is told of a payment that cannot be delivered any more."""
    amount = format_fen(order.amount_fen)
    what = f"{order.name} 付的 D{order.number}「{order.title}」{amount} 已经用不上了"
    return f"{what}，请退给对方，退好后发「退款 D{order.number}」。"


def credit_is_used(order: Order, upgrade: str) -> str:
    """Return what the owner is told when money is given back that was taken off the price of an upgrade."""
    return f"D{order.number} 退款了，可是它没用完的部分已经抵给升级订单 {upgrade} 了，请核对要不要一起退。"


def money_comes_back(order: Order) -> str:
    """Return what who paid is told when it cannot be delivered any more."""
    return f"订单 D{order.number} 的 {format_fen(order.amount_fen)} 收到了，可是这个订单已经用不上了，钱会退给您。"


def refunded(order: Order, amount_fen: int, plan: PlanVersion, *, is_whole: bool, ends: bool) -> str:
    """Return what who gets money back is told, without how they stand now."""
    text = f"订单 D{order.number} 已退款 {format_fen(amount_fen)}。"
    return f"{text}「{plan.title}」随之结束。" if is_whole and ends else text


COME_BACK = "以后想再开通，随时发「套餐」。"
"""Follows the end of the only membership there was."""


def not_sold(plan: Plan) -> str:
    """Return what is said of a plan that cannot be bought."""
    return f"「{plan.title}」不单卖，有兑换码请私聊我发「兑换 码」，想要请联系群主。"


def newcomers_only(plan: Plan) -> str:
    """Return what is said to who is no newcomer."""
    return f"「{plan.title}」只给第一次买会员的朋友，其他套餐发「套餐」看看。"


def useless(plan: Plan, held: Membership | None) -> str:
    """Return what is said when a plan would never run."""
    if held is not None and held.phase is Phase.LIFETIME:
        return "您已经是永久会员了，不用再买。"
    return f"「{plan.title}」对您来说已经用不上了，发「套餐」看看别的。"


def not_higher(plan: Plan, held: Membership) -> str:
    """Return what is said when somebody wants to upgrade to what is not above what they have."""
    title = held.plan.title if held.plan else ""
    return f"「{plan.title}」不比您现在的「{title}」等级高，要延长请发「续费 {plan.id}」。"


def unknown(text: str, near: Plan | None) -> str:
    """Return what is said of a name that no plan has."""
    meant = f"是「{near.title}」吗？请回复 是" if near else "发送「套餐」看看有哪些。"
    return f"没有「{text}」这个套餐，{meant}"


def several(plans: Sequence[Plan]) -> str:
    """Return what is said of a name that several plans could have."""
    return f"有 {len(plans)} 个套餐像这个名字，回复数字选一个："
