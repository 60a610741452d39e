"""Which training session a member means: its id, an entry with a day, a number of the list, a part of the title."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.plugin import Context, Database, UserError, fold, read_day, rooms_of
from bot.plugins.training.model import SessionKey, TrainingSession
from bot.plugins.training.sessions_store import list_sessions

KEY_WORDS = 4
"""Words that the name of a session may have at most: 「Go 周会 12月5日」 has three."""
LISTED = 10
"""How many sessions a list shows, so that a number means one of them."""
_REMEMBERED = timedelta(days=120)  # sessions that are over can be named for so long
_LIKELY = 0.72  # of `difflib`: one slip in five signs
_SHORTEST_PART = 2
_DAY = re.compile(r"(.+?)\s*[\s/@]\s*(\S+)|(.+?[^\d\s-])(\d{1,2}月\d{1,2}[日号]?)")
_BARE_DAY = re.compile(r"(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}[日号]?")
_PLACE = re.compile(r"第?(\d{1,3})[场个号]?")
_LIKE_AN_ID = re.compile(r"[a-z]\w*(?:-\w+)*-\d{2,}")
_EDGES = "「」《》“”\"'。.,，!！~ "


@dataclass(frozen=True, slots=True)
class Found:
    """What a text may mean.

    Attributes:
        session: the one it names; None when it names none or several.
        several: the sessions it could name.
        near: what was probably meant when it names none.
    """

    session: TrainingSession | None = None
    several: tuple[TrainingSession, ...] = ()
    near: str = ""


def match_session(
    text: str, sessions: Sequence[TrainingSession], listed: Sequence[TrainingSession], now: datetime
) -> Found:
    """Return which session a text means.

    Args:
        text: as typed.
        sessions: those that can be meant, soonest first; called off and over ones included.
        listed: those that a list shows here now, in its order; a number means one of them.
        now: aware.
    """
    key = _squeeze(text)
    named = [one for one in sessions if _squeeze(one.id) == key]
    found = named[0] if named else _next_of([one for one in sessions if _squeeze(one.entry) == key], now)
    found = found or _on_day(text, sessions, now) or _of_number(key, listed) or _alone_on(key, listed, now)
    if found or len(key) < _SHORTEST_PART or not key.strip("第0123456789-/.:场个号"):
        return Found(found)
    return _by_title(key, sessions, now)


def coming(sessions: Sequence[TrainingSession], now: datetime) -> list[TrainingSession]:
    """Return those that take place and have not begun, in the order given."""
    return [one for one in sessions if one.starts_at > now and not one.is_cancelled]


def sessions_here(db: Database, ctx: Context[Any]) -> list[TrainingSession]:
    """Return the coming sessions a list shows here: the room's, or in private those of the member's rooms."""
    found = coming(list_sessions(db, ctx.now), ctx.now)
    if ctx.room is not None:
        return [one for one in found if ctx.room.topic in one.rooms]
    topics = {room.topic for room in rooms_of(db, ctx.member.id)} if ctx.member else set()
    return [one for one in found if topics & set(one.rooms)] if topics else found


async def read_session_key(ctx: Context[Any], text: str) -> SessionKey | None:
    """Read what a member typed as the id of a session; None when it may not have been meant as one.

    Raises:
        UserError: there is no such session, and what was typed was surely meant as one.
    """
    found = await ctx.read(_find, ctx, text)
    if found.session:
        return SessionKey(found.session.id)
    if len(text.split()) > 1:
        return None  # a shorter part of it may be the name
    if found.several:
        names = "、".join(f"{one.id}《{one.title}》" for one in found.several[:5])
        raise UserError(f"「{text}」有好几场：{names}，请写编号。")
    if found.near and (_is_addressed(ctx) or text.isascii()):
        raise UserError(f"没有场次「{text}」，您要找的是不是「{found.near}」？发送「课表」看看有哪些。")
    if _is_addressed(ctx) or _LIKE_AN_ID.fullmatch(fold(text)):
        raise UserError(f"没有找到场次「{text}」，发送「课表」看看有哪些。")
    return None


def _find(db: Database, ctx: Context[Any], text: str) -> Found:
    sessions = list_sessions(db, ctx.now - _REMEMBERED)
    return match_session(text, sessions, sessions_here(db, ctx)[:LISTED], ctx.now)


def _is_addressed(ctx: Context[Any]) -> bool:
    return ctx.message is None or ctx.message.mentions_bot or ctx.text.startswith("/")


def _squeeze(text: str) -> str:
    return "".join(fold(text).strip(_EDGES).split())


def _next_of(sessions: Sequence[TrainingSession], now: datetime) -> TrainingSession | None:
    """Return the next one that takes place, else the latest."""
    return next((one for one in sessions if one.ends_at > now and not one.is_cancelled), None) or (
        sessions[-1] if sessions else None
    )


def _on_day(text: str, sessions: Sequence[TrainingSession], now: datetime) -> TrainingSession | None:
    """Return the session of an entry or title on a day: `go-weekly 12-05`."""
    cut = _DAY.fullmatch(fold(text).strip(_EDGES))
    if cut is None:
        return None
    name, day = _squeeze(cut[1] or cut[3]), cut[2] or cut[4]
    named = [one for one in sessions if _squeeze(one.entry) == name or name in _squeeze(one.title)]
    return _next_of([one for one in named if _is_on(one, day, now)], now)


def _is_on(session: TrainingSession, day: str, now: datetime) -> bool:
    """Whether a session is on a day; one without a year may be a day that is over."""
    try:
        meant = read_day(day, now.astimezone(session.zone).date())
    except ValueError:
        return False
    own = session.local_start.date()
    is_open = day[:4].isdecimal() or not day[:1].isdecimal()
    return meant == own if is_open else (meant.month, meant.day) == (own.month, own.day)


def _alone_on(key: str, listed: Sequence[TrainingSession], now: datetime) -> TrainingSession | None:
    """Return the only one of a list that is on a day: `12-05`, `12月5日`."""
    if not _BARE_DAY.fullmatch(key):
        return None
    found = [one for one in listed if _is_on(one, key, now)]
    return found[0] if len(found) == 1 else None


def _of_number(key: str, listed: Sequence[TrainingSession]) -> TrainingSession | None:
    place = _PLACE.fullmatch(key)
    return listed[int(place[1]) - 1] if place and 0 < int(place[1]) <= len(listed) else None


def _by_title(key: str, sessions: Sequence[TrainingSession], now: datetime) -> Found:
    open_ones = [one for one in sessions if one.ends_at > now and not one.is_cancelled]
    parts = {one.entry: one for one in reversed(open_ones) if key in _squeeze(one.title) or key in _squeeze(one.entry)}
    if len(parts) > 1:
        exact = [one for one in parts.values() if _squeeze(one.title) == key]
        return Found(exact[0]) if len(exact) == 1 else Found(several=tuple(reversed(parts.values())))
    if parts:
        return Found(next(iter(parts.values())))
    names = {_squeeze(name): one.entry for one in open_ones for name in (one.title, one.entry, one.id)}
    near = difflib.get_close_matches(key, names, 1, _LIKELY)
    return Found(near=names[near[0]] if near else "")
