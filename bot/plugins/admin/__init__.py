"""插件: the owner lists, switches and reloads plugins."""

from __future__ import annotations

from typing import Any, Literal

from bot.plugin import Context, Plugin, Reply, Role, Room, Settings, UserError

plugin: Plugin[Settings] = Plugin("admin", title="插件管理")

Action = Literal["启用", "停用", "重载"]
_OWN_NAME = "admin"  # switched off, nobody could switch it on again


@plugin.command("插件", role=Role.OWNER)
async def handle_plugins(ctx: Context[Settings], action: Action | None = None, name: str = "") -> Reply | str:
    """插件 [启用|停用|重载] [名称]：看有哪些插件、开关它们；群里发只管这个群，私聊里发管所有群。"""
    loader = ctx.part("loader")
    if action is None:
        return Reply(text="\n".join(describe_plugins(loader, ctx.room)), private=True)
    found = find_plugin(loader, name)
    if action == "重载":
        return await reload(loader, found)
    if action == "停用" and found == _OWN_NAME:
        raise UserError("插件管理不能停用，否则没有办法再打开。")
    await (loader.enable(found, ctx.room) if action == "启用" else loader.disable(found, ctx.room))
    return f"已在{'这个群' if ctx.room else '所有群'}{action}「{found}」。"


def describe_plugins(loader: Any, room: Room | None) -> list[str]:  # noqa: ANN401 - a part of the core
    """Return one line a plugin: whether it is on here, and why not."""
    lines = [f"{'这个群' if room else '私聊'}里的插件："]
    for name, found in loader.plugins.items():
        switch = loader.switch_of(name, room)
        state = "开" if loader.is_enabled(name, room) else "停用"
        reason = f"（{switch.reason}）" if switch and not switch.is_enabled else ""
        title = f" {found.title}" if found.title != name else ""
        lines.append(f"{name}{title}：{state}{reason}")
    return lines


def find_plugin(loader: Any, typed: str) -> str:  # noqa: ANN401 - a part of the core
    """Return the name of the plugin an owner means by its name or title.

    Raises:
        UserError: there is none.
    """
    for name, found in loader.plugins.items():
        if typed in {name, found.title}:
            return str(name)
    if not typed:
        raise UserError("请写上插件的名称，比如「插件 启用 qa」。")
    raise UserError(f"没有插件「{typed}」，发「插件」看有哪些。")


async def reload(loader: Any, name: str) -> str:  # noqa: ANN401 - a part of the core
    """Import a plugin again and say how that went; the old one goes on when it did not."""
    fault: str = await loader.try_reload(name)
    if fault:
        raise UserError(f"没有重载「{name}」，旧的还在用：{fault}")
    return f"已重载「{name}」。"
