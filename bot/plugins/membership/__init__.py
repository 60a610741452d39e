"""Paid membership: plans, what members have of them, and what that opens."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Member,
    OrderPaid,
    OrderRefunded,
    Plugin,
    Reply,
    Rest,
    Role,
    Row,
    UserError,
    drop_deadline,
    orders_by,
)
from bot.plugins.membership import buying, following, mine, owning, trying
from bot.plugins.membership.catalogue import as_sold, match_plan, suggest
from bot.plugins.membership.model import NAME, PlanVersion
from bot.plugins.membership.reading import (
    bought_entitlements,
    entitlements_of,
    memberships_of,
    opens_plan,
)
from bot.plugins.membership.settings import MembershipSettings
from bot.plugins.membership.versions_store import erase_accepted, export_accepted, migrations

plugin = Plugin(NAME, config=MembershipSettings, migrations=migrations, title="会员")

Ctx = Context[MembershipSettings]
_Which = Annotated[Rest | None, "套餐"]


@plugin.argument(PlanVersion, words=3)
async def read_plan(ctx: Ctx, text: str) -> PlanVersion | None:
    """Read the id or the title of a plan."""
    found = match_plan(text, ctx.config.plans)
    if isinstance(found, list):
        raise UserError(f"「{text}」可以是 {'、'.join(plan.id for plan in found)}，请写编号。")
    if found is not None:
        return as_sold(found, ctx.config.grace, ctx.zone)
    if " " in text or not ctx.config.plans:
        return None  # a shorter text may be one
    near = suggest(text, ctx.config.plans)
    ids = "、".join(plan.id for plan in ctx.config.plans)
    raise UserError(f"没有「{text}」这个套餐，" + (f"是 {near.id} 吗？" if near else f"可以写 {ids}。"))


# What members do.


@plugin.command(
    "套餐",
    aliases=("会员套餐",),
    examples=(("套餐", "现在没有在卖的套餐，想了解会员请联系群主。"),),
    utterances=("有什么套餐", "会员多少钱", "会员怎么开通", "怎么成为会员", "会员怎么收费", "我要开通会员"),
)
async def list_plans(ctx: Ctx) -> Reply:
    """套餐：看看有哪些会员套餐和价格，回复数字开通。"""
    return await buying.list_plans(ctx)


@plugin.command(
    "开通",
    aliases=("开通会员", "购买会员"),
    acts=True,
    examples=(("开通 month", "「月度会员」19.90 元，31 天…"),),
)
async def buy(ctx: Ctx, which: _Which = None) -> Reply:
    """开通 <套餐>：买一个套餐，私聊告诉您怎么付款。"""
    return await (buying.buy(ctx, which) if which else buying.list_plans(ctx))


@plugin.command(
    "续费",
    acts=True,
    examples=(("续费", "现在没有在卖的套餐，想了解会员请联系群主。"),),
    utterances=("我要续费", "怎么续费", "帮我续费会员"),
)
async def renew(ctx: Ctx, which: _Which = None) -> Reply:
    """续费 [套餐]：接着现在的到期日延长，不会少一天。"""
    return await buying.renew(ctx, which or "")


@plugin.command("升级", aliases=("升级会员",), acts=True, examples=(("升级 pro", "升级到「专业会员」49 元，31 天…"),))
async def upgrade(ctx: Ctx, which: _Which = None) -> Reply:
    """升级 <套餐>：换成更高的套餐，没用完的时间抵钱。"""
    return await buying.upgrade(ctx, which or "")


@plugin.command(
    "试用",
    aliases=("免费试用",),
    acts=True,
    examples=(("试用", "现在没有试用，发送「套餐」看看有哪些套餐。"),),
    utterances=("可以免费试用吗", "我想先试用一下会员"),
)
async def begin_trial(ctx: Ctx, which: _Which = None) -> Reply:
    """试用 [套餐]：免费用几天，每人一次。"""
    return await trying.begin_trial(ctx, which or "")


@plugin.command(
    "我的",
    aliases=("我的会员",),
    examples=(("我的", "您还没有会员，现在也没有在卖的套餐，想了解请联系群主。"),),
    utterances=("我的会员什么时候到期", "我的会员还有几天", "我是会员吗"),
)
async def show_own(ctx: Ctx) -> Reply:
    """我的：私聊看自己的会员、到期日和订单。"""
    return await mine.show_own(ctx)


@plugin.command("会员", examples=(("会员 @小红", "小红 的会员…"),))
async def show_member(ctx: Ctx, member: Member | None = None) -> Reply:
    """会员 [@成员]：看自己的会员；群主可以查一位成员的。"""
    return await (mine.show_own(ctx) if member is None else mine.show_other(ctx, member))


# What owners do.


@plugin.command("送会员", role=Role.ADMIN, examples=(("送会员 @小红 month", "已送「月度会员」给 小红，有效期到…"),))
async def give(ctx: Ctx, member: Member, what: Annotated[timedelta | PlanVersion, "套餐|7天"]) -> Reply:
    """送会员 <@成员> <套餐|7天>：送一个套餐，或者加几天。"""
    return await owning.give(ctx, member, what)


@plugin.command("收回会员", role=Role.ADMIN, examples=(("收回会员 @小红", "要收回送给 小红 的「月度会员」吗？…"),))
async def take_back(ctx: Ctx, member: Member, sure: Literal["确定"] | None = None) -> Reply:
    """收回会员 <@成员>：收回送出去的会员；买的请用退款。"""
    return await owning.take_back(ctx, member, is_sure=sure is not None)


@plugin.command("暂停会员", role=Role.ADMIN, examples=(("暂停会员 @小红 30", "小红 的会员暂停到…"),))
async def pause(ctx: Ctx, member: Member, days: Annotated[int | None, "天数"] = None) -> Reply:
    """暂停会员 <@成员> [天数]：出差生病时先停着，剩下的时间不会少。"""
    return await owning.pause(ctx, member, days)


@plugin.command("恢复会员", role=Role.ADMIN, examples=(("恢复会员 @小红", "小红 的会员恢复了，有效期到…"),))
async def resume(ctx: Ctx, member: Member) -> Reply:
    """恢复会员 <@成员>：提前结束暂停。"""
    return await owning.resume(ctx, member)


# What follows by itself.


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Tell who paid what they have now."""
    await following.follow_payment(ctx, event)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell who got money back what that ended."""
    await following.follow_refund(ctx, event)


@plugin.deadline(buying.ORDER_OVER)
async def end_order(ctx: Ctx, due: Deadline) -> None:
    """Close an order that nobody paid."""
    await following.end_order(ctx, due)


@plugin.deadline(owning.PAUSE_OVER)
async def end_pause(ctx: Ctx, due: Deadline) -> None:
    """Tell a member that their time goes on."""
    await owning.end_pause(ctx, due)


@plugin.entitles
async def may_use(ctx: Ctx, member_id: str, entitlement: str) -> bool:
    """Return whether a member may use something now; a higher tier has what a lower plan of its line is asked for."""
    memberships = await ctx.read(memberships_of, member_id, ctx.now)
    if entitlement in entitlements_of(memberships) or opens_plan(memberships, ctx.config.plans, entitlement):
        return True
    if ":" not in entitlement:
        return False
    return entitlement in bought_entitlements(await ctx.read(orders_by, member_id))


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member was given and which terms they accepted; orders and payments are the core's."""
    return {"grants": mine.export_grants(db, member_id), "accepted_terms": export_accepted(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete which terms a member accepted; orders and facts are the core's, and lose the member there."""
    drop_deadline(db, NAME, owning.PAUSE_OVER, member_id)
    return {"accepted_terms": erase_accepted(db, member_id)}
