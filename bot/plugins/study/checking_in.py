"""打卡, 我的打卡: one check-in a day, told with the days in a row."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.plugin import CHAT, Context, Database, Priority, Reply, Room
from bot.plugins.study import texts
from bot.plugins.study.check_ins_store import (
    add_check_in,
    add_note,
    days_of,
    is_hidden,
    latest_room,
    reach,
    set_hidden,
    set_shown,
)
from bot.plugins.study.day_rules import day_of, longest_streak, milestone_at, streak_until
from bot.plugins.study.model import CheckIn
from bot.plugins.study.place import find_place, is_surely_meant
from bot.plugins.study.settings import StudySettings

_LONGEST_NOTE = 200
_QUESTION_ENDS = ("?", "？", "吗", "呢")


async def check_in(ctx: Context[StudySettings], note: str) -> Reply:
    """Note that the talker did something today; what many say at once is answered in one message."""
    if not is_surely_meant(ctx) and note.endswith(_QUESTION_ENDS):
        return CHAT
    room = await _place(ctx)
    done = CheckIn(room.id, ctx.talker.id, today(ctx), note[:_LONGEST_NOTE])
    outcome: dict[str, Any] = await ctx.db(_check_in, ctx, done)
    if outcome["is_new"]:
        text = texts.checked_in_text(ctx.talker_name, outcome["streak"], outcome["milestone"])
    else:
        hour = ctx.config.day_starts if ctx.now.astimezone(ctx.zone).hour < ctx.config.day_starts else 0
        text = texts.again_text(outcome["streak"], is_noted=outcome["is_noted"], is_night=hour)
    return Reply(text=text, priority=Priority.LOW)


async def hide(ctx: Context[StudySettings]) -> str:
    """Leave the talker out of the ranking."""
    room = await _place(ctx)
    return texts.HIDDEN if await ctx.db(set_hidden, room.id, ctx.talker.id, ctx.now) else texts.HIDDEN_BEFORE


async def show(ctx: Context[StudySettings]) -> str:
    """Take the talker into the ranking again."""
    room = await _place(ctx)
    return texts.SHOWN if await ctx.db(set_shown, room.id, ctx.talker.id) else texts.SHOWN_BEFORE


async def show_own(ctx: Context[StudySettings]) -> Reply:
    """Return the talker's check-ins of this month, in private."""
    room = await _place(ctx)
    return Reply(text=await ctx.read(_own_text, ctx, room), private=True)


def today(ctx: Context[StudySettings]) -> date:
    """Return the day a check-in counts for now."""
    return day_of(ctx.now.astimezone(ctx.zone), ctx.config.day_starts)


async def _place(ctx: Context[StudySettings]) -> Room:
    preferred = "" if ctx.room else await ctx.read(latest_room, ctx.talker.id)
    return await find_place(ctx, preferred)


def _check_in(db: Database, ctx: Context[StudySettings], done: CheckIn) -> dict[str, Any]:
    is_new = add_check_in(db, done, ctx.now)
    is_noted = not is_new and bool(done.note) and add_note(db, done)
    streak = streak_until(days_of(db, done.room_id, done.member_id), done.day)
    days = milestone_at(streak) if is_new else 0
    is_first = bool(days) and reach(db, done.room_id, done.member_id, days, done.day)
    return {"is_new": is_new, "is_noted": is_noted, "streak": streak, "milestone": days if is_first else 0}


def _own_text(db: Database, ctx: Context[StudySettings], room: Room) -> str:
    days, now = days_of(db, room.id, ctx.talker.id), today(ctx)
    streaks = {"now": streak_until(days, now), "longest": longest_streak(days)}
    return texts.own_text(days, now, streaks, is_hidden=is_hidden(db, room.id, ctx.talker.id))
