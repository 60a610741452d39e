"""What an owner can set for questions and answers."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Settings
from bot.plugins.qa.composing_settings import ComposingSettings


class QaSettings(Settings):
    """`plugins: qa:` in bot.yaml."""

    source_hours: float = Field(default=24.0, gt=0, le=24 * 30, title="出处时限")
    """回答之后多少小时内，「来源 1」指的是那次回答。"""
    context_minutes: float = Field(default=10.0, ge=0, le=24 * 60, title="追问时限")
    """回答之后多少分钟内，「那 Windows 上呢？」这样的追问接着上一个问题；0 不接追问。"""
    ask_back: bool = Field(default=True, title="反问")
    """问题太短、几篇都像的时候，是否先问一句「您问的是哪一个」。"""
    composing: ComposingSettings = Field(default_factory=ComposingSettings, title="大模型")
    """要不要请大模型照出处写回答；环境变量 QUNZHI_LLM_ENDPOINT 没有设置时不起作用。"""
