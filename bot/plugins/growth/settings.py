"""What an owner can set of referrals."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.plugin import Duration, Settings


class GrowthSettings(Settings):
    """`plugins: growth:` in bot.yaml."""

    reward_days: int = Field(default=7, ge=0, le=366, title="推荐奖励")
    """推荐一位新朋友付款，推荐人得几天会员；0 是不奖励。"""
    refund_window: Duration = Field(default=timedelta(days=7), title="退款期")
    """新朋友付款多久没有退款才发奖励。"""
    reward_plan: str = Field(default="", title="奖励套餐")
    """推荐人还没有会员时，奖励算在哪个套餐上；空着就是新朋友买的那个。"""
