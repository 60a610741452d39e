"""Sharing: what members know becomes posts, looked at where it must be, changed and taken back by those who may."""

from __future__ import annotations

from typing import Any, Literal

from bot.plugin import Context, Database, Message, MessageKind, Place, Plugin, Reply, Rest, Role, Row
from bot.plugins.qa.api import SourceNumber, read_source_number, refresh
from bot.plugins.sharing import collecting, consent, editing, publishing, reviewing, settling
from bot.plugins.sharing.attachments_offer import SlowSourceShared, share_attachment, share_slowly
from bot.plugins.sharing.collecting_store import erase_collections, export_collections
from bot.plugins.sharing.settings import SharingSettings
from bot.plugins.sharing.store import erase_sharing, export_sharing, migrations
from bot.plugins.sharing.waiting_store import erase_waiting, export_waiting

plugin = Plugin("sharing", config=SharingSettings, migrations=migrations, requires=("qa",), title="分享")

Ctx = Context[SharingSettings]


def is_bare(ctx: Ctx) -> bool:
    """Whether a command was neither addressed to the bot nor begun with `/`: with words behind it, it may be chat."""
    return ctx.message is not None and not ctx.message.mentions_bot and not ctx.text.startswith("/")


@plugin.on_start
async def load_collections(ctx: Ctx) -> None:
    """Learn who was collecting when the bot stopped."""
    await collecting.load(ctx)


@plugin.argument(SourceNumber)
async def read_number(ctx: Context[Any], text: str) -> SourceNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `57` or `#57`."""
    return read_source_number(text)


@plugin.command(
    "分享",
    examples=(
        ("分享 怎么找大 key？ 用 redis-cli --bigkeys 扫描，不阻塞。 #redis", "已收录 #96《怎么找大 key？》，谢谢您。"),
    ),
)
async def share(ctx: Ctx, text: Rest | None = None) -> str:
    """分享 <标题> <正文>：收进知识库；引用消息、文件或链接发「分享 #标签」也行。"""
    await refresh(ctx)
    return await share_attachment(ctx, text or "") or await publishing.share(ctx, text or "")


@plugin.command("开始分享", examples=(("开始分享 Redis 排查笔记", "好的，接下来您在这里说的话会合成一篇…"),))
async def begin(ctx: Ctx, title: Rest | None = None) -> str:
    """开始分享 [标题]：接下来说的几条合成一篇，「结束分享」发布，「取消分享」放弃。"""
    return await collecting.begin(ctx, title or "")


@plugin.command("结束分享", examples=(("结束分享 #redis", "已收录 #97《Redis 排查笔记》，谢谢您。"),))
async def finish(ctx: Ctx, words: Rest | None = None) -> str:
    """结束分享 [#标签]：把「开始分享」之后说的话发布成一篇。"""
    await refresh(ctx)
    return await collecting.finish(ctx, words or "")


@plugin.command("取消分享", examples=(("取消分享", "好的，刚才收集的都丢掉了。"),))
async def cancel(ctx: Ctx) -> str:
    """取消分享：丢掉「开始分享」之后说的话。"""
    return await collecting.cancel(ctx)


@plugin.command("撤回分享", examples=(("撤回分享", "已撤回 #96《Redis 大 key 怎么找》。"),))
async def withdraw(ctx: Ctx, which: SourceNumber | None = None) -> str:
    """撤回分享 [编号]：撤下自己刚分享的帖子。"""
    return await publishing.withdraw(ctx, which)


@plugin.command("编辑分享", examples=(("编辑分享 #96 用 redis-cli --bigkeys，从库上跑。", "已更新 #96…（第 2 版）。"),))
async def edit(ctx: Ctx, which: SourceNumber | None = None, text: Rest | None = None) -> str:
    """编辑分享 <编号> <正文>：换掉自己一篇分享的正文，旧的会留着。"""
    return await editing.edit(ctx, which, text or "")


@plugin.command("分享历史", examples=(("分享历史 #96", "《Redis 大 key 怎么找》#96 的历史…"),))
async def show_history(ctx: Ctx, which: SourceNumber | None = None, version: int | None = None) -> Reply | str:
    """分享历史 [编号]：看自己一篇分享改过哪些版本。"""
    return await editing.show_history(ctx, which, version)


@plugin.command("我的分享", examples=(("我的分享", "您最近的分享，回复编号看全文：…"),))
async def list_mine(ctx: Ctx) -> Reply | str:
    """我的分享：看看自己分享过什么。"""
    return await editing.list_mine(ctx)


@plugin.command(
    "收录", role=Role.EXPERT, place=Place.ROOM, examples=(("收录 怎么限制并发？", "@小红 群主想把您的回答收进知识库…"),)
)
async def take_answer(ctx: Ctx, question: Rest | None = None) -> str | None:
    """收录 [问题]：引用群里的一条回答，本人同意后收进知识库。"""
    if question and is_bare(ctx) and ctx.message and ctx.message.quote is None:
        return None  # 「收录 一下吧」 is said to the others
    await refresh(ctx)
    return await consent.take_answer(ctx, question or "")


@plugin.command("收录授权", examples=(("收录授权 每次问我", "好的，您的回答被收录前，每次都会先问您。"),))
async def set_consent(ctx: Ctx, answer: Literal["同意", "拒绝", "每次问我"] | None = None) -> str:
    """收录授权 [同意|拒绝|每次问我]：您的回答被收录前要不要问您。"""
    return await consent.set_consent(ctx, answer)


@plugin.command("审核", role=Role.ADMIN, examples=(("审核 通过 3", "已收录 #98《…》，谢谢小明。"),))
async def review(
    ctx: Ctx,
    decision: Literal["通过", "拒绝"] | None = None,
    number: SourceNumber | None = None,
    reason: Rest | None = None,
) -> Reply | str | None:
    """审核 [通过|拒绝 编号 理由]：看看、通过或拒绝等着审核的分享。"""
    if number is None:
        is_chat = reason is not None and is_bare(ctx)
        return None if is_chat else await reviewing.list_queue(ctx)
    if decision is None:
        return await reviewing.show(ctx, number.value)
    return await reviewing.decide(ctx, number.value, is_passed=decision == "通过", reason=reason or "")


@plugin.on(Message)
async def hear(ctx: Ctx) -> Reply | str | None:
    """Take answers to what was asked about a draft, what is being collected, and messages that are taken back."""
    kind = ctx.message.kind if ctx.message else None
    if kind is MessageKind.RECALL:
        return await editing.recall(ctx)
    if kind is MessageKind.TEXT and (settled := await settling.settle(ctx)):
        return settled
    return await collecting.hear(ctx)


@plugin.on(SlowSourceShared)
async def read_slowly(ctx: Ctx, event: SlowSourceShared) -> str:
    """Read what takes long while the group goes on."""
    return await share_slowly(ctx, event)


@plugin.on(collecting.SlowPartSent)
async def read_part_slowly(ctx: Ctx, event: collecting.SlowPartSent) -> str | None:
    """Read what takes long into its place in a collection."""
    return await collecting.read_slowly(ctx, event)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return a member's drafts that wait, what they collect, and what they agreed to."""
    return {
        "waiting_shares": export_waiting(db, member_id),
        "collected_parts": export_collections(db, member_id),
        **export_sharing(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete these."""
    return {
        "waiting_shares": erase_waiting(db, member_id),
        "collected_parts": erase_collections(db, member_id),
        **erase_sharing(db, member_id),
    }
