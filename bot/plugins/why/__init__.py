"""为什么: tells a member why the bot did or did not answer a message."""

from __future__ import annotations

from bot.plugin import CHAT, Context, Message, Plugin, Reply, Settings

plugin: Plugin[Settings] = Plugin("why", title="为什么")


@plugin.command(
    "为什么",
    aliases=("为啥",),
    examples=(("为什么", "没有找到这条消息的记录，可能太早了，或者不是在这里说的。"),),
)
async def tell_why(ctx: Context[Settings]) -> Reply | str:
    """为什么：引用一条消息，问我为什么答或者没答；@我 不引用，就问您的上一条。"""
    assert ctx.message is not None
    if not _is_meant(ctx.message):
        return CHAT
    told: str = await ctx.part("why").explain(ctx.message)
    return told


def _is_meant(message: Message) -> bool:
    """Whether the bot is asked about itself: people say 为什么 all day, and 「为什么？」 asks why a thing is so."""
    if message.quote is not None or message.text.startswith("/"):
        return True
    return message.mentions_bot and not message.text.rstrip().endswith(("?", "？"))
