"""What an owner can set about people: the welcome, join waves, reports by members."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.plugin import Duration, Settings, Text, moderation

_SHORTEST_WAIT, _LONGEST_WAIT = timedelta(), timedelta(hours=1)


def _check_wait(value: timedelta) -> timedelta:
    if not _SHORTEST_WAIT <= value <= _LONGEST_WAIT:
        raise ValueError("要在 0 到 1 小时之间，一般是 1m")
    return value


class WelcomeSettings(Settings):
    """How people who come into the room are greeted."""

    enabled: bool = Field(default=True, title="开关")
    """有人进群时是否欢迎。"""
    text: Text = Field(default="欢迎 {names} 进群！", title="欢迎语")
    """第一行说什么，{names} 换成新人的名字。"""
    rules: bool = Field(default=True, title="带群规")
    """欢迎语后面是否带上群规。"""
    wait: Annotated[Duration, AfterValidator(_check_wait)] = Field(default=timedelta(minutes=1), title="合并等待")
    """第一个人进群后等多久，这段时间进来的一起欢迎。"""
    most_named: int = Field(default=6, ge=1, le=30, title="最多点名")
    """一条欢迎里最多写几个名字，其余写人数。"""
    quiet: moderation.HoursList = Field(default=(moderation.parse_hours("23:00-08:00"),), title="安静时间")
    """这段时间不欢迎，等结束了一起。"""


class JoinWaveSettings(Settings):
    """When so many people come at once that the owner should look."""

    people: int = Field(default=10, ge=2, le=500, title="人数")
    """这么多人在下面的时间里进群，就提醒群主。"""
    within: Duration = Field(default=timedelta(minutes=10), title="时间")
    """多长时间之内。"""
    watch: Duration = Field(default=timedelta(hours=1), title="留意多久")
    """之后这么久，新进来的人都按新人的群规看。"""


class ReportSettings(Settings):
    """What members may report, and from how many reports on it counts."""

    needed: int = Field(default=3, ge=1, le=50, title="人数")
    """几位成员举报同一条消息，就按违规记录并报告群主。"""
    soliciting_needed: int = Field(default=2, ge=1, le=50, title="私聊推销人数")
    """几位成员举报同一个人私聊推销，就请群主处理。"""
    daily: int = Field(default=5, ge=1, le=100, title="每人每天")
    """一位成员一天最多举报几次。"""
    false_limit: int = Field(default=3, ge=1, le=50, title="不实次数")
    """30 天里这么多次被判不属实，之后 30 天的举报不再计数。"""
