"""What an owner may set of training sessions in bot.yaml."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.plugin import Duration, Settings


class TrainingSettings(Settings):
    """Settings of the plugin `training`."""

    offer: Duration = Field(default=timedelta(minutes=30), title="递补期限")
    """空出的名额为候补保留多久。"""
    hold: Duration = Field(default=timedelta(hours=24), title="付款期限")
    """收费的场次，名额等付款等多久。"""
    horizon: Duration = Field(default=timedelta(days=30), title="提前开放")
    """系列课提前多久开放报名。"""
    payment_hint: str = Field(default="", title="付款说明", max_length=300)
    """告诉报名的人怎么付款；{order} 换成订单号，{amount} 换成金额；不写就用 payments.owner.hint。"""
