"""A roster as CSV that Excel and WPS open with its Chinese intact, and in which no cell can act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.plugin import write_table
from bot.plugins.attendance.model import RosterLine
from bot.plugins.training.api import OrderState, SessionOrder, TrainingSession

HEADER: Final = ("序号", "姓名", "出勤", "签到时间", "签到次序", "补签", "参加证明", "订单", "金额（元）", "付款")
_PAYMENT: Final = {
    OrderState.OPEN: "待付款",
    OrderState.PAID: "已付",
    OrderState.CLOSED: "已关闭",
    OrderState.REFUND_DUE: "待退款",
    OrderState.REFUNDED: "已退款",
}


def make_table(session: TrainingSession, lines: Iterable[RosterLine], orders: Sequence[SessionOrder]) -> bytes:
    """Return the roster of a session as the bytes of a CSV file.

    Args:
        session: times are written by its clock.
        lines: the roster.
        orders: for this session.
    """
    by_number = {order.number: order for order in orders}
    rows = (_cells(session, number, line, by_number.get(line.order_number)) for number, line in enumerate(lines, 1))
    return "".join(write_table(HEADER, rows)).encode("utf-8-sig")  # without its mark Excel takes UTF-8 for GBK


def _cells(session: TrainingSession, number: int, line: RosterLine, order: SessionOrder | None) -> list[str]:
    came = line.attendance
    return [
        str(number),
        line.name,
        str(line.presence),
        f"{came.at.astimezone(session.zone):%Y-%m-%d %H:%M:%S}" if came else "",
        str(came.place) if came else "",
        "是" if came and came.noted_by else "",
        came.certificate if came else "",
        f"D{order.number}" if order else "",
        f"{order.amount_fen // 100}.{order.amount_fen % 100:02d}" if order else "",
        _PAYMENT[order.state] if order else "",
    ]
