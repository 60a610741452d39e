"""Greets people who came into a room: one line for all who came within a minute, with the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import Context, Database, Outgoing, Priority, Room, find_deadlines, members_of, moderation
from bot.plugins.moderation import arrivals_store
from bot.plugins.moderation.arrivals_store import Arrival
from bot.plugins.moderation.model import NAME
from bot.plugins.moderation.rules_page import show_short
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

WELCOME: Final = "welcome"
_LATEST = timedelta(hours=12)  # who came longer ago has found their way
_STEP = timedelta(minutes=5)
_DAY = timedelta(days=1)


async def welcome_later(ctx: Ctx, arrived: Sequence[Arrival]) -> None:
    """Have those who came greeted soon; who comes until then is greeted with them."""
    if ctx.room is None or not arrived or not ctx.config.welcome.enabled:
        return
    await ctx.db(_ask, ctx, ctx.room, arrived[-1].at)


def _ask(db: Database, ctx: Ctx, room: Room, came_at: datetime) -> None:
    wanted = ctx.config.welcome
    is_asked = any(one.key == room.id for one in find_deadlines(db, NAME, WELCOME))
    if not is_asked:  # who comes later does not put it off
        at = end_of_quiet(max(came_at, ctx.now) + wanted.wait, wanted.quiet, ctx.zone)
        ctx.set_deadline(db, WELCOME, key=room.id, at=at, room_id=room.id)


def end_of_quiet(at: datetime, quiet: Sequence[moderation.Hours], zone: ZoneInfo) -> datetime:
    """Return the first moment from `at` on that lies in no quiet time, to five minutes; at most a day later."""
    later = at
    while later - at < _DAY and any(hours.covers(later.astimezone(zone)) for hours in quiet):
        later += _STEP - timedelta(minutes=later.minute % 5, seconds=later.second, microseconds=later.microsecond)
    return later


async def welcome(ctx: Ctx) -> None:
    """Greet those who wait for it and are still there."""
    if ctx.room is not None:
        rules = show_short(ctx) if ctx.config.welcome.rules else ""
        await ctx.db(_welcome, ctx, ctx.room, rules)


def _welcome(db: Database, ctx: Ctx, room: Room, rules: str) -> int:
    here = {member.id for member in members_of(db, room.id)}
    came = [one for one in arrivals_store.take_unwelcomed(db, room.id, ctx.now - _LATEST) if one.member_id in here]
    if not came or not ctx.config.welcome.enabled:
        return 0
    named = came[: ctx.config.welcome.most_named]
    text = write_welcome(ctx.config.welcome.text, [one.name for one in named], len(came), rules)
    ctx.enqueue(
        db,
        Outgoing(
            room_id=room.id, text=text, priority=Priority.ANNOUNCEMENT,
            dedupe_key=f"moderation/welcome/{room.id}/{came[0].at.isoformat()}", cause=ctx.cause, reason="欢迎新人",
        ),
    )  # fmt: skip
    return len(came)


def write_welcome(text: str, names: Sequence[str], count: int, rules: str) -> str:
    """Return the greeting.

    Args:
        text: its first line; `{names}` stands for the names.
        names: of those who are named.
        count: how many came in all.
        rules: what follows; may be empty.
    """
    shown = "、".join(names) + (f" 等 {count} 位" if count > len(names) else "")
    return "\n".join([text.replace("{names}", shown), *([rules] if rules else [])])
