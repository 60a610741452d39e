"""What an owner can set of the books."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from bot.plugin import Duration, Settings

_SHORTEST: Final = timedelta(days=30)


def _check_lifetime(value: timedelta) -> timedelta:
    if value < _SHORTEST:
        raise ValueError("太短了，至少 30d；三年写 1098d（在时长里 m 是分钟）")
    return value


class AccountsSettings(Settings):
    """`plugins: accounts:` in bot.yaml."""

    lifetime: Annotated[Duration, AfterValidator(_check_lifetime)] = Field(
        default=timedelta(days=3 * 366), title="永久会员摊销"
    )
    """永久会员的钱按多长时间算成收入；默认 36 个月，一年按 366 天。"""
    daily_report: bool = Field(default=True, title="每日账目")
    """前一天有收支时，第二天上午私聊报给群主；没有就不打扰。"""
    post_checkpoint: bool = Field(default=False, title="公布账本指纹")
    """每天在这个群里发账本指纹，群友可以拿来核对账本没有被改过。"""
