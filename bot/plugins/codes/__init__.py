"""Redeem codes: made by the owner, worth a plan to whoever types one first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from bot.plugin import Context, Database, Message, Plugin, Reply, Rest, Role, Row, UserError, fold, secret_codes_store
from bot.plugins.codes import making, redeeming, texts, voiding
from bot.plugins.codes.model import NAME, ListWord, VoidTarget
from bot.plugins.codes.settings import CodesSettings
from bot.plugins.codes.store import erase_redemptions, export_redemptions, migrations
from bot.plugins.membership.api import PlanVersion

plugin = Plugin(NAME, config=CodesSettings, migrations=migrations, requires=("membership",), title="兑换码")

Ctx = Context[CodesSettings]


@plugin.command(
    "兑换",
    aliases=("兑换码",),
    examples=(("兑换 QZ-XXXX-XXXX-XXXX-XXXX", "兑换成功：「月度会员」，会员到 12-31…"),),
    utterances=("我有一个兑换码", "怎么用兑换码"),
)
async def redeem(ctx: Ctx, code: Annotated[Rest | None, "码"] = None) -> Reply:
    """兑换 <码>：私聊把码发给我，立刻开通；在群里发的我不用，也不会留着。"""
    if code is None:
        raise UserError(texts.HOW_TO)
    return await redeeming.redeem(ctx, code)


@plugin.command(
    "发码",
    role=Role.OWNER,
    acts=True,
    examples=(
        ("发码 month 20", "批次 B1 做好了：20 个「月度会员」码…"),
        ("发码 year 1 30d 50", "批次 B2 做好了：1 个「年度会员」码，每个可以给 50 个人用…"),
        ("发码 列表", "还没有发过码…"),
    ),
)
async def make(
    ctx: Ctx,
    plan: Annotated[ListWord | PlanVersion, "套餐"],
    count: Annotated[int | None, "数量"] = None,
    until: Annotated[timedelta | date | None, "有效期"] = None,
    uses: Annotated[int, "可用次数"] = 1,
) -> Reply:
    """发码 <套餐> <数量> [有效期] [可用次数]：做一批兑换码，私聊发给您；发码 列表 看兑换情况。"""
    if isinstance(plan, ListWord):
        return await making.list_all(ctx)
    return await making.make(ctx, plan, 1 if count is None else count, until, uses)


@plugin.argument(ListWord)
async def read_list_word(ctx: Context[Any], text: str) -> ListWord | None:  # noqa: ARG001 - every reader gets the context
    """Read 列表."""
    return ListWord() if fold(text) in {"列表", "list", "批次"} else None


@plugin.argument(VoidTarget)
async def read_void_target(ctx: Context[Any], text: str) -> VoidTarget | None:
    """Read `B3` or a code."""
    return voiding.read_target(ctx, text)


@plugin.command("作废", role=Role.OWNER, examples=(("作废 B3", "批次 B3「月度会员」有 20 个码，已兑换 5 次。…"),))
async def void(
    ctx: Ctx,
    which: Annotated[VoidTarget, "批次"],
    how: Annotated[Literal["收回", "确定", "确定收回"] | None, "收回"] = None,
) -> Reply:
    """作废 <批次> [收回]：这批码不能再兑换；写上 收回，兑换得到的会员也收回。"""
    return await voiding.void(ctx, which, how or "")


@plugin.on(Message)
async def hear_code(ctx: Ctx) -> Reply | None:
    """Take a code that was said without a command."""
    return await redeeming.hear(ctx)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return which codes a member used, and how many wrong ones were typed."""
    return {
        "redemptions": export_redemptions(db, member_id),
        "wrong_secret_codes": secret_codes_store.export_wrong_codes(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete that; used codes stay used."""
    return {
        "redemptions": erase_redemptions(db, member_id),
        "wrong_secret_codes": secret_codes_store.erase_wrong_codes(db, member_id),
    }
