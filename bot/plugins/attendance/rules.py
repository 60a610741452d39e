"""Decides who may sign in, who is late, who was absent; and finds the session that is meant. No database here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.plugin import fold
from bot.plugins.attendance.model import Attendance, Closing, NoShow, Presence, RosterLine
from bot.plugins.attendance.settings import AttendanceSettings
from bot.plugins.training.api import Registration, RegistrationState, TrainingSession

_HOSTS = re.compile(r"[、,，/&;；]")
_MONTH_DAY = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})[日号]?")
_GAP = re.compile(r"[\s/]+")


class Phase(StrEnum):
    """Where a session stands as far as signing in goes."""

    EARLY = "early"
    OPEN = "open"
    OVER = "over"


def phase_of(session: TrainingSession, now: datetime, settings: AttendanceSettings) -> Phase:
    """Return whether a session can be signed in to now."""
    if now < session.starts_at - settings.opens_before:
        return Phase.EARLY
    return Phase.OPEN if now < session.ends_at else Phase.OVER


def is_late(session: TrainingSession, at: datetime, settings: AttendanceSettings) -> bool:
    """Whether somebody who signs in at that moment is late."""
    return at > session.starts_at + settings.late_after


class Admission(StrEnum):
    """Whether a member with the right code is let in."""

    REGISTERED = "registered"
    WALK_IN = "walk_in"
    UNPAID = "unpaid"
    UNREGISTERED = "unregistered"


def admit(
    session: TrainingSession, registration: Registration | None, topics: Collection[str], settings: AttendanceSettings
) -> Admission:
    """Decide whether a member with the right code is let in.

    Args:
        session: the code is of.
        registration: theirs, whatever became of it.
        topics: names of the rooms the member is in, as far as is known: who never spoke there has none.
        settings: may allow those who are not registered, where nothing has to be paid or bought.
    """
    state = registration.state if registration else None
    if state is RegistrationState.REGISTERED:
        return Admission.REGISTERED
    if state is RegistrationState.HELD:
        return Admission.UNPAID
    is_ours = not session.rooms or not topics or any(topic in session.rooms for topic in topics)
    is_free = not session.price_fen and session.access == "free"
    return Admission.WALK_IN if settings.allow_walk_in and is_free and is_ours else Admission.UNREGISTERED


@dataclass(frozen=True, slots=True)
class Guesses:
    """The wrong codes a member typed lately.

    Attributes:
        wrong: how many, one after another.
        last_at: the latest, aware UTC.
    """

    wrong: int = 0
    last_at: datetime | None = None


def locked_for(guesses: Guesses, now: datetime, settings: AttendanceSettings) -> timedelta:
    """Return how long a member must wait before typing another code; nothing when they need not."""
    if guesses.last_at is None or guesses.wrong < settings.most_wrong:
        return timedelta()
    return max(timedelta(), guesses.last_at + settings.lock - now)


def add_wrong(guesses: Guesses, now: datetime, settings: AttendanceSettings) -> Guesses:
    """Return the guesses with one more; those older than the lock are forgotten."""
    is_old = guesses.last_at is None or guesses.last_at + settings.lock <= now
    return Guesses(1 if is_old else guesses.wrong + 1, now)


def split_hosts(host: str) -> list[str]:
    """Return the names in a session's `host`: 「老王、小李」 are two people."""
    return [name.strip() for name in _HOSTS.split(host) if name.strip()]


def make_roster(
    registrations: Sequence[Registration], attendances: Sequence[Attendance], absent: Collection[str]
) -> list[RosterLine]:
    """Return the roster: who has a place in the order of registration, then who came without one, then who waits.

    Args:
        registrations: those that are open, in order.
        attendances: in the order in which people came.
        absent: ids of those who were found absent when the session was over.
    """
    came = {one.member_id: one for one in attendances}
    lines = [_line(row, came.get(row.member_id), is_absent=row.member_id in absent) for row in registrations]
    places = [line for line in lines if line.presence is not Presence.WAITING]
    waiting = [line for line in lines if line.presence is Presence.WAITING]
    known = {line.member_id for line in lines}
    extra = [
        RosterLine(member_id=one.member_id, name=one.name, presence=Presence.WALK_IN, attendance=one)
        for one in attendances
        if one.member_id not in known
    ]
    return [*places, *extra, *waiting]


