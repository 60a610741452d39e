"""A training session as a calendar file (.ics) that phones and desktops take in, change and take out again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.plugin import FileContent
from bot.plugins.training.model import TrainingSession

if TYPE_CHECKING:
    from icalendar import Alarm, Event

_MEDIA_TYPE = "text/calendar; charset=utf-8"


def digest_of(session: TrainingSession) -> str:
    """Return what tells two calendar entries of a session apart: only facts that stand in it."""
    facts = (session.starts_at, session.ends_at, session.title, session.host, session.place, session.link)
    return hashlib.blake2b(repr(facts).encode(), digest_size=12).hexdigest()


def uid_of(session: TrainingSession, community: str) -> str:
    """Return what the entry is known by for good: it stays when the session is moved or renamed."""
    return f"{session.id}.{community}@qunzhi"


def make_file(
    session: TrainingSession, community: str, now: datetime, *, sequence: int, is_cancelled: bool = False
) -> FileContent:
    """Return the file for a registered member; the link stands in it, so it goes to nobody else.

    It is published and not a request: there is no mail address that an answer could go to.

    Args:
        session: what it is about.
        community: part of the entry's name.
        now: when it is made, aware.
        sequence: greater than that of every earlier file for this session and member.
        is_cancelled: takes the entry out again.
    """
    from icalendar import Calendar  # half a tenth of a second that only a registration costs

    calendar = Calendar()
    calendar.add("prodid", "-//qunzhi//training//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    event = _make_event(session, community, now, sequence)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    for alarm in () if is_cancelled else _make_alarms(session):
        event.add_component(alarm)
    calendar.add_component(event)
    name = session.key.replace(" ", "-") + ("-取消" if is_cancelled else "")
    return FileContent(f"{name}.ics", calendar.to_ical(), _MEDIA_TYPE)


def _make_event(session: TrainingSession, community: str, now: datetime, sequence: int) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", uid_of(session, community))
    event.add("dtstamp", now)
    event.add("sequence", sequence)
    event.add("dtstart", session.starts_at)  # UTC: no zone's rules have to travel with it
    event.add("dtend", session.ends_at)
    event.add("summary", session.title)
    event.add("description", "\n".join(_describe(session)))
    if where := session.place or session.link:
        event.add("location", where)
    if _is_address(session.link):
        event.add("url", session.link)
    return event


def _make_alarms(session: TrainingSession) -> Iterator[Alarm]:
    from icalendar import Alarm

    for before in sorted(set(session.remind), reverse=True):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", session.title)
        alarm.add("trigger", -before)
        yield alarm


def _describe(session: TrainingSession) -> Iterator[str]:
    if session.host:
        yield f"主讲：{session.host}"
    if session.link:
        yield f"链接：{session.link}"
    yield f"不能来了，请在群里或私聊发「取消 {session.key}」。"


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not set(text) & set(" \n<>")
