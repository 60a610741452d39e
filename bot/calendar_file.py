"""An appointment as a calendar file (.ics) that phones and desktops take in, change and take out again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.model import FileContent

if TYPE_CHECKING:
    from icalendar import Alarm, Event

_MEDIA_TYPE = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What stands in a calendar.

    Attributes:
        uid: what the entry is known by for good: it stays when the appointment is moved or renamed.
        producer: who makes it, in a word: the plugin.
        starts_at, ends_at: aware UTC: no zone's rules have to travel with it.
        title: what it is.
        description: more about it, line by line.
        place: where; may be empty.
        link: where online; may be empty, or no address at all.
        remind: how long before the start it rings.
    """

    uid: str
    producer: str
    starts_at: datetime
    ends_at: datetime
    title: str
    description: tuple[str, ...] = ()
    place: str = ""
    link: str = ""
    remind: tuple[timedelta, ...] = ()


def make_calendar_file(
    one: Appointment, name: str, now: datetime, *, sequence: int, is_cancelled: bool = False
) -> FileContent:
    """Return the file for one person.

    It is published and not a request: there is no mail address that an answer could go to.

    Args:
        one: what it is about.
        name: of the file, without its ending.
        now: when it is made, aware.
        sequence: greater than that of every earlier file for this appointment and person.
        is_cancelled: takes the entry out again.
    """
    from icalendar import Calendar  # half a tenth of a second that only an appointment costs

    calendar = Calendar()
    calendar.add("prodid", f"-//qunzhi//{one.producer}//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    event = _make_event(one, now, sequence)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    for alarm in () if is_cancelled else _make_alarms(one):
        event.add_component(alarm)
    calendar.add_component(event)
    return FileContent(f"{name}{'-取消' if is_cancelled else ''}.ics", calendar.to_ical(), _MEDIA_TYPE)


def _make_event(one: Appointment, now: datetime, sequence: int) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", one.uid)
    event.add("dtstamp", now)
    event.add("sequence", sequence)
    event.add("dtstart", one.starts_at)
    event.add("dtend", one.ends_at)
    event.add("summary", one.title)
    event.add("description", "\n".join(one.description))
    if where := one.place or one.link:
        event.add("location", where)
    if _is_address(one.link):
        event.add("url", one.link)
    return event


def _make_alarms(one: Appointment) -> Iterator[Alarm]:
    from icalendar import Alarm

    for before in sorted(set(one.remind), reverse=True):
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.title)
        alarm.add("trigger", -before)
        yield alarm


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not set(text) & set(" \n<>")
