"""How members read when a session is, how long it is away, and what it costs."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.plugin import format_duration, format_fen, format_moment
from bot.plugins.training.model import TrainingSession

_NEAR = ("今天", "明天", "后天")
_DIGITS = "零一二三四五六七八九十"
_SOON = timedelta(hours=12)


def moment(session: TrainingSession, at: datetime | None = None) -> str:
    """Return a moment by the session's own clock, its start unless told otherwise: 「周六 12-05 20:00」."""
    return format_moment((at or session.starts_at).astimezone(session.zone))


def days_away(session: TrainingSession, now: datetime) -> str:
    """Return how far away the day of the start is: 今天, 明天, 三天后, 12 天后."""
    days = (session.local_start.date() - now.astimezone(session.zone).date()).days
    if 0 <= days < len(_NEAR):
        return _NEAR[days]
    return f"{_DIGITS[days]}天后" if 0 < days < len(_DIGITS) else f"{days} 天后"


def lead(session: TrainingSession, now: datetime) -> str:
    """Return when a session begins as one says it to people who know of it: 「30 分钟后」, 「明天 20:00 」."""
    left = session.starts_at - now
    if left < timedelta(minutes=1):
        return "马上"
    if left <= _SOON:
        minutes = round(left.total_seconds() / 60)
        return f"{format_duration(timedelta(minutes=minutes))}后"
    return f"{days_away(session, now)} {session.local_start:%H:%M} "


def length(session: TrainingSession) -> str:
    """Return how long a session takes."""
    return format_duration(session.ends_at - session.starts_at)


def price(session: TrainingSession) -> str:
    """Return what a session costs."""
    return format_fen(session.price_fen) if session.price_fen else "免费"


def places(left: int | None) -> str:
    """Return how many places are left: 「余 18 位」, 「已满」; nothing when there is no limit."""
    return "" if left is None else f"余 {left} 位" if left else "已满"
