"""打卡榜: who checked in on how many days of this week; who hides or left is not in it, nobody who missed is named."""

from __future__ import annotations

from bot.plugin import Context, Database, Room, members_of
from bot.plugins.study import texts
from bot.plugins.study.check_ins_store import count_days
from bot.plugins.study.checking_in import today
from bot.plugins.study.day_rules import Standing, rank, week_of
from bot.plugins.study.place import find_place
from bot.plugins.study.settings import StudySettings

_SHOWN = 5  # places on request
_ANNOUNCED = 3  # places every week


async def show_ranking(ctx: Context[StudySettings]) -> str:
    """Return this week's places, and the talker's own."""
    standings: list[Standing] = await ctx.read(_standings, ctx, await find_place(ctx))
    if not standings:
        return texts.NO_RANKING
    own = texts.own_place_text(standings, ctx.talker.id, _SHOWN)
    return "\n".join([texts.ranking_text(standings, _SHOWN), *([own] if own else [])])


async def announce(ctx: Context[StudySettings]) -> str | None:
    """Return the weekly ranking; None where nobody checked in, or nobody wants it."""
    if ctx.room is None or not ctx.config.ranking:
        return None
    standings: list[Standing] = await ctx.read(_standings, ctx, ctx.room)
    return texts.weekly_text(standings, _ANNOUNCED) if standings else None


def _standings(db: Database, ctx: Context[StudySettings], room: Room) -> list[Standing]:
    now = today(ctx)
    counts = count_days(db, room.id, week_of(now), now)
    return rank(counts, {member.id: member.name for member in members_of(db, room.id)})
