"""What an owner can set for questions and answers."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Settings


class QaSettings(Settings):
    """`plugins: qa:` in bot.yaml."""

    source_hours: float = Field(default=24.0, gt=0, le=24 * 30, title="出处时限")
    """回答之后多少小时内，「来源 1」指的是那次回答。"""
    remember_questions: bool = Field(default=True, title="登记提问")
    """答不上来的问题是否记进「待答」。"""
    least_body: int = Field(default=10, ge=1, le=1000, title="最少字数")
    """分享的正文至少几个字。"""
    alike_from: float = Field(default=0.8, gt=0, le=1, title="相似")
    """和已有的帖子相似到多少，先问一句再收录。"""
    withdraw_minutes: float = Field(default=10.0, ge=0, le=24 * 60, title="撤回时限")
    """分享之后几分钟内本人可以撤回；群主随时可以。"""
