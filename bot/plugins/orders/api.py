"""What other plugins may use of orders."""

from __future__ import annotations

from bot.plugins.orders.listing import find as find_order_of
from bot.plugins.orders.model import OrderNumber, read_order_number
from bot.plugins.orders.selling import ORDER_OVER, ask_to_pay, end_waiting, keep_waiting, paid_now, tell_payer

__all__ = [
    "ORDER_OVER", "OrderNumber", "ask_to_pay", "end_waiting", "find_order_of", "keep_waiting", "paid_now",
    "read_order_number", "tell_payer",
]  # fmt: skip
