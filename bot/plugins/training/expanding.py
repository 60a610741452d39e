"""The training sessions that schedules.yaml asks for: one for a one-off, one a day for a series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from bot.plugin import SessionEntry, next_fires, occurrences
from bot.plugins.training.model import TrainingSession

_MOST_OF_SERIES = 400  # sessions of one entry that are in force at a time


def expand(
    entries: Iterable[SessionEntry], now: datetime, until: datetime, known_until: Mapping[str, datetime]
) -> dict[str, TrainingSession]:
    """Return the sessions from today on by id, and all one-offs.

    Args:
        entries: of schedules.yaml.
        now: aware.
        until: how far series are opened for registration.
        known_until: entry → start of the latest session of it that is in force: a shorter term takes none away.
    """
    found: dict[str, TrainingSession] = {}
    for entry in entries:
        for session in _expand(entry, now, max(until, known_until.get(entry.id, until))):
            found[session.id] = session
    return found


def _expand(entry: SessionEntry, now: datetime, until: datetime) -> list[TrainingSession]:
    if entry.starts is not None:
        fires = next_fires(entry, datetime.min.replace(year=1971, tzinfo=entry.zone), 1)
        return [_session(entry, entry.id, fire.astimezone(UTC)) for fire in fires]
    counts: Counter[str] = Counter()
    sessions = []
    midnight = now.astimezone(entry.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for one in occurrences(entry, midnight - timedelta(microseconds=1), _MOST_OF_SERIES, until=until):
        name = f"{entry.id}/{one.day}"  # the day it was on at first: it stays when this one time is moved
        counts[name] += 1
        name = name if counts[name] == 1 else f"{name}-{counts[name]}"
        sessions.append(_session(entry, name, one.start.astimezone(UTC)))
    return sessions


def _session(entry: SessionEntry, session_id: str, start: datetime) -> TrainingSession:
    return TrainingSession(
        id=session_id,
        entry=entry.id,
        starts_at=start,
        ends_at=entry.ends(start),
        timezone=entry.zone.key,
        title=entry.title,
        host=entry.host or "",
        place=entry.place or "",
        link=entry.link or "",
        materials=entry.materials or "",
        recording=entry.recording or "",
        price_fen=entry.price,
        capacity=entry.capacity,
        access=entry.access,
        rooms=entry.rooms,
        announce=entry.announce,
        remind=entry.remind,
        missed=entry.missed,
        within=entry.within,
    )
