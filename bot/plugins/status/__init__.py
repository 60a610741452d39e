"""状态, 暂停, 恢复: how the bot is, and silence on request, for the owner."""

from __future__ import annotations

from bot.plugin import Context, Plugin, Reply, Role, Settings

plugin: Plugin[Settings] = Plugin("status", title="状态")


@plugin.command("状态", role=Role.OWNER)
async def show_status(ctx: Context[Settings]) -> Reply:
    """状态：通道、今日条数、排队、出错和停用的插件，只发给群主。"""
    lines: list[str] = await ctx.part("status").lines()
    return Reply(text="\n".join(lines), private=True)


@plugin.command("暂停", role=Role.OWNER)
async def pause(ctx: Context[Settings]) -> str:
    """暂停：让我在这个群里不说话，私聊里发就是所有群；群主和管理员的指令还会回答。"""
    await ctx.part("loader").pause(ctx.room)
    return f"好的，我在{'这个群' if ctx.room else '所有群'}里先不说话了，发「恢复」继续。"


@plugin.command("恢复", role=Role.OWNER)
async def resume(ctx: Context[Settings]) -> str:
    """恢复：让我重新说话。"""
    await ctx.part("loader").resume()
    return "好的，我回来了。"
