"""What an owner can set of fairness: how long new rules observe, and how appeals are decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.plugin import Duration, Settings

_LEAST_DEADLINE, _MOST_DEADLINE = timedelta(hours=1), timedelta(days=30)
_MOST_SHADOW = timedelta(days=90)


def _check_deadline(value: timedelta) -> timedelta:
    if not _LEAST_DEADLINE <= value <= _MOST_DEADLINE:
        raise ValueError("要在 1 小时到 30 天之间，一般是 48h")
    return value


def _check_shadow(value: timedelta) -> timedelta:
    if value > _MOST_SHADOW:
        raise ValueError("最长 90 天，一般是 3d；0d 表示马上生效")
    return value


Shadow = Annotated[Duration, AfterValidator(_check_shadow)]
"""How long a new rule only observes."""


class AppealSettings(Settings):
    """How appeals are decided."""

    within: Annotated[Duration, AfterValidator(_check_deadline)] = Field(default=timedelta(days=7), title="申诉期")
    """处理后多久之内可以申诉。"""
    decide: Annotated[Duration, AfterValidator(_check_deadline)] = Field(default=timedelta(hours=48), title="答复期")
    """多久之内要有结果；到时还没有人处理，就按申诉人说的办。"""
