"""What an owner may set of redeem codes in bot.yaml."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.plugin import Duration, Settings


class CodesSettings(Settings):
    """Settings of the plugin `codes`."""

    most: int = Field(default=500, ge=1, le=5000, title="一批最多")
    """一次最多做几个码。"""
    valid: Duration = Field(default=timedelta(days=366), title="有效期")
    """发码时不写有效期的话，码多久以后作废。"""
    most_uses: int = Field(default=1000, ge=1, le=100_000, title="最多次数")
    """一个码最多可以给几个人用。"""
