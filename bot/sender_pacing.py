"""How fast an account may talk: per room, between rooms, per minute and per day (DESIGN §2)."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config_model import SendingConfig
from bot.outbox_rows import OutboxRow

MINUTE = timedelta(minutes=1)
FIRST_WEEK = timedelta(days=7)
"""How long an account counts as new."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a row stands, for 为什么.

    Attributes:
        row: the row.
        ahead: how many go out before it.
        seconds: about how long it takes; 0 for rows that do not wait.
    """

    row: OutboxRow
    ahead: int
    seconds: float


class Pacer:
    """Says when the next message to a lane may go out.

    Args:
        settings: the limits.
        zone: the community's; its midnight begins a new budget.
        chance: draws the pause before another room, so that it looks like a person.
    """

    def __init__(self, settings: SendingConfig, zone: ZoneInfo, chance: random.Random) -> None:
        self.settings = settings
        self._zone = zone
        self._chance = chance
        self._calls: deque[datetime] = deque()
        self._last_in: dict[str, datetime] = {}
        self._last_lane = ""
        self._pause = timedelta()
        self._day = date.min
        self._used = 0
        self._since: datetime | None = None

    def restore(self, calls: Iterable[tuple[str, datetime]], used_today: int, since: datetime, now: datetime) -> None:
        """Take over what an earlier process has sent.

        Args:
            calls: lane and time of the last minute's messages, in order.
            used_today: messages of the local day.
            since: when the account was used first.
            now: the time.
        """
        for lane, at in calls:
            self.note(lane, at)
        self._day, self._used, self._since = self.day(now), used_today, since

    def day(self, now: datetime) -> date:
        """Return the local day."""
        return now.astimezone(self._zone).date()

    def budget(self, now: datetime) -> int:
        """Return how many messages the day allows: fewer in the account's first week."""
        budget = self.settings.daily_budget
        is_new = self._since is None or now - self._since < FIRST_WEEK
        return max(1, int(budget * self.settings.first_week_factor)) if is_new else budget

    def used(self, now: datetime) -> int:
        """Return how many messages went out today."""
        return self._used if self.day(now) == self._day else 0

    def note(self, lane: str, at: datetime) -> None:
        """Count a message."""
        if self.day(at) != self._day:
            self._day, self._used = self.day(at), 0
        self._used += 1
        self._calls.append(at)
        self._last_in[lane] = at
        self._last_lane = lane
        self._pause = timedelta(seconds=self._chance.uniform(*self.settings.switch_seconds))
        self._forget(at)

    def allowed_at(self, lane: str, now: datetime) -> datetime:
        """Return the earliest moment, not before now, for a message to a lane."""
        moments = [now]
        if self._calls and lane != self._last_lane:
            moments.append(self._calls[-1] + self._pause)
        if lane in self._last_in:
            moments.append(self._last_in[lane] + timedelta(seconds=self.settings.per_room_seconds))
        if len(self._calls) >= self.settings.per_minute:
            moments.append(self._calls[-self.settings.per_minute] + MINUTE)
        if self.used(now) >= self.budget(now):
            moments.append(self._next_midnight(now))
        return max(moments)

    def estimate(self, messages: int, lanes: int) -> float:
        """Return about how many seconds so many messages to so many lanes take."""
        pause = sum(self.settings.switch_seconds) / 2 if lanes > 1 else 0.0
        return messages * max(self.settings.per_room_seconds, 60 / self.settings.per_minute, pause)

    def _next_midnight(self, now: datetime) -> datetime:
        tomorrow = self.day(now) + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=self._zone)

    def _forget(self, now: datetime) -> None:
        while len(self._calls) > 1 and self._calls[0] <= now - MINUTE:
            self._calls.popleft()
        if len(self._last_in) > 1000:  # noqa: PLR2004 - far more lanes than talk within a few seconds
            self._last_in = {lane: at for lane, at in self._last_in.items() if at > now - MINUTE}
