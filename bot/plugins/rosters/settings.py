"""What an owner can set for rosters and reminders."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.plugin import Duration, Every, People, Settings

_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=1)


def _check_pause(value: timedelta) -> timedelta:
    if not _SHORTEST <= value <= _LONGEST:
        raise ValueError("要在 5 分钟到 1 天之间，一般是 1h")
    return value


class RostersSettings(Settings):
    """`plugins: rosters:` in bot.yaml."""

    check_every: Annotated[Duration, AfterValidator(_check_pause)] = Field(default=timedelta(hours=1), title="核对")
    """没有消息的时候，多久核对一次群里的人。"""
    invite: bool = Field(default=True, title="拉人进群")
    """付了费还没在群里的成员，要不要邀请进套餐开通的群。"""
    dry_run: bool = Field(default=True, title="演练")
    """只给群主看会移出谁，不真的移出；群主发「群名单 开始」后才移。"""
    list_at: Every = Field(default="每天 20:00", title="名单时间", validate_default=True)
    """什么时候把第二天要移出的名单发给群主，按这个群的时区。"""
    remove_hour: int = Field(default=12, ge=9, le=21, title="移出时间")
    """第二天几点移出；提前一小时私聊告诉本人。"""
    keep_days: int = Field(default=30, ge=1, le=366, title="保留天数")
    """群主说保留的人，多少天后再问。"""
    allow: People = Field(default=(), title="不移出的人")
    """永远不移出的人：微信号（weixin:laowang）或昵称；群主、管理员和专家不用写。"""
    remind: bool = Field(default=True, title="到期提醒")
    """到期前 7、3、1 天和当天，要不要私聊提醒本人。"""
