"""Rosters: paid people come into their rooms, expired ones go kindly, and nobody is removed by mistake."""

from __future__ import annotations

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Member,
    Message,
    Plugin,
    Reply,
    Rest,
    Role,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
    Row,
)
from bot.plugins.membership.api import MembershipChanged
from bot.plugins.rosters import owning, reminding, removing, texts
from bot.plugins.rosters.checking import CHECK, LIST, ask_check, ask_checks, check_room, managed_topics
from bot.plugins.rosters.model import NAME
from bot.plugins.rosters.people_store import erase_person, export_person
from bot.plugins.rosters.settings import RostersSettings
from bot.plugins.rosters.store import migrations

plugin = Plugin(NAME, config=RostersSettings, migrations=migrations, requires=("membership",), title="群名单")

Ctx = Context[RostersSettings]


@plugin.command(
    "群名单", aliases=("会员名单",), role=Role.OWNER, examples=(("群名单", "「VIP群」在群 23 人，会员 20 人…"),)
)
async def show_rosters(ctx: Ctx, what: Rest | None = None) -> Reply | str:
    """群名单 [群名|开始|暂停|演练|继续]：看谁该进没进、谁会被移出；开始或暂停邀请和移出。"""
    return await owning.answer(ctx, what or "")


@plugin.command("保留", role=Role.OWNER, examples=(("保留 小红", "好的，小红留在「VIP群」，30 天内不再问。…"),))
async def keep(ctx: Ctx, who: Rest | None = None) -> Reply | str:
    """保留 <名字>：把明天要移出的人留下。"""
    return await owning.keep(ctx, who or "")


@plugin.command("除外", role=Role.OWNER, examples=(("除外 @小红", "好的，小红 以后都不会被移出。"),))
async def make_exception(ctx: Ctx, member: Member | None = None) -> Reply | str:
    """除外 [@成员]：这位成员永远不被移出，不写名字看都有谁。"""
    return await owning.make_exception(ctx, member)


@plugin.command(
    "撤销除外", role=Role.OWNER, examples=(("撤销除外 @小红", "好的，小红 和大家一样了，到期会进移出名单。"),)
)
async def end_exception(ctx: Ctx, member: Member) -> Reply:
    """撤销除外 <@成员>：不再除外，到期和大家一样。"""
    return await owning.end_exception(ctx, member)


@plugin.on(Message)
async def hear(ctx: Ctx) -> Reply | None:
    """Take the numbers that the owner answers to a list."""
    return await owning.hear(ctx)


@plugin.on(MembershipChanged)
async def follow(ctx: Ctx, event: MembershipChanged) -> None:
    """Set the reminders anew, spare who may stay, and have the rooms looked at."""
    await ctx.db(_follow, ctx, event.member_id)


@plugin.on(RoomJoined)
async def note_join(ctx: Ctx, _event: RoomJoined) -> None:
    """Look at a room that somebody came into."""
    await _look_at(ctx)


@plugin.on(RoomLeft)
async def note_leave(ctx: Ctx, _event: RoomLeft) -> None:
    """Look at a room that somebody left."""
    await _look_at(ctx)


@plugin.on(RoomTopicChanged)
async def note_name(ctx: Ctx, event: RoomTopicChanged) -> None:
    """Tell the owner that a room that plans open is called otherwise now."""
    topics = managed_topics(ctx)
    if ctx.room is not None and event.old_topic in topics and event.new_topic not in topics:
        await ctx.db(_tell_renamed, ctx, event)
    await _look_at(ctx)


@plugin.deadline(CHECK)
async def check(ctx: Ctx, due: Deadline) -> None:
    """Compare a room with its roster."""
    if ctx.room is not None:
        await check_room(ctx, ctx.room, is_asked=due.data["is_asked"])


@plugin.deadline(LIST)
async def list_tomorrow(ctx: Ctx, _due: Deadline) -> None:
    """Show the owner who leaves the room tomorrow; late, when the bot was away at the hour."""
    if ctx.room is not None:
        await removing.list_tomorrow(ctx, ctx.room)


@plugin.deadline(removing.WARN)
async def warn(ctx: Ctx, due: Deadline) -> None:
    """Tell those who leave in an hour."""
    await removing.warn(ctx, due)


@plugin.deadline(removing.REMOVE)
async def remove(ctx: Ctx, due: Deadline) -> None:
    """Remove them, if the facts still say so."""
    await removing.remove(ctx, due)


@plugin.deadline(reminding.REMIND)
async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind a member of the end."""
    await reminding.remind(ctx, due)


@plugin.deadline(reminding.SWEEP)
async def sweep(ctx: Ctx, _due: Deadline) -> None:
    """Look for ends that nobody told of, and for rooms that plans open since bot.yaml was edited."""
    await reminding.sweep(ctx)
    await ctx.db(ask_checks, ctx, managed_topics(ctx))


@plugin.on_start
async def begin(ctx: Ctx) -> None:
    """Look at everybody and every room: facts and people may have come while the bot was away."""
    await ctx.db(_begin, ctx)


def _begin(db: Database, ctx: Ctx) -> int:
    if reminding.is_sweep_wanted(db, ctx):
        reminding.set_sweep(db, ctx, ctx.now)
    return ask_checks(db, ctx, managed_topics(ctx))


def _follow(db: Database, ctx: Ctx, member_id: str) -> int:
    reminding.follow_endings(db, ctx, member_id)
    reminding.keep_sweeping(db, ctx)
    removing.spare_entitled(db, ctx, member_id)
    return ask_checks(db, ctx, managed_topics(ctx))


def _tell_renamed(db: Database, ctx: Ctx, event: RoomTopicChanged) -> int:
    text = texts.renamed(event.old_topic, event.new_topic)
    return int(ctx.part("notices").write(db, text, f"rosters/renamed/{ctx.cause}", ctx.room))


async def _look_at(ctx: Ctx) -> None:
    if ctx.room is not None and ctx.room.topic in managed_topics(ctx):
        await ctx.db(ask_check, ctx, ctx.room.id)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return where a member stands with rooms, and what was told of the ends of their membership."""
    return export_person(db, member_id)


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete these, and the reminders that wait."""
    reminding.drop_reminders(db, member_id)
    return erase_person(db, member_id)
