"""When a member is reminded that a membership ends: 7, 3 and 1 days before and on the day, by daylight, once each."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.plugins.rosters.model import Ending

DAYS = (7, 3, 1, 0)
"""How many days before the end; 0 is the end itself."""
_QUIET_FROM, _QUIET_UNTIL, _MORNING = time(22), time(8), time(9)  # nobody is written to at night


def next_reminder(ending: Ending, now: datetime, zone: ZoneInfo) -> tuple[int, datetime] | None:
    """Return which reminder comes next and when; None when none does.

    Of several that were missed, only the latest is sent. What was due before this end was known is never sent.

    Args:
        ending: the end, and what was told of it.
        now: aware UTC.
        zone: the member's, for the quiet hours.

    Returns:
        Days before the end, and when to tell, aware; a time that has passed means at once.
    """
    moments = [(days, reminder_at(ending.ends_at, days, zone)) for days in DAYS if _is_wanted(ending, days)]
    moments = [(days, at) for days, at in moments if at > ending.noted_at]
    missed = [one for one in moments if one[1] <= now]
    return missed[-1] if missed else moments[0] if moments else None


def reminder_at(ends_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return when the reminder so many days before an end is sent: from 22:00 on not before 9:00 in the morning."""
    local = (ends_at - timedelta(days=days)).astimezone(zone)
    if local.time() >= _QUIET_FROM:
        local = datetime.combine(local.date() + timedelta(days=1), _MORNING, zone)
    elif local.time() < _QUIET_UNTIL:
        local = datetime.combine(local.date(), _MORNING, zone)
    return local.astimezone(ends_at.tzinfo)


def _is_wanted(ending: Ending, days: int) -> bool:
    return ending.told is None or days < ending.told
