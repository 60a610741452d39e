"""What an owner can set for questions and answers."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Settings


class QaSettings(Settings):
    """`plugins: qa:` in bot.yaml."""

    source_hours: float = Field(default=24.0, gt=0, le=24 * 30, title="出处时限")
    """回答之后多少小时内，「来源 1」指的是那次回答。"""
