"""What members, hosts and owners read about consultations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.plugin import Order, format_duration, format_fen, format_moment, format_weekday
from bot.plugins.consulting.model import Booking, BookingState, Slot

NO_HOURS = "现在没有开放咨询时间，有事可以直接在群里问，发「问 问题」也行。"
ALL_TAKEN = "最近的咨询时间都约满了，过两天再来看看。"
NOTHING_BOOKED = "您现在没有约好的咨询，发「咨询」看看有哪些时间。"
NO_SUCH_TIME = "这个时间约不了，可能刚被约走。发「咨询」看看现在有哪些时间。"
NOT_YOURS = "没有这次咨询，发「我的咨询」看看。"


def span(slot: Slot, zone: ZoneInfo) -> str:
    """Return 「周三 12-02 20:00–20:30」."""
    return f"{format_moment(slot.starts_at.astimezone(zone))}–{slot.ends_at.astimezone(zone):%H:%M}"


def named(slot: Slot, zone: ZoneInfo) -> str:
    """Return 「一对一咨询（老王）周三 12-02 20:00–20:30」."""
    return f"{slot.title}（{slot.host}）{span(slot, zone)}"


def list_head(slots: Sequence[Slot]) -> str:
    """Return what stands above the times that can be booked; hosts and prices that are all the same stand here."""
    hosts, prices = {(slot.title, slot.host) for slot in slots}, {slot.price_fen for slot in slots}
    what = f"{slots[0].title}（{slots[0].host}）" if len(hosts) == 1 else "咨询"
    length = {slot.ends_at - slot.starts_at for slot in slots}
    facts = [format_duration(slots[0].ends_at - slots[0].starts_at)] if len(length) == 1 else []
    facts += [_price(slots[0].price_fen)] if len(prices) == 1 else []
    return f"{what}{'，一次 ' if facts else ''}{'，'.join(facts)}{'，' if facts else ''}可以约这些时间，回复数字："


def slot_line(slot: Slot, slots: Sequence[Slot], zone: ZoneInfo) -> str:
    """Return a time as one line of the list."""
    hosts, prices = {(one.title, one.host) for one in slots}, {one.price_fen for one in slots}
    line = span(slot, zone) if len(hosts) == 1 else named(slot, zone)
    return line if len(prices) == 1 else f"{line}，{_price(slot.price_fen)}"


def held(booking: Booking, order: Order, until: datetime, zone: ZoneInfo) -> str:
    """Return what a member reads who has a time to pay for; how it is paid stands below."""
    return (
        f"{named(booking.slot, zone)}，{format_fen(order.amount_fen)}，订单 D{order.number}。\n"
        f"时间为您留到 {format_moment(until.astimezone(zone))}，付款后就约好了。"
        f"不要了发「取消咨询 Z{booking.number}」。"
    )


def booked(booking: Booking, zone: ZoneInfo, change_until: timedelta) -> str:
    """Return what a member reads who has a consultation."""
    lines = [f"约好了：{named(booking.slot, zone)}（Z{booking.number}）。"]
    lines += [f"地点：{booking.slot.place}"] if booking.slot.place else []
    term = f"，要在开始前 {format_duration(change_until)}" if change_until else ""
    return "\n".join([*lines, f"改时间发「改约」，来不了发「取消咨询」{term}。"])


def told_host(booking: Booking, zone: ZoneInfo) -> str:
    """Return what the host reads of a new consultation."""
    paid = "，已付款" if booking.order_number else ""
    return f"{booking.name} 约了您：{span(booking.slot, zone)}，{booking.slot.title}{paid}（Z{booking.number}）。"


def told_owner(booking: Booking, zone: ZoneInfo) -> str:
    """Return what the owner reads when the host has no account here."""
    paid = "，已付款" if booking.order_number else ""
    return f"{booking.name} 约了 {booking.slot.host}：{span(booking.slot, zone)}{paid}（Z{booking.number}），请转告。"


def standing(booking: Booking, zone: ZoneInfo) -> str:
    """Return a member's consultation as one line."""
    line = f"Z{booking.number} {named(booking.slot, zone)}"
    if booking.state is BookingState.HELD and booking.until is not None:
        return f"{line}，等付款（D{booking.order_number}），留到 {format_moment(booking.until.astimezone(zone))}"
    return line


def agenda(bookings: Sequence[Booking], zone: ZoneInfo) -> list[str]:
    """Return the lines for who answers: whom, when."""
    lines = [
        f"Z{one.number} {span(one.slot, zone)} {one.slot.host}：{one.name}"
        f"{'，等付款' if one.state is BookingState.HELD else ''}"
        for one in bookings
    ]
    return ["要接待的咨询，不能来发「取消咨询 Z编号」：", *lines] if lines else []


def too_many(count: int) -> str:
    """Return what is said to who has booked as often as is allowed."""
    return f"您已经约了 {count} 次，先用完再约；来不了发「取消咨询」。"


def too_late(booking: Booking, change_until: timedelta) -> str:
    """Return what is said when it is too late to change a consultation."""
    return (
        f"离开始不到 {format_duration(change_until)}，不能自己改了，请直接联系 {booking.slot.host}"
        f"（Z{booking.number}）。"
    )


