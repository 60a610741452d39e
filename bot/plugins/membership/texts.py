"""What members and owners read about membership."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.plugin import Order, OrderState, format_fen, format_price, format_weekday, to_stamp
from bot.plugins.membership.model import LINE, Grant, Membership, Phase


def show_day(at: datetime, zone: ZoneInfo) -> str:
    """Write the last day on which something counts, 「2027-01-05 周二」: the day before an end at midnight."""
    local = at.astimezone(zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        local = local.fromtimestamp(local.timestamp() - 1, zone)
    return f"{local:%Y-%m-%d} {format_weekday(local)}"


def show_moment(at: datetime, zone: ZoneInfo) -> str:
    """Write an end to the minute, as 「2027-01-05 周二 20:00」."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d} {format_weekday(local)} {local:%H:%M}"


def days_left(until: datetime, now: datetime) -> int:
    """Return how many days are left, a day that has begun counted whole; 0 when it is over."""
    span = until - now
    return max(0, span.days + bool(span.seconds or span.microseconds))


def until_line(membership: Membership, now: datetime, zone: ZoneInfo) -> str:
    """Return until when a membership lasts, as a piece of a sentence with its full stop."""
    if membership.phase is Phase.LIFETIME:
        return "永久有效。"
    if membership.until is None:
        return "发送「我的」看现在的状态。"
    left = days_left(membership.until, now)
    return f"有效期到 {show_day(membership.until, zone)}（还有 {left} 天）。"


def stands(held: Membership, now: datetime, zone: ZoneInfo) -> str:
    """Return how somebody stands in a line, as a sentence."""
    title = held.plan.title if held.plan else ""
    if held.phase is Phase.PAUSED:
        return f"「{title}」{_halted(held, zone)}"
    if held.phase in {Phase.NONE, Phase.EXPIRED, Phase.GRACE}:
        return f"「{title}」{_over(held, zone)}"
    word = "在试用，" if held.phase is Phase.TRIAL else ""
    return f"您的「{title}」{word}{until_line(held, now, zone)}"


def line_of(held: Membership, now: datetime, zone: ZoneInfo, *, is_only: bool) -> str:
    """Return how somebody stands in a line, as a line of a list, with what follows and what it opens."""
    title = held.plan.title if held.plan else ""
    head = f"{title}：" if is_only or held.line == LINE else f"{held.line}，{title}："
    if held.phase is Phase.PAUSED:
        return f"{head}{_halted(held, zone)}"
    if not held.is_in_force or held.phase is Phase.GRACE:
        return f"{head}{_over(held, zone)}"
    word = "试用中，" if held.phase is Phase.TRIAL else ""
    lines = [f"{head}{word}{until_line(held, now, zone)}"]
    lines += [f"之后接着用：{after}" for after in _following(held, now) if after != title]
    opens = [opening(name) for name in sorted(held.opens) if name != LINE and ":" in name]
    return "\n".join(lines + ([f"能用：{'、'.join(opens)}"] if opens else []))


def history_of(grant: Grant, zone: ZoneInfo) -> str:
    """Return what somebody was given and when it runs, for the owner."""
    source = (
        f"D{grant.order_number} {format_fen(grant.paid_fen)}"
        if grant.order_number
        else SOURCES.get(grant.provider, grant.provider)
    )
    if grant.start is None:
        span = "没有用上"
    else:
        span = f"{show_day(grant.start, zone)} 起" + (f"，到 {show_day(grant.end, zone)}" if grant.end else "，永久")
    ended = {"": "", "refund": "，已退款", "revoked": "，已收回"}.get(grant.cut_by, f"，换成了 {grant.cut_by}")
    return f"· {grant.plan.title}（{source}）{span}{ended}"


def opening(name: str) -> str:
    """Return what an entitlement is called: 「VIP群」 for `room:VIP群`."""
    kind, _, item = name.partition(":")
    return {"room": f"「{item}」群", "course": f"课程 {item}", "session": f"场次 {item}"}.get(kind, item or kind)


