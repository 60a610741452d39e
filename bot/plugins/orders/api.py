"""What other plugins may use of orders."""

from __future__ import annotations

from bot.plugins.orders.listing import find as find_order_of
from bot.plugins.orders.model import OrderNumber, read_order_number

__all__ = ["OrderNumber", "find_order_of", "read_order_number"]
