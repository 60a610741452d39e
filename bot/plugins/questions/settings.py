"""What an owner can set for questions that wait for an answer."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Settings


class QuestionsSettings(Settings):
    """`plugins: questions:` in bot.yaml."""

    remember: bool = Field(default=True, title="登记提问")
    """答不上来的问题是否记进「待答」。"""
