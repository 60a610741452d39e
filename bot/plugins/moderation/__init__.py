"""Moderation: group rules that are kept, explained, and fair."""

from __future__ import annotations

from bot.plugin import Context, Database, Deadline, Member, Message, Plugin, Reply, Rest, Role, RoomJoined, Row
from bot.plugins.moderation import (
    arrivals_store,
    arriving,
    audit_store,
    case_commands,
    cases_store,
    confirmations_store,
    drifting,
    exemptions_store,
    fair_commands,
    guarding,
    impersonating,
    listing,
    lists_store,
    looking,
    memory,
    recognising,
    reporting,
    reports_store,
    rules_page,
    strikes_store,
    welcoming,
)
from bot.plugins.moderation.migrations_store import migrations
from bot.plugins.moderation.model import NAME
from bot.plugins.moderation.settings import ModerationSettings

plugin = Plugin(NAME, config=ModerationSettings, migrations=migrations, title="群规")

Ctx = Context[ModerationSettings]

case_commands.add_to(plugin)
plugin.deadline(looking.LOOK)(guarding.see)
plugin.deadline(drifting.LISTEN)(drifting.listen)
plugin.on(Message)(drifting.note_talk)


# ---- people


@plugin.on_start
async def remember_people(ctx: Ctx) -> None:
    """Know who came lately, and who is on the list."""
    await arriving.load(ctx)
    await listing.load(ctx)


@plugin.command("群规", examples=(("群规", "…群规：…"),), utterances=("群里有什么规矩", "这个群的规则是什么"))
async def show_rules(ctx: Ctx, word: Rest | None = None) -> Reply | str:
    """群规：看这个群的规则；管理员还可以 群规 试跑、观察、应用、放弃。"""
    return await fair_commands.run_word(ctx, word) if word else rules_page.show_page(ctx)


@plugin.command(
    "举报",
    daily=30,
    examples=(("举报", "…想举报一条消息：引用它，发「举报」…"),),
    utterances=("有人私聊我发广告怎么办", "我想举报一个人"),
)
async def report(ctx: Ctx, what: Rest | None = None) -> Reply:
    """举报 [@成员] [理由]：引用一条消息举报它，或者私聊我举报谁在私下推销。"""
    return await reporting.report(ctx, what or "")


@plugin.command("黑名单", role=Role.ADMIN, examples=(("黑名单", "…黑名单是空的…"),), utterances=("把{}拉黑",))
async def blocklist(ctx: Ctx, member: Member | None = None, reason: Rest | None = None) -> Reply:
    """黑名单 [@成员] [原因]：以后在任何一个群里出现都告诉群主；不写名字看都有谁。"""
    return await listing.put(ctx, member, reason or "") if member else await listing.show(ctx)


@plugin.command("移出黑名单", role=Role.ADMIN, examples=(("移出黑名单 @小红", "…小红 不在黑名单里。"),))
async def unblock(ctx: Ctx, member: Member) -> Reply:
    """移出黑名单 <@成员>：不再留意这位成员。"""
    return await listing.drop(ctx, member)


@plugin.on(RoomJoined)
async def receive(ctx: Ctx, event: RoomJoined) -> None:
    """Note who came, tell the owner of too many at once and of people on the list, and greet them soon."""
    arrived = await arriving.take_in(ctx, event)
    await listing.tell_of_arrivals(ctx, arrived)
    await impersonating.look_at_arrivals(ctx, arrived)
    await welcoming.welcome_later(ctx, arrived)


@plugin.on(Message)
async def look_at_name(ctx: Ctx) -> None:
    """Notice who calls themselves like the owner, or shows the owner's picture."""
    await impersonating.look_at_talker(ctx)


@plugin.deadline(recognising.RECOGNISE)
async def look_at_avatar(ctx: Ctx, due: Deadline) -> None:
    """See whether somebody shows the picture of the owner or an admin."""
    await impersonating.look_at_avatar(ctx, due)


@plugin.deadline(welcoming.WELCOME)
async def welcome(ctx: Ctx, _due: Deadline) -> None:
    """Greet who came."""
    await welcoming.welcome(ctx)


fair_commands.add_to(plugin)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return the cases, strikes, exemptions and acts about a member."""
    return {
        "moderation_cases": cases_store.export_member(db, member_id),
        "moderation_strikes": strikes_store.export_member(db, member_id),
        "moderation_exemptions": exemptions_store.export_member(db, member_id),
        "moderation_audit": audit_store.export_member(db, member_id),
        "moderation_arrivals": arrivals_store.export_member(db, member_id),
        "moderation_reports": reports_store.export_member(db, member_id),
        "moderation_listed": lists_store.export_member(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete strikes and exemptions; cases and the log lose the person, that something was done stays on record."""
    memory.forget_everywhere()
    return {
        "moderation_cases": cases_store.forget_member(db, member_id),
        "moderation_strikes": strikes_store.erase_member(db, member_id),
        "moderation_exemptions": exemptions_store.erase_member(db, member_id),
        "moderation_audit": audit_store.forget_member(db, member_id),
        "moderation_confirmations": confirmations_store.erase_member(db, member_id),
        "moderation_arrivals": arrivals_store.erase_member(db, member_id),
        "moderation_reports": reports_store.erase_member(db, member_id),
        "moderation_listed": lists_store.erase_member(db, member_id),
    }


@plugin.merges
def merge_members(_db: Database, _from_id: str, _to_id: str) -> None:
    """Have exemptions read again: columns follow by themselves."""
    memory.forget_everywhere()
