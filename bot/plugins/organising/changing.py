"""取消场次 and 改期: asks first, saying whom it affects, then writes it into schedules.yaml."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from bot.plugin import (
    Context,
    Database,
    ExceptDay,
    MoveDay,
    MoveEntry,
    RemoveEntry,
    Reply,
    ScheduleEdit,
    UserError,
    fold,
    read_moment,
)
from bot.plugins.organising import texts
from bot.plugins.organising.model import MOVE_DIALOGUE
from bot.plugins.organising.rules import read_start
from bot.plugins.organising.writing import write
from bot.plugins.training.api import Heads, TrainingSession, get_session, heads_of, list_by_entry

_WHOLE = re.compile(r"(?:全部|整个系列|整个|所有|系列)(?:\s+(.*))?", re.DOTALL)
_CLOCK_ONLY = re.compile(r"\d{1,2}:\d\d|(?:凌晨|早上|上午|中午|下午|傍晚|晚上)?\s*[\d一二三四五六七八九十两]+[点时].*")
_TOWARDS = re.compile(r"^(?:改?到|改?为|改?成)\s*")
_MOST_REASON = 100


async def ask_to_cancel(ctx: Context[Any], session_id: str, reason: str) -> Reply:
    """Return the question before a session, or a whole series, is called off.

    Raises:
        UserError: it is over or called off already.
    """
    session = await _coming(ctx, session_id)
    reason = _short(reason)
    heads = await ctx.read(_heads, ctx, session, _is_whole(session, reason))
    note = ""
    if session.is_series and not _is_whole(session, reason):
        note = f"只取消这一次，整个系列请发「取消场次 {session.entry} 全部」。"
    what = _what(session, is_whole=_is_whole(session, reason))
    text = texts.ask_to_cancel(what, heads, note, is_private=ctx.room is None)
    return Reply(text=text, confirm=f"确定停办 {session.id} {reason}".strip())


async def cancel(ctx: Context[Any], session_id: str, reason: str) -> Reply:
    """Call a session, or a whole series, off.

    Raises:
        UserError: the file cannot be changed like that.
    """
    session = await _session(ctx, session_id)
    is_whole = _is_whole(session, reason)
    heads = Heads(*await ctx.db(_count, ctx, session, is_whole))
    edit: ScheduleEdit = ExceptDay(session.entry, _day_of(session)) if session.is_series else RemoveEntry(session.entry)
    await write(ctx, RemoveEntry(session.entry) if is_whole else edit, _why(session, reason))
    return Reply(text=texts.cancelled(_what(session, is_whole=is_whole), heads))


async def ask_to_move(ctx: Context[Any], session_id: str, when: str) -> Reply:
    """Return the question before a session is moved, or the question for the time when it is none.

    Raises:
        UserError: it is over, or called off, or the file cannot be changed like that.
    """
    session = await _coming(ctx, session_id)
    waits = (MOVE_DIALOGUE, {"session": session.id})
    if not when:
        return Reply(text=texts.ask_when(session), asks=waits)
    try:
        start = _read_new_start(session, when, ctx.now)
    except UserError as error:
        return Reply(text=error.text, asks=waits)
    if start == session.starts_at:
        return Reply(text=f"{texts.named(session)} 本来就是这个时间，{texts.ANOTHER}", asks=waits)
    planned = await ctx.part("schedules").plan(_move(session, start))
    heads = await ctx.read(_heads, ctx, session, False)  # noqa: FBT003 - `ctx.read` hands it on
    text = texts.ask_to_move(session, start, heads, planned.advice)
    moment = f"{start:%Y-%m-%dT%H:%M}"  # in one word: a day behind its name would be a part of which session is meant
    return Reply(text=text, confirm=f"确定改到 {session.id} {moment}")


async def move(ctx: Context[Any], session_id: str, when: str) -> Reply:
    """Move a session.

    Raises:
        UserError: the file cannot be changed like that.
    """
    session = await _session(ctx, session_id)
    start = read_start(when, ctx.now.astimezone(session.zone))
    heads = Heads(*await ctx.db(_count, ctx, session, False))  # noqa: FBT003 - `ctx.db` hands it on
    await write(ctx, _move(session, start))
    return Reply(text=texts.moved(session, start, heads))


async def _session(ctx: Context[Any], session_id: str) -> TrainingSession:
    session = await ctx.read(get_session, session_id)
    if session is None:
        raise UserError("没有这个场次，发送「课表」看看有哪些。")
    return session


async def _coming(ctx: Context[Any], session_id: str) -> TrainingSession:
    session = await _session(ctx, session_id)
    if session.is_cancelled:
        raise UserError(f"{texts.named(session)} 已经取消了。")
    if session.ends_at <= ctx.now:
        raise UserError(f"{texts.named(session)} 已经上完了，改不了。")
    return session


def _move(session: TrainingSession, start: datetime) -> ScheduleEdit:
    wall = start.replace(tzinfo=None)
    return MoveDay(session.entry, _day_of(session), wall) if session.is_series else MoveEntry(session.entry, wall)


def _day_of(session: TrainingSession) -> date:
    """Return the day by which the file knows one of a series.

    Raises:
        UserError: there are several on that day.
    """
    try:
        return date.fromisoformat(session.id.rpartition("/")[2])
    except ValueError:
        raise UserError("这一天有好几场，请直接在 schedules.yaml 里改。") from None


def _read_new_start(session: TrainingSession, when: str, now: datetime) -> datetime:
    """Read the new time; a time alone is meant for the same day."""
    local, when = now.astimezone(session.zone), _TOWARDS.sub("", when.strip())
    if _CLOCK_ONLY.fullmatch(fold(when).strip()):
        day = f"{session.local_start:%Y-%m-%d} {fold(when).strip()}"
        try:
            read_moment(day, local)
        except ValueError:
            return read_start(when, local)
        return read_start(day, local)
    return read_start(when, local)


def _is_whole(session: TrainingSession, reason: str) -> bool:
    return session.is_series and _WHOLE.fullmatch(reason.strip()) is not None


def _why(session: TrainingSession, reason: str) -> str:
    found = _WHOLE.fullmatch(reason.strip()) if session.is_series else None
    return (found[1] or "").strip() if found else reason.strip()


def _short(reason: str) -> str:
    return " ".join(reason.split())[:_MOST_REASON]


def _what(session: TrainingSession, *, is_whole: bool) -> str:
    return f"《{session.title}》整个系列" if is_whole else texts.named(session)


def _heads(db: Database, ctx: Context[Any], session: TrainingSession, is_whole: bool) -> Heads:  # noqa: FBT001 - `ctx.read` hands it on
    if not is_whole:
        return heads_of(db, session.id)
    coming = [one for one in list_by_entry(db, session.entry) if one.ends_at > ctx.now and not one.is_cancelled]
    found = [heads_of(db, one.id) for one in coming]
    return Heads(*(sum(getattr(one, name) for one in found) for name in ("seats", "waiting", "paid", "paid_fen")))


def _count(db: Database, ctx: Context[Any], session: TrainingSession, is_whole: bool) -> list[int]:  # noqa: FBT001 - `ctx.db` hands it on
    """Return the fields of `_heads` as they were before anything was changed, also after a crash."""
    heads = _heads(db, ctx, session, is_whole)
    return [heads.seats, heads.waiting, heads.paid, heads.paid_fen]
