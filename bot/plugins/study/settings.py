"""What an owner can set of wishes and check-ins."""

from __future__ import annotations

from pydantic import Field

from bot.plugin import Every, Settings


class StudySettings(Settings):
    """`plugins: study:` in bot.yaml."""

    most_wishes: int = Field(default=10, ge=1, le=100, title="想听上限")
    """一个人在一个群里最多同时想听几个题目。"""
    day_starts: int = Field(default=4, ge=0, le=8, title="一天从几点算")
    """打卡的一天从几点开始；凌晨这个点之前算前一天。"""
    ranking: bool = Field(default=True, title="每周打卡榜")
    """每周是否发打卡榜；没有人打卡的群不发。"""
    ranking_at: Every = Field(default="周日 20:00", title="打卡榜时间", validate_default=True)
    """打卡榜发在什么时候，按这个群的时区。"""