def _line(row: Registration, came: Attendance | None, *, is_absent: bool) -> RosterLine:
    return RosterLine(
        member_id=row.member_id,
        name=row.name,
        presence=_presence(row.state, came, is_absent=is_absent),
        attendance=came,
        order_number=row.order_number,
    )


def _presence(state: RegistrationState, came: Attendance | None, *, is_absent: bool) -> Presence:
    if came is not None:
        if came.is_walk_in:
            return Presence.WALK_IN
        return Presence.LATE if came.is_late else Presence.CAME
    if is_absent:
        return Presence.ABSENT
    if state is RegistrationState.REGISTERED:
        return Presence.EXPECTED
    return {RegistrationState.HELD: Presence.UNPAID, RegistrationState.OFFERED: Presence.OFFERED}.get(
        state, Presence.WAITING
    )


def close(
    session_id: str, registrations: Sequence[Registration], attendances: Sequence[Attendance], members: int
) -> tuple[Closing, list[NoShow]]:
    """Count a session that is over.

    When nobody signed in no attendance was taken, and nobody is called absent for it.

    Args:
        session_id: which.
        registrations: those that are open at the end.
        attendances: who signed in.
        members: people in its rooms.
    """
    came = {one.member_id for one in attendances}
    placed = [row for row in registrations if row.state is RegistrationState.REGISTERED]
    absent = [row for row in placed if row.member_id not in came] if came else []
    closing = Closing(
        session_id=session_id,
        registered=len(placed),
        came=len(came),
        late=sum(one.is_late for one in attendances),
        walk_in=sum(one.is_walk_in for one in attendances),
        absent=len(absent),
        members=members,
    )
    return closing, [NoShow(session_id=session_id, member_id=row.member_id, name=row.name) for row in absent]


def find_meant(sessions: Iterable[TrainingSession], typed: str, now: datetime) -> list[TrainingSession]:
    """Return the sessions that what was typed may mean, the nearest in time first; one when it is clear.

    Args:
        sessions: to choose from.
        typed: an id in any case, an entry's id with or without a day (`go-weekly 12-05`), a day, or part of a title.
        now: of several days of a series the one nearest to it is meant.
    """
    word, day = _cut_day(_key(typed))
    by_time = sorted(sessions, key=lambda session: abs(session.starts_at - now))
    if exact := [session for session in by_time if _key(session.id) == _key(typed)]:
        return exact
    on_day = [session for session in by_time if day is None or _is_on(session, day)]
    if not word:
        return on_day
    if of_entry := [session for session in on_day if _key(session.entry) == word]:
        return of_entry[:1]
    by_title = [session for session in on_day if word in _key(session.title)]
    entries = {session.entry for session in by_title}
    return by_title[:1] if len(entries) == 1 else by_title


def _key(text: str) -> str:
    return _GAP.sub(" ", fold(text)).strip(" 《》「」")


def _cut_day(key: str) -> tuple[str, tuple[int, int, int] | None]:
    """Return what is typed before a day at the end, and the day as (year or 0, month, day)."""
    word, _, last = key.rpartition(" ")
    found = _MONTH_DAY.fullmatch(last)
    if found is None:
        return key, None
    return word.strip(), (int(found[1] or 0), int(found[2]), int(found[3]))


def _is_on(session: TrainingSession, day: tuple[int, int, int]) -> bool:
    start = session.local_start
    return (start.month, start.day) == day[1:] and day[0] in {0, start.year}


def count_by_state(lines: Iterable[RosterLine]) -> Mapping[Presence, int]:
    """Return how many lines of a roster read so."""
    counts = dict.fromkeys(Presence, 0)
    for line in lines:
        counts[line.presence] += 1
    return counts
