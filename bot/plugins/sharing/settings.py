"""What an owner can set for sharing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from bot.plugin import Settings


class SharingSettings(Settings):
    """`plugins: sharing:` in bot.yaml."""

    least_body: int = Field(default=10, ge=1, le=1000, title="最少字数")
    """分享的正文至少几个字。"""
    alike_from: float = Field(default=0.8, gt=0, le=1, title="相似")
    """和已有的帖子相似到多少，先问一句再收录。"""
    withdraw_minutes: float = Field(default=10.0, ge=0, le=24 * 60, title="撤回时限")
    """分享之后几分钟内本人可以撤回；群主随时可以。"""
    collect_minutes: float = Field(default=30.0, gt=0, le=24 * 60, title="收集时限")
    """「开始分享」之后收集多少分钟。"""
    collect_messages: int = Field(default=100, ge=1, le=1000, title="收集条数")
    """「开始分享」最多收集几条消息。"""
    consent_hours: float = Field(default=48.0, gt=0, le=24 * 30, title="同意时限")
    """「收录」别人的回答、合并到别人的帖子，多少小时内可以答复。"""
    trusted_posts: int = Field(default=5, ge=1, le=1000, title="信任篇数")
    """收录过多少篇的成员不再送审；专家、管理员和群主从不送审。"""
    review_first: int = Field(default=0, ge=0, le=100, title="先审篇数")
    """新成员的前几篇要先经过审核；0 是不用。"""
    links: Literal["off", "extract", "title"] = Field(default="extract", title="链接")
    """分享网页时收录什么：extract 是正文和出处，title 是标题和出处，off 是不收录。"""

    @field_validator("links", mode="before")
    @classmethod
    def _read_off(cls, value: object) -> object:
        """Take a bare `off` as it is meant: YAML reads it as false."""
        return "off" if value is False else value
