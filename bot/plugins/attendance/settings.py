"""What an owner may set of attendance in bot.yaml."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.plugin import Duration, Settings


class AttendanceSettings(Settings):
    """`plugins: attendance:` in bot.yaml."""

    opens_before: Duration = Field(default=timedelta(minutes=15), title="提前签到")
    """开始前多久可以签到；结束时关闭。"""
    late_after: Duration = Field(default=timedelta(minutes=10), title="迟到")
    """开始后多久才签到算迟到。"""
    allow_walk_in: bool = Field(default=True, title="临时到场")
    """没报名的群友能不能签到；只对免费、不限会员的场次有效。"""
    only_private: bool = Field(default=False, title="只收私聊")
    """只收私聊发来的签到码：在群里发，没来的人也看得到。"""
    most_wrong: int = Field(default=5, ge=1, le=100, title="试错次数")
    """签到码连续输错几次后要等一会儿。"""
    lock: Duration = Field(default=timedelta(minutes=10), title="试错等待")
    """输错太多次后要等多久。"""
    certificate: bool = Field(default=True, title="参加证明")
    """结束后给到场的人私聊发一份可核对的参加证明。"""
    tell_absent: bool = Field(default=True, title="告知缺席")
    """结束后私聊告诉没签到的人这次记了缺席。"""
