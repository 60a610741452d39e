"""What an owner may set of orders in bot.yaml."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Settings


class OrdersSettings(Settings):
    """Settings of the plugin `orders`; ways to pay stand in the section `payments`."""

    tell_payments: bool = Field(default=True, title="到账通知")
    """自动到账和自动退款的每一笔，是否私聊告诉群主。"""