def order_line(order: Order) -> str:
    """Return an order as a line of a list."""
    return f"D{order.number} {format_price(order.title, order.amount_fen)}，{STATES[order.state]}"


def receipt_hint(order: Order) -> str:
    """Return how the receipt of the latest payment is had."""
    return f"要收据发「收据 D{order.number}」，全部订单发「订单」。"


def no_member(*, is_sold: bool, has_trial: bool) -> str:
    """Return what is said to who never had a membership."""
    if not is_sold:
        return "您还没有会员，现在也没有在卖的套餐，想了解请联系群主。"
    return "您还没有会员。" + ("发「试用」先免费试试，" if has_trial else "") + "发「套餐」看看怎么开通。"


def with_bought(text: str, lines: list[str]) -> str:
    """Return what is said to or of who never had a membership, with what else they have bought."""
    return "\n".join([text, "已经买的：", *lines] if lines else [text])


def as_export(grant: Grant) -> dict[str, Any]:
    """Return a grant as it stands in the export of a member's data."""
    return {
        "plan": grant.plan.ref, "title": grant.plan.title, "at": to_stamp(grant.at), "from": grant.provider,
        "paid_fen": grant.paid_fen, "starts": to_stamp(grant.start) if grant.start else None,
        "ends": to_stamp(grant.end) if grant.end else None, "ended_by": grant.cut_by,
    }  # fmt: skip


HOW_TO_PAY = "怎么付发「付款」，付好了发「已付」。"
"""Stands below the orders of who has nothing yet."""

_TAKEN_BACK = {"refund": "退款后结束了", "revoked": "收回了"}

STATES = {
    OrderState.OPEN: "等付款", OrderState.PAID: "已付款", OrderState.CLOSED: "已关闭",
    OrderState.REFUND_DUE: "等退款", OrderState.REFUNDED: "已退款",
}  # fmt: skip
"""What members read of where an order stands."""

SOURCES = {
    "owner": "群主送的", "trial": "试用", "code": "兑换码", "gift": "朋友送的", "referral": "推荐奖励",
}  # fmt: skip
"""What is read of who gave a grant that was not bought."""


def _halted(held: Membership, zone: ZoneInfo) -> str:
    if held.paused_until is None:
        return "暂停中。"
    left = f"剩下的 {days_left(held.until, held.paused_until)} 天" if held.until else "剩下的时间"
    return f"暂停中，{show_day(held.paused_until, zone)} 自动恢复，{left}不会少。"


def _over(held: Membership, zone: ZoneInfo) -> str:
    if held.until is None:
        return "已结束，发「套餐」看看怎么开通。"
    if held.plan and held.plan.is_trial:
        return "试用结束了，发「套餐」看看怎么接着用。"
    if how := _taken_back(held):
        return f"{show_day(held.until, zone)} {how}，发「套餐」看看怎么重新开通。"
    ended = f"{show_day(held.until, zone)} 到期了"
    if held.phase is Phase.GRACE and held.grace_until:
        return f"{ended}，{show_moment(held.grace_until, zone)} 前还能用，发「续费」接上。"
    return f"{ended}，发「续费」重新开通。"


def _taken_back(held: Membership) -> str:
    """Return how it came that a membership ended before its time; empty when it simply ran out."""
    last = (one.cut_by for one in held.grants if one.cut_at is not None and one.cut_at == one.end == held.until)
    return next((_TAKEN_BACK[how] for how in last if how in _TAKEN_BACK), "")


def _following(held: Membership, now: datetime) -> list[str]:
    """Return the titles of what begins later, in order."""
    coming = [one for one in held.grants if one.start is not None and one.start > now]
    return list(dict.fromkeys(one.plan.title for one in sorted(coming, key=lambda one: one.start or now)))