def ask_to_cancel(booking: Booking, zone: ZoneInfo, paid_fen: int) -> str:
    """Return the question before a consultation is given up."""
    money = f"已付的 {format_fen(paid_fen)}会退还。" if paid_fen else ""
    return f"{money}要取消 {named(booking.slot, zone)} 吗？回复 是"


def ask_to_call_off(booking: Booking, zone: ZoneInfo, paid_fen: int) -> str:
    """Return the question before the host or owner calls a consultation off."""
    money = f"已付的 {format_fen(paid_fen)}要退还，" if paid_fen else ""
    return f"{money}要取消 {booking.name} 的 {span(booking.slot, zone)} 吗？回复 是"


def cancelled(booking: Booking, paid_fen: int) -> str:
    """Return what a member reads who gave a consultation up."""
    if paid_fen:
        return (
            f"已取消 Z{booking.number}。已付的 {format_fen(paid_fen)}会退还（D{booking.order_number}），退好后通知您。"
        )
    unpaid = f"D{booking.order_number} 不用付了，如果已经付了，请告诉群主。" if booking.order_number else ""
    return f"已取消 Z{booking.number}，时间让出来了。{unpaid}"


def member_cancelled(booking: Booking, zone: ZoneInfo) -> str:
    """Return what the host reads when a member cancels."""
    return f"{booking.name} 取消了 {span(booking.slot, zone)} 的{booking.slot.title}（Z{booking.number}）。"


def called_off(booking: Booking, zone: ZoneInfo, paid_fen: int) -> str:
    """Return what the member reads when the host cannot come."""
    money = f"已付的 {format_fen(paid_fen)}会全部退还，退好后通知您。" if paid_fen else ""
    what = f"{span(booking.slot, zone)} 的{booking.slot.title}"
    return f"抱歉，{booking.slot.host} 来不了，{what}取消了。{money}想另约发「咨询」。"


def call_off_noted(booking: Booking) -> str:
    """Return what the host reads after calling a consultation off."""
    return f"已取消 Z{booking.number}，已通知 {booking.name}。"


def moved(booking: Booking, before: Slot, zone: ZoneInfo) -> str:
    """Return what a member reads who moved a consultation."""
    return f"已改约：{span(before, zone)} 改到 {named(booking.slot, zone)}（Z{booking.number}）。"


def told_moved(booking: Booking, before: Slot, zone: ZoneInfo) -> str:
    """Return what the host reads of it."""
    return f"{booking.name} 把 {span(before, zone)} 改约到 {span(booking.slot, zone)}（Z{booking.number}）。"


def other_price(booking: Booking) -> str:
    """Return what is said when a consultation is moved to a time of another host or price."""
    return f"只能改到同一位主讲、同样价格的时间。要换，先发「取消咨询 Z{booking.number}」再约。"


def hold_lost(booking: Booking, zone: ZoneInfo) -> str:
    """Return what a member reads who did not pay in time."""
    return (
        f"{span(booking.slot, zone)} 的{booking.slot.title}没有等到付款，时间让出来了。还想约发「咨询」；"
        f"已经付了请告诉群主 D{booking.order_number}。"
    )


def remind_member(booking: Booking, zone: ZoneInfo) -> str:
    """Return the reminder of a member."""
    place = f"\n地点：{booking.slot.place}" if booking.slot.place else ""
    return f"提醒您：{named(booking.slot, zone)}。{place}"


def remind_host(booking: Booking, zone: ZoneInfo) -> str:
    """Return the reminder of the host."""
    return f"提醒您：{span(booking.slot, zone)} {booking.name} 的{booking.slot.title}（Z{booking.number}）。"


def paid_too_late(booking: Booking, order: Order, zone: ZoneInfo) -> str:
    """Return what the member reads when the time was gone before the money came."""
    return (
        f"收到 D{order.number} 的 {format_fen(order.amount_fen)}，但 {span(booking.slot, zone)} 已经让给别人"
        "或者过去了，这笔会退还给您，退好后通知您。想另约发「咨询」。"
    )


def money_back(booking: Booking, amount_fen: int, zone: ZoneInfo, *, ends: bool) -> str:
    """Return what the member reads when money was given back."""
    text = f"{span(booking.slot, zone)} 咨询的 {format_fen(amount_fen)}已退还（D{booking.order_number}），请查收。"
    return f"{text}这次咨询取消了，想另约发「咨询」。" if ends else text


def ended_by_refund(booking: Booking, zone: ZoneInfo) -> str:
    """Return what the host reads when a consultation ends because its money was given back."""
    return f"{booking.name} 的 {span(booking.slot, zone)} {booking.slot.title}已退款，取消了（Z{booking.number}）。"


def what_to_send(booking: Booking, *, is_for_host: bool) -> str:
    """Return what a calendar entry says about changing it."""
    move = "" if is_for_host else f"改时间发「改约 Z{booking.number}」，"
    return f"{move}来不了发「取消咨询 Z{booking.number}」。"


def none_on(day: date) -> str:
    """Return what is said when nothing can be booked on a day."""
    return f"{format_weekday(day)} {day:%m-%d} 没有可以约的时间。"


def _price(fen: int) -> str:
    return format_fen(fen) if fen else "免费"
