"""A roster as CSV that Excel and WPS open with its Chinese intact, and in which no cell can act."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from bot.plugins.attendance.model import RosterLine
from bot.plugins.training.api import OrderState, SessionOrder, TrainingSession

HEADER: Final = ("序号", "姓名", "出勤", "签到时间", "签到次序", "补签", "参加证明", "订单", "金额（元）", "付款")
_BYTE_ORDER_MARK: Final = "\ufeff"  # without it Excel takes UTF-8 for GBK
_ACTING: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\x00")
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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for number, line in enumerate(lines, 1):
        writer.writerow([make_safe(cell) for cell in _cells(session, number, line, by_number.get(line.order_number))])
    return (_BYTE_ORDER_MARK + text.getvalue()).encode()


def make_safe(cell: str) -> str:
    """Return a cell that a spreadsheet shows and never runs: what would begin a formula gets an apostrophe.

    Full-width signs count too, for Excel in Chinese takes them for formulas.
    """
    return f"'{cell}" if cell.startswith(_ACTING) else cell


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
