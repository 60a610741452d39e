"""A training session as a calendar file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from bot.plugin import Appointment, FileContent, make_calendar_file
from bot.plugins.training.model import TrainingSession


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

    Args:
        session: what it is about.
        community: part of the entry's name.
        now: when it is made, aware.
        sequence: greater than that of every earlier file for this session and member.
        is_cancelled: takes the entry out again.
    """
    one = Appointment(
        uid=uid_of(session, community),
        producer="training",
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        title=session.title,
        description=tuple(_describe(session)),
        place=session.place,
        link=session.link,
        remind=tuple(session.remind),
    )
    name = session.key.replace(" ", "-")
    return make_calendar_file(one, name, now, sequence=sequence, is_cancelled=is_cancelled)


def _describe(session: TrainingSession) -> Iterator[str]:
    if session.host:
        yield f"主讲：{session.host}"
    if session.link:
        yield f"链接：{session.link}"
    yield f"不能来了，请在群里或私聊发「取消 {session.key}」。"
