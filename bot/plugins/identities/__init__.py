"""Who is who: binding codes that survive new contact ids, and records that the owner joins."""

from __future__ import annotations

from typing import Annotated

from bot.plugin import Context, Database, Deadline, Member, Message, Plugin, Reply, Rest, Role, Row, Settings, UserError
from bot.plugins.identities import binding, merging, noticing, paying, texts
from bot.plugins.identities.store import erase_codes, export_codes, migrations
from bot.plugins.membership.api import MembershipChanged

plugin: Plugin[Settings] = Plugin("identities", migrations=migrations, requires=("membership",), title="身份")

Ctx = Context[Settings]


@plugin.command(
    "绑定码",
    aliases=("我的绑定码",),
    daily=10,
    examples=(("绑定码", "您的绑定码：BD-…"),),
    utterances=("给我绑定码", "我要换微信号了", "怎么保住会员"),
)
async def issue(ctx: Ctx) -> Reply:
    """绑定码：私聊给您一个绑定码，换微信号后凭它找回会员；再发一次就换新的。"""
    return await binding.issue(ctx)


@plugin.command(
    "绑定",
    examples=(("绑定 BD-XXXX-XXXX-XXXX-XXXX", "绑定好了，您以前的会员、订单和报名都在这里了…"),),
    utterances=("我换了微信号", "我的会员不见了", "换号了怎么找回会员"),
)
async def bind(ctx: Ctx, code: Annotated[Rest | None, "绑定码"] = None) -> Reply:
    """绑定 <绑定码>：用新的微信私聊发给我，找回以前的会员、订单和报名。"""
    if code is None:
        raise UserError(texts.HOW_TO)
    return await binding.bind(ctx, code)


@plugin.command("合并", role=Role.OWNER, examples=(("合并 @小红", "没有别的叫「小红」的记录…"),))
async def merge(ctx: Ctx, one: Annotated[Member, "成员"], other: Annotated[Member | None, "成员"] = None) -> Reply:
    """合并 <成员> [成员]：成员换号后您确认是同一个人，两份记录合成一份；会先问您。"""
    return await merging.ask(ctx, one, other)


@plugin.command("确认合并", role=Role.OWNER, hidden=True)
async def merge_surely(ctx: Ctx, one: str, other: str, sure: str = "") -> Reply:
    """确认合并 <编号> <编号>：两份记录都看过了。"""
    return await merging.confirm(ctx, one, other, sure)


@plugin.on(Message)
async def hear_code(ctx: Ctx) -> Reply | None:
    """Take a binding code that was said without a command."""
    return await binding.hear(ctx)


@plugin.on(MembershipChanged)
async def provide_code(ctx: Ctx, event: MembershipChanged) -> None:
    """Give who has something to lose a binding code, where the next login would make a stranger of them."""
    await noticing.provide(ctx, event.member_id)


@plugin.deadline(binding.SWEEP)
async def sweep(ctx: Ctx, due: Deadline) -> None:
    """Take along what was written under an old number by what had begun before two records became one."""
    await ctx.db(lambda db: ctx.part("merging").merge_again(db, due.key))


@plugin.on_start
async def watch(ctx: Ctx) -> None:
    """Be asked whose money it is that names no order, and told who was refused something."""
    ctx.part("payments").finders[plugin.name] = lambda db, fact: paying.find_order(db, ctx, fact)
    ctx.part("entitlements").on_refused[plugin.name] = lambda member_id: noticing.ask(ctx, member_id)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return since when a member has a binding code."""
    return {"binding_codes": export_codes(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete that."""
    return {"binding_codes": erase_codes(db, member_id)}
