"""Sharing: what members know becomes posts, and can be taken back."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Plugin, Reply, Rest
from bot.plugins.qa.api import SourceNumber, read_source_number, refresh
from bot.plugins.sharing import publishing
from bot.plugins.sharing.settings import SharingSettings

plugin = Plugin("sharing", config=SharingSettings, requires=("qa",), title="分享")


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
async def share(ctx: Context[SharingSettings], text: Rest | None = None) -> Reply | str:
    """分享 <标题> <正文>：收进知识库；引用一条消息发「分享 #标签」也行。"""
    await refresh(ctx)
    return await publishing.share(ctx, text or "")


@plugin.dialogue(publishing.DUPLICATE)
async def settle_duplicate(ctx: Context[SharingSettings], data: dict[str, Any]) -> Reply | str:
    """Take the answer to 「相似 91%」."""
    return await publishing.settle_duplicate(ctx, data)


@plugin.command("撤回分享", examples=(("撤回分享", "已撤回 #96《Redis 大 key 怎么找》。"),))
async def withdraw(ctx: Context[SharingSettings], which: SourceNumber | None = None) -> str:
    """撤回分享 [编号]：撤下自己刚分享的帖子。"""
    return await publishing.withdraw(ctx, which)
