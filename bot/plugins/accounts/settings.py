"""What an owner can set of the books."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.plugin import Duration, Settings


class AccountsSettings(Settings):
    """`plugins: accounts:` in bot.yaml."""

    lifetime: Duration = Field(default=timedelta(days=3 * 366), title="永久会员摊销")
    """永久会员的钱按多长时间算成收入；默认 36 个月，一年按 366 天。"""
    daily_report: bool = Field(default=True, title="每日账目")
    """前一天有收支时，第二天上午私聊报给群主；没有就不打扰。"""
    post_checkpoint: bool = Field(default=False, title="公布账本指纹")
    """每天在这个群里发账本指纹，群友可以拿来核对账本没有被改过。"""
