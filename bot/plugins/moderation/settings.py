"""What an owner can set of moderation: the rules, how severe they are, and how much patience there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from bot.plugin import Duration, Settings, moderation
from bot.plugins.moderation.fair_settings import AppealSettings, Shadow
from bot.plugins.moderation.people_settings import JoinWaveSettings, ReportSettings, WelcomeSettings
from bot.plugins.moderation.topic_settings import TopicSettings

_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(days=1)
_SHORTEST_KEPT, _LONGEST_KEPT = timedelta(days=30), timedelta(days=3650)
_SHORTEST_EXPIRY, _LONGEST_EXPIRY = timedelta(days=1), timedelta(days=366)


def _check_pause(value: timedelta) -> timedelta:
    if not _SHORTEST_PAUSE <= value <= _LONGEST_PAUSE:
        raise ValueError("要在 1 分钟到 1 天之间，一般是 10m")
    return value


def _check_keep(value: timedelta) -> timedelta:
    if not _SHORTEST_KEPT <= value <= _LONGEST_KEPT:
        raise ValueError("要在 30 天到 10 年之间，一般是 365d")
    return value


def _check_expiry(value: timedelta) -> timedelta:
    if not _SHORTEST_EXPIRY <= value <= _LONGEST_EXPIRY:
        raise ValueError("要在 1 天到 1 年之间，一般是 30d")
    return value


class StrikeSettings(Settings):
    """How long strikes count, and what they add up to."""

    expire: Annotated[Duration, AfterValidator(_check_expiry)] = Field(default=timedelta(days=30), title="有效期")
    """一次警告记多久，到期自动作废。"""
    warn_at: float = Field(default=2.0, gt=0, le=100, title="私聊警告分")
    """累计到几分改为私聊警告；一次提醒一般记 1 分。"""
    report_at: float = Field(default=4.0, gt=0, le=100, title="报告群主分")
    """累计到几分报告群主。"""
    remove_at: float | None = Field(default=None, gt=0, le=1000, title="移出分")
    """累计到几分移出；不写就从不因为累计移出。两种不同的理由都有才会移出。"""

    @model_validator(mode="after")
    def _check_order(self) -> StrikeSettings:
        rungs = [self.warn_at, self.report_at, *([self.remove_at] if self.remove_at is not None else [])]
        if rungs != sorted(rungs):
            near = "、".join(f"{points:g}" for points in sorted(rungs))
            raise ValueError(f"warn_at、report_at、remove_at 要一个比一个大，是 {near} 吗？")
        return self


class ModerationSettings(Settings):
    """`plugins: moderation:` in bot.yaml."""

    rules: moderation.Rules = Field(default_factory=moderation.shipped_rules, title="群规")
    """一条一条的群规，写在内置的之上；某一条写 false 就是关掉。"""
    strikes: StrikeSettings = Field(default_factory=StrikeSettings, title="警告")
    """警告记多久、累计到几分怎么办。"""
    remind_every: Annotated[Duration, AfterValidator(_check_pause)] = Field(
        default=timedelta(minutes=10), title="提醒间隔"
    )
    """同一个人同一条群规，这么久之内只提醒一次。"""
    keep: Annotated[Duration, AfterValidator(_check_keep)] = Field(default=timedelta(days=365), title="记录保留")
    """案卷和审计记录保留多久。"""
    shadow: Shadow = Field(default=timedelta(days=3), title="观察期")
    """新写或改过的群规先观察多久、只记不罚；0d 马上生效，单条群规可以另写。"""
    appeals: AppealSettings = Field(default_factory=AppealSettings, title="申诉")
    """申诉多久之内提、多久之内答复。"""
    welcome: WelcomeSettings = Field(default_factory=WelcomeSettings, title="欢迎")
    """有人进群时说什么。"""
    join_wave: JoinWaveSettings = Field(default_factory=JoinWaveSettings, title="集中进群")
    """很多人一下子进群时提醒群主。"""
    reports: ReportSettings = Field(default_factory=ReportSettings, title="举报")
    """成员的举报怎么算数。"""
    topic: TopicSettings = Field(default_factory=TopicSettings, title="主题")
    """群里主要聊什么；写了主题，聊偏很久时才会轻轻提醒一句。"""
