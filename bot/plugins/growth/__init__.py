"""Growth: members bring others and are thanked for it, and give each other plans."""

from __future__ import annotations

from typing import Annotated

from bot.plugin import Context, Database, Deadline, Member, OrderPaid, OrderRefunded, Plugin, Reply, Row
from bot.plugins.growth import codes, giving, referring, rewarding
from bot.plugins.growth.codes import ReferralCode
from bot.plugins.growth.gifts_store import erase_gifts, export_gifts
from bot.plugins.growth.model import NAME, GiftPlan
from bot.plugins.growth.referrals_store import erase_referrals, export_referrals
from bot.plugins.growth.settings import GrowthSettings
from bot.plugins.growth.store import migrations

plugin = Plugin(NAME, config=GrowthSettings, migrations=migrations, requires=("membership", "codes"), title="推荐")

Ctx = Context[GrowthSettings]


@plugin.argument(ReferralCode, words=3)
async def read_code(ctx: Ctx, text: str) -> ReferralCode | None:  # noqa: ARG001 - every reader gets the context
    """Read `AC3D-EF4G`, also with blanks in it."""
    return codes.read_code(text)


@plugin.argument(GiftPlan, words=3)
async def read_plan(ctx: Ctx, text: str) -> GiftPlan | None:
    """Read the id or the title of a plan."""
    return giving.read_plan(ctx, text)


@plugin.command(
    "推荐码",
    aliases=("我的推荐码", "填推荐码"),
    daily=30,
    examples=(
        ("推荐码", "您的推荐码：…"),
        ("/推荐码 AC3D-EF4G", "没有这个推荐码…"),
    ),
    utterances=("我的推荐码是多少", "怎么推荐朋友加入"),
)
async def referral_code(ctx: Ctx, who: Annotated[ReferralCode | Member | None, "推荐码"] = None) -> Reply | str:
    """推荐码 [推荐码|@推荐人]：看自己的推荐码；新朋友付款前填上推荐人的。"""
    return await (referring.show_code(ctx) if who is None else referring.name_referrer(ctx, who))


@plugin.command(
    "我的推荐", examples=(("我的推荐", "还没有朋友填您的推荐码。…"),), utterances=("我推荐了几个人", "推荐奖励到账了吗")
)
async def my_referrals(ctx: Ctx) -> Reply | str:
    """我的推荐：看看推荐了几位朋友，得了几天会员。"""
    return await referring.show_referrals(ctx)


@plugin.command(
    "赠送",
    aliases=("送礼",),
    acts=True,
    examples=(("/赠送 month @小红", "订单 D12：赠送「月度会员」19.90 元，付款后直接送到 小红 那里。…"),),
    utterances=("我想送{}一个会员", "怎么送朋友会员"),
)
async def give(
    ctx: Ctx, what: Annotated[GiftPlan | Member, "套餐"], to: Annotated[Member | GiftPlan | None, "@成员"] = None
) -> Reply:
    """赠送 <套餐> [@成员]：买会员送人；在群里 @ 对方直接到账，不写就给您兑换码。"""
    return await giving.hear(ctx, what, to)


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Deliver a gift, and note that a newcomer paid."""
    await giving.follow_payment(ctx, event)
    await rewarding.follow_payment(ctx, event)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Take back a gift whose money was given back."""
    await giving.follow_refund(ctx, event)


@plugin.deadline(giving.GIFT_OVER)
async def end_gift(ctx: Ctx, due: Deadline) -> None:
    """Close a gift that nobody paid."""
    await giving.end_order(ctx, due)


@plugin.deadline(rewarding.REWARD)
async def reward(ctx: Ctx, due: Deadline) -> None:
    """Reward who brought a newcomer."""
    await rewarding.reward(ctx, due)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return a member's referral code, referrals and gifts."""
    return {"referrals": export_referrals(db, member_id), "gifts": export_gifts(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete that; whom they brought and gave to keeps what they got."""
    return {"referrals": erase_referrals(db, member_id), "gifts": erase_gifts(db, member_id)}
