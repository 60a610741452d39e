"""What members and owners read about membership."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugin import format_weekday
from bot.plugins.membership.model import Membership, Phase


def show_day(at: datetime, zone: ZoneInfo) -> str:
    """Write the last day on which something counts, 「2027-01-05 周二」: the day before an end at midnight."""
    local = at.astimezone(zone)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        local = local.fromtimestamp(local.timestamp() - 1, zone)
    return f"{local:%Y-%m-%d} {format_weekday(local)}"


def show_moment(at: datetime, zone: ZoneInfo) -> str:
    """Write an end to the minute, as 「2027-01-05 周二 20:00」."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d} {format_weekday(local)} {local:%H:%M}"


def days_left(until: datetime, now: datetime) -> int:
    """Return how many days are left, a day that has begun counted whole; 0 when it is over."""
    span = until - now
    return max(0, span.days + bool(span.seconds or span.microseconds))


def given(title: str, membership: Membership, now: datetime, zone: ZoneInfo) -> str:
    """Return what a member is told who got something."""
    return f"已为您开通「{title}」，{until_line(membership, now, zone)}"


def until_line(membership: Membership, now: datetime, zone: ZoneInfo) -> str:
    """Return until when a membership lasts, as a piece of a sentence with its full stop."""
    if membership.phase is Phase.LIFETIME:
        return "永久有效。"
    if membership.until is None:
        return "发送「我的」看现在的状态。"
    left = days_left(membership.until, now)
    return f"有效期到 {show_day(membership.until, zone)}（还有 {left} 天）。"
