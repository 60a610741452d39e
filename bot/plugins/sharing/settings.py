"""What an owner can set for sharing."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Settings


class SharingSettings(Settings):
    """`plugins: sharing:` in bot.yaml."""

    least_body: int = Field(default=10, ge=1, le=1000, title="最少字数")
    """分享的正文至少几个字。"""
    alike_from: float = Field(default=0.8, gt=0, le=1, title="相似")
    """和已有的帖子相似到多少，先问一句再收录。"""
    withdraw_minutes: float = Field(default=10.0, ge=0, le=24 * 60, title="撤回时限")
    """分享之后几分钟内本人可以撤回；群主随时可以。"""
